"""The deadlines that plans set, for many things at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import models

from pingji.ground import statements
from pingji.ground.directory.models import codes_around
from pingji.ground.standards import EMERGENCY
from pingji.ground.standards.models import EmergencySpell, Profile, ProfileArea, StandardRow
from pingji.ground.standards.queries.figures import day_of

Asked = tuple[str, str, date]  # code of the area, key, day or moment


@dataclass(frozen=True)
class Promise:
    """A deadline of the plan in force.

    Attributes:
        standard: The plan's row.
        warn_share: After which share of the time it warns.
        escalates_to: The role that hears when it is missed.
    """

    standard: StandardRow
    warn_share: Decimal
    escalates_to: str


@dataclass(frozen=True)
class Start:
    """A clock to start: see the action `start_deadlines`.

    Attributes:
        key: Which promise.
        subject: The row it runs on, which has no clock of that key yet.
        area: Code of the area.
        at: When it starts.
        organisation: Number of the one that has to meet it.
        owner: Number of the person who has to meet it.
        until: Its end, where something else than the plan's length sets one.
    """

    key: str
    subject: models.Model
    area: str
    at: datetime
    organisation: int | None = None
    owner: int | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Plans:
    """All plans at one moment, kept until one of them changes.

    Attributes:
        of_areas: Which plan holds where, the smallest area first.
        everywhere: Plans that hold where no other does.
        rows: By plan and key.
        spells: From when to when areas are or were in emergency.
    """

    of_areas: Sequence[ProfileArea]
    everywhere: Sequence[Profile]
    rows: Mapping[tuple[int, str], Sequence[StandardRow]]
    spells: Sequence[EmergencySpell]

    def of(self, area: str, on: date) -> Profile | None:
        """The plan that holds for an area and day, as `profile_for` finds one."""
        around = set(codes_around(area))
        for row in self.of_areas:
            if row.code in around and row.profile.in_force_from <= on:
                return row.profile
        return next((plan for plan in self.everywhere if plan.in_force_from <= on), None)

    def is_emergency(self, area: str, on: date) -> bool:
        """Whether an area was in emergency at a moment, as `mode_at` finds it; on a day, no."""
        return isinstance(on, datetime) and any(
            area.startswith(spell.area_id)
            and spell.began_at <= on
            and (spell.ended_at is None or on < spell.ended_at)
            for spell in self.spells
        )

    def promise(self, area: str, key: str, on: date) -> Promise | None:
        """The deadline in force; None where no plan sets one wholly."""
        day = day_of(on)
        plan = self.of(area, day)
        chain = [] if plan is None else plan.chain()
        keys = [f"{key}{EMERGENCY}", key] if self.is_emergency(area, on) else [key]
        holding = (
            row
            for plan in chain
            for one in keys
            for row in self.rows.get((plan.pk, one), ())
            if row.effective_from <= day and (row.effective_to is None or day < row.effective_to)
        )
        standard = next(holding, None)
        if standard is None or standard.section != StandardRow.Section.DEADLINE:
            return None
        share, role = standard.warn_share, standard.escalates_to
        for plan in chain:
            share = plan.warn_share if share is None else share
            role = role or plan.escalates_to
        return None if share is None or not role else Promise(standard, share, role)


_kept: tuple[str, Plans] | None = None


def promises(asked: Iterable[Asked]) -> dict[Asked, Promise]:
    """Find the deadline in force for each area, key and day or moment, as `rule` finds one.

    Returns:
        Those that a plan sets wholly; the others are left out.
    """
    plans = _plans()
    said = ((one, plans.promise(*one)) for one in set(asked))
    return {one: promise for one, promise in said if promise is not None}


def _plans() -> Plans:
    """The plans as they stand now; read anew only after a change."""
    global _kept
    now = statements.stamp(Profile, ProfileArea, StandardRow, EmergencySpell)
    kept = _kept
    if kept is None or kept[0] != now:
        held = ProfileArea.objects.select_related("profile__base__base").order_by()
        rows: dict[tuple[int, str], list[StandardRow]] = {}
        for row in StandardRow.objects.all():
            rows.setdefault((row.profile_id, row.key), []).append(row)
        everywhere = list(Profile.objects.select_related("base__base").filter(everywhere=True))
        spells = list(EmergencySpell.objects.of_areas())
        found = Plans(sorted(held, key=lambda row: -len(row.code)), everywhere, rows, spells)
        kept = _kept = (now, found)
    return kept[1]
