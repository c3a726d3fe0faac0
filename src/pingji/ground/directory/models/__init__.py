"""Who and where."""

from pingji.ground.directory.models.duty import DutyShift
from pingji.ground.directory.models.experts import ExpertField, Expertise
from pingji.ground.directory.models.people import Resident, Staff, User
from pingji.ground.directory.models.places import SCHEMATIC, Area, Facility, Organisation
from pingji.ground.directory.models.roles import (
    BOUND_TO_ORGANISATION,
    ROLE_PERMISSIONS,
    Permission,
    Role,
)
from pingji.ground.directory.models.screens import WallScreen
from pingji.ground.directory.models.sight import ScopedQuerySet, who_and_when

__all__ = [
    "BOUND_TO_ORGANISATION",
    "ROLE_PERMISSIONS",
    "SCHEMATIC",
    "Area",
    "DutyShift",
    "ExpertField",
    "Expertise",
    "Facility",
    "Organisation",
    "Permission",
    "Resident",
    "Role",
    "ScopedQuerySet",
    "Staff",
    "User",
    "WallScreen",
    "who_and_when",
]
