"""The places that report: added one by one or many at once, changed, closed."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, Facility, Organisation, User
from pingji.ground.record.actions import note, publish
from pingji.monitor.surveillance.models import Sentinel, SentinelReport, SentinelType
from pingji.monitor.surveillance.rules import sentinels as rules


def _taken() -> str:
    return _("The organisation already has a sentinel of this kind and name.")


@transaction.atomic
def add_sentinel(
    *,
    kind: SentinelType,
    organisation: Organisation,
    opened_on: date,
    by: User,
    at: datetime,
    name: str = "",
    area: Area | None = None,
    **further: Any,
) -> Sentinel:
    """Add a sentinel.

    Args:
        kind: What kind of sentinel it is.
        organisation: Who reports.
        opened_on: The first day it reports of.
        by: Who adds it.
        at: When.
        name: What it is called; the organisation's name if not given.
        area: Where it stands; where the organisation does, if not given.
        further: name_en, facility, longitude, latitude, demo.
    """
    rules.check_can_edit_sentinels(by)
    rules.check_in_sight(by, organisation, "organisation")
    area = area or organisation.area
    rules.check_in_sight(by, area, "area")
    rules.check_position(further.get("longitude"), further.get("latitude"))
    name = name or organisation.name
    if Sentinel.objects.filter(type=kind, organisation=organisation, name=name).exists():
        raise Refused(_taken(), field="name")

    sentinel = Sentinel(
        type=kind,
        organisation=organisation,
        area=area,
        name=name,
        opened_on=opened_on,
        **(_place_of(organisation, further.get("facility")) | further),
    )
    with refused_if_taken(_taken(), field="name"):
        sentinel.save(force_insert=True)
    note("sentinel.added", subject=sentinel, by=by, at=at, type=kind.pk)
    publish("sentinels", area=area.code, organisation=organisation.pk)
    return sentinel


def _place_of(organisation: Organisation, facility: Facility | None) -> dict[str, Any]:
    """Names and position that nobody typed: the facility's, or the organisation's first."""
    place = facility or organisation.facilities.filter(closed_on=None).order_by("pk").first()
    found: dict[str, Any] = {"name_en": organisation.name_en}
    if place is not None:
        found |= {"longitude": place.longitude, "latitude": place.latitude}
    return found


@transaction.atomic
def add_sentinels(
    *,
    kind: SentinelType,
    organisations: Iterable[Organisation],
    opened_on: date,
    by: User,
    at: datetime,
    demo: bool = False,
) -> int:
    """Make many organisations sentinels of one kind at once; those that are one stay as they are.

    Returns:
        How many became a sentinel.
    """
    rules.check_can_edit_sentinels(by)
    asked = list(organisations)
    for organisation in asked:
        rules.check_in_sight(by, organisation)
    present = set(
        Sentinel.objects.filter(type=kind, organisation__in=asked).values_list(
            "organisation_id", flat=True
        )
    )
    missing = [organisation for organisation in asked if organisation.pk not in present]
    places: dict[int, Facility] = {}
    rows = Facility.objects.filter(organisation__in=missing, closed_on=None).order_by("-pk")
    for place in rows:
        places[place.organisation_id] = place

    made = Sentinel.objects.bulk_create(
        [
            Sentinel(
                type=kind,
                organisation=organisation,
                facility=places.get(organisation.pk),
                area_id=organisation.area_id,
                name=organisation.name,
                name_en=organisation.name_en,
                longitude=getattr(places.get(organisation.pk), "longitude", None),
                latitude=getattr(places.get(organisation.pk), "latitude", None),
                opened_on=opened_on,
                demo=demo,
            )
            for organisation in missing
        ],
        batch_size=500,
        ignore_conflicts=True,  # added by somebody else meanwhile, or closed under this name
    )
    if made:
        note("sentinels.added", subject=kind, by=by, at=at, number=len(made))
        publish("sentinels", area=by.area_id)
    return len(made)


@transaction.atomic
def edit_sentinel(*, sentinel: Sentinel, by: User, at: datetime, **changes: Any) -> Sentinel:
    """Change a sentinel: name, name_en, position, and until it reports its place and kind."""
    sentinel = Sentinel.objects.select_for_update().get(pk=sentinel.pk)
    rules.check_can_edit_sentinels(by)
    rules.check_in_sight(by, sentinel.area)
    rules.check_in_sight(by, changes.get("area"), "area")
    rules.check_in_sight(by, changes.get("organisation"), "organisation")
    rules.check_position(
        changes.get("longitude", sentinel.longitude), changes.get("latitude", sentinel.latitude)
    )
    reported = SentinelReport.objects.filter(sentinel=sentinel).exists()
    rules.check_sentinel_kept(sentinel, changes, reported=reported)

    changed = [name for name, value in changes.items() if getattr(sentinel, name) != value]
    if changed:
        for name in changed:
            setattr(sentinel, name, changes[name])
        with refused_if_taken(_taken(), field="name"):
            sentinel.save(update_fields=changed)
        note("sentinel.edited", subject=sentinel, by=by, at=at, changed=changed)
        publish("sentinels", area=sentinel.area_id, organisation=sentinel.organisation_id)
    return sentinel


@transaction.atomic
def close_sentinel(
    *, sentinel: Sentinel, on: date, reason: str, by: User, at: datetime
) -> Sentinel:
    """Close a sentinel: its reports stay, and after that day none is asked for."""
    sentinel = Sentinel.objects.select_for_update().get(pk=sentinel.pk)
    rules.check_can_edit_sentinels(by)
    rules.check_in_sight(by, sentinel.area)
    rules.check_closing(sentinel, on)

    sentinel.closed_on = on
    sentinel.save(update_fields=["closed_on"])
    note("sentinel.closed", subject=sentinel, by=by, at=at, reason=reason, on=on.isoformat())
    publish("sentinels", area=sentinel.area_id, organisation=sentinel.organisation_id)
    return sentinel
