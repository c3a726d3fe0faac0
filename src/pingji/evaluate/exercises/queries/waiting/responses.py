"""Responses that have to be started, raised, lowered or ended."""

from collections.abc import Iterator
from datetime import datetime

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.picture import picture
from pingji.evaluate.exercises.queries.waiting.command import (
    LEADER,
    key_of_incident,
    look_of_today,
    over_since,
    was_looked_at,
)
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, named, stamped
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.respond.incidents.models import (
    Grade,
    Incident,
    Level,
    Response,
    ResponseChange,
)


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """What the leader has to decide."""
    if not exercise.plays(LEADER):
        return
    graded = Incident.objects.open().filter(opened_at__gte=exercise.starts_at)
    graded = graded.exclude(grade=Grade.UNGRADED).select_related("area", "disease", "plan", "phase")
    for incident in graded.order_by("opened_at", "area_id"):
        key = key_of_incident(incident)
        if not incident.responses.exists():
            first = incident.gradings.order_by("graded_at").values_list("graded_at", flat=True)
            since = first.first() or incident.opened_at
            yield Waiting("response.start", key, incident.area_id, LEADER, since, incident.pk)
        if was_looked_at(incident, at):
            continue
        over = over_since(exercise, incident, at)
        for response in incident.responses.active().order_by("area_id"):
            stamp = stamped(response.started_at)
            since, day = look_of_today(exercise, response.started_at, at)
            if over is not None and over <= at:
                name = named(key, response.area_id, stamp, stamped(over))
                looked = max(over, since)
                yield Waiting("response.end", name, incident.area_id, LEADER, looked, response.pk)
            elif (level := level_wanted(exercise, response, at)) is not None:
                name = named(key, response.area_id, stamp, level, day)
                yield Waiting("response.change", name, incident.area_id, LEADER, since, response.pk)


def level_wanted(exercise: Exercise, response: Response, at: datetime) -> str | None:
    """Which other level a response is to have: the graver grade's, or one less when it is quiet.

    One that was lowered is raised again only when cases rise.
    """
    incident = response.incident
    levels = Level.values  # the highest first
    now = levels.index(response.level)
    seen = picture(exercise, incident, at)
    share = conduct_of(exercise.scenario).lower_share
    if seen.is_quiet(share):
        return levels[now + 1] if now < len(levels) - 1 else None
    graver = incident.grade in levels and levels.index(incident.grade) < now
    if graver and (seen.rising or not was_lowered(response)):
        return str(incident.grade)
    return None


def was_lowered(response: Response) -> bool:
    """Whether a response had a higher level before."""
    return response.changes.filter(kind=ResponseChange.Kind.LOWER).exists()
