"""The line list as a file: asked for on the screen, written by the worker, fetched by its asker."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import Error as DatabaseProblem
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import override

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.ground.directory.models.sealed_files import keep
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.actions.export_files import BLOCK, CsvWriter, Writer, XlsxWriter
from pingji.monitor.surveillance.models import Export
from pingji.monitor.surveillance.queries import columns, line_list
from pingji.monitor.surveillance.rules import exports as rules

WRITER_LOCK = 2_102  # first of the two numbers of the lock; the second is the export's
TELL_EVERY = 20_000  # rows between two words on how far it is
KEPT_DAYS = "export.keep_days"
State = Export.State


@transaction.atomic
def ask_export(
    *,
    filters: dict[str, str],
    keys: list[str],
    form: str,
    by: User,
    at: datetime,
    order: str = "",
    unmasked: bool = False,
    reason: str = "",
) -> Export:
    """Have the worker write a line list to a file, as this reader would see it.

    Args:
        filters: The filters of the list.
        keys: The columns.
        form: "csv" or "xlsx".
        by: Who asks; the file holds what this user may see, and nobody else may fetch it.
        at: When.
        order: The order of the list.
        unmasked: Whether personal data are wanted in full.
        reason: What for; needed with names in full.
    """
    rules.check_can_export(by, unmasked=unmasked, reason=reason)

    export = Export.objects.create(
        asked_by=by,
        asked_at=at,
        area_id=by.area_id,
        filters={**line_list.Filters.read(filters).given(), "sort": order},
        columns=[column.key for column in columns.chosen(keys)],
        language=by.language or settings.LANGUAGE_CODE,
        form=Export.Form(form),
        unmasked=unmasked,
        reason=reason.strip()[:300],
    )
    note(
        "export.asked",
        subject=export,
        by=by,
        at=at,
        reason=export.reason,
        unmasked=unmasked,
        columns=export.columns,
        filters=sorted(export.filters),
    )
    announce("export_asked", at=at, export_id=export.pk)
    _tell(export)
    return export


def write_export(*, export_id: int, at: datetime) -> Export:
    """Write the file of an export. Safe to run again: a file that is ready stays as it is, one
    whose writing broke off is written anew, and no half file is ever offered."""
    with _only_writer(export_id):
        export = Export.objects.select_related("asked_by").get(pk=export_id)
        if export.state in {State.DONE, State.FAILED}:
            return export
        draft = _folder(export) / f"{export.pk}.part"
        with override(export.language):
            try:
                rules.check_can_export(
                    export.asked_by, unmasked=export.unmasked, reason=export.reason
                )
            except Refused as refused:
                return _failed(export, str(refused), at)
            _begin(export, at)
            # While it is written it has no name: were the program killed, nothing readable stays.
            with tempfile.TemporaryFile(dir=draft.parent) as file:
                rows = _write(export, file)
                size = file.seek(0, os.SEEK_END)
                keep(file, draft)
        return _finish(export, draft, rows, size, at)


def _folder(export: Export) -> Path:
    folder = Path(default_storage.path(f"exports/{export.asked_at:%Y/%m}"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _only_writer(export_id: int) -> Iterator[None]:
    """Wait until nobody else writes this file; a writer that is killed lets go by itself."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", [WRITER_LOCK, export_id])
        try:
            yield
        finally:
            with suppress(DatabaseProblem):  # a connection that broke has let go already
                cursor.execute("select pg_advisory_unlock(%s, %s)", [WRITER_LOCK, export_id])


def _cards(export: Export) -> Any:
    user = export.asked_by
    found = line_list.find(
        line_list.Filters.read(export.filters),
        user=user,
        today=timezone.localdate(export.asked_at),
        clear=user.holds(Permission.PERSONAL_DATA_VIEW),
    )
    order = line_list.Order.read(export.filters.get("sort", ""))
    return line_list.ordered(found.cards, order, backwards=False)


