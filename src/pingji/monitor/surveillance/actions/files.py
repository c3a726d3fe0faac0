"""Spreadsheets as rows: CSV in UTF-8, UTF-16 or GBK, and Excel files old and new."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from pingji.monitor.surveillance.rules.rows import plain

EXCEL_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
FEWEST_PRINTABLE = 0.99


class Unreadable(Exception):
    """A file as a whole cannot be read; the message says why and what to do."""


@dataclass
class Table:
    """A file's first sheet.

    Attributes:
        headings: Cells of the first row that is not empty.
        first_row: Number of the row after the headings, as spreadsheets number it.
        rows: Cells of each further row.
        encoding: How the text was written, or "xlsx" / "xls".
    """

    headings: list[object]
    first_row: int
    rows: list[list[object]]
    encoding: str


def read_table(content: bytes) -> Table:
    """Read a file's first sheet.

    Raises:
        Unreadable: If it is empty, broken, or in no encoding that we know.
    """
    if not content.strip():
        raise Unreadable(_("The file is empty."))
    if content.startswith(EXCEL_STARTS):
        rows, encoding = _excel(content)
    else:
        text, encoding = _decoded(content)
        rows = list(_csv_rows(text))
    for at, row in enumerate(rows):
        if any(plain(cell) for cell in row):
            return Table(row, at + 2, rows[at + 1 :], encoding)
    raise Unreadable(_("The file has no row with headings."))


def _excel(content: bytes) -> tuple[list[list[object]], str]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not book.sheet_names:
            raise Unreadable(_("The workbook has no sheet."))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as problem:
        raise Unreadable(
            _("The workbook is broken or protected by a password (%(problem)s). Save it anew.")
            % {"problem": str(problem)[:100]}
        ) from problem
    return rows, "xlsx" if content.startswith(b"PK") else "xls"


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16"), "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as problem:
            where = content[: problem.start].count(b"\n") + 1
            continue
        if _looks_like_text(text):
            return text, "utf-8" if encoding == "utf-8-sig" else "gbk"
        where = 1
    raise Unreadable(
        _("Row %(row)s is neither UTF-8 nor GBK text. Save the file as CSV UTF-8 or as xlsx.")
        % {"row": where}
    )


def _looks_like_text(text: str) -> bool:
    """Whether it is writing and not some other kind of file: no NUL, hardly a control character."""
    head = text[:20000]
    odd = sum(1 for c in head if (ord(c) < 32 and c not in "\r\n\t") or 0xE000 <= ord(c) <= 0xF8FF)
    return "\0" not in head and odd <= (1 - FEWEST_PRINTABLE) * len(head)


def _csv_rows(text: str) -> Iterator[list[object]]:
    head = text[:10000].splitlines()[0] if text.splitlines() else ""
    delimiter = max(",\t;", key=head.count)
    if csv.field_size_limit() < len(text):
        csv.field_size_limit(len(text))
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as problem:
        raise Unreadable(
            _("The file breaks off or is damaged (%(problem)s).") % {"problem": problem}
        ) from problem
