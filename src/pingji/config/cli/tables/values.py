"""Dates and numbers out of columns of text, with the place of the first bad one."""

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pingji.config.cli.tables.bad_input import BadInput, at
from pingji.config.cli.tables.reading import Table

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = ("", "NA", "NaN", "nan", "null", "NULL", "-", "缺失")
# As in `pingji.analysis.detect.checks.MOST_CASES`: here the line can be named.
MOST_CASES = 1e9
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")
WEEK = re.compile(r"^(\d{4})-?(?:W|年第)(\d{1,2})周?$")
MONTH = re.compile(r"^(\d{4})(?:-|/|年)(\d{1,2})月?$")


def texts(column: "pa.Array") -> tuple[NDArray[np.int64], list[str]]:
    """Each row's code, and the texts the codes stand for in the order of their first row."""
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(pc.utf8_trim_whitespace(column))
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), (
        encoded.dictionary.to_pylist()
    )


def as_day(text: str) -> date | None:
    """The day a text stands for: a date, an ISO week (its Monday) or a month (its first day)."""
    text = text.split("T")[0].split(" ")[0]
    if week := WEEK.match(text):
        try:
            return date.fromisocalendar(int(week[1]), int(week[2]), 1)
        except ValueError:
            return None
    if month := MONTH.match(text):
        return date(int(month[1]), int(month[2]), 1) if 1 <= int(month[2]) <= 12 else None
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def days(table: Table, column: str, *, optional: bool = False) -> NDArray[np.datetime64]:
    """A column of dates.

    Args:
        table: The table.
        column: Name of the column.
        optional: Whether a date may be missing.

    Returns:
        Days, NaT where missing.

    Raises:
        BadInput: If a text is no date, naming its line.
    """
    codes, words = texts(table.columns[column])
    values = np.empty(len(words), dtype="datetime64[D]")
    for code, word in enumerate(words):
        day = as_day(word)
        if day is None and not (optional and word in MISSING):
            raise _bad(table, codes, code, word, column)
        values[code] = np.datetime64(day) if day else np.datetime64("NaT")
    return values[codes]


def _bad(table: Table, codes: NDArray[np.int64], code: int, word: str, column: str) -> BadInput:
    row = int(np.argmax(codes == code))
    return at(
        f"{column} 列的“{word}”不是日期，请写成 2024-05-01",
        f"“{word}” in column {column} is not a date; write 2024-05-01",
        file=table.file,
        line=table.line(row),
        series=_series(table, row),
    )


def numbers(table: Table, column: str, *, whole: bool = False) -> NDArray[np.float64]:
    """A column of numbers that are not negative.

    Args:
        table: The table.
        column: Name of the column.
        whole: Whether they must be whole numbers.

    Returns:
        Numbers, NaN where missing.

    Raises:
        BadInput: If a text is no such number, naming line, series and date.
    """
    codes, words = texts(table.columns[column])
    values = np.array([_number(word) for word in words])
    for zh, en, bad in (
        ("不是数字", "is not a number", np.isposinf(values) | np.isneginf(values)),
        ("是负数", "is negative", values < 0),
        ("太大", "is too large", values > (MOST_CASES if whole else 2.0**53)),
        (
            "不是整数",
            "is not a whole number",
            whole & np.isfinite(values) & (values != np.floor(values)),
        ),
    ):
        if bad.any():
            row = int(np.flatnonzero(bad[codes])[0])
            word = words[codes[row]]
            raise at(
                f"{column} 列的“{word}”{zh}",
                f"“{word}” in column {column} {en}",
                file=table.file,
                line=table.line(row),
                series=_series(table, row),
                date=_text(table, "date", row),
            )
    return values[codes]


def _number(word: str) -> float:
    """NaN where missing, infinite where the text is no number."""
    if word in MISSING:
        return np.nan
    try:
        value = float(word)
    except ValueError:
        return np.inf
    return np.inf if np.isnan(value) else value


def _series(table: Table, row: int) -> str | None:
    return _text(table, "series", row)


def _text(table: Table, column: str, row: int) -> str | None:
    return table.columns[column][row].as_py().strip() if column in table.columns else None
