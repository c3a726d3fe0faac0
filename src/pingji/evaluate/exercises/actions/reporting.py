"""The report on an exercise as files: a web page, Word, PDF, and the figures for comparing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from django.template.loader import render_to_string
from django.utils.translation import get_language

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.score import (
    FIGURES,
    Score,
    comparison,
    report_of,
    score,
)
from pingji.warn.alerts.actions.analyses.files import as_pdf, as_word, paragraphs
from pingji.warn.alerts.queries.analyses.document import Document, Table

NAME = "report"
COMPARED = "comparison"


def write_report(
    exercise: Exercise, folder: Path, *, without: dict[str, list[int]] | None = None
) -> Score:
    """Write the report on an exercise into a folder, in the language in force.

    Args:
        exercise: The exercise of this database.
        folder: Where to; made if it is not there. Files of an earlier report are replaced.
        without: The curves of the same outbreak without any measure, see `score`.

    Returns:
        The figures, as they stand in `score.json`.

    Raises:
        OSError: If a file cannot be written.
    """
    found = score(exercise, without=without)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FIGURES).write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    _write(report_of(found), folder, NAME)
    return found


def write_comparison(scores: Sequence[Score], folder: Path) -> None:
    """Write several scores side by side into a folder, in the language in force.

    Args:
        scores: From two to six.
        folder: Where to; made if it is not there.

    Raises:
        OSError: If a file cannot be written.
        ValueError: If the scores cannot be compared.
    """
    document = comparison(scores)
    folder.mkdir(parents=True, exist_ok=True)
    _write(document, folder, COMPARED)


def _write(document: Document, folder: Path, name: str) -> None:
    (folder / f"{name}.html").write_text(as_page(document), encoding="utf-8")
    (folder / f"{name}.docx").write_bytes(as_word(document))
    (folder / f"{name}.pdf").write_bytes(as_pdf(document))


def as_page(document: Document) -> str:
    """The document as one web page that needs no other file."""
    sections = [
        {
            "heading": section.heading,
            "lines": paragraphs(section),
            "tables": [_cells(table) for table in section.tables],
            "pictures": section.pictures,
        }
        for section in document.sections
    ]
    language = "zh-CN" if (get_language() or "zh").startswith("zh") else "en"
    given = {"document": document, "sections": sections, "language": language}
    return render_to_string("exercises/report.html", given)


def _cells(table: Table) -> dict[str, Any]:
    def row(cells: list[str]) -> list[dict[str, Any]]:
        return [{"text": text, "number": at in table.numbers} for at, text in enumerate(cells)]

    return {"title": table.title, "head": row(table.head), "rows": [row(r) for r in table.rows]}
