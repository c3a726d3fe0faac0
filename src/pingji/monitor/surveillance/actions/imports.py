"""Take a file in, and have it read once."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import Error as DatabaseProblem
from django.db import connection, transaction
from django.utils.translation import override

from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note, publish
from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.actions.files import Unreadable, kept_table
from pingji.monitor.surveillance.actions.reading import AsksForColumns, Reader
from pingji.monitor.surveillance.models import Channel, Import

READER_LOCK = 2_101  # first of the two numbers of the lock; the second is the file's


@transaction.atomic
def hand_in(
    *,
    name: str,
    content: bytes | File,
    by: User,
    at: datetime,
    channel: str = Channel.CASE,
    disease: str = "",
    area: str = "",
    status: str = "",
) -> Import:
    """Take a file in and queue its reading.

    Args:
        name: The file's name.
        content: Its bytes, or the file itself.
        by: Who hands it in; only areas in this user's sight are accepted.
        at: When.
        channel: The channel that counts in the file belong to.
        disease: Disease for every row, where the file has no such column.
        area: Area for every row, likewise.
        status: How sure every case is, likewise.
    """
    rules.check_can_import(by)

    said = {"disease": disease, "area": area, "status": status}
    upload = ContentFile(content) if isinstance(content, bytes) else content
    digest = hashlib.sha256()
    for piece in upload.chunks():
        digest.update(piece)
    file = Import(
        area_id=by.area_id,
        organisation=by.organisation,
        file_name=name[:200],
        sha256=digest.hexdigest(),
        size=upload.size,
        channel=channel,
        handed_in_by=by,
        handed_in_at=at,
        given={column: value for column, value in said.items() if value},
    )
    file.file.save(f"{file.sha256[:16]}.dat", upload, save=False)
    file.save()

    note("import.handed_in", subject=file, by=by, at=at, sha256=file.sha256, bytes=file.size)
    announce("file_handed_in", at=at, import_id=file.pk, disease=disease, area=area)
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return file


def read_file(*, import_id: int, at: datetime, disease: str = "", area: str = "") -> Import:
    """Read a file that was handed in and answer every row. Safe to run again.

    A file that was read stays as it is; one whose reading broke off is read anew.
    """
    with _only_reader(import_id):
        file = Import.objects.select_related("handed_in_by").get(pk=import_id)
        if file.state not in {Import.State.WAITING, Import.State.RUNNING}:
            return file
        given = file.given | {k: v for k, v in (("disease", disease), ("area", area)) if v}
        with override(language_of(file.handed_in_by)), ExitStack() as opened:
            try:
                reader = Reader(file, opened.enter_context(kept_table(file)), given, at)
            except Unreadable as problem:
                return _unreadable(file, str(problem), at)
            except AsksForColumns as asks:
                return _asks(file, str(asks), at)
            return reader.read(at)


def language_of(user: User) -> str:
    """The language in which a user is told what was wrong with the file."""
    return user.language or settings.LANGUAGE_CODE


@contextmanager
def _only_reader(import_id: int) -> Iterator[None]:
    """Wait until nobody else reads this file; a reader that is killed lets go by itself."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", [READER_LOCK, import_id])
        try:
            yield
        finally:
            with suppress(DatabaseProblem):  # a connection that broke has let go already
                cursor.execute("select pg_advisory_unlock(%s, %s)", [READER_LOCK, import_id])


@transaction.atomic
def _unreadable(file: Import, why: str, at: datetime) -> Import:
    file = Import.objects.select_for_update().get(pk=file.pk)
    rules.check_can_move(file, Import.State.UNREADABLE)

    file.state, file.problem, file.finished_at = Import.State.UNREADABLE, why, at
    file.save(update_fields=["state", "problem", "finished_at"])
    note("import.unreadable", subject=file, by=file.handed_in_by, at=at, reason=why)
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return file


@transaction.atomic
def _asks(file: Import, lacking: str, at: datetime) -> Import:
    """Put the file aside until a person has said what its columns mean."""
    file = Import.objects.select_for_update().get(pk=file.pk)
    rules.check_can_move(file, Import.State.ASKS)

    file.state, file.problem = Import.State.ASKS, lacking
    file.save(update_fields=["state", "problem"])
    note("import.asks", subject=file, by=file.handed_in_by, at=at)
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return file
