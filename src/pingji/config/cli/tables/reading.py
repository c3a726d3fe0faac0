"""A CSV or Parquet file as columns of text, and the line each row stands on."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pingji.config.cli.tables.bad_input import BadInput, at

if TYPE_CHECKING:
    import pyarrow as pa

# What a column may be called, apart from its own name.
ALIASES = {
    "series": ("序列", "系列", "名称"),
    "date": ("日期", "时间"),
    "count": ("cases", "病例数", "例数", "计数"),
    "population": ("人口", "人口数"),
    "imported": ("输入病例", "输入"),
    "deaths": ("死亡", "死亡数"),
    "event_date": ("onset_date", "onset", "发病日期", "发病时间"),
    "report_date": ("reported", "报告日期", "报告时间"),
    "k": ("lag", "间隔"),
    "w": ("probability", "概率"),
}
PARQUET = (".parquet", ".pq")
# First bytes of workbooks, new and old: sent in by mistake more often than anything else.
WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Table:
    """Columns of a file as text.

    Attributes:
        file: Name of the file, for messages.
        columns: Text by column; absent optional columns are not in it.
        text: Whole text of a CSV file; None for Parquet.
        delimiter: What separates its fields.
    """

    file: str
    columns: Mapping[str, "pa.Array"]
    text: str | None
    delimiter: str

    def line(self, row: int) -> int:
        """The line of the file on which a row (from 0) begins; the row's number for Parquet."""
        if self.text is None:
            return row + 1
        for index, (line, _) in enumerate(_records(self.text, self.delimiter)):
            if index == row + 1:
                return line
        return row + 2


def read_table(path: Path, *, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> Table:
    """Read the columns asked for, refusing a file that lacks one.

    Args:
        path: CSV (UTF-8, GB 18030 or UTF-16; comma, semicolon or tab) or Parquet.
        needed: Columns that must be there.
        optional: Columns that are read if they are there.

    Returns:
        The table, with at least one row.

    Raises:
        BadInput: If the file cannot be read, is empty, or lacks a column.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise at(
            f"无法读取（{error.strerror}）", f"cannot be read ({error.strerror})", file=str(path)
        ) from error
    if not raw.strip():
        raise at("文件是空的", "the file is empty", file=path.name)
    if raw.startswith(WORKBOOK):
        raise at(
            "这是 Excel 工作簿，请把工作表另存为 CSV（UTF-8）",
            "this is an Excel workbook; save the sheet as CSV (UTF-8)",
            file=path.name,
        )
    if path.suffix.lower() in PARQUET:
        columns, text, delimiter = _parquet(raw, path.name), None, ""
    else:
        text = decode(raw, path.name)
        columns, delimiter = _csv(text, path.name)
    chosen = {}
    for name in (*needed, *optional):
        found = _named(columns, name, path.name)
        if found is not None:
            chosen[name] = columns[found]
        elif name in needed:
            here = ", ".join(columns)
            raise at(
                f"缺少列 {name}；文件里的列是 {here}",
                f"column {name} is missing; the file has {here}",
                file=path.name,
                line=1,
            )
    if len(chosen[needed[0]]) == 0:
        raise at("只有表头，没有数据", "there is a header but no row", file=path.name)
    return Table(path.name, chosen, text, delimiter)


def decode(raw: bytes, file: str) -> str:
    """Text of a file in UTF-8, UTF-16 with its mark, or GB 18030.

    Args:
        raw: Bytes of the file.
        file: Its name, for the error.

    Returns:
        The text.

    Raises:
        BadInput: If it is none of these.
    """
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise at("编码无法识别，请另存为 UTF-8", "unknown encoding; save the file as UTF-8", file=file)


def _named(columns: Mapping[str, object], name: str, file: str) -> str | None:
    wanted = {name, *ALIASES.get(name, ())}
    found = [column for column in columns if column.strip().lower() in wanted]
    if len(found) > 1:
        raise at(
            f"有多个列表示 {name}：{', '.join(found)}",
            f"several columns stand for {name}: {', '.join(found)}",
            file=file,
            line=1,
        )
    return found[0] if found else None


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of every record that is not empty."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    line = 1
    for fields in reader:
        if fields:
            yield line, fields
        line = reader.line_num + 1


def _csv(text: str, file: str) -> tuple[dict[str, "pa.Array"], str]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max((",", "\t", ";"), key=first.count)
    header = next(_records(text, delimiter), (1, []))[1]
    if len(set(header)) < len(header):
        raise at("表头有重复的列名", "the header names a column twice", file=file, line=1)
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.encode()),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise _ragged(text, delimiter, len(header), file) from error
    columns = {name: _whole(table.column(name)) for name in table.column_names}
    return columns, delimiter


def _ragged(text: str, delimiter: str, width: int, file: str) -> BadInput:
    for line, fields in _records(text, delimiter):
        if len(fields) != width:
            return at(
                f"这一行有 {len(fields)} 格，表头有 {width} 格",
                f"this line has {len(fields)} fields, the header {width}",
                file=file,
                line=line,
            )
    return at("不是有效的 CSV 文件", "not a valid CSV file", file=file)


def _parquet(raw: bytes, file: str) -> dict[str, "pa.Array"]:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(raw))
        return {
            name: _whole(pc.fill_null(pc.cast(table.column(name), pa.string()), ""))
            for name in table.column_names
        }
    except pa.ArrowException as error:
        raise at("不是有效的 Parquet 文件", "not a valid Parquet file", file=file) from error


def _whole(column: "pa.ChunkedArray") -> "pa.Array":
    combined = column.combine_chunks()
    return combined if not hasattr(combined, "chunks") else combined.chunk(0)
