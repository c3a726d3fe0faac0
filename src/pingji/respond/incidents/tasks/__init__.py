"""What the worker does for command."""

from pingji.respond.incidents.tasks.command import call_the_next, open_reviews
from pingji.respond.incidents.tasks.orders import (
    hand_on_what_is_late,
    hand_on_what_nobody_hears,
    remind,
)

__all__ = [
    "call_the_next",
    "hand_on_what_is_late",
    "hand_on_what_nobody_hears",
    "open_reviews",
    "remind",
]
