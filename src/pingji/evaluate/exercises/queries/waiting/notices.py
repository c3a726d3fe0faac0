"""Notices whose receivers are asked to acknowledge them."""

from collections.abc import Iterator
from datetime import datetime

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, named, stamped
from pingji.ground.notices.models import Delivery, Means, Notice
from pingji.ground.standards.models import Deadline

ACKNOWLEDGE = "notice.acknowledge."


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """What people were told on their pages and a clock wants acknowledged."""
    clocks = {
        int(clock.subject_id): clock
        for clock in Deadline.objects.open().filter(
            key__startswith=ACKNOWLEDGE,
            subject_type=Notice._meta.label_lower,
            started_at__gte=exercise.starts_at,
        )
    }
    told = Delivery.objects.filter(
        notice__in=list(clocks), means=Means.PAGE, receiver__is_active=True
    ).exclude(state=Delivery.State.ACKNOWLEDGED)
    rows = told.select_related("receiver", "notice")
    for row in rows.order_by("notice__told_at", "notice_id", "receiver__username"):
        clock = clocks[row.notice_id]
        yield Waiting(
            "notice.acknowledge",
            named(
                stamped(clock.started_at),
                row.notice.kind,
                row.receiver.username,
                clock.subject_label,
            ),
            row.notice.area_id,
            row.receiver.role,
            clock.started_at,
            row.pk,
        )
