"""What waits for people whom the machine may play."""

from collections.abc import Iterator
from datetime import datetime

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting import (
    advice,
    alerts,
    cards,
    command,
    modes,
    notices,
    opinion,
    orders,
    reports,
    responses,
    risk_areas,
)
from pingji.evaluate.exercises.queries.waiting.rows import Waiting

PARTS = (
    cards,
    alerts,
    command,
    responses,
    risk_areas,
    advice,
    modes,
    orders,
    reports,
    notices,
    opinion,
)


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """Everything that waits for somebody at a moment, always in the same order."""
    for part in PARTS:
        yield from part.waiting(exercise, at)
