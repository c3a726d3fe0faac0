"""What stands around an alert: who else moved nearby, and how much is not reported yet."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone

from pingji.analysis.estimate import nowcast, reporting_triangle
from pingji.ground.directory.models import COUNTY_DIGITS, TOWNSHIP_DIGITS, Area, User
from pingji.monitor.surveillance.models import CaseReport, Channel, Disease
from pingji.monitor.surveillance.queries import (
    KEPT_HERE,
    Series,
    SeriesKey,
    one_series,
    tallies,
    with_parts,
)
from pingji.warn.alerts.models import Alert, Evidence
from pingji.warn.alerts.queries.detection import at_last
from pingji.warn.alerts.queries.fusion import Nearness
from pingji.warn.alerts.queries.settings import Settings

WEEK = timedelta(days=7)
A_DAY = timedelta(days=1)
# What a page shows, no rule of anybody's: rows, and the days from which delays are learnt.
ROWS = 8
LEARNT_FROM = timedelta(days=90)
LONGEST_DELAY = 14
FEWEST_REPORTS = 10


@dataclass(frozen=True)
class Move:
    """Another illness or township near an alert: this week and the week before."""

    disease: Disease
    area: Area
    channel: str
    now: int
    before: int


def moved_nearby(alert: Alert, reader: User, settings: Settings) -> list[Move]:
    """What rose most in the alert's township and its neighbours, the alert's own series apart."""
    county = alert.area_id[:COUNTY_DIGITS]
    nearness = Nearness(county, settings.number("fusion.neighbour_km"))
    counted = with_parts(alert.disease_id)  # what the alert's own series holds
    found: list[tuple[int, str, str, str, int, int]] = []
    for channel in KEPT_HERE:
        weeks = [
            tallies.totals(
                tallies.Asked(channel=channel, area=county, since=last - WEEK + A_DAY, until=last),
                level=TOWNSHIP_DIGITS,
            )
            for last in (alert.ends_on, alert.ends_on - WEEK)
        ]
        for (disease, area), now in weeks[0].items():
            before = weeks[1].get((disease, area), 0)
            own = disease in counted and (area, channel) == (alert.area_id, alert.channel)
            seen = area.startswith(reader.area_id)
            if now > before and not own and seen and nearness.near(area, alert.area_id):
                found.append((now - before, disease, area, str(channel), now, before))
    found.sort(key=lambda row: (-row[0], *row[1:4]))
    diseases = Disease.objects.in_bulk([row[1] for row in found[:ROWS]])
    areas = Area.objects.visible_to(reader).in_bulk([row[2] for row in found[:ROWS]])
    return [
        Move(diseases[disease], areas[area], str(Channel(channel).label), now, before)
        for _rise, disease, area, channel, now, before in found[:ROWS]
        if area in areas
    ]


def judged_now(alert: Alert, settings: Settings, at: datetime) -> list[Evidence]:
    """What each method makes of the alert's own series up to its last day, as known at a moment.

    It is for alerts that other signs raised: what no method saw, or could not judge, is told too.
    The rows are not kept. There are none where nothing of the illness is counted here over time.
    """
    key = SeriesKey(alert.disease_id, alert.channel, alert.area_id, alert.period)
    dates, counts = one_series(key=key, as_of=at)
    until = int(np.searchsorted(dates, np.datetime64(alert.ends_on), side="right"))
    if not until:
        return []
    series = Series([key], dates[:until], counts[:until, None], alert.period)
    last = series.dates[-1].item()
    return [
        Evidence(alert=alert, run=alert.run, starts_on=last, **asdict(seen))
        for seen in at_last(series, settings)
    ]


def similar(alerts: QuerySet[Alert], alert: Alert) -> QuerySet[Alert]:
    """Other alerts of the same illness: of its whole and its parts too, as they are fused."""
    whole = alert.disease.part_of_id or alert.disease_id
    return alerts.filter(disease__in=with_parts(whole)).exclude(pk=alert.pk)


@dataclass(frozen=True)
class ToCome:
    """Cases of one day: reported so far, and how many there will be."""

    day: date
    reported: int
    expected: int | None
    lower: int | None
    upper: int | None


@dataclass(frozen=True)
class Delay:
    """How late cases are reported, and what that leaves open of the last days.

    Attributes:
        reports: From how many reports it was learnt.
        days: Half of the reports came within so many days after onset; None where too few came.
        last: The last days, the newest first.
    """

    reports: int
    days: int | None
    last: list[ToCome]


def reporting_delay(alert: Alert, cases: QuerySet[CaseReport], at: datetime) -> Delay:
    """The delay between onset and report of the alert's illness, and a nowcast of the last days.

    Cases that came long after their onset, as with a file of old cases, teach nothing of it.
    """
    today = timezone.localdate(at)
    rows = cases.counted().filter(
        disease__in=with_parts(alert.disease_id),
        area__code__startswith=alert.area_id,
        onset_on__range=(today - LEARNT_FROM, today),
        known_at__lte=at,
    )
    pairs = [
        (onset, timezone.localdate(known))
        for onset, known in rows.order_by("pk").values_list("onset_on", "known_at")
    ]
    usual = [(o, k) for o, k in pairs if 0 <= (k - o).days <= LONGEST_DELAY]
    if len(usual) < FEWEST_REPORTS:
        return Delay(len(usual), None, [])
    triangle = reporting_triangle(
        np.array([o for o, _k in usual], "M8[D]"),
        np.array([k for _o, k in usual], "M8[D]"),
        now=np.datetime64(today),
        max_delay=LONGEST_DELAY,
        start=np.datetime64(today - LEARNT_FROM),
    )
    found = nowcast(triangle)

    def whole(value: float) -> int | None:
        return round(float(value)) if np.isfinite(value) else None

    last = [
        ToCome(
            found.dates[row].item(),
            int(found.reported[row]),
            whole(found.median[row]),
            whole(found.lower[row]),
            whole(found.upper[row]),
        )
        for row in range(len(found.dates) - 1, len(found.dates) - 1 - WEEK.days, -1)
    ]
    return Delay(len(usual), int(np.median([(k - o).days for o, k in usual])), last)
