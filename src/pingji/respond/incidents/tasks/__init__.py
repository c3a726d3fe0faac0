"""What the worker does for command."""

from pingji.respond.incidents.tasks.orders import (
    hand_on_what_is_late,
    hand_on_what_nobody_hears,
    remind,
)

__all__ = ["hand_on_what_is_late", "hand_on_what_nobody_hears", "remind"]
