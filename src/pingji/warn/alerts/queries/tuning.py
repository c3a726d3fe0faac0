"""What alerts and verdicts say of each detector, and what another setting would have raised."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from django.utils import timezone

from pingji.analysis.detect import moving_percentile
from pingji.ground.directory.models import User
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.models import Disease
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.queries.settings import Settings

YEAR = timedelta(days=365)
Verdict = Alert.Verdict


@dataclass
class Record:
    """How often one detector had a part in alerts of one disease, and what they turned out to be."""

    disease: Disease
    channel: str
    method: str
    alerts: int = 0
    true: int = 0
    false: int = 0
    delays: list[int] = field(default_factory=list)

    @property
    def unknown(self) -> int:
        """Alerts without a verdict yet, or with one that says undetermined."""
        return self.alerts - self.true - self.false

    @property
    def delay(self) -> float | None:
        """Days from the first day out of the ordinary to the alert, on the average."""
        return sum(self.delays) / len(self.delays) if self.delays else None


def records(reader: User, *, since: date) -> list[Record]:
    """Of each disease and detector within sight its alerts and verdicts since a day."""
    rows = (
        Sign.objects.visible_to(reader)
        .filter(alert__isnull=False, alert__raised_at__date__gte=since, disease__isnull=False)
        .select_related("alert", "disease")
        .order_by("alert_id", "pk")
    )
    found: dict[tuple[str, str, str], Record] = {}
    counted: set[tuple[str, str, str, int]] = set()
    for sign in rows:
        for method in sign.settings.get("alarmed") or [sign.method]:
            key = (sign.disease_id, sign.channel, method)
            if (*key, sign.alert_id) in counted:
                continue
            counted.add((*key, sign.alert_id))
            row = found.setdefault(
                key, Record(sign.disease, str(sign.get_channel_display()), method)
            )
            row.alerts += 1
            row.true += sign.alert.verdict == Verdict.TRUE
            row.false += sign.alert.verdict == Verdict.FALSE
            raised = timezone.localdate(sign.alert.raised_at)
            row.delays.append(max(0, (raised - sign.alert.starts_on).days))
    return sorted(found.values(), key=lambda row: (-row.alerts, row.disease.code, row.method))


@dataclass(frozen=True)
class Tried:
    """What a cut point of the moving percentile would have raised.

    Attributes:
        percentile: The cut point.
        alerts: Runs of alarms, repeats within the plan's time counting as one.
        true: Of the alerts with the verdict that they were real, how many it would have raised.
        known: How many such alerts there are.
    """

    percentile: float
    alerts: int
    true: int
    known: int


@dataclass(frozen=True)
class Trial:
    """The setting in force beside another one; `series` is 0 where there is nothing to judge."""

    series: int
    judged: int
    now: Tried
    then: Tried


def try_percentile(
    *,
    area: str,
    disease: str,
    channel: str,
    percentile: float,
    settings: Settings,
    at: datetime,
) -> Trial:
    """Run the moving percentile over the last years with the cut point in force and with another."""
    series = surveillance.case_series(
        area=area,
        as_of=at,
        disease=disease,
        levels=(surveillance.TOWNSHIP,),
        channel=channel,
    )
    present = settings.percentile_for(disease, channel)
    if series is None or not series.keys:
        empty = (Tried(value, 0, 0, 0) for value in (present, percentile))
        return Trial(0, 0, *empty)
    begin = int(
        np.searchsorted(
            series.dates,
            np.datetime64(timezone.localdate(at) - YEAR * settings.number("tuning.years")),
        )
    )
    real = list(
        Alert.objects.filter(
            area__code__startswith=area, disease_id=disease, verdict=Verdict.TRUE
        ).values_list("area_id", "starts_on", "ends_on")
    )
    tried, judged = [], 0
    for value in (present, percentile):
        found = moving_percentile(
            series.counts,
            dates=series.dates,
            period="day",
            percentile=value,
            years=settings.years,
            neighbours=(settings.blocks - 1) // 2,
            window=settings.window_days,
            min_cases=settings.minimum_cases,
            judge=slice(begin, None),
        )
        judged = int((found.note[begin:] == 0).any(axis=0).sum())
        tried.append(_tried(value, found.alarm, series, real, settings.repeat_after_days))
    return Trial(len(series.keys), judged, *tried)


def _tried(
    percentile: float,
    alarm: np.ndarray,
    series: surveillance.Series,
    real: Iterable[tuple[str, date, date]],
    quiet: int,
) -> Tried:
    alerts = 0
    days: dict[str, list[date]] = defaultdict(list)
    for column in range(alarm.shape[1]):
        rows = np.flatnonzero(alarm[:, column])
        alerts += int(len(rows) > 0) + int((np.diff(rows) > quiet).sum())
        days[series.keys[column].area] += series.dates[rows].tolist()
    known = list(real)
    near = timedelta(days=quiet)
    hit = sum(
        any(
            (area.startswith(place) or place.startswith(area))
            and any(first - near <= day <= last + near for day in told)
            for place, told in days.items()
        )
        for area, first, last in known
    )
    return Tried(percentile, alerts, hit, len(known))
