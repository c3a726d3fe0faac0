"""Who is silent and since when, worked out from the reports each time it is asked."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from pingji.ground.directory.models import COUNTY_DIGITS
from pingji.monitor.surveillance.models import Sentinel, SentinelReport
from pingji.monitor.surveillance.queries.calendars import Calendars

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Silent:
    """A sentinel whose latest reports are overdue.

    Attributes:
        sentinel: Its number.
        first_missing: First day of the first period without a report since the last one.
        since: When the report of that period was due.
        missed: How many reports are overdue since then.
        last: First day of the last period that was reported; None if there never was one.
    """

    sentinel: int
    first_missing: date
    since: datetime
    missed: int
    last: date | None


def silent(sentinels: QuerySet[Sentinel], *, at: datetime) -> list[Silent]:
    """Those of some sentinels that are silent at a moment, the longest first.

    A sentinel is silent when a report that was due after its last one has not come. Zero reports
    are reports. Days off are not asked for, so that nobody is silent over a holiday.
    """
    calendars = Calendars()
    today = timezone.localdate(at)
    rows = (
        sentinels.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=today))
        .order_by()
        .annotate(last=Subquery(_last_report(at)))
        .values_list("pk", "type_id", "area_id", "opened_on", "last")
    )
    groups: dict[tuple[str, str], list[tuple[int, date, date | None]]] = defaultdict(list)
    for pk, kind, area, opened_on, last in rows:
        since = opened_on if last is None else max(last + A_DAY, opened_on)
        groups[kind, area[:COUNTY_DIGITS]].append((pk, since, last))
    found: list[Silent] = []
    for (kind, county), members in groups.items():
        rhythm = calendars.rhythm(kind, county)
        earliest = min(since for _pk, since, _last in members)
        due = rhythm.due_starts(earliest, at)
        for pk, since, last in members:
            first = bisect_left(due, since)
            if first < len(due):
                found.append(
                    Silent(pk, due[first], rhythm.due_at(due[first]), len(due) - first, last)
                )
    return sorted(found, key=lambda one: (one.since, -one.missed, one.sentinel))


def _last_report(at: datetime) -> QuerySet[SentinelReport]:
    """The last period that a sentinel had reported by a moment, whichever version."""
    mine = SentinelReport.objects.filter(sentinel=OuterRef("pk"), known_at__lte=at)
    return mine.order_by("-starts_on").values("starts_on")[:1]


def silent_one(sentinel: Sentinel, *, at: datetime) -> Silent | None:
    """Whether one sentinel is silent, and since when."""
    found = silent(Sentinel.objects.filter(pk=sentinel.pk), at=at)
    return found[0] if found else None


def number_between(days: list[date], first: date, last: date) -> int:
    """How many of some sorted days lie from one to another, both included."""
    return max(0, bisect_right(days, last) - bisect_left(days, first))
