"""Townships that have to become risk areas, and risk areas that may be lifted."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.picture import picture, townships
from pingji.evaluate.exercises.queries.waiting.command import (
    DUTY,
    key_of_incident,
    look_of_today,
    was_looked_at,
)
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, named, stamped
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.ground.directory.models import Area
from pingji.respond.incidents.models import Incident, RiskArea


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """What the duty officer finds of risk areas when events are looked through each morning."""
    if not exercise.plays(DUTY):
        return
    incidents = Incident.objects.open().filter(opened_at__gte=exercise.starts_at)
    active = incidents.filter(activated_at__isnull=False).select_related("area", "disease")
    for incident in active.order_by("opened_at", "area_id"):
        if was_looked_at(incident, at):
            continue
        key = key_of_incident(incident)
        since, day = look_of_today(exercise, incident.activated_at, at)
        if unguarded(exercise, incident, at):
            yield Waiting(
                "risk_area.set", named(key, day), incident.area_id, DUTY, since, incident.pk
            )
        for row in overdue(exercise, incident, at):
            name = named(key, row.area_id, stamped(row.starts_at), day)
            yield Waiting("risk_area.lift", name, row.area_id, DUTY, since, row.pk)


def unguarded(exercise: Exercise, incident: Incident, at: datetime) -> list[tuple[Area, int, int]]:
    """Townships whose cases of the last week ask for a higher level than they have.

    Returns:
        Each with the place of the level (1 the highest) and its cases.
    """
    conduct = conduct_of(exercise.scenario)
    limits, days = conduct.risk_cases, timedelta(days=conduct.risk_days)
    towns = picture(exercise, incident, at).by_township(days)
    asked = {
        code: next(rank for rank, limit in enumerate(limits, start=1) if n >= limit)
        for code, n in towns.items()
        if n >= limits[-1]
    }
    standing = dict(_standing(incident).values_list("area_id", "rank"))
    return [
        (area, asked[area.code], towns[area.code])
        for area in townships(asked)
        if asked[area.code] < standing.get(area.code, len(limits) + 1)
    ]


def overdue(exercise: Exercise, incident: Incident, at: datetime) -> list[RiskArea]:
    """Risk areas in which nothing new was reported for as long as is waited."""
    quiet = timedelta(days=conduct_of(exercise.scenario).quiet_days)
    heard = {code for code, n in picture(exercise, incident, at).by_township(quiet).items() if n}
    rows = _standing(incident).filter(starts_at__lte=at - quiet).order_by("area_id")
    return [row for row in rows.select_related("area", "incident") if row.area_id not in heard]


def _standing(incident: Incident) -> QuerySet[RiskArea]:
    return RiskArea.objects.filter(incident=incident, ends_at__isnull=True)