@transaction.atomic
def _begin(export: Export, at: datetime) -> None:
    rules.check_can_move_export(export, State.RUNNING)

    export.expected = line_list.about_how_many(_cards(export))
    export.state, export.rows = State.RUNNING, 0
    export.save(update_fields=["expected", "state", "rows"])
    note("export.started", subject=export, by=export.asked_by, at=at)
    _tell(export)


def _write(export: Export, draft: IO[bytes]) -> int:
    """Write every row to the draft; give their number. The database hands them out in blocks."""
    shown = columns.chosen(export.columns)
    words = columns.words_for(export.asked_by, clear=export.unmasked)
    text_of = columns.writer(shown, words)
    headings = [str(column.label) for column in shown]
    file: Writer
    if export.form == Export.Form.XLSX:
        numbers = [at for at, column in enumerate(shown) if column.number]
        file = XlsxWriter(draft, headings, numbers)
    else:
        file = CsvWriter(draft, headings)
    rows, told = 0, 0
    try:
        cards = columns.rows_of(_cards(export)).iterator(chunk_size=BLOCK)
        while block := [text_of(row) for row in islice(cards, BLOCK)]:
            file.rows(block)
            rows += len(block)
            if rows - told >= TELL_EVERY:
                told = rows
                _progress(export, rows)
    finally:
        file.close()
    return rows


@transaction.atomic
def _progress(export: Export, rows: int) -> None:
    Export.objects.filter(pk=export.pk).update(rows=rows)
    _tell(export)


def _finish(export: Export, draft: Path, rows: int, size: int, at: datetime) -> Export:
    """Offer the whole file: on the disk first, then under its name, then in the table."""
    name = f"{export.pk}-{secrets.token_hex(8)}.{export.form}"
    whole = draft.with_name(name)
    draft.rename(whole)
    with transaction.atomic():
        export = Export.objects.select_for_update().get(pk=export.pk)
        rules.check_can_move_export(export, State.DONE)

        export.state, export.finished_at = State.DONE, at
        export.rows, export.size = rows, size
        export.file = f"exports/{export.asked_at:%Y/%m}/{name}"
        export.save(update_fields=["state", "finished_at", "rows", "size", "file"])
        note("export.finished", subject=export, by=export.asked_by, at=at, rows=rows, bytes=size)
        _tell(export)
    return export


@transaction.atomic
def _failed(export: Export, why: str, at: datetime) -> Export:
    export = Export.objects.select_for_update().get(pk=export.pk)
    rules.check_can_move_export(export, State.FAILED)

    export.state, export.problem, export.finished_at = State.FAILED, why[:300], at
    export.save(update_fields=["state", "problem", "finished_at"])
    note("export.failed", subject=export, by=export.asked_by, at=at, reason=why)
    _tell(export)
    return export


@transaction.atomic
def fetch_export(*, export: Export, by: User, at: datetime) -> Export:
    """Give the file to its asker, and put that on record."""
    rules.check_can_fetch(by, export)

    note(
        "export.fetched",
        subject=export,
        by=by,
        at=at,
        reason=export.reason,
        rows=export.rows,
        unmasked=export.unmasked,
    )
    return export


@transaction.atomic
def delete_old_exports(*, by: User, at: datetime) -> int:
    """Delete the files that were kept as long as the plan says; give their number."""
    gone = 0
    waiting = Export.objects.filter(state=State.DONE, deleted_at=None).select_related("asked_by")
    for export in waiting.select_for_update(of=("self",)):
        days = standards.number(export.area_id, KEPT_DAYS, timezone.localdate(at))
        if export.finished_at and export.finished_at + timedelta(days=float(days)) > at:
            continue
        default_storage.delete(export.file.name)
        export.deleted_at = at
        export.save(update_fields=["deleted_at"])
        note("export.deleted", subject=export, by=by, at=at)
        _tell(export)
        gone += 1
    return gone


def _tell(export: Export) -> None:
    publish("exports", area=export.area_id, organisation=export.asked_by.organisation_id)
