"""A document as a Word or a PDF file."""

import io
import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pingji.warn.alerts.models import AnalysisDocument
from pingji.warn.alerts.queries.analyses.document import Document, Section, Table

if TYPE_CHECKING:
    import docx.document
    import docx.text.paragraph

LAYOUT = Path(__file__).resolve().parents[2] / "data"
PICTURE_PPI = 200
PICTURE_CENTIMETRES = 16
# Word takes fonts by name from the reader's machine; both are on every Chinese one.
BODY_FONT, HEAD_FONT = "宋体", "黑体"
WIDE, NARROW = 24, 7  # a column's share of a table, in characters


def as_file(document: Document, form: str) -> bytes:
    """The document as bytes of a form."""
    return as_word(document) if form == AnalysisDocument.Form.WORD else as_pdf(document)


@lru_cache(maxsize=1)
def fonts() -> str:
    """The folder of the Chinese font, which is taken from its package without importing that."""
    found = find_spec("zhplot")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the font package zhplot is not installed")
    return str(Path(found.submodule_search_locations[0]) / "fonts")


def compiled(layout: str, inputs: dict[str, str], **how: Any) -> bytes:
    """What typst makes of a layout and its data; nothing outside of both is read."""
    import typst

    return bytes(
        typst.compile(
            (LAYOUT / layout).read_bytes(),
            font_paths=[fonts()],
            ignore_system_fonts=True,
            sys_inputs=inputs,
            **how,
        )
    )


def marked(document: Document) -> str:
    """What is printed over every page: in an exercise that it is one, whatever else is said."""
    said = _("Exercise")
    if not settings.EXERCISE or document.mark.startswith(said):
        return document.mark
    return " · ".join(filter(None, [said, document.mark]))


def as_pdf(document: Document) -> bytes:
    """The document as PDF, with its font inside."""
    given = {
        "language": (get_language() or "zh")[:2],
        "title": document.title,
        "subtitle": document.subtitle,
        "mark": marked(document),
        "facts": document.facts,
        "notes": document.notes,
        "sections": [
            {
                "heading": section.heading,
                "paragraphs": paragraphs(section),
                "pictures": [{"title": p.title, "svg": p.svg} for p in section.pictures],
                "tables": [
                    {
                        "title": table.title,
                        "head": table.head,
                        "rows": table.rows,
                        "numbers": table.numbers,
                        "widths": widths(table),
                    }
                    for table in section.tables
                ],
            }
            for section in document.sections
        ],
    }
    return compiled("analysis.typ", {"document": json.dumps(given, ensure_ascii=False)})


def as_png(svg: str) -> bytes:
    """A picture as PNG."""
    return compiled("analysis_picture.typ", {"svg": svg}, format="png", ppi=float(PICTURE_PPI))


def paragraphs(section: Section) -> list[str]:
    """The text of a section, line by line."""
    return [line.strip() for line in section.text.splitlines() if line.strip()]


def widths(table: Table) -> list[int]:
    """How wide each column is to be, by its longest words; a Chinese character counts double."""
    columns = (
        zip(table.head, *table.rows, strict=True) if table.rows else ((h,) for h in table.head)
    )
    return [max(NARROW, min(WIDE, max(breadth(cell) for cell in column))) for column in columns]


def breadth(words: str) -> int:
    """How many Latin letters words are as wide as."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in words)


def as_word(document: Document) -> bytes:
    """The document as a Word file that can be edited further."""
    from docx import Document as new
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Cm, Pt

    file = new()
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.2)
    chinese_fonts(file)
    # A tab sets the mark apart: Word's own header has a stop in the middle and one at the right.
    page.header.paragraphs[0].text = f"{document.title}\t\t{marked(document)}".strip()
    number_pages(page.footer.paragraphs[0])
    file.core_properties.title = document.title
    file.core_properties.author = ""
    for words, level in ((document.title, 0), (document.subtitle, None)):
        line = file.add_heading(words, level) if level is not None else file.add_paragraph(words)
        line.alignment = ALIGN.CENTER
    about = file.add_paragraph("    ".join(f"{term}：{said}" for term, said in document.facts))
    about.alignment = ALIGN.CENTER
    for at, section in enumerate(document.sections, start=1):
        file.add_heading(f"{at}. {section.heading}", 1)
        for words in paragraphs(section):
            file.add_paragraph(words).paragraph_format.first_line_indent = Pt(21)
        for table in section.tables:
            if table.title:
                file.add_paragraph(table.title).alignment = ALIGN.CENTER
            add_table(file, table)
        for picture in section.pictures:
            file.add_picture(io.BytesIO(as_png(picture.svg)), width=Cm(PICTURE_CENTIMETRES))
            file.paragraphs[-1].alignment = ALIGN.CENTER
            file.add_paragraph(picture.title).alignment = ALIGN.CENTER
    for words in document.notes:
        file.add_paragraph(f"· {words}").runs[0].font.size = Pt(8)
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()


def number_pages(line: "docx.text.paragraph.Paragraph") -> None:
    """Put the page and how many there are into a line; Word counts them itself."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    line.alignment = ALIGN.CENTER
    for at, what in enumerate(("PAGE", "NUMPAGES")):
        if at:
            line.add_run(" / ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), what)
        run, words = OxmlElement("w:r"), OxmlElement("w:t")
        words.text = "1"
        run.append(words)
        field.append(run)
        line._p.append(field)


def chinese_fonts(file: "docx.document.Document") -> None:
    """Say the fonts of Latin and of Chinese letters in every style that is used."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, font, size in (
        ("Normal", BODY_FONT, 10.5),
        ("Title", HEAD_FONT, 18),
        ("Heading 1", HEAD_FONT, 14),
        ("Header", BODY_FONT, 8),
    ):
        style = file.styles[name]
        style.font.name, style.font.size = font, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts_of = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts_of.attrib.pop(qn(f"w:{theme}"), None)
        fonts_of.set(qn("w:eastAsia"), font)


def add_table(file: "docx.document.Document", table: Table) -> None:
    """A table whose first row is repeated on every page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Pt

    made = file.add_table(rows=1 + len(table.rows), cols=len(table.head), style="Table Grid")
    made.autofit = False
    shares = widths(table)
    size = Pt(7.5) if len(table.head) > 7 else Pt(9)
    for row, cells in zip(made.rows, [table.head, *table.rows], strict=True):
        for at, (cell, words) in enumerate(zip(row.cells, cells, strict=True)):
            cell.width = Cm(PICTURE_CENTIMETRES * shares[at] / sum(shares))
            line = cell.paragraphs[0]
            run = line.add_run(words)
            run.font.size, run.bold = size, cells is table.head
            if at in table.numbers:
                line.alignment = ALIGN.RIGHT
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
