"""What is shown and counted of an exercise."""

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.control import (
    checkpoints,
    coming,
    curve,
    day_of,
    days_in_all,
    done,
    pace,
    present,
    roles,
    said_pace,
    shown_on_tour,
)

__all__ = [
    "Exercise",
    "checkpoints",
    "coming",
    "curve",
    "day_of",
    "days_in_all",
    "done",
    "pace",
    "present",
    "roles",
    "said_pace",
    "shown_on_tour",
]
