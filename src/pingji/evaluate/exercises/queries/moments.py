"""When something happens next in an exercise, or may."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from django.db.models import Min, Q
from django.utils import timezone

from pingji.evaluate.exercises.models import Due, Exercise
from pingji.ground.notices.models import Delivery
from pingji.ground.standards.models import Deadline

A_MINUTE = timedelta(minutes=1)
TOGETHER = timedelta(minutes=10)
FAST = 600  # seconds of the exercise in one of the wall clock, from which on minutes do not show
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def next_day(exercise: Exercise) -> datetime:
    """When the next day of the outbreak begins, by the county's calendar."""
    day = timezone.localdate(exercise.starts_at) + timedelta(days=exercise.days)
    return timezone.make_aware(datetime.combine(day, time()))


def next_of(exercise: Exercise) -> datetime:
    """The earliest of all: what is due, a new day, the end of a clock, a message."""
    return min(one.astimezone(UTC) for one in _all(exercise, exercise.moment) if one is not None)


def _all(exercise: Exercise, here: datetime) -> Iterator[datetime | None]:
    yield exercise.ends_at
    yield next_day(exercise)
    together = TOGETHER if exercise.speed == 0 or exercise.speed >= FAST else A_MINUTE
    due = Due.objects.filter(state=Due.State.WAITING).aggregate(n=Min("at"))["n"]
    yield _up_to(due, together)
    clocks = Deadline.objects.open().aggregate(
        warn=Min("warn_at", filter=Q(warn_at__gt=here)),
        due=Min("due_at", filter=Q(due_at__gt=here)),
    )
    yield _up_to(clocks["warn"], together)
    yield _up_to(clocks["due"], A_MINUTE)
    messages = Delivery.objects.waiting().filter(due_at__gt=here).aggregate(n=Min("due_at"))
    yield _up_to(messages["n"], together)


def _up_to(moment: datetime | None, step: timedelta) -> datetime | None:
    """The first whole minute, or whole minutes of a step, not before a moment."""
    if moment is None:
        return None
    return moment + (BEGINNING - moment) % step
