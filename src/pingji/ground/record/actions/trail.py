"""The chained audit trail."""

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone, translation

from pingji.ground.directory.models import User
from pingji.ground.record.models import Head, Line
from pingji.ground.record.queries import content
from pingji.ground.record.rules import BEGINNING, digest

# One writer at a time appends to the chain; the lock is let go with the transaction.
CHAIN_LOCK = 5_023_201
_origin: ContextVar[str] = ContextVar("origin", default="")


@contextlib.contextmanager
def origin(place: str) -> Iterator[None]:
    """Within this block, lines say they come from `place` (an address, "worker", "command line")."""
    token = _origin.set(place)
    try:
        yield
    finally:
        _origin.reset(token)


@transaction.atomic
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
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    head = Head.objects.first() or Head(id=1, number=0, digest=BEGINNING)
    previous = head.digest
    with translation.override("zh-hans"):
        label = str(subject)[:200] if subject is not None else ""
    line = Line(
        number=head.number + 1,
        kind=kind,
        at=at,
        by=by,
        area_id=area or getattr(subject, "area_id", None) or by.area_id,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        subject_label=label,
        reason=reason,
        origin=_origin.get(),
        details=details,
        known_at=timezone.now(),
        previous=previous,
    )
    line.digest = digest(previous, content(line))
    line.save(force_insert=True)
    head.number, head.digest = line.number, line.digest
    head.save()
    return line


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
