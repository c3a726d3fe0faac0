"""Spreadsheets from other programs: files in, what they ask answered, every row's answer out."""

from datetime import datetime
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from ninja.pagination import paginate

from pingji.monitor.surveillance import actions, queries, rules
from pingji.monitor.surveillance.actions import answering
from pingji.monitor.surveillance.actions.reading import column_letter
from pingji.monitor.surveillance.models import CaseStatus, Channel, Import, RowAnswer
from pingji.monitor.surveillance.rules import mapping as mapping_rules
from pingji.monitor.surveillance.rules.persons import starred_cells

router = Router()


class ImportOut(Schema):
    """A file and what became of its rows."""

    id: int
    file_name: str
    kind: str
    channel: Channel
    state: Import.State
    problem: str
    rows: int
    accepted: int
    corrected: int
    repeated: int
    refused: int
    handed_in_at: datetime
    finished_at: datetime | None


class AnswerOut(Schema):
    """What was said to one row that was not simply accepted."""

    row: int
    verdict: RowAnswer.Verdict
    cell: str
    column: str
    value: str
    reason: str
    sentence: str

    @staticmethod
    def resolve_sentence(answer: RowAnswer) -> str:
        """The reason in words."""
        return queries.sentence(answer)


class ImportIn(Schema):
    """What a file is about where it does not say so itself."""

    channel: Channel = Channel.CASE
    disease: str = ""
    area: str = ""
    status: CaseStatus | Literal[""] = ""


class FileRow(Schema):
    """A row of a file; what tells who a patient is, is starred."""

    row: int
    cells: list[str]


class Meaning(Schema):
    """What a word may mean: what is said of it, and how that is called."""

    value: str
    label: str


class QuestionOut(Schema):
    """What a waiting file asks.

    `heading` is the row that names the columns, and `columns` the letter of each that is known.
    What `lacking` names is needed before the file can be read; the words of `unknown` are not
    understood, and rows with them are refused unless something is said of them. `choices` names
    what may be said of `unknown` words and of `lacking` columns that may hold for all rows alike;
    of areas and organisations the first 600.
    """

    state: Import.State
    problem: str
    heading: int
    cells: list[str]
    rows: list[FileRow]
    kind: str
    columns: dict[str, str]
    known_columns: dict[str, str]
    words: dict[str, dict[str, str]]
    lacking: list[str]
    unknown: dict[str, list[str]]
    choices: dict[str, list[Meaning]]


class AnswerIn(Schema):
    """What a file's columns and words mean; what is left out stays as it is known.

    `columns` gives for a column of `known_columns` its heading as it stands in the file, or its
    letter; "" for one that the file does not have. `words` gives by column what a word of the file
    means. `for_all` says what holds for all rows: `status`, `disease` or `area`. With `leave_words`
    the file is read though some words are not understood: their rows are refused.
    """

    heading: int = Field(0, ge=0, le=1_000_000)
    kind: Literal["", "cases", "counts"] = ""
    columns: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}
    for_all: dict[str, str] = {}
    leave_words: bool = False


class RefusedOut(Schema):
    """Why nothing was changed; `words` are those of which nothing was said."""

    reason: str
    field: str | None = None
    words: dict[str, list[str]] = {}


@router.post("/imports", response={201: ImportOut})
def hand_in(request: HttpRequest, file: File[UploadedFile], about: Form[ImportIn]) -> Status:
    """Hand in a file of case lines or counts; it is read within seconds.

    A file whose columns are not known ends in the state `asks`: see `/imports/{import_id}/columns`.

    409 when your role does not hand in reports.
    """
    taken = actions.hand_in(
        name=file.name or "",
        content=file,
        by=request.user,
        at=timezone.now(),
        **about.dict(),
    )
    return Status(201, taken)


@router.get("/imports/{import_id}", response=ImportOut)
def import_(request: HttpRequest, import_id: int) -> Import:
    """One file and how far it is; 404 when it is not yours to see."""
    rules.check_can_view(request.user)
    return get_object_or_404(Import.objects.visible_to(request.user), pk=import_id)


@router.get("/imports/{import_id}/answers", response=list[AnswerOut])
@paginate
def answers(request: HttpRequest, import_id: int) -> QuerySet[RowAnswer]:
    """The answers to rows that were not simply accepted; 404 when the file is not yours to see."""
    return import_(request, import_id).answers.all()


def _own(request: HttpRequest, import_id: int) -> Import:
    mapping_rules.check_can_map(request.user)
    return get_object_or_404(Import.objects.visible_to(request.user), pk=import_id)


@router.get("/imports/{import_id}/columns", response=QuestionOut)
def asked_columns(request: HttpRequest, import_id: int, heading: int = 0) -> dict[str, Any]:
    """What a file asks: how it begins, which columns are known, which are lacking, unknown words.

    404 when the file is not yours to see; 409 when another organisation has handed it in, or it is
    no table.
    """
    file = _own(request, import_id)
    asked = answering.what_is_asked(
        file=file, by=request.user, at=timezone.now(), heading=min(max(heading, 0), 1_000_000)
    )
    wanted = {*asked.unknown, *(set(asked.lacking) & set(mapping_rules.FOR_ALL))}
    return {
        "state": file.state,
        "problem": file.problem,
        "heading": asked.begin.heading,
        "cells": asked.begin.cells,
        "rows": [
            {"row": row, "cells": starred_cells(cells, asked.columns)}
            for row, cells in asked.begin.rows
            if row != asked.begin.heading
        ],
        "kind": asked.kind,
        "columns": {name: column_letter(at) for name, at in asked.columns.items()},
        "known_columns": {
            name: str(mapping_rules.LABELS[name]) for name in mapping_rules.COLUMNS[asked.kind]
        },
        "words": asked.words,
        "lacking": asked.lacking,
        "unknown": asked.unknown,
        "choices": {
            name: [{"value": value, "label": label} for value, label in choices]
            for name, choices in asked.choices.items()
            if name in wanted
        },
    }


@router.post("/imports/{import_id}/columns", response={200: ImportOut, 409: RefusedOut})
def answer_columns(request: HttpRequest, import_id: int, said: AnswerIn) -> Status:
    """Say what a file's columns and words mean; it is then read, and so is every other file of
    your organisation with the same heading.

    404 when the file is not yours to see; 409 when another organisation has handed it in, when
    something is still lacking or not known, and, with the `words`, when the file holds words of
    which nothing was said: say what they mean, or send `leave_words`.
    """
    file = _own(request, import_id)
    try:
        actions.answer(
            file=file, said=answering.Answer(**said.dict()), by=request.user, at=timezone.now()
        )
    except answering.WordsAsked as asked:
        return Status(409, {"reason": str(asked), "field": asked.field, "words": asked.words})
    file.refresh_from_db()
    return Status(200, file)
