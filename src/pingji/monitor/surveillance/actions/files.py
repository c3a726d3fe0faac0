"""Spreadsheets as rows: CSV in UTF-8, UTF-16 or GBK, and Excel files old and new.

A file is read from its beginning as often as asked, a piece at a time, so that a large one takes
no more memory than a small one.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from django.utils.translation import gettext as _

from pingji.ground.directory.models.sealed_files import SealBroken
from pingji.monitor.surveillance.actions import excel_95
from pingji.monitor.surveillance.models import Import

EXCEL_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Workbooks without a container: of Excel 2, 3 and 4, and bare ones of Excel 5.
EXCEL_4_STARTS = (
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x08\x08\x00",
)
# What many hospital systems offer as "Excel".
WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|meta|table|\?xml)", re.IGNORECASE
)
UTF_16_STARTS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
PIECE = 1 << 16
FEWEST_PRINTABLE = 0.99
# Control characters, and places of Unicode that no writing uses.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ue000-\uf8ff]")
HEAD_LINES = 20
NAMES = {"utf-8-sig": "utf-8", "gb18030": "gbk"}

Cells = list[object]


class Unreadable(Exception):
    """A file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Table:
    """A file's first sheet.

    Attributes:
        encoding: How the text was written, or "xlsx" / "xls".
        rows: Begins anew: number of each row, as spreadsheets number it, and its cells. Raises
            Unreadable where the file breaks off.
    """

    encoding: str
    rows: Callable[[], Iterator[tuple[int, Cells]]]


@contextmanager
def kept_table(file: Import) -> Iterator[Table]:
    """A file that was handed in, as a table.

    Raises:
        Unreadable: If it cannot be read, or is not as it was kept.
    """
    try:
        with file.file.open("rb") as handle:
            yield open_table(handle)
    except (SealBroken, FileNotFoundError) as problem:
        raise Unreadable(_kept_badly(problem)) from problem


def _kept_badly(problem: OSError) -> str:
    if isinstance(problem, SealBroken):
        return str(problem)
    return _("The kept file is gone from the disk.")


def open_table(handle: BinaryIO) -> Table:
    """Find out how a file is written.

    Raises:
        Unreadable: If it is empty, broken, or in no encoding that we know.
    """
    handle.seek(0)
    start = handle.read(PIECE)
    if not start.strip():
        raise Unreadable(_("The file is empty."))
    if start.startswith(EXCEL_4_STARTS):
        raise Unreadable(
            _(
                "The workbook was written by Excel 4 or older. Save it anew, as xlsx or as CSV UTF-8."
            )
        )
    if WEB_PAGE.match(start):
        raise Unreadable(
            _(
                "The file is a web page or XML, though it may be called a workbook. Open it in a "
                "spreadsheet program and save it anew, as xlsx or as CSV UTF-8."
            )
        )
    if start.startswith(EXCEL_STARTS):
        return _excel(handle, "xlsx" if start.startswith(b"PK") else "xls")
    encoding = _encoding(handle, start)
    return Table(NAMES.get(encoding, encoding), lambda: _csv_rows(handle, encoding))


def _excel(handle: BinaryIO, kind: str) -> Table:
    handle.seek(0)
    old = excel_95.workbook(handle.read()) if kind == "xls" else None
    if old is None:
        handle.seek(0)
        return Table(kind, _sheet(handle))
    rows = _sheet(io.BytesIO(old.content))
    meant = old.text(cell for _at, cells in islice(rows(), HEAD_LINES) for cell in cells)
    return Table(kind, lambda: ((at, [meant(cell) for cell in cells]) for at, cells in rows()))


def _sheet(handle: BinaryIO) -> Callable[[], Iterator[tuple[int, Cells]]]:
    """The rows of a workbook's first sheet."""
    from python_calamine import CalamineWorkbook

    with _broken_told():
        book = CalamineWorkbook.from_filelike(handle)
        if not book.sheet_names:
            raise Unreadable(_("The workbook has no sheet."))
        sheet = book.get_sheet_by_index(0)
    before: Cells = [""] * (sheet.start[1] if sheet.start else 0)  # columns left empty

    def rows() -> Iterator[tuple[int, Cells]]:
        with _broken_told():
            for at, row in enumerate(sheet.iter_rows(), 1):
                yield at, before + list(row)

    return rows


@contextmanager
def _broken_told() -> Iterator[None]:
    """Say of a broken workbook that it is, however its reader ends."""
    from python_calamine import CalamineError

    try:
        yield
    except (SealBroken, Unreadable, GeneratorExit):
        raise
    except BaseException as problem:
        # Where a file breaks off, the reader may panic, which is no `Exception`.
        panicked = type(problem).__name__ == "PanicException"
        if not panicked and not isinstance(problem, (CalamineError, OSError, ValueError)):
            raise
        raise Unreadable(
            _("The workbook is broken or protected by a password (%(problem)s). Save it anew.")
            % {"problem": _("it breaks off") if panicked else str(problem)[:100]}
        ) from problem


def _encoding(handle: BinaryIO, start: bytes) -> str:
    """The encoding in which the whole file can be read."""
    if start.startswith(UTF_16_STARTS):
        row = _first_bad_row(handle, "utf-16")
        if row is None:
            return "utf-16"
        raise _damaged(row)
    row = _first_bad_row(handle, "utf-8-sig")
    if row is None:
        return "utf-8-sig"
    if row > 1 and not start.split(b"\n", 1)[0].isascii():
        raise _damaged(row)  # headings in good UTF-8, then something else
    if _first_bad_row(handle, "gb18030") is None:
        return "gb18030"
    raise Unreadable(
        _("Row %(row)s is neither UTF-8 nor GBK text. Save the file as CSV UTF-8 or as xlsx.")
        % {"row": row}
    )


def _damaged(row: int) -> Unreadable:
    return Unreadable(
        _("The file is damaged or breaks off in row %(row)s. Save it anew.") % {"row": row}
    )


def _first_bad_row(handle: BinaryIO, encoding: str) -> int | None:
    """The first row that is no writing in this encoding; None where all of it is."""
    decoder = codecs.getincrementaldecoder(encoding)()
    handle.seek(0)
    row = 1
    while True:
        piece = handle.read(PIECE)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as problem:
            good = problem.object[: problem.start].decode(encoding, "ignore")
            return row + good.count("\n")
        if not _looks_like_text(text):
            return row
        if not piece:
            return None
        row += text.count("\n")


def _looks_like_text(text: str) -> bool:
    """Whether it is writing and not some other kind of file: no NUL, hardly a control character."""
    if "\0" in text:
        return False
    head = text[:20000]
    return len(UNPRINTABLE.findall(head)) <= (1 - FEWEST_PRINTABLE) * len(head)


def _csv_rows(handle: BinaryIO, encoding: str) -> Iterator[tuple[int, Cells]]:
    handle.seek(0)
    text = io.TextIOWrapper(handle, encoding, newline="")
    row = 0
    try:
        head = "".join(islice(text, HEAD_LINES))
        delimiter = max(",\t;", key=head.count)
        text.seek(0)
        # Strict, because a quotation mark that is never closed would swallow all rows after it.
        for row, cells in enumerate(csv.reader(text, delimiter=delimiter, strict=True), 1):
            yield row, cells  # type: ignore[misc] # a list of texts is a list of objects
    except csv.Error as problem:
        raise _damaged(row + 1) from problem
    finally:
        text.detach()
