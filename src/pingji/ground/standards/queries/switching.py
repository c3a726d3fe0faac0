"""What emergency changes in an area, and how its places are switched."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pingji.ground.directory.models import COUNTY_DIGITS
from pingji.ground.standards.models import Conversion, StandardRow
from pingji.ground.standards.queries.figures import in_emergency, profile_for, rules_of

Module = Literal["monitor", "warn", "respond", "dispatch", "evaluate"]
# Which stage reads a figure, by how its key begins.
READ_BY: dict[str, Module] = {
    "opinion": "monitor",
    "report_card": "monitor",
    "sentinel": "monitor",
    "alert": "warn",
    "detection": "warn",
    "fusion": "warn",
    "joint": "dispatch",
    "supplies": "dispatch",
    "ambulance": "dispatch",
    "icu": "dispatch",
}
# These are read for a whole county: a township in emergency does not change them.
COUNTY_WIDE = ("detection.", "fusion.", "duty.", "joint.", "sentinel.")


@dataclass(frozen=True)
class Change:
    """A figure that is another one in emergency.

    Attributes:
        module: The stage that reads it.
        key: Which figure.
        peace: The figure in peace; None where it holds only in emergency.
        emergency: The figure in emergency.
    """

    module: Module
    key: str
    peace: StandardRow | None
    emergency: StandardRow


def changes(area_code: str, on: date) -> list[Change]:
    """Every figure in force for an area that is another one while it is in emergency."""
    profile = profile_for(area_code, on)
    if profile is None:
        return []
    rows = rules_of(profile, on)
    return [
        Change(READ_BY.get(key.split(".")[0], "respond"), key, rows.get(key), row)
        for key, row in in_emergency(profile, rows).items()
        if len(area_code) <= COUNTY_DIGITS or not key.startswith(COUNTY_WIDE)
    ]


def conversions_for(area_code: str, on: date) -> list[Conversion]:
    """How places are switched by the plan of an area: a plan's own way before its base's."""
    profile = profile_for(area_code, on)
    found: dict[str, Conversion] = {}
    for plan in profile.chain() if profile else []:
        for conversion in plan.conversions.order_by("position"):
            found.setdefault(conversion.key, conversion)
    return list(found.values())
