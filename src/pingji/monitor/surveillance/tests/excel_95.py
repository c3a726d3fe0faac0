"""Workbooks as Excel 5.0 and Excel 95 wrote them (BIFF5), made record by record.

No library writes them any more. [MS-CFB] tells how streams lie in a file, OpenOffice.org's
"Documentation of the Microsoft Excel File Format" which records a workbook of that time holds.
"""

import struct
from collections.abc import Sequence

SECTOR = 512
SMALLEST_STREAM = 4096  # shorter ones would lie among the small sectors
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
CODE_PAGES = {"gbk": 936, "cp1252": 1252}
WORKSHEET, GLOBALS = 0x0010, 0x0005
DATE_FORMAT = 14  # year, month, day, as the county writes them

Cell = str | float | None


def record(number: int, content: bytes = b"") -> bytes:
    """One record: its number, its length, its content."""
    return struct.pack("<HH", number, len(content)) + content


def begin(version: int, kind: int) -> bytes:
    """The record a stream or sheet begins with."""
    return record(0x0809, struct.pack("<HHHH", version, kind, 0, 0))


def label(row: int, column: int, text: bytes) -> bytes:
    """A cell with a text of the code page."""
    return record(0x0204, struct.pack("<HHHH", row, column, 0, len(text)) + text)


def number(row: int, column: int, value: float, *, day: bool = False) -> bytes:
    """A cell with a number, shown as a day or as it is."""
    return record(0x0203, struct.pack("<HHHd", row, column, int(day), value))


def formats() -> bytes:
    """Two ways of showing a cell: as it is, and as a day."""
    return b"".join(
        record(0x00E0, struct.pack("<HHHH", 0, shown, 0, 0) + bytes(8))
        for shown in (0, DATE_FORMAT)
    )


def stream(
    rows: Sequence[Sequence[Cell]],
    *,
    days: Sequence[int] = (),
    encoding: str = "gbk",
    page: int | None = None,
    name: str = "Sheet1",
) -> bytes:
    """A workbook's stream with one sheet.

    Args:
        rows: Its cells, texts and numbers.
        days: Columns whose numbers are days.
        encoding: How its texts are written.
        page: The code page it names; that of the encoding unless told otherwise, 0 for none.
        name: The sheet's name.
    """
    sheet = begin(0x0500, WORKSHEET)
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet += label(row, column, cell.encode(encoding))
            elif cell is not None:
                sheet += number(row, column, cell, day=column in days)
    sheet += record(0x000A)
    page = CODE_PAGES[encoding] if page is None else page
    head = begin(0x0500, GLOBALS)
    head += record(0x0042, struct.pack("<H", page)) if page else b""
    head += formats()
    title = name.encode(encoding)
    here = len(head) + 4 + 7 + len(title) + 4
    bound = struct.pack("<IBBB", here, 0, 0, len(title)) + title
    return head + record(0x0085, bound) + record(0x000A) + sheet


def container(content: bytes, name: str = "Book") -> bytes:
    """A compound file with one stream."""
    content = content.ljust(SMALLEST_STREAM, b"\0")
    content += b"\0" * (-len(content) % SECTOR)
    sectors = len(content) // SECTOR
    # Sector 0 is the table of sectors, sector 1 the directory, the stream follows.
    chain = [TABLE, END, *range(3, sectors + 2), END]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
    assert len(table) == SECTOR, "a longer stream needs more than one table"
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, SMALLEST_STREAM, END, 0, END, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    directory = _entry("Root Entry", 5, END, 0, child=1) + _entry(name, 2, 2, len(content))
    return head + table + directory.ljust(SECTOR, b"\0") + content


def _entry(name: str, kind: int, first: int, size: int, *, child: int = FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    entry += struct.pack("<III", FREE, FREE, child) + bytes(36)
    return entry + struct.pack("<IQ", first, size)


def workbook(rows: Sequence[Sequence[Cell]], **how: object) -> bytes:
    """A whole file, as `stream` makes its content."""
    return container(stream(rows, **how))  # type: ignore[arg-type]
