"""Kinds of sentinel, the figures they report, and the calendar they report by."""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import User
from pingji.ground.record.actions import note, publish
from pingji.monitor.surveillance.models import (
    CalendarEntry,
    Disease,
    SentinelItem,
    SentinelReport,
    SentinelType,
)
from pingji.monitor.surveillance.rules import sentinels as rules

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "sentinels.toml"


@transaction.atomic
def load_sentinel_types(*, by: User, at: datetime, path: Path = SHIPPED) -> int:
    """Load the shipped kinds of sentinel and the calendar; what is there already stays as it is.

    Returns:
        How many kinds were new.
    """
    with path.open("rb") as file:
        shipped = tomllib.load(file)
    there = set(SentinelType.objects.values_list("code", flat=True))
    new = [(at, row) for at, row in enumerate(shipped["type"], 1) if row["code"] not in there]
    if not new:
        return 0

    SentinelType.objects.bulk_create(_type(order, row) for order, row in new)
    known = set(Disease.objects.values_list("code", flat=True))
    items = [
        _item(row["code"], at, i, known) for _o, row in new for at, i in enumerate(row["items"])
    ]
    by_code = {(i.type_id, i.code): i for i in SentinelItem.objects.bulk_create(items)}
    parts = []
    for _order, row in new:
        for item in row["items"]:
            if "part_of" in item:
                part = by_code[row["code"], item["code"]]
                part.part_of = by_code[row["code"], item["part_of"]]
                parts.append(part)
    SentinelItem.objects.bulk_update(parts, ["part_of"])
    if not there:
        CalendarEntry.objects.bulk_create(
            CalendarEntry(
                name=row["zh"],
                name_en=row["en"],
                worked=row.get("worked", False),
                starts_on=row["starts_on"],
                ends_on=row["ends_on"],
                source=row["source"],
                verified=row.get("verified", False),
            )
            for row in shipped["calendar"]
        )
    codes = [row["code"] for _order, row in new]
    note("sentinel_types.loaded", subject=None, by=by, at=at, types=codes)
    return len(new)


def _type(order: int, row: dict[str, Any]) -> SentinelType:
    return SentinelType(
        code=row["code"],
        name=row["zh"],
        name_en=row["en"],
        channel=row["channel"],
        rhythm=row["rhythm"],
        grace_hours=row["grace_hours"],
        workdays_only=row.get("workdays_only", False),
        organisation_kind=row.get("covers", ""),
        seen_in_visits=row.get("seen_in_visits", False),
        source=row["source"],
        order=order * 10,
    )


def _item(kind: str, order: int, row: dict[str, Any], diseases: set[str]) -> SentinelItem:
    disease = row.get("disease")
    return SentinelItem(
        type_id=kind,
        code=row["code"],
        name=row["zh"],
        name_en=row["en"],
        kind=row.get("kind", SentinelItem.Kind.COUNT),
        unit=row["unit"],
        unit_en=row["unit_en"],
        disease_id=disease if disease in diseases else None,
        required=row.get("required", True),
        steady=row.get("steady", False),
        order=order * 10,
    )


@transaction.atomic
def add_type(*, code: str, by: User, at: datetime, **given: Any) -> SentinelType:
    """Add a kind of sentinel; it can be used at once.

    Args:
        code: Its code; unique.
        by: Who adds it.
        at: When.
        given: name, name_en, channel, rhythm, grace_hours, workdays_only, organisation_kind,
            seen_in_visits, source, assumed, order.
    """
    rules.check_can_edit_sentinels(by)
    taken = _("There is already a kind with this code.")
    if SentinelType.objects.filter(pk=code).exists():
        raise Refused(taken, field="code")

    with refused_if_taken(taken, field="code"):
        kind = SentinelType.objects.create(code=code, **given)
    note("sentinel_type.added", subject=kind, by=by, at=at, code=code)
    publish("sentinels", area=by.area_id)
    return kind


