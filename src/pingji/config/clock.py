"""The clock of an exercise: `django.utils.timezone.now()` gives the exercise's moment.

The moment lies in one number that every process of the installation reads from the same memory, so
that a page never sees a moment that is earlier than what the driver did. It stands between two
writes and never goes back, but where the exercise itself is turned back to a checkpoint.
"""

import mmap
import os
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from pingji.config.places import home

FILE = "clock"
BYTES = 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_cells: dict[str, memoryview] = {}


def _cell() -> memoryview:
    """The number itself, in microseconds since 1970; 0 while no exercise has begun."""
    path = home() / FILE
    found = _cells.get(str(path))
    if found is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < BYTES:
                os.ftruncate(descriptor, BYTES)
            # Eight bytes in one piece: a reader sees the number before or after, never half of it.
            found = memoryview(mmap.mmap(descriptor, BYTES)).cast("q")
        finally:
            os.close(descriptor)
        _cells[str(path)] = found
    return found


def by_the_wall() -> datetime:
    """The time outside the exercise."""
    return datetime.now(UTC)


def moment() -> datetime | None:
    """The moment of this installation's exercise; None while none has begun."""
    reached = _cell()[0]
    return EPOCH + timedelta(microseconds=reached) if reached else None


def set_moment(moment: datetime) -> None:
    """Go on to a moment; an earlier one than that reached changes nothing."""
    cell = _cell()
    asked = (moment - EPOCH) // timedelta(microseconds=1)
    if asked > cell[0]:
        cell[0] = asked


def turn_back(moment: datetime) -> None:
    """Put the clock to a moment, earlier ones too: only with a database that is as old."""
    _cell()[0] = (moment - EPOCH) // timedelta(microseconds=1)


def now() -> datetime:
    """The exercise's moment; the wall clock's while none has begun."""
    return moment() or by_the_wall()


def install() -> None:
    """Have the whole program ask this clock; called before anything else reads the time."""
    timezone.now = now
