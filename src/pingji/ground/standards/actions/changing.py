"""A figure changed on screen, from a day on, for a reason."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import note
from pingji.ground.standards.models import Profile, StandardRow
from pingji.ground.standards.models.profile import LOCAL
from pingji.ground.standards.queries import rules_of
from pingji.ground.standards.queries.export import LOCAL_SOURCE
from pingji.ground.standards.rules import editing as rules

CHANGEABLE = {"value", "unit", "by_date", "present", "present_year", "target_year"}


@transaction.atomic
def change_standard(
    *,
    profile: Profile,
    key: str,
    values: dict[str, Any],
    effective_from: date,
    reason: str,
    by: User,
    at: datetime,
) -> StandardRow:
    """Set a figure of a plan from a day on; what held before stays in its history.

    A figure that the plan leaves to its base is set for this plan alone.

    Args:
        profile: The plan.
        key: Which figure.
        values: The new columns: value, unit (deadlines), by_date, present, present_year,
            target_year.
        effective_from: The first day the new figure holds.
        reason: Why it changes.
        by: Who changes it.
        at: When.

    Raises:
        Refused: When the user may not, the plan has no such figure, or the figure cannot be.
    """
    assert set(values) <= CHANGEABLE, sorted(set(values) - CHANGEABLE)
    profile = Profile.objects.select_for_update(of=("self",)).get(pk=profile.pk)
    rules.check_can_edit(by, profile)
    row = rules.existing(rules_of(profile, effective_from).get(key), key)
    values = {name: exact(value) for name, value in values.items()}
    rules.check_change(row, values, profile=profile, since=effective_from, reason=reason)

    mine = row.profile_id == profile.pk
    fields = columns(row) | values
    if not mine:
        local = {"source": LOCAL_SOURCE["zh"], "source_en": LOCAL_SOURCE["en"]}
        fields |= local | {"source_key": LOCAL, "clause": "", "verified": True, "also": []}
    new = put_in_force(
        profile=profile,
        key=key,
        fields=fields,
        since=effective_from,
        by=by,
        at=at,
        reason=reason,
        on_screen=True,
    )
    note(
        "standard.changed",
        subject=new,
        area=area_of(profile),
        by=by,
        at=at,
        reason=reason,
        profile=profile.name,
        key=key,
        before={name: plain(getattr(row, name)) for name in values},
        after={name: plain(getattr(new, name)) for name in values},
        effective_from=effective_from.isoformat(),
    )
    return new


def put_in_force(
    *,
    profile: Profile,
    key: str,
    fields: dict[str, Any],
    since: date,
    by: User,
    at: datetime,
    reason: str,
    on_screen: bool,
) -> StandardRow:
    """Cut the row that holds on a day in two, and let the new figures hold from there on.

    Two changes for the same day leave the first with no day in force, but in the history.
    """
    rows = StandardRow.objects.select_for_update(of=("self",)).filter(profile=profile, key=key)
    now = rows.in_force(since).first()
    if now is not None:
        until = now.effective_to
        now.effective_to = since
        now.save(update_fields=["effective_to"])
    else:  # nothing held yet; a row that begins later keeps its days
        later = rows.filter(effective_from__gt=since).order_by("effective_from").first()
        until = later.effective_from if later else None
    new = StandardRow(
        profile=profile,
        key=key,
        **fields,
        effective_from=since,
        effective_to=until,
        changed_by=by,
        changed_at=at,
        reason=reason,
        on_screen=on_screen,
    )
    new.save(force_insert=True)
    return new


DATED = {"id", "profile", "key", "effective_from", "effective_to"}
DATED |= {"changed_by", "changed_at", "reason", "on_screen"}


def columns(row: StandardRow) -> dict[str, Any]:
    """Everything a row says, without when and by whom."""
    names = [field.name for field in StandardRow._meta.concrete_fields if field.name not in DATED]
    return {name: getattr(row, name) for name in names}


def exact(value: object) -> object:
    """Figures keep six places, as their column does, so that equal ones compare equal."""
    return value.quantize(Decimal("0.000001")) if isinstance(value, Decimal) else value


def plain(value: object) -> object:
    return None if value is None else str(value)


def area_of(profile: Profile) -> str | None:
    """The first of a plan's areas that is in the directory, for the record."""
    codes = [area.code for area in profile.areas.all()]
    return Area.objects.filter(code__in=codes).values_list("code", flat=True).first()
