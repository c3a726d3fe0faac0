"""The figures in force for an area on a day."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import codes_around
from pingji.ground.standards import EMERGENCY
from pingji.ground.standards.models import (
    Grade,
    GradingRule,
    Group,
    Mode,
    Profile,
    ProfileArea,
    StandardRow,
    Task,
)
from pingji.ground.standards.queries.modes import mode_at


def profile_for(area_code: str, on: date) -> Profile | None:
    """Give the plan that holds for an area on a day: the nearest around it, else the base.

    Args:
        area_code: Statistical code of the area, of any level.
        on: The day in the county's calendar.

    Returns:
        The plan, with its bases at hand; None when no plan was in force yet.
    """
    held = (
        ProfileArea.objects.filter(code__in=codes_around(area_code), profile__in_force_from__lte=on)
        .select_related("profile__base__base")
        .order_by()
    )
    nearest = max(held, key=lambda area: len(area.code), default=None)
    if nearest is not None:
        return nearest.profile
    return Profile.objects.filter(everywhere=True, in_force_from__lte=on).first()


def rules_of(profile: Profile, on: date, **which: object) -> dict[str, StandardRow]:
    """Give every figure that holds under a plan on a day, its own before its base's, by key.

    Args:
        profile: The plan.
        on: The day in the county's calendar.
        which: Lookups that choose among the figures; every one of them without.
    """
    chain = profile.chain()
    plans = {plan.pk: plan for plan in chain}
    depth = {plan.pk: at for at, plan in enumerate(chain)}
    rows = list(StandardRow.objects.filter(profile__in=chain, **which).in_force(on))
    for row in rows:
        row.profile = plans[row.profile_id]
    found: dict[str, StandardRow] = {}
    for row in sorted(rows, key=lambda row: (depth[row.profile_id], row.position)):
        found.setdefault(row.key, row)
    return found


def count_of_keys(profile: Profile, on: date) -> int:
    """Count the figures that hold under a plan on a day, its bases' included."""
    rows = StandardRow.objects.filter(profile__in=profile.chain()).in_force(on)
    return rows.order_by().values("key").distinct().count()


def rules_for(area_code: str, on: date, **which: object) -> dict[str, StandardRow]:
    """Give the figures in force for an area, by key; one query for many figures.

    Args:
        area_code: Statistical code of the area.
        on: The day; or the moment, where the figures for emergency are to count if the area was
            in emergency then.
        which: Lookups that choose among the figures; every one of them without.
    """
    day = day_of(on)
    profile = profile_for(area_code, day)
    if profile is None:
        return {}
    for exact in ("key", "key__in"):
        if exact in which:
            asked = which.pop(exact)
            keys = [asked] if isinstance(asked, str) else list(asked)  # type: ignore[call-overload]
            which["key__in"] = [*keys, *(f"{key}{EMERGENCY}" for key in keys)]
    rows = rules_of(profile, day, **which)
    found = {key: row for key, row in rows.items() if not key.endswith(EMERGENCY)}
    if len(found) < len(rows) and _is_emergency(area_code, on):
        found |= in_emergency(profile, rows)
    return found


def in_emergency(profile: Profile, rows: Mapping[str, StandardRow]) -> dict[str, StandardRow]:
    """Of the figures of a plan and its bases those that emergency changes, by their plain keys.

    A plan's own figure for peace holds in emergency too, where only its base sets another.
    """
    depth = {plan.pk: at for at, plan in enumerate(profile.chain())}
    found = {}
    for key, row in rows.items():
        plain = key.removesuffix(EMERGENCY)
        peace = rows.get(plain)
        if plain != key and (peace is None or depth[row.profile_id] <= depth[peace.profile_id]):
            found[plain] = row
    return found


def find_rule(area_code: str, key: str, on: date) -> StandardRow | None:
    """Give one figure in force for an area, or None; on a day or at a moment, as `rules_for`."""
    day = day_of(on)
    profile = profile_for(area_code, day)
    if profile is None:
        return None
    depth = {plan.pk: at for at, plan in enumerate(profile.chain())}
    both = [key, f"{key}{EMERGENCY}"]
    rows = list(StandardRow.objects.filter(profile__in=depth, key__in=both).in_force(day))
    if any(row.key != key for row in rows) and not _is_emergency(area_code, on):
        rows = [row for row in rows if row.key == key]
    return min(rows, key=lambda row: (depth[row.profile_id], row.key == key), default=None)


