"""Look for what is out of the ordinary, and raise what stands out."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.models import Period
from pingji.monitor.surveillance.queries import Series
from pingji.warn.alerts import queries, rules
from pingji.warn.alerts.models import Alert, DetectionRun, Evidence
from pingji.warn.alerts.queries import Settings, Verdict


@transaction.atomic
def ask_for_detection(*, by: User, at: datetime) -> list[Area]:
    """Have the series of every county that a person sees judged now, by the worker."""
    rules.check_can_run(by)

    counties = list(Area.objects.visible_to(by).of_level("county"))
    for county in counties or [by.area]:
        note("detection.asked", subject=county, by=by, at=at, area=county.code)
        announce("detection_asked", at=at, area=county.code)
    return counties


def run_detection(*, area: Area, as_of: datetime, by: User, at: datetime) -> DetectionRun:
    """Judge all series of a county as they were known at a moment, and raise what stands out.

    Of an area larger than a county its own series are judged, not those of its counties. A moment
    is judged once: asked again, the run made then is given back. A run that broke off is taken up
    anew; what it had raised is extended, never doubled.
    """
    run = _begin(area=area, as_of=as_of, by=by, at=at)
    if run.state == DetectionRun.State.DONE:
        return run
    try:
        settings = queries.settings_for(area.code, on=timezone.localdate(as_of))
    except Refused as refused:
        return _fail(run, str(refused), by=by, at=at)
    reasons: Counter[str] = Counter()
    for series in _all_series(area.code, as_of):
        judged = queries.judge(series, settings)
        reasons += judged.reasons
        run.series += len(series.keys)
        run.judged += judged.series
        run.alarms += judged.alarms
        for verdict in _most_local(judged.verdicts):
            _raise_or_extend(verdict, run=run, settings=settings, by=by, at=at)
    return _finish(run, reasons, settings, by=by, at=at)


def _all_series(area: str, as_of: datetime) -> list[Series]:
    within = len(area) >= surveillance.COUNTY
    levels = (surveillance.COUNTY, surveillance.TOWNSHIP) if within else (len(area),)
    found = [
        surveillance.case_series(area=area, as_of=as_of, levels=levels, channel=channel)
        for channel in surveillance.KEPT_HERE
    ]
    found += [
        surveillance.count_series(area=area, as_of=as_of, period=period, within=within)
        for period in Period
    ]
    return [series for series in found if series is not None]


def _most_local(verdicts: list[Verdict]) -> list[Verdict]:
    """Leave a county's verdict out where one of its townships stands out for the same disease."""
    places: dict[tuple[str, str], set[str]] = {}
    for verdict in verdicts:
        places.setdefault((verdict.key.disease, verdict.key.channel), set()).add(verdict.key.area)
    return [
        verdict
        for verdict in verdicts
        if not any(
            other != verdict.key.area and other.startswith(verdict.key.area)
            for other in places[verdict.key.disease, verdict.key.channel]
        )
    ]


@transaction.atomic
def _begin(*, area: Area, as_of: datetime, by: User, at: datetime) -> DetectionRun:
    run, new = DetectionRun.objects.select_for_update().get_or_create(
        area=area, as_of=as_of, defaults={"started_at": at}
    )
    if run.state == DetectionRun.State.DONE:
        return run
    run.series = run.judged = run.alarms = 0
    if new:
        note("detection.started", subject=run, by=by, at=at)
    return run


@transaction.atomic
def _finish(
    run: DetectionRun, reasons: Counter[str], settings: Settings, *, by: User, at: datetime
) -> DetectionRun:
    run.state, run.finished_at, run.problem = DetectionRun.State.DONE, at, ""
    run.raised = run.alerts.count()
    run.not_judged = dict(reasons)
    run.settings = {method: settings.of(method, "") for method in queries.METHODS} | {
        "minimum_cases": settings.minimum_cases,
        "methods_needed": settings.methods_needed,
    }
    run.save()
    note("detection.finished", subject=run, by=by, at=at, series=run.series, raised=run.raised)
    publish("alerts", area=run.area_id)
    return run


@transaction.atomic
def _fail(run: DetectionRun, why: str, *, by: User, at: datetime) -> DetectionRun:
    """Say why a run could not judge; the same moment may be judged once that is mended."""
    run.state, run.finished_at, run.problem = DetectionRun.State.FAILED, at, why
    run.save(update_fields=["state", "finished_at", "problem"])
    note("detection.failed", subject=run, by=by, at=at, reason=why)
    publish("alerts", area=run.area_id)
    return run


@transaction.atomic
def _raise_or_extend(
    verdict: Verdict, *, run: DetectionRun, settings: Settings, by: User, at: datetime
) -> None:
    """Raise an alert, or extend the one that waits.

    The area is locked first: two runs at once raise one alert between them.
    """
    key = verdict.key
    Area.objects.select_for_update(no_key=True).get(pk=key.area)
    same = Alert.objects.filter(
        area_id=key.area, disease_id=key.disease, channel=key.channel, period=key.period
    )
    alert = same.undecided().select_for_update().first()
    if alert is not None:
        _extend(alert, verdict, run=run, by=by, at=at)
        return
    quiet_since = verdict.days[-1] - timedelta(days=settings.repeat_after_days)
    if same.filter(ends_on__gt=quiet_since).exists():
        return
    alert = Alert(
        area_id=key.area,
        disease_id=key.disease,
        channel=key.channel,
        period=key.period,
        starts_on=verdict.days[0],
        run=run,
        raised_at=at,
    )
    _take_in(alert, verdict)
    alert.save()
    _keep_evidence(alert, verdict, run)
    for clock in ("alert.see", "alert.verify"):
        standards.start_deadline(key=clock, subject=alert, area=alert.area, by=by, at=at)
    note("alert.raised", subject=alert, by=by, at=at, run=run.pk, observed=alert.observed)
    announce("alert_raised", at=at, alert_id=alert.pk)
    publish("alerts", area=alert.area_id)


def _extend(alert: Alert, verdict: Verdict, *, run: DetectionRun, by: User, at: datetime) -> None:
    """Show the alert's latest period; a run as of an earlier moment adds its evidence only."""
    _keep_evidence(alert, verdict, run)
    if verdict.days[-1] < alert.ends_on:
        return
    before = (alert.starts_on, alert.ends_on, alert.observed)
    _take_in(alert, verdict)
    if before == (alert.starts_on, alert.ends_on, alert.observed):
        return
    alert.save()
    note("alert.extended", subject=alert, by=by, at=at, run=run.pk, until=str(alert.ends_on))
    publish("alerts", area=alert.area_id)


def _take_in(alert: Alert, verdict: Verdict) -> None:
    """The alert shows its latest period, with the bound of the first method that alarmed in it."""
    alert.starts_on = min(alert.starts_on, verdict.days[0])
    alert.ends_on = verdict.days[-1]
    alert.observed = verdict.observed
    seen = next(s for s in verdict.seen[alert.ends_on] if s.alarm)
    alert.expected, alert.upper_bound = seen.expected, seen.upper_bound


def _keep_evidence(alert: Alert, verdict: Verdict, run: DetectionRun) -> None:
    Evidence.objects.bulk_create(
        [
            Evidence(
                alert=alert,
                run=run,
                method=seen.method,
                starts_on=day,
                alarm=seen.alarm,
                note=seen.note,
                observed=seen.observed,
                expected=seen.expected,
                upper_bound=seen.upper_bound,
                score=seen.score,
                settings=seen.settings,
            )
            for day, all_seen in verdict.seen.items()
            for seen in all_seen
        ],
        ignore_conflicts=True,  # a run taken up anew has seen it already
    )
