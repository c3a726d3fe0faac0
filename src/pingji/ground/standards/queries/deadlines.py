"""The clocks that run on a row."""

from django.db.models import Model, QuerySet

from pingji.ground.standards.models import Deadline


def deadlines_of(subject: Model) -> QuerySet[Deadline]:
    """Give every deadline of a row, the earliest first."""
    return Deadline.objects.of(subject).select_related("standard", "owner", "organisation")


def open_deadline(subject: Model, key: str) -> Deadline | None:
    """Give the deadline of this kind that still runs on a row."""
    return Deadline.objects.of(subject).open().filter(key=key).first()
