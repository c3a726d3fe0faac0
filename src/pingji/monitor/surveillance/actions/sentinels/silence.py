"""Silence: told to later stages once, and reminded of by a person."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import COUNTY_DIGITS, User
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import Sentinel, Silence
from pingji.monitor.surveillance.queries.silence import Silent, silent
from pingji.monitor.surveillance.rules import sentinels as rules

SILENT_AFTER = "sentinel.silent_after"


@transaction.atomic
def remind(*, sentinels: Iterable[int], by: User, at: datetime) -> int:
    """Remind silent sentinels: on record, and on the open pages of those who report for them.

    Args:
        sentinels: Their numbers; those within sight that are silent are reminded.
        by: Who reminds.
        at: When.

    Returns:
        How many were reminded.
    """
    rules.check_can_remind(by)
    rows = Sentinel.objects.visible_to(by).filter(pk__in=list(sentinels))
    places = {s.pk: s for s in rows.select_for_update(of=("self",)).order_by("pk")}
    found = silent(Sentinel.objects.filter(pk__in=places), at=at)
    if not found:
        raise Refused(_("The report has come meanwhile; nobody was reminded."))

    for one in found:
        row, _new = Silence.objects.get_or_create(
            sentinel_id=one.sentinel, first_missing=one.first_missing
        )
        row.reminded_by, row.reminded_at, row.reminders = by, at, row.reminders + 1
        row.save(update_fields=["reminded_by", "reminded_at", "reminders"])
    for one in found:
        place = places[one.sentinel]
        missed, day = one.missed, one.first_missing.isoformat()
        note("sentinel.reminded", subject=place, by=by, at=at, missed=missed, first_missing=day)
        publish("sentinels", area=place.area_id, organisation=place.organisation_id)
    return len(found)


@transaction.atomic
def announce_silences(*, by: User, at: datetime) -> int:
    """Tell later stages of each silence that has lasted longer than the plan allows, once.

    Returns:
        How many were told.
    """
    found = silent(Sentinel.objects.all(), at=at)
    places = Sentinel.objects.in_bulk([one.sentinel for one in found])
    allowed: dict[str, timedelta] = {}
    for code in {places[one.sentinel].area_id[:COUNTY_DIGITS] for one in found}:
        days = standards.find_rule(code, SILENT_AFTER, at)
        if days is not None and days.value is not None:
            allowed[code] = timedelta(days=float(days.value))

    def is_long(one: Silent) -> bool:
        limit = allowed.get(places[one.sentinel].area_id[:COUNTY_DIGITS])
        return limit is not None and one.since + limit <= at

    long = {(one.sentinel, one.first_missing): one for one in found if is_long(one)}
    told = Silence.objects.filter(sentinel__in={s for s, _day in long}, announced_at__isnull=False)
    for key in told.values_list("sentinel_id", "first_missing"):
        long.pop(key, None)
    for (sentinel, day), one in long.items():
        Silence.objects.update_or_create(
            sentinel_id=sentinel, first_missing=day, defaults={"announced_at": at}
        )
        announce(
            "sentinel_silent",
            at=at,
            sentinel=sentinel,
            area=places[sentinel].area_id,
            since_at=one.since,
            missed=one.missed,
        )
    if long:
        note("sentinels.silent", subject=None, by=by, at=at, number=len(long))
        for area in {places[sentinel].area_id for sentinel, _day in long}:
            publish("sentinels", area=area)
    return len(long)
