"""Who and where."""

from pingji.ground.directory.models.duty import DutyShift
from pingji.ground.directory.models.experts import ExpertField, Expertise
from pingji.ground.directory.models.people import Resident, Staff, User
from pingji.ground.directory.models.places import (
    COUNTY_DIGITS,
    SCHEMATIC,
    TOWNSHIP_DIGITS,
    Area,
    Facility,
    Organisation,
    codes_around,
)
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
    "COUNTY_DIGITS",
    "ROLE_PERMISSIONS",
    "SCHEMATIC",
    "TOWNSHIP_DIGITS",
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
    "codes_around",
    "who_and_when",
]
