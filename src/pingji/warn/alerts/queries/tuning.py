"""What alerts and verdicts say of each detector, and what another setting would have raised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from pingji.ground.directory.models import TOWNSHIP_DIGITS, User
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.models import Channel, Disease
from pingji.monitor.surveillance.queries.detectors import METHODS
from pingji.warn.alerts.models import Alert, Sign
from pingji.warn.alerts.queries.detection import detect, tried
from pingji.warn.alerts.queries.settings import Settings

DAY = timedelta(days=1)
YEAR = timedelta(days=365)
Verdict = Alert.Verdict


@dataclass
class Record:
    """How often one detector had a part in alerts of one disease, and what they turned out to be."""

    disease: Disease
    channel: Channel
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
            row = found.setdefault(key, Record(sign.disease, Channel(sign.channel), method))
            row.alerts += 1
            row.true += sign.alert.verdict == Verdict.TRUE
            row.false += sign.alert.verdict == Verdict.FALSE
            raised = timezone.localdate(sign.alert.raised_at)
            row.delays.append(max(0, (raised - sign.alert.starts_on).days))
    return sorted(found.values(), key=lambda row: (-row.alerts, row.disease.code, row.method))


@dataclass(frozen=True)
class Raised:
    """What would have been raised, by one method alone or where enough alarm together.

    Attributes:
        alerts: Runs of alarms, repeats within the plan's time counting as one.
        true: Of the known outbreaks, how many it would have found.
        delay: Days from the first case of an outbreak to the first alarm, on the average over
            those that are found with either setting; None where there is none such.
    """

    alerts: int
    true: int
    delay: float | None


@dataclass(frozen=True)
class Tried:
    """What one setting of one method would have raised.

    Attributes:
        options: The setting; None where the method is asked of no such series.
        alone: What the method by itself says.
        together: What all methods say together, as an alert of the series needs.
    """

    options: Mapping[str, Any] | None
    alone: Raised
    together: Raised


@dataclass(frozen=True)
class Trial:
    """The setting in force beside another one.

    Attributes:
        series: How many townships have figures.
        judged: How many of them the method could judge, set otherwise.
        known: How many alerts there are with the verdict that they were real.
        now: What the setting in force would have raised.
        then: What the other would have.
    """

    series: int
    judged: int
    known: int
    now: Tried
    then: Tried


def in_force(
    settings: Settings, method: str, disease: str, channel: str
) -> Mapping[str, Any] | None:
    """What of a method can be set, as it holds for a disease in a channel; None if not asked."""
    if not METHODS[method].asked_of_all:
        return settings.set_here(method, disease, channel)
    held = settings.of(method, disease, channel)
    return {name: held[name] for name in METHODS[method].options}


def try_setting(
    *,
    area: str,
    disease: str,
    channel: str,
    method: str,
    options: Mapping[str, Any],
    settings: Settings,
    at: datetime,
) -> Trial:
    """Run the detectors over the last years with one method as it is in force and set otherwise."""
    present = in_force(settings, method, disease, channel)
    series = surveillance.case_series(
        area=area,
        as_of=at,
        disease=disease,
        levels=(TOWNSHIP_DIGITS,),
        channel=channel,
    )
    known = _known(area, disease, since(settings, at))
    if series is None or not series.keys:
        nothing = Raised(0, 0, None)
        empty = (Tried(one, nothing, nothing) for one in (present, options))
        return Trial(0, 0, len(known), *empty)
    first = np.datetime64(since(settings, at))
    judge = slice(int(np.searchsorted(series.dates, first)), None)
    found = detect(series, settings, judge=judge, each_day=True)
    alarms, judged = [], 0
    for chosen in (None, options):
        one, together = tried(series, settings, found, method=method, options=chosen, judge=judge)
        alone = np.zeros_like(together) if one is None else one.alarm
        judged = 0 if one is None else int((one.note[judge] == 0).any(axis=0).sum())
        alarms.append((alone, together))
    quiet = settings.repeat_after_days
    episodes = _episodes(known, series, quiet)
    alone_now, alone_then = _raised([each[0] for each in alarms], episodes, quiet)
    all_now, all_then = _raised([each[1] for each in alarms], episodes, quiet)
    return Trial(
        len(series.keys),
        judged,
        len(known),
        Tried(present, alone_now, all_now),
        Tried(options, alone_then, all_then),
    )


def since(settings: Settings, at: datetime) -> date:
    """The first day on which settings are tried."""
    return timezone.localdate(at) - YEAR * settings.number("tuning.years")


def _known(area: str, disease: str, first: date) -> list[tuple[str, date, date]]:
    """Place, first and last day of each alert since a day that turned out to be real."""
    real = Alert.objects.filter(
        area__code__startswith=area,
        disease__in=surveillance.with_parts(disease),
        verdict=Verdict.TRUE,
        ends_on__gte=first,
    )
    return list(real.order_by("pk").values_list("area_id", "starts_on", "ends_on"))


@dataclass(frozen=True)
class Episode:
    """A known outbreak among the series: which rows and columns are its own, and its first case."""

    rows: slice
    columns: np.ndarray
    first_case: int | None


def _episodes(
    known: Iterable[tuple[str, date, date]], series: surveillance.Series, quiet: int
) -> list[Episode]:
    """Each known outbreak with the days that belong to it: its own and the quiet ones around."""
    near, found = timedelta(days=quiet), []
    for place, first, last in known:
        inside = [key.area.startswith(place) or place.startswith(key.area) for key in series.keys]
        begin, end = np.searchsorted(
            series.dates, [np.datetime64(first - near), np.datetime64(last + near + DAY)]
        )
        rows, columns = slice(int(begin), int(end)), np.flatnonzero(inside)
        ill = np.flatnonzero((np.nan_to_num(series.counts[rows][:, columns]) > 0).any(axis=1))
        found.append(Episode(rows, columns, int(ill[0]) if len(ill) else None))
    return found


def _raised(alarms: list[np.ndarray], episodes: list[Episode], quiet: int) -> list[Raised]:
    """What each of several ways to alarm would have raised, side by side."""
    delays = [[_delay(alarm, one) for one in episodes] for alarm in alarms]
    by_all = [day for day in zip(*delays, strict=True) if None not in day]
    return [
        Raised(
            alerts=_runs(alarm, quiet),
            true=sum(day is not None for day in delays[at]),
            delay=sum(day[at] for day in by_all) / len(by_all) if by_all else None,
        )
        for at, alarm in enumerate(alarms)
    ]


def _delay(alarm: np.ndarray, episode: Episode) -> int | None:
    """Days from an outbreak's first case to the first alarm; None where there is none."""
    told = np.flatnonzero(alarm[episode.rows][:, episode.columns].any(axis=1))
    if not len(told):
        return None
    first = episode.first_case
    return max(0, int(told[0]) - first) if first is not None else 0


def _runs(alarm: np.ndarray, quiet: int) -> int:
    """Alarms of each series; those that follow within the quiet days are one with the first."""
    columns = (np.flatnonzero(alarm[:, column]) for column in range(alarm.shape[1]))
    return sum(int(len(rows) > 0) + int((np.diff(rows) > quiet).sum()) for rows in columns)
