"""The deadlines that plans set, for many things at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import models

from pingji.ground.standards.models import Profile, ProfileArea, StandardRow
from pingji.ground.standards.queries.figures import CODE_LENGTHS

Asked = tuple[str, str, date]  # code of the area, key, day


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
    """

    key: str
    subject: models.Model
    area: str
    at: datetime
    organisation: int | None = None


def promises(asked: Iterable[Asked]) -> dict[Asked, Promise]:
    """Find the deadline in force for each area, key and day, as `rule` finds one.

    Returns:
        Those that a plan sets wholly; the others are left out.
    """
    wanted = set(asked)
    plans = _plans(wanted)
    chains = {plan.pk: plan.chain() for plan in plans.values()}
    rows: dict[tuple[int, str], list[StandardRow]] = {}
    for row in StandardRow.objects.filter(
        profile__in={plan.pk for chain in chains.values() for plan in chain},
        key__in={key for _area, key, _on in wanted},
    ):
        rows.setdefault((row.profile_id, row.key), []).append(row)
    found = {}
    for area, key, on in wanted:
        plan = plans.get((area, on))
        promise = _promise(chains[plan.pk], key, on, rows) if plan is not None else None
        if promise is not None:
            found[area, key, on] = promise
    return found


def _promise(
    chain: list[Profile], key: str, on: date, rows: dict[tuple[int, str], list[StandardRow]]
) -> Promise | None:
    holding = (
        row
        for plan in chain
        for row in rows.get((plan.pk, key), ())
        if row.effective_from <= on and (row.effective_to is None or on < row.effective_to)
    )
    standard = next(holding, None)
    if standard is None or standard.section != StandardRow.Section.DEADLINE:
        return None
    share, role = standard.warn_share, standard.escalates_to
    for plan in chain:
        share = plan.warn_share if share is None else share
        role = role or plan.escalates_to
    return None if share is None or not role else Promise(standard, share, role)


def _plans(asked: Iterable[Asked]) -> dict[tuple[str, date], Profile]:
    """The plan that holds for each area and day, as `profile_for` finds one."""
    places = {(area, on) for area, _key, on in asked}
    around = {area[:length] for area, _on in places for length in CODE_LENGTHS}
    held = ProfileArea.objects.filter(code__in=around).select_related("profile__base__base")
    of_areas = sorted(held.order_by(), key=lambda row: -len(row.code))
    found: dict[tuple[str, date], Profile] = {}
    for area, on in places:
        for row in of_areas:
            if area.startswith(row.code) and row.profile.in_force_from <= on:
                found[area, on] = row.profile
                break
    if len(found) < len(places):
        everywhere = list(Profile.objects.filter(everywhere=True))
        for area, on in places - found.keys():
            for plan in everywhere:
                if plan.in_force_from <= on:
                    found[area, on] = plan
                    break
    return found
