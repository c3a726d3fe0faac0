"""Who is on duty, and who is called after whom."""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Length

from pingji.ground.directory.models import DutyShift, User, codes_around


def on_duty(area_code: str, at: datetime) -> list[User]:
    """Who is called for an area at a moment, in order: its own roster, then that of the next larger."""
    shifts = (
        DutyShift.objects.at(at)
        .filter(area__in=codes_around(area_code), person__is_active=True)
        .select_related("person")
        .order_by(Length("area_id").desc(), "rank", "pk")
    )
    return list(dict.fromkeys(shift.person for shift in shifts))


def roster(reader: User, *, since: datetime, until: datetime) -> QuerySet[DutyShift]:
    """The shifts within sight that run at any time of a span."""
    return (
        DutyShift.objects.visible_to(reader)
        .standing()
        .filter(ends_at__gt=since, starts_at__lt=until)
        .select_related("area", "person")
        .order_by("starts_at", "area_id", "rank")
    )


def may_be_on_duty(reader: User) -> QuerySet[User]:
    """Who may be put on the roster of the reader's area: active people who work in all of it."""
    return (
        User.objects.people()
        .filter(is_active=True, area_id__in=codes_around(reader.area_id))
        .select_related("organisation")
        .order_by("role", "display_name")
    )
