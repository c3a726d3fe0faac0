"""Places to be switched to emergency for a response, their steps, and the way back."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.command import DUTY
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, clock, named, stamped
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.ground.standards.models import EmergencySpell
from pingji.respond.incidents.models import Response, Switch, SwitchStep
from pingji.respond.incidents.queries.modes import suggested


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """What has to be switched, and the steps that wait for their roles."""
    levels = conduct_of(exercise.scenario).switch_levels
    held = Response.objects.active().filter(started_at__gte=exercise.starts_at, level__in=levels)
    for one in held.select_related("incident", "area").order_by("started_at", "area_id"):
        if suggested(one.incident, at) == one.area:
            key = named(one.area_id, stamped(one.started_at))
            yield Waiting("mode.switch", key, one.area_id, DUTY, one.started_at, one.pk)
    spells = EmergencySpell.objects.at(at).filter(
        facility__isnull=True, began_at__gte=exercise.starts_at
    )
    for spell in spells.order_by("began_at", "area_id"):
        held_there = Response.objects.active().filter(area__code__startswith=spell.area_id)
        going = Switch.objects.open().filter(area=spell.area_id, facility__isnull=True)
        ended = Response.objects.filter(
            area__code__startswith=spell.area_id, ended_at__isnull=False
        )
        since = ended.aggregate(last=Max("ended_at"))["last"]
        # Where no response stood at all, people declared the emergency, and they take it back.
        if since is not None and not held_there.exists() and not going.exists():
            key = named(spell.area_id, stamped(spell.began_at))
            yield Waiting("mode.back", key, spell.area_id, DUTY, since, spell.pk)
    steps = SwitchStep.objects.filter(
        state=SwitchStep.State.ISSUED,
        switch__state=Switch.State.OPEN,
        switch__started_at__gte=exercise.starts_at,
    )
    for step in steps.select_related("switch").order_by("issued_at", "switch_id", "number"):
        key = named(step.switch.area_id, stamped(step.switch.started_at), step.number)
        limit = clock(step, step.deadline) if step.deadline else None
        yield Waiting(
            "mode.step", key, step.switch.area_id, step.role, step.issued_at, step.pk, limit
        )
