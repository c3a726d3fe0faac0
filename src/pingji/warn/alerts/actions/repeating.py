"""Look back: what the detectors find as of a past day, and whether a run gives the same again."""

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import announce, note, publish
from pingji.warn.alerts import queries, rules
from pingji.warn.alerts.actions.detection import Clock, run_detection, sign_of
from pingji.warn.alerts.models import DetectionRun, Sign
from pingji.warn.alerts.queries import differences


@transaction.atomic
def ask_to_look_back(*, day: date, by: User, at: datetime) -> datetime:
    """Have the counties a person sees judged as they were known at the end of a past day."""
    rules.check_can_run(by)
    rules.check_is_past(day, at)

    as_of = timezone.make_aware(datetime.combine(day, time.max))
    for county in Area.objects.visible_to(by).of_level("county"):
        note("detection.asked", subject=county, by=by, at=at, area=county.code, day=str(day))
        announce("look_back_asked", at=at, area=county.code, known_at=as_of, by=by.pk)
    return as_of


@transaction.atomic
def ask_to_repeat(*, run: DetectionRun, by: User, at: datetime) -> None:
    """Have a run that is done made again as of its moment, to see whether it gives the same."""
    rules.check_can_repeat(by, run)

    note("detection.asked", subject=run, by=by, at=at, area=run.area_id)
    announce("look_back_asked", at=at, area=run.area_id, known_at=run.as_of, by=by.pk)


def look_back(
    *, area: Area, as_of: datetime, by: User, at: datetime, clock: Clock | None = None
) -> DetectionRun:
    """Look as of a past moment and raise nothing; a moment judged before is judged again."""
    run = DetectionRun.objects.filter(area=area, as_of=as_of).first()
    if run is None or run.state != DetectionRun.State.DONE:
        raises = run.raises if run is not None else False
        return run_detection(area=area, as_of=as_of, by=by, at=at, raises=raises, clock=clock)
    return repeat(run=run, by=by, at=at)


def repeat(*, run: DetectionRun, by: User, at: datetime) -> DetectionRun:
    """Ask the sources of a run again and keep beside it what they find otherwise; nothing else.

    The alerts stay as they are: a corrected report or a changed catalogue opens none anew.
    """
    found: list[Sign] = []
    problem = ""
    try:
        settings = queries.settings_for(run.area_id, on=run.as_of)
        look = queries.look_at(run.area_id, run.as_of, settings)
        for source in queries.SOURCES:
            if source in run.steps:
                found += [sign_of(run, one) for one in queries.SOURCES[source](look).found]
    except Refused as refused:
        problem = str(refused)
    return _keep(run, found, problem, by=by, at=at)


@transaction.atomic
def _keep(
    run: DetectionRun, found: list[Sign], problem: str, *, by: User, at: datetime
) -> DetectionRun:
    run = DetectionRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    same = not problem
    result: dict[str, object] = {"at": at.isoformat(), "by": by.username, "problem": problem}
    if not problem:
        found_otherwise = differences(list(run.signs.all()), found)
        same = not any(found_otherwise.values())
        result |= {"same": same, "signs": len(found), **found_otherwise}
    run.repeats = [*run.repeats, result]
    run.save(update_fields=["repeats"])
    note("detection.repeated", subject=run, area=run.area_id, by=by, at=at, same=same)
    publish("alerts", area=run.area_id)
    return run
