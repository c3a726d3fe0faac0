"""What a switch between peace and emergency changes in each stage, said before it begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground.directory.models import COUNTY_DIGITS, Area, Facility, Role
from pingji.ground.standards.models import Conversion, Mode
from pingji.ground.standards.queries import Change, changes, find_rule, mode_at
from pingji.respond.incidents.queries.field import taken_over
from pingji.respond.incidents.queries.modes import Place, duty_strength, incidents_of, said_of

MODULES = ("monitor", "warn", "respond", "dispatch", "evaluate")
Facts = dict[str, list[str]]


@dataclass(frozen=True)
class Module:
    """What a switch changes in one stage of the loop.

    Attributes:
        key: monitor, warn, respond, dispatch or evaluate.
        changes: The figures that are other ones from then on.
        facts: What else changes or becomes visible there, or why nothing does.
    """

    key: str
    changes: list[Change]
    facts: list[str]


def preview(place: Place, to: str, at: datetime, ways: Sequence[Conversion]) -> list[Module]:
    """What switching a place in one of some ways changes in each stage, from plan and data."""
    facts: Facts = {module: [] for module in MODULES}
    found: list[Change] = []
    if isinstance(place, Facility):
        _of_facility(facts, place, at)
    else:
        found = changes(place.code, timezone.localdate(at))
        _of_area(facts, place, found, at)
    for way in ways:
        facts["respond"].append(_told_to(way))
        if to == Mode.EMERGENCY:
            facts["evaluate"] += _measured(way, place, at)
    return [
        Module(name, [change for change in found if change.module == name], facts[name])
        for name in MODULES
    ]


def _of_area(facts: Facts, area: Area, found: list[Change], at: datetime) -> None:
    timed = [change for change in found if change.emergency.section == "deadline"]
    if timed:
        facts["evaluate"].append(
            ngettext(
                "%(n)s kind of clock is measured against its other limit from then on; clocks"
                " that run already keep theirs.",
                "%(n)s kinds of clock are measured against their other limit from then on; clocks"
                " that run already keep theirs.",
                len(timed),
            )
            % {"n": len(timed)}
        )
    running = incidents_of(area).count()
    facts["respond"].append(
        ngettext("%(n)s incident is open here.", "%(n)s incidents are open here.", running)
        % {"n": running}
    )
    if len(area.code) > COUNTY_DIGITS:
        other = {change.module for change in found}
        for module in ("monitor", "warn", "dispatch"):
            if module not in other:
                facts[module].append(
                    _(
                        "Nothing: the figures of this stage hold for the whole county and change with it."
                    )
                )
    there, asked = duty_strength(area, at)
    if len(area.code) == COUNTY_DIGITS and asked:
        facts["respond"].append(
            _("%(there)s on duty now, %(asked)s asked for in emergency.")
            % {"there": there, "asked": asked}
        )


def _of_facility(facts: Facts, facility: Facility, at: datetime) -> None:
    area = facility.area
    follows = _(
        "Nothing: its reports, limits and alerts follow %(area)s (%(state)s), whichever state"
        " the facility is in."
    ) % {"area": area.label, "state": Mode(mode_at(area.code, at)).label}
    facts["monitor"].append(follows)
    facts["warn"].append(follows)
    facts["dispatch"].append(
        _(
            "The map and the list of places show the facility in its new state once the last step is done."
        )
    )
    told = facility.free_counts.as_of(at)
    free = [
        _("%(what)s: %(free)s of %(amount)s free")
        % {"what": one.said_kind, "free": one.free, "amount": one.amount}
        for one in told
    ]
    facts["dispatch"].append(
        _("Free now: %(free)s.") % {"free": _("; ").join(free)}
        if free
        else _("The facility has not told what is free.")
    )
    held = taken_over([facility.pk], at).get(facility.pk)
    if held is not None:
        facts["dispatch"].append(
            _("It is requisitioned for: %(use)s.") % {"use": held.get_use_display()}
        )


def _told_to(way: Conversion) -> str:
    roles: dict[str, int] = {}
    for step in way.steps:
        roles[step["role"]] = roles.get(step["role"], 0) + 1
    said = _(", ").join(f"{Role(role).label} {n}" for role, n in roles.items())
    count = len(way.steps)
    return ngettext(
        "%(way)s: %(n)s step, told to %(roles)s.", "%(way)s: %(n)s steps, told to %(roles)s.", count
    ) % {"way": way.label, "n": count, "roles": said}


def _measured(way: Conversion, place: Place, at: datetime) -> list[str]:
    """The steps whose time the plan limits, and which the scorecard therefore counts."""
    area = place.area if isinstance(place, Facility) else place
    found = []
    for step in way.steps:
        row = find_rule(area.code, step["deadline"], at) if step.get("deadline") else None
        if row is not None:
            words = {"step": said_of(step), "limit": row.said}
            found.append(
                _("“%(step)s” has a clock of %(limit)s, which the scorecard counts.") % words
            )
    none = _("%(way)s: the plan sets no clock for its steps.") % {"way": way.label}
    return found or [none]
