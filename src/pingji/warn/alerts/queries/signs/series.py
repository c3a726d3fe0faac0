"""Signs from the series of every disease and channel."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from pingji.ground.directory.models import COUNTY_DIGITS, TOWNSHIP_DIGITS
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.models import Period
from pingji.monitor.surveillance.queries import Series
from pingji.warn.alerts.models import Sign
from pingji.warn.alerts.queries.detection import DAYS_IN, Verdict, judge
from pingji.warn.alerts.queries.signs.found import Found, Harvest, Look, strength_of


def series_signs(look: Look) -> Harvest:
    """Series above what was expected, of counties, townships and what is counted elsewhere."""
    harvest = Harvest()
    for series in _all_series(look):
        judged = judge(series, look.settings)
        harvest.series += len(series.keys)
        harvest.judged += judged.series
        harvest.alarms += judged.alarms
        harvest.reasons += judged.reasons
        harvest.found += [_sign(verdict, look) for verdict in judged.verdicts]
    harvest.found.sort(key=lambda sign: sign.key)
    return harvest


def _all_series(look: Look) -> list[Series]:
    within = len(look.area) >= COUNTY_DIGITS
    levels = (COUNTY_DIGITS, TOWNSHIP_DIGITS) if within else (len(look.area),)
    found = [
        surveillance.case_series(area=look.area, as_of=look.as_of, levels=levels, channel=channel)
        for channel in surveillance.KEPT_HERE
    ]
    found += [
        surveillance.count_series(area=look.area, as_of=look.as_of, period=period, within=within)
        for period in Period
    ]
    return [series for series in found if series is not None]


def _sign(verdict: Verdict, look: Look) -> Found:
    key = verdict.key
    last = verdict.days[-1]
    shown = verdict.shown
    assert shown is not None  # a verdict has a period in which a method alarms
    alarmed = [seen.method for seen in verdict.seen[last] if seen.alarm]
    figures = {"alarmed": alarmed, "growth": verdict.growth, "over": verdict.over}
    return Found(
        key=f"series|{key.disease}|{key.channel}|{key.area}|{key.period}",
        kind=Sign.Kind.SERIES,
        area=key.area,
        disease=key.disease,
        channel=key.channel,
        period=key.period,
        starts_on=verdict.days[0],
        ends_on=last,
        days=(last - verdict.days[0]).days + DAYS_IN[key.period],
        observed=verdict.observed if shown.observed is None else shown.observed,
        expected=shown.expected,
        upper_bound=shown.upper_bound,
        method=shown.method,
        strength=strength_of(verdict.p_value, look.settings, every=DAYS_IN[key.period]),
        p_value=verdict.p_value,
        settings=shown.settings | figures,
        seen=[
            {"starts_on": day.isoformat()} | _plain(asdict(seen))
            for day, all_seen in verdict.seen.items()
            for seen in all_seen
        ],
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(v) if isinstance(v, date | timedelta) else v for name, v in values.items()}
