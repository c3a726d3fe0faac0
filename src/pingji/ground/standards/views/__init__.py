"""The plans and the deadlines on screen."""

from pingji.ground.standards.views.deadlines import deadline, deadlines
from pingji.ground.standards.views.plans import compare, export, figure, load, mine, one, profiles

__all__ = [
    "compare",
    "deadline",
    "deadlines",
    "export",
    "figure",
    "load",
    "mine",
    "one",
    "profiles",
]
