"""Rumours that wait to be checked, answered and closed."""

from collections.abc import Iterator
from datetime import datetime

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, clock, named, stamped
from pingji.ground.directory.models import Role
from pingji.monitor.opinion.models import Rumour

State = Rumour.State
EPIDEMIOLOGIST, PRESS = Role.EPIDEMIOLOGIST.value, Role.PRESS_OFFICER.value


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """Rumours that are open, each with its next step; older ones since the exercise began."""
    rows = Rumour.objects.still_open()
    for rumour in rows.order_by("found_at", "area_id", "topic_id"):
        kind, role, since = _next(rumour)
        key = named(rumour.area_id, rumour.topic_id, stamped(rumour.found_at))
        since = max(since, exercise.starts_at)
        yield Waiting(kind, key, rumour.area_id, role, since, rumour.pk, clock(rumour, kind))


def _next(rumour: Rumour) -> tuple[str, str, datetime]:
    if not rumour.verdict:
        return "opinion.check", EPIDEMIOLOGIST, rumour.found_at
    if rumour.state != State.REPLIED:
        return "opinion.reply", PRESS, rumour.checked_at
    return "opinion.close", PRESS, rumour.replied_at
