"""What people do whom the machine plays, through the same actions as everybody else."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pingji.evaluate.exercises.actions.staff import (
    advice,
    alerts,
    cards,
    closing,
    command,
    modes,
    notices,
    opinion,
    orders,
    reports,
    responses,
    risk_areas,
)
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.waiting import Waiting, waiting
from pingji.evaluate.exercises.rules.conduct import Conduct, conduct_of, done_at
from pingji.evaluate.exercises.rules.scenario import there_from

A_MINUTE = timedelta(minutes=1)
HANDLERS: dict[str, Callable[[Exercise, Due, datetime], tuple[str, str] | None]] = {
    **cards.HANDLERS,
    **alerts.HANDLERS,
    **command.HANDLERS,
    **orders.HANDLERS,
    **reports.HANDLERS,
    **responses.HANDLERS,
    **risk_areas.HANDLERS,
    **advice.HANDLERS,
    **modes.HANDLERS,
    **closing.HANDLERS,
    **notices.HANDLERS,
    **opinion.HANDLERS,
}


def plan(exercise: Exercise, *, at: datetime) -> int:
    """Give everything that waits for somebody whom the machine plays its place on the agenda.

    Planned once, it is not planned again, whatever came of it.

    Returns:
        How much was new.
    """
    played = (one for one in waiting(exercise, at) if exercise.plays(one.role))
    found = {(one.kind, one.key): one for one in played}
    known = set(
        Due.objects.filter(
            kind__in={kind for kind, _key in found}, key__in={key for _kind, key in found}
        ).values_list("kind", "key")
    )
    conduct = conduct_of(exercise.scenario)
    new = [_due(exercise, conduct, one, at) for name, one in found.items() if name not in known]
    Due.objects.bulk_create(new)
    return len(new)


def _due(exercise: Exercise, conduct: Conduct, one: Waiting, at: datetime) -> Due:
    done = done_at(
        conduct,
        one.kind,
        since=one.since,
        seed=exercise.seed,
        key=one.key,
        allowed=one.clock.allows() if one.clock else None,
    )
    moment = max(done, at + A_MINUTE)
    return Due(
        kind=one.kind,
        key=one.key,
        area_id=one.area,
        at=there_from(exercise.scenario, exercise.starts_at, one.role, moment),
        payload={"pk": one.pk, "role": one.role},
    )
