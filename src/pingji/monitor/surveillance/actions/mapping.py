"""What the columns and words of a file mean: asked once, remembered for the next file."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note, publish
from pingji.monitor.surveillance import rules as file_rules
from pingji.monitor.surveillance.actions.files import Cells, Table, Unreadable, kept_table
from pingji.monitor.surveillance.models import ColumnMapping, Import
from pingji.monitor.surveillance.rules import mapping as rules
from pingji.monitor.surveillance.rules.rows import Directory, plain

ROWS_SHOWN = 8
ROWS_SEARCHED = 20  # a heading stands within the first rows, maybe under a title
ROWS_SURVEYED = 100_000
WORDS_ASKED = 40  # of one column
ASKING_AT_MOST = 100


@dataclass(frozen=True)
class Beginning:
    """How a file begins, as a person is shown it.

    Attributes:
        rows: Number of each of the first rows and its cells as text, all of one width.
        heading: Number of the row that names the columns.
        cells: That row's cells.
    """

    rows: list[tuple[int, list[str]]]
    heading: int
    cells: list[str]


def begin_of(file: Import, heading: int = 0) -> Beginning:
    """The first rows of a file, with the row that was named or that looks like its heading."""
    with kept_table(file) as table:
        first = [
            (at, [plain(cell) for cell in cells])
            for at, cells in islice(table.rows(), ROWS_SEARCHED)
        ]
    filled = [(at, cells) for at, cells in first if any(cells)]
    if not filled:
        raise Refused(_("The file has no row with headings."))
    row = next(((at, cells) for at, cells in filled if at == heading), None) or _widest(filled)
    shown = [pair for pair in filled if pair[0] >= row[0]][: ROWS_SHOWN + 1]
    above = [pair for pair in filled if pair[0] < row[0]]
    width = max(len(cells) for _at, cells in [row, *shown])
    padded = [(at, cells + [""] * (width - len(cells))) for at, cells in [*above, *shown]]
    return Beginning(padded, row[0], row[1] + [""] * (width - len(row[1])))


def _widest(rows: list[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The first row that fills as many cells as any: titles above it fill fewer."""
    most = max(sum(map(bool, cells)) for _at, cells in rows)
    return next(row for row in rows if sum(map(bool, row[1])) == most)


def mapping_for(file: Import, cells: Sequence[object]) -> ColumnMapping | None:
    """What was said about a heading by the organisation that handed the file in."""
    return ColumnMapping.objects.filter(
        organisation=file.organisation, area=file.area_id, heading=rules.heading_print(cells)
    ).first()


def mapped_heading(file: Import, table: Table) -> tuple[int, Cells, ColumnMapping] | None:
    """The first row of a file about which something was said."""
    prints = {
        rules.heading_print(cells): (at, cells)
        for at, cells in islice(table.rows(), ROWS_SEARCHED)
        if any(plain(cell) for cell in cells)
    }
    mapping = ColumnMapping.objects.filter(
        organisation=file.organisation, area=file.area_id, heading__in=list(prints)
    ).first()
    return (*prints[mapping.heading], mapping) if mapping is not None else None


def unknown_words(
    file: Import, heading: int, columns: Mapping[str, int], directory: Directory
) -> dict[str, list[str]]:
    """The words of a file that are not understood without being told, by column; often used first."""
    found: dict[str, Counter[str]] = {}
    places = [(name, at) for name, at in columns.items() if name in rules.WORDS]
    with kept_table(file) as table:
        for row, cells in islice(table.rows(), ROWS_SURVEYED):
            if row <= heading:
                continue
            for name, at in places:
                text = plain(cells[at]) if at < len(cells) else ""
                if text and not rules.understood(name, text, directory):
                    found.setdefault(name, Counter())[text] += 1
    return {
        name: [text for text, _times in words.most_common(WORDS_ASKED)]
        for name, words in found.items()
    }


@transaction.atomic
def say_mapping(
    *,
    file: Import,
    cells: Iterable[str],
    kind: str,
    columns: dict[str, int],
    words: dict[str, dict[str, str]],
    by: User,
    at: datetime,
) -> ColumnMapping:
    """Say what the columns and words of a file mean; it is read by that, and so is the next one.

    Args:
        file: The file that asks, or one of which rows were refused.
        cells: Its heading.
        kind: "cases" or "counts".
        columns: Place of each column, from 0.
        words: By column, what words of the file mean; under "*" what holds for all rows.
        by: Who says it.
        at: When.
    """
    file = Import.objects.select_for_update().get(pk=file.pk)
    rules.check_can_say(by, file)
    file_rules.check_can_move(file, Import.State.WAITING)
    rules.check_columns(kind, columns, file.given | words.get(rules.ALL_ROWS, {}))

    cells = list(cells)
    mapping, _new = ColumnMapping.objects.update_or_create(
        organisation=file.organisation,
        area_id=file.area_id,
        heading=rules.heading_print(cells),
        defaults={
            "cells": cells,
            "kind": kind,
            "columns": columns,
            "words": words,
            "said_by": by,
            "said_at": at,
        },
    )
    waiting = [file, *_asking_the_same(file, mapping.heading)]
    for one in waiting:
        one.state, one.problem = Import.State.WAITING, ""
        one.save(update_fields=["state", "problem"])
    _note_said(mapping, by, at)
    for one in waiting:
        announce("file_handed_in", at=at, import_id=one.pk)
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return mapping


def _asking_the_same(file: Import, heading: str) -> list[Import]:
    """Other files of the organisation that wait for the same answer."""
    others = (
        Import.objects.select_for_update(of=("self",))
        .filter(state=Import.State.ASKS, area=file.area_id, organisation=file.organisation_id)
        .exclude(pk=file.pk)
        .order_by("pk")[:ASKING_AT_MOST]
    )
    return [other for other in others if _has_heading(other, heading)]


def _has_heading(file: Import, heading: str) -> bool:
    with suppress(Unreadable), kept_table(file) as table:
        rows = islice(table.rows(), ROWS_SEARCHED)
        return heading in [rules.heading_print(cells) for _at, cells in rows]
    return False


@transaction.atomic
def change_mapping(
    *,
    mapping: ColumnMapping,
    kind: str,
    columns: dict[str, int],
    words: dict[str, dict[str, str]],
    by: User,
    at: datetime,
) -> ColumnMapping:
    """Change what was said about a heading, for the next file; files read before stay as they are."""
    mapping = ColumnMapping.objects.select_for_update().get(pk=mapping.pk)
    rules.check_can_map(by, mapping)
    rules.check_columns(kind, columns, words.get(rules.ALL_ROWS, {}))

    mapping.kind, mapping.columns, mapping.words = kind, columns, words
    mapping.said_by, mapping.said_at = by, at
    mapping.save()
    _note_said(mapping, by, at)
    return mapping


def _note_said(mapping: ColumnMapping, by: User, at: datetime) -> None:
    said: dict[str, Any] = {"columns": mapping.columns, "words": mapping.words}
    note("mapping.said", subject=mapping, by=by, at=at, content=mapping.kind, **said)


@transaction.atomic
def forget_mapping(*, mapping: ColumnMapping, by: User, at: datetime) -> None:
    """Forget what was said about a heading: the next file with it asks anew."""
    mapping = ColumnMapping.objects.select_for_update().get(pk=mapping.pk)
    rules.check_can_map(by, mapping)

    note("mapping.forgotten", subject=mapping, by=by, at=at, heading=mapping.cells)
    mapping.delete()