def day_of(on: date) -> date:
    """The day in the county's calendar of a day or a moment."""
    return timezone.localdate(on) if isinstance(on, datetime) else on


def _is_emergency(area_code: str, on: date) -> bool:
    return isinstance(on, datetime) and mode_at(area_code, on) == Mode.EMERGENCY


def rule(area_code: str, key: str, on: date) -> StandardRow:
    """Give one figure in force for an area, with its unit, clause and comparison.

    It is the one of the day, or of the moment, as `rules_for` gives it.

    Raises:
        Refused: Naming the key and the area, when neither the plan nor its base sets it.
    """
    return _known(find_rule(area_code, key, on), area_code, key, on)


def _known(found: StandardRow | None, area_code: str, key: str, on: date) -> StandardRow:
    if found is None:
        raise Refused(
            _("No plan sets “%(key)s” for area %(area)s on %(day)s. Add it to the plan.")
            % {"key": key, "area": area_code, "day": day_of(on).isoformat()}
        )
    return found


def number(area_code: str, key: str, on: date) -> Decimal:
    """Give the value of one figure in force for an area, on a day or at a moment.

    Raises:
        Refused: Naming the key, when no plan sets it, or sets it without a value.
    """
    return _value(rule(area_code, key, on), key)


def _value(row: StandardRow, key: str) -> Decimal:
    if row.value is None:
        raise Refused(_("“%(key)s” has no value.") % {"key": key})
    return row.value


def numbers(key: str, asked: Iterable[tuple[str, date]]) -> dict[tuple[str, date], Decimal]:
    """Give the value of one figure for many areas and days, as `number` gives each, asked at once.

    Args:
        key: The figure.
        asked: Pairs of an area's code and a day; the figures for emergency do not count.

    Raises:
        Refused: As `number` does.
    """
    pairs = set(asked)
    if not pairs:
        return {}
    codes = {code for area, _day in pairs for code in codes_around(area)}
    areas = ProfileArea.objects.filter(code__in=codes).select_related("profile__base__base")
    held = {one.code: one.profile for one in areas}
    base = Profile.objects.filter(everywhere=True).select_related("base__base").first()
    rows = list(StandardRow.objects.filter(key=key))
    found = {}
    for area, day in pairs:
        near = [held[code] for code in codes_around(area) if code in held]
        plans = [plan for plan in [*near, base] if plan and plan.in_force_from <= day]
        chain = [plan.pk for plan in plans[0].chain()] if plans else []
        ours = [row for row in rows if row.profile_id in chain and row.holds_on(day)]
        first = min(ours, key=lambda row: chain.index(row.profile_id), default=None)
        found[area, day] = _value(_known(first, area, key, day), key)
    return found


def history(profile: Profile, key: str) -> QuerySet[StandardRow]:
    """Give every row of one figure in a plan, the newest first; old values stay."""
    rows = StandardRow.objects.filter(profile=profile, key=key)
    return rows.select_related("changed_by").order_by("-effective_from", "-id")


def grades_for(area_code: str, on: date) -> list[Grade]:
    """Give the grades of events that hold for an area, the gravest first."""
    profile = profile_for(area_code, on)
    for plan in profile.chain() if profile else []:
        grades = list(plan.grades.order_by("level"))
        if grades:
            return grades
    return []


def gradings_for(area_code: str, on: date) -> list[GradingRule]:
    """Give the rules by which events are graded: those of the nearest plan that has some."""
    profile = profile_for(area_code, on)
    for plan in profile.chain() if profile else []:
        rules = list(plan.gradings.order_by("position"))
        if rules:
            return rules
    return []


def groups_for(area_code: str, on: date) -> list[Group]:
    """Give the bodies of the command that hold for an area: a plan's own before its base's."""
    profile = profile_for(area_code, on)
    found: dict[str, Group] = {}
    for plan in profile.chain() if profile else []:
        for group in plan.groups.select_related("under").prefetch_related("members"):
            found.setdefault(group.key, group)
    return list(found.values())


def tasks_for(area_code: str, on: date) -> QuerySet[Task]:
    """Give the ledger of the plan that holds for an area, in its order."""
    return tasks_of(profile_for(area_code, on))


def tasks_of(profile: Profile | None) -> QuerySet[Task]:
    """Give the ledger of a plan in its order; nothing without a plan."""
    tasks = Task.objects.filter(profile=profile, withdrawn_on__isnull=True)
    return tasks.prefetch_related("units").order_by("position")
