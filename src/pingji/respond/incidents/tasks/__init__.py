"""What the worker does for command."""

from pingji.respond.incidents.tasks.command import call_the_next, open_reviews
from pingji.respond.incidents.tasks.orders import (
    hand_on_what_is_late,
    hand_on_what_nobody_hears,
    remind,
)
from pingji.respond.incidents.tasks.reports import (
    begin_clocks,
    begin_the_closing_report,
    follow_the_grade,
)

__all__ = [
    "call_the_next",
    "open_reviews",
    "begin_clocks",
    "begin_the_closing_report",
    "follow_the_grade",
    "hand_on_what_is_late",
    "hand_on_what_nobody_hears",
    "remind",
]
