"""The profile as tables, and the deadlines that run against it."""

from pingji.ground.standards.models.deadline import Deadline
from pingji.ground.standards.models.mode import Conversion, EmergencySpell, Mode
from pingji.ground.standards.models.plan import (
    Grade,
    GradingRule,
    Group,
    GroupMember,
    Task,
    TaskUnit,
)
from pingji.ground.standards.models.profile import (
    Profile,
    ProfileArea,
    ProfileVersion,
    StandardRow,
)

__all__ = [
    "Conversion",
    "Deadline",
    "EmergencySpell",
    "Grade",
    "GradingRule",
    "Group",
    "GroupMember",
    "Mode",
    "Profile",
    "ProfileArea",
    "ProfileVersion",
    "StandardRow",
    "Task",
    "TaskUnit",
]
