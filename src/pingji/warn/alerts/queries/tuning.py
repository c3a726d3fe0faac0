"""What alerts and verdicts say of each detector, and what another setting would have raised."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from django.utils import timezone

from pingji.ground.directory.models import User
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.models import Disease
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.queries.detection import detect, tried
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


# The option of the catalogue that each method's setting is.
OPTIONS = {"moving_percentile": "percentile", "recommended": "alpha"}


@dataclass(frozen=True)
class Tried:
    """What one setting of one method would have raised.

    Attributes:
        value: The setting.
        alone: Runs of alarms of the method alone, repeats within the plan's time counting as one.
        alerts: The same where enough methods alarm together, as an alert of the series needs.
        true: Of the alerts with the verdict that they were real, how many it would have raised.
        known: How many such alerts there are.
    """

    value: float
    alone: int
    alerts: int
    true: int
    known: int


@dataclass(frozen=True)
class Trial:
    """The setting in force beside another one.

    Attributes:
        series: How many townships have figures.
        judged: How many of them the method could judge.
        now: What the setting in force would have raised.
        then: What the other would have.
    """

    series: int
    judged: int
    now: Tried
    then: Tried


def in_force(settings: Settings, method: str, disease: str, channel: str) -> float:
    """The setting that holds for a disease in a channel."""
    return float(settings.of(method, disease, channel)[OPTIONS[method]])


def try_setting(
    *,
    area: str,
    disease: str,
    channel: str,
    method: str,
    value: float,
    settings: Settings,
    at: datetime,
) -> Trial:
    """Run the detectors over the last years with one method as it is in force and set otherwise."""
    present = in_force(settings, method, disease, channel)
    series = surveillance.case_series(
        area=area,
        as_of=at,
        disease=disease,
        levels=(surveillance.TOWNSHIP,),
        channel=channel,
    )
    if series is None or not series.keys:
        empty = (Tried(one, 0, 0, 0, 0) for one in (present, value))
        return Trial(0, 0, *empty)
    since = timezone.localdate(at) - YEAR * settings.number("tuning.years")
    judge = slice(int(np.searchsorted(series.dates, np.datetime64(since))), None)
    real = list(
        Alert.objects.filter(
            area__code__startswith=area,
            disease__in=surveillance.with_parts(disease),
            verdict=Verdict.TRUE,
        ).values_list("area_id", "starts_on", "ends_on")
    )
    found = detect(series, settings, judge=judge)
    shown, judged = [], 0
    for one, other in ((present, None), (value, value)):
        alone, together = tried(series, settings, found, method=method, value=other, judge=judge)
        judged = int((alone.note[judge] == 0).any(axis=0).sum())
        quiet = settings.repeat_after_days
        hit = _hit(together, series, real, quiet)
        shown.append(Tried(one, _runs(alone.alarm, quiet), _runs(together, quiet), hit, len(real)))
    return Trial(len(series.keys), judged, *shown)


def _runs(alarm: np.ndarray, quiet: int) -> int:
    """Alarms of each series; those that follow within the quiet days are one with the first."""
    columns = (np.flatnonzero(alarm[:, column]) for column in range(alarm.shape[1]))
    return sum(int(len(rows) > 0) + int((np.diff(rows) > quiet).sum()) for rows in columns)


def _hit(
    alarm: np.ndarray,
    series: surveillance.Series,
    real: Iterable[tuple[str, date, date]],
    quiet: int,
) -> int:
    """How many of the known outbreaks have an alarm in their place and days."""
    days = {
        series.keys[column].area: series.dates[np.flatnonzero(alarm[:, column])].tolist()
        for column in range(alarm.shape[1])
    }
    near = timedelta(days=quiet)
    return sum(
        any(
            (area.startswith(place) or place.startswith(area))
            and any(first - near <= day <= last + near for day in told)
            for place, told in days.items()
        )
        for area, first, last in real
    )
