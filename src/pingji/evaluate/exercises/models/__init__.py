"""What an exercise is: its one row, what is due in it, and what its people come to."""

from pingji.evaluate.exercises.models.agenda import Due
from pingji.evaluate.exercises.models.exercise import Exercise
from pingji.evaluate.exercises.models.nature import DayLived, Illness, Measure

__all__ = ["DayLived", "Due", "Exercise", "Illness", "Measure"]
