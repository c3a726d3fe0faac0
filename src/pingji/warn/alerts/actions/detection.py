"""Look for what is out of the ordinary: a run asks every source for its signs."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from pingji.ground import Refused
from pingji.ground.directory.models import COUNTY_DIGITS, Area, User
from pingji.ground.record.actions import announce, note, publish
from pingji.warn.alerts import queries, rules
from pingji.warn.alerts.actions.fusing import fuse
from pingji.warn.alerts.models import DetectionRun, Sign
from pingji.warn.alerts.queries import Look, Settings

Clock = Callable[[], datetime]


@transaction.atomic
def ask_for_detection(*, by: User, at: datetime) -> list[Area]:
    """Have the series of every county that a person sees judged now, by the worker."""
    rules.check_can_run(by)

    counties = list(Area.objects.visible_to(by).of_level("county"))
    for county in counties or [by.area]:
        note("detection.asked", subject=county, by=by, at=at, area=county.code)
        announce("detection_asked", at=at, area=county.code)
    return counties


def run_detection(
    *,
    area: Area,
    as_of: datetime,
    by: User,
    at: datetime,
    raises: bool = True,
    clock: Clock | None = None,
) -> DetectionRun:
    """Look over a county as it was known at a moment, and raise what stands out.

    Of an area larger than a county its own series are judged, not those of its counties. A moment
    is judged once by each source: asked again, the run made then is given back. A run that broke
    off, or asked fewer sources, goes on with the first that is missing; what it had raised is
    extended, never doubled. One that does not raise only looks: its signs join no alert.
    """
    wanted = [name for name in queries.SOURCES if _asks(name, area.code)]
    run = _begin(area=area, as_of=as_of, raises=raises, by=by, at=at)
    if run.state == DetectionRun.State.DONE and run.steps.keys() >= set(wanted):
        return run
    source = ""
    try:
        settings = queries.settings_for(area.code, on=as_of)
        look = queries.look_at(area.code, as_of, settings)
        for source in wanted:
            if source not in run.steps:
                _ask(run, source, look)
        if run.raises:
            fuse(run=run, settings=settings, by=by, at=at)
    except Refused as refused:
        return _fail(run, str(refused), by=by, at=over(at, clock))
    except Exception as broken:
        _fail(run, f"{source}: {broken!r}", by=by, at=over(at, clock))
        raise
    return _finish(run, settings, by=by, at=over(at, clock))


def over(begun: datetime, clock: Clock | None) -> datetime:
    """When a run is over: a run takes its time, which the clock tells where one is given."""
    return max(begun, clock()) if clock else begun


def look_on_arrival(
    *, area: Area, as_of: datetime, by: User, at: datetime, clock: Clock | None = None
) -> DetectionRun | None:
    """Judge single cases and places with several as soon as a card has come or was corrected.

    Where all is as it was when it was last seen there is no run: most cards change nothing.

    Args:
        area: The county of the card.
        as_of: When it came.
        by: Who looks.
        at: When.
        clock: Tells when it is over.

    Returns:
        The run, where anything is new.
    """
    settings = queries.settings_for(area.code, on=as_of)
    look = queries.look_at(area.code, as_of, settings)
    found = {source: queries.SOURCES[source](look) for source in queries.ON_ARRIVAL}
    seen = queries.seen_before(area.code, as_of, [one for h in found.values() for one in h.found])
    if all(seen.get(one.key) == one.observed for h in found.values() for one in h.found):
        return None
    return _keep_arrival(found, settings, area=area, as_of=as_of, by=by, at=at, clock=clock)


@transaction.atomic
def _keep_arrival(
    found: dict[str, queries.Harvest],
    settings: Settings,
    *,
    area: Area,
    as_of: datetime,
    by: User,
    at: datetime,
    clock: Clock | None,
) -> DetectionRun:
    # The county's row before the record's, as whoever takes posts in locks them; else two that
    # come at the same time wait for each other.
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)
    run = _begin(area=area, as_of=as_of, raises=True, by=by, at=at)
    if run.state == DetectionRun.State.DONE:
        return run
    for source, harvest in found.items():
        _keep(run, source, harvest)
    fuse(run=run, settings=settings, by=by, at=at)
    return _finish(run, settings, by=by, at=over(at, clock))


def _asks(source: str, area: str) -> bool:
    return len(area) >= COUNTY_DIGITS or source in queries.OF_LARGER_AREAS


@transaction.atomic
def _ask(run: DetectionRun, source: str, look: Look) -> None:
    """Have one source look, and keep its signs with what it could not judge."""
    _keep(run, source, queries.SOURCES[source](look))


def _keep(run: DetectionRun, source: str, harvest: queries.Harvest) -> None:
    Sign.objects.bulk_create([sign_of(run, found) for found in harvest.found])
    run.steps[source] = {
        "signs": len(harvest.found),
        "series": harvest.series,
        "judged": harvest.judged,
        "alarms": harvest.alarms,
        "reasons": dict(harvest.reasons),
    }
    run.save(update_fields=["steps"])


def sign_of(run: DetectionRun, found: queries.Found) -> Sign:
    values: dict[str, Any] = asdict(found)
    area, disease = values.pop("area"), values.pop("disease")
    return Sign(run=run, area_id=area, disease_id=disease, **values)


@transaction.atomic
def _begin(*, area: Area, as_of: datetime, raises: bool, by: User, at: datetime) -> DetectionRun:
    run, new = DetectionRun.objects.select_for_update().get_or_create(
        area=area, as_of=as_of, defaults={"started_at": at, "raises": raises}
    )
    if run.state == DetectionRun.State.DONE:
        return run
    if new:
        run.seed = queries.seed_of(area.code, as_of)
        run.save(update_fields=["seed"])
        note("detection.started", subject=run, by=by, at=at)
    return run


@transaction.atomic
def _finish(run: DetectionRun, settings: Settings, *, by: User, at: datetime) -> DetectionRun:
    reasons: Counter[str] = Counter()
    for step in run.steps.values():
        reasons += Counter(step["reasons"])
    series = run.steps.get("series", {})
    run.series, run.judged = series.get("series", 0), series.get("judged", 0)
    run.alarms = sum(step["alarms"] for step in run.steps.values())
    run.state, run.finished_at, run.problem = DetectionRun.State.DONE, at, ""
    run.raised = run.alerts.count()
    run.not_judged = dict(reasons)
    run.settings = {method: settings.of(method, "") for method in queries.METHODS} | {
        "minimum_cases": settings.minimum_cases,
        "methods_needed": settings.methods_needed,
        "figures": dict(settings.figures),
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
