"""Load and change a plan; start, meet, cancel and extend deadlines."""

from pingji.ground.standards.actions.changing import change_standard
from pingji.ground.standards.actions.deadlines import (
    cancel_deadline,
    extend_deadline,
    hand_over,
    meet_deadline,
    reopen_deadline,
    start_deadline,
    sweep_deadlines,
)
from pingji.ground.standards.actions.holding import hold_to
from pingji.ground.standards.actions.loading import (
    load_profile,
    load_profile_text,
    load_shipped_profiles,
)
from pingji.ground.standards.actions.modes import enter_emergency, return_to_peace
from pingji.ground.standards.actions.starting import start_deadlines

__all__ = [
    "cancel_deadline",
    "change_standard",
    "enter_emergency",
    "extend_deadline",
    "hand_over",
    "hold_to",
    "load_profile",
    "load_profile_text",
    "load_shipped_profiles",
    "meet_deadline",
    "reopen_deadline",
    "return_to_peace",
    "start_deadline",
    "start_deadlines",
    "sweep_deadlines",
]
