"""Tables written to files row by row, as CSV or as Excel workbooks, with memory that stays flat.

The file belongs to whoever gives it: writers end what they write and leave it open.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO, Protocol
from xml.sax.saxutils import escape

from pingji.monitor.surveillance.queries import harmless

BLOCK = 2000  # rows written at once
SHEET_ROWS = 1_048_576  # as many as a sheet holds
# Characters that XML 1.0 knows no way of writing.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
NUMBER = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)


class Writer(Protocol):
    """Takes blocks of rows."""

    def rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write some rows."""

    def close(self) -> None:
        """Write the end."""


class CsvWriter:
    """CSV with the byte order mark by which spreadsheet programs know UTF-8."""

    def __init__(self, file: IO[bytes], headings: Sequence[str]) -> None:
        self.file = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self.file.write("\ufeff")
        self.writer = csv.writer(self.file)
        self.writer.writerow(headings)

    def rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write some rows; no cell is a formula."""
        self.writer.writerows([[harmless(cell) for cell in row] for row in rows])

    def close(self) -> None:
        """Write the end."""
        self.file.detach()  # which writes what is left


CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/xl/workbook.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{sheets}</Types>"""
A_SHEET_TYPE = (
    '<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
)
RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    "{links}</Relationships>"
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = '<Relationship Id="rId{n}" Type="' + OFFICE + '/{kind}" Target="{target}"/>'
WORKBOOK = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{{sheets}}</sheets></workbook>'
)
SHEET_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews><sheetData>'
)
SHEET_FOOT = "</sheetData></worksheet>"


class XlsxWriter:
    """An Excel workbook whose cells are texts and whole numbers, on as many sheets as it takes.

    Texts are texts: a spreadsheet program runs none of them as a formula.
    """

    def __init__(
        self, file: IO[bytes], headings: Sequence[str], numbers: Iterable[int] = ()
    ) -> None:
        self.archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.headings = list(headings)
        self.numbers = frozenset(numbers)
        self.sheets = 0
        self.left = 0
        self.sheet: IO[bytes] | None = None
        self._next_sheet()

    def rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write some rows."""
        while rows:
            if not self.left:
                self._next_sheet()
            part, rows = rows[: self.left], rows[self.left :]
            self._write(part)

    def close(self) -> None:
        """Write the end of the sheet, and the parts that name the sheets."""
        self._end_sheet()
        numbers = range(1, self.sheets + 1)
        put = self.archive.writestr
        put(
            "[Content_Types].xml",
            CONTENT_TYPES.format(sheets="".join(A_SHEET_TYPE.format(n=n) for n in numbers)),
        )
        book = LINK.format(n=1, kind="officeDocument", target="xl/workbook.xml")
        put("_rels/.rels", RELATIONS.format(links=book))
        put(
            "xl/workbook.xml",
            WORKBOOK.format(
                sheets="".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
            ),
        )
        links = "".join(
            LINK.format(n=n, kind="worksheet", target=f"worksheets/sheet{n}.xml") for n in numbers
        )
        put("xl/_rels/workbook.xml.rels", RELATIONS.format(links=links))
        self.archive.close()

    def _next_sheet(self) -> None:
        self._end_sheet()
        self.sheets += 1
        self.left = SHEET_ROWS
        self.sheet = self.archive.open(
            f"xl/worksheets/sheet{self.sheets}.xml", "w", force_zip64=True
        )
        self.sheet.write(SHEET_HEAD.encode())
        self._write([self.headings])

    def _end_sheet(self) -> None:
        if self.sheet is not None:
            self.sheet.write(SHEET_FOOT.encode())
            self.sheet.close()

    def _write(self, rows: Sequence[Sequence[str]]) -> None:
        text = io.StringIO()
        for row in rows:
            text.write("<row>")
            for at, cell in enumerate(row):
                if not cell:
                    text.write("<c/>")
                elif at in self.numbers and NUMBER.fullmatch(cell):
                    text.write(f"<c><v>{cell}</v></c>")
                else:
                    inner = escape(UNWRITABLE.sub("", cell))
                    keep = ' xml:space="preserve"' if inner != inner.strip() else ""
                    text.write(f'<c t="inlineStr"><is><t{keep}>{inner}</t></is></c>')
            text.write("</row>")
        assert self.sheet is not None
        self.sheet.write(text.getvalue().encode())
        self.left -= len(rows)
