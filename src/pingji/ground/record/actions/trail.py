"""The chained audit trail."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone, translation

from pingji.ground import statements
from pingji.ground.directory.models import User
from pingji.ground.record.models import Line
from pingji.ground.record.queries import content
from pingji.ground.record.rules import BEGINNING, digest

# One writer at a time appends to the chain: the lock on the head is let go with the transaction.
HEAD = "select number, digest from record_head where id = 1 for update"
BEGIN = "insert into record_head (id, number, digest) values (1, 0, %s) on conflict do nothing"
COLUMNS = (
    "number bigint, kind text, at timestamptz, by_id bigint, area_id text, subject_type text, "
    "subject_id text, subject_label text, reason text, origin text, details jsonb, "
    "known_at timestamptz, previous text, digest text"
)
NAMES = [column.split()[0] for column in COLUMNS.split(", ")]
WRITE = f"""
    with written as (
        insert into record_line ({", ".join(NAMES)})
        select {", ".join(NAMES)} from json_to_recordset(%s::json) as l({COLUMNS})
    )
    update record_head set number = %s, digest = %s where id = 1
"""  # noqa: S608 - the columns are ours
_origin: ContextVar[str] = ContextVar("origin", default="")


@contextlib.contextmanager
def origin(place: str) -> Iterator[None]:
    """Within this block, lines say they come from `place` (an address, "worker", "command line")."""
    token = _origin.set(place)
    try:
        yield
    finally:
        _origin.reset(token)


def present_origin() -> str:
    """Where lines say they come from just now."""
    return _origin.get()


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line says of one subject, where many are put on record at once.

    Attributes:
        subject: The row it happened to.
        details: What else a reader must know, as plain JSON values.
        kind: What happened to it, where that is not the same for all.
        at: When, where that is not the same for all.
        origin: From where, where that is not the same for all; None where it is.
    """

    subject: Model | None
    details: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    at: datetime | None = None
    origin: str | None = None


def note(
    kind: str,
    *,
    subject: Model | None,
    by: User,
    at: datetime,
    reason: str = "",
    area: str | None = None,
    **details: Any,
) -> Line:
    """Put one line on record, in the transaction of the change it tells of.

    Args:
        kind: What happened, `<noun>.<verb past>`.
        subject: The row it happened to.
        by: Who did it.
        at: When it happened, as the action was told; the time of writing is kept beside it.
        reason: Why, in the person's own words.
        area: Area code when the subject has no `area`; else taken from the subject.
        details: What else a reader must know, as plain JSON values.
    """
    entry = Entry(subject, details)
    return note_many(kind, [entry], by=by, at=at, reason=reason, area=area)[0]


@transaction.atomic(savepoint=False)
def note_many(
    kind: str,
    entries: Sequence[Entry],
    *,
    by: User,
    at: datetime,
    reason: str = "",
    area: str | None = None,
) -> list[Line]:
    """Put a line for each entry on record: as `note`, with one lock and one write for all.

    Args:
        kind: What happened, `<noun>.<verb past>`.
        entries: What it happened to, in order.
        by: Who did it.
        at: When it happened.
        reason: Why.
        area: Area code for subjects without an `area`.
    """
    if not entries:
        return []
    with translation.override("zh-hans"):  # what a subject is called on record
        made = [_line(kind, entry, by=by, at=at, reason=reason, area=area) for entry in entries]
    number, last = _head()
    known_at = timezone.now()
    for line in made:
        number += 1
        line.number, line.known_at, line.previous = number, known_at, last
        line.digest = last = digest(last, content(line))
    statements.ask(WRITE, [_json(made), number, last])
    for line in made:
        line._state.adding, line._state.db = False, connection.alias
    return made


def _head() -> tuple[int, str]:
    """Where the chain ends; nobody else appends to it until this transaction is over."""
    found = statements.ask(HEAD).fetchone()
    while found is None:
        statements.ask(BEGIN, [BEGINNING])
        found = statements.ask(HEAD).fetchone()
    number, last = found
    return number, last


def _json(lines: Iterable[Line]) -> str:
    """Lines as the statement that writes them reads them."""
    return json.dumps(
        [{name: getattr(line, name) for name in NAMES} for line in lines],
        ensure_ascii=False,
        default=datetime.isoformat,
    )


def _line(
    kind: str, entry: Entry, *, by: User, at: datetime, reason: str, area: str | None
) -> Line:
    subject = entry.subject
    label = str(subject)[:200] if subject is not None else ""
    return Line(
        kind=entry.kind or kind,
        at=entry.at or at,
        by=by,
        area_id=area or getattr(subject, "area_id", None) or by.area_id,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        subject_label=label,
        reason=reason,
        origin=_origin.get() if entry.origin is None else entry.origin,
        details=entry.details,
    )


def saw(rows: Iterable[Model] | Model, *, by: User, at: datetime, why: str) -> Line:
    """Put on record that somebody looked at personal data.

    Args:
        rows: The row or rows whose personal data were shown.
        by: Who looked.
        at: When.
        why: On which page or for what purpose.
    """
    shown = [rows] if isinstance(rows, Model) else list(rows)
    only = shown[0] if len(shown) == 1 else None
    return note(
        "personal_data.seen",
        subject=only,
        by=by,
        at=at,
        reason=why,
        rows=len(shown),
        subjects=[f"{row._meta.label_lower}:{row.pk}" for row in shown[:200]],
    )