@transaction.atomic
def edit_type(*, kind: SentinelType, by: User, at: datetime, **changes: Any) -> SentinelType:
    """Change a kind of sentinel; the code stays, and where reports came in, channel and rhythm."""
    kind = SentinelType.objects.select_for_update().get(pk=kind.pk)
    rules.check_can_edit_sentinels(by)
    reported = SentinelReport.objects.filter(sentinel__type=kind).exists()
    rules.check_type_kept(kind, changes, reported=reported)

    if changed := _set(kind, changes):
        note("sentinel_type.edited", subject=kind, by=by, at=at, changed=changed)
        publish("sentinels", area=by.area_id)
    return kind


@transaction.atomic
def add_item(
    *, kind: SentinelType, code: str, by: User, at: datetime, **given: Any
) -> SentinelItem:
    """Add a figure that sentinels of a kind report from now on.

    Args:
        kind: The kind.
        code: Its code; once in a kind.
        by: Who adds it.
        at: When.
        given: name, name_en, kind, unit, unit_en, disease, part_of, required, order.
    """
    kind = SentinelType.objects.select_for_update().get(pk=kind.pk)
    rules.check_can_edit_sentinels(by)
    given = {("kind" if name == "figure" else name): value for name, value in given.items()}
    item = SentinelItem(type=kind, code=code, **given)
    rules.check_item(item)
    taken = _("This kind already has a figure with this code.")
    if kind.items.filter(code=code).exists():
        raise Refused(taken, field="code")

    with refused_if_taken(taken, field="code"):
        item.save(force_insert=True)
    note("sentinel_type.edited", subject=kind, by=by, at=at, added=code)
    publish("sentinels", area=by.area_id)
    return item


@transaction.atomic
def edit_item(*, item: SentinelItem, by: User, at: datetime, **changes: Any) -> SentinelItem:
    """Change a figure, or end it; figures reported before stay what they were."""
    item = SentinelItem.objects.select_for_update().get(pk=item.pk)
    rules.check_can_edit_sentinels(by)
    changes = {("kind" if name == "figure" else name): value for name, value in changes.items()}
    rules.check_item_kept(item, changes, reported=item.values.exists())

    if changed := _set(item, changes, check=rules.check_item):
        note(
            "sentinel_type.edited", subject=item.type, by=by, at=at, item=item.code, changed=changed
        )
        publish("sentinels", area=by.area_id)
    return item


@transaction.atomic
def add_calendar_entry(
    *, name: str, starts_on: date, ends_on: date, by: User, at: datetime, **given: Any
) -> CalendarEntry:
    """Say which days are off or worked, for the user's area; for one kind or for all that ask
    only for working days.

    Args:
        name: What the days are: winter holiday, snow.
        starts_on: First day.
        ends_on: Last day.
        by: Who says so.
        at: When.
        given: name_en, type, worked, source.
    """
    rules.check_can_edit_sentinels(by)
    rules.check_calendar(starts_on, ends_on)

    given["name_en"] = given.get("name_en") or name
    entry = CalendarEntry.objects.create(
        name=name, starts_on=starts_on, ends_on=ends_on, area_id=by.area_id, **given
    )
    note("sentinel_calendar.added", subject=entry, by=by, at=at, starts_on=starts_on.isoformat())
    publish("sentinels", area=by.area_id)
    return entry


@transaction.atomic
def remove_calendar_entry(*, entry: CalendarEntry, by: User, at: datetime) -> None:
    """Take days out of the calendar again."""
    entry = CalendarEntry.objects.select_for_update().get(pk=entry.pk)
    rules.check_can_edit_sentinels(by)
    rules.check_calendar_entry_theirs(by, entry)

    note(
        "sentinel_calendar.removed",
        subject=entry,
        by=by,
        at=at,
        starts_on=entry.starts_on.isoformat(),
        ends_on=entry.ends_on.isoformat(),
    )
    entry.delete()
    publish("sentinels", area=by.area_id)


def _set(row: Any, changes: dict[str, Any], check: Any = None) -> list[str]:
    changed = [name for name, value in changes.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, changes[name])
    if changed:
        if check:
            check(row)
        row.save(update_fields=changed)
    return changed
