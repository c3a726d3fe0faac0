"""Alerts that wait to be seen, verified, investigated and closed."""

from collections.abc import Iterator
from datetime import datetime

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, clock, named, stamped
from pingji.ground.directory.models import Role
from pingji.respond.incidents.models import Incident
from pingji.warn.alerts.models import Alert

State = Alert.State
ROLE = Role.EPIDEMIOLOGIST.value


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """What the desk of alerts has before it, since the exercise began."""
    rows = (
        Alert.objects.still_open()
        .filter(raised_at__gte=exercise.starts_at)
        .select_related("incident")
        .order_by("raised_at", "area_id", "disease_id", "channel", "period")
    )
    for alert in rows:
        found = _next(alert)
        if found is not None:
            kind, since = found
            key = key_of_alert(alert)
            if kind == "alert.close" and (incident := answered_by(alert)) is not None:
                key = named(key, stamped(incident.closed_at))
            yield Waiting(
                kind,
                key,
                alert.area_id,
                ROLE,
                since,
                alert.pk,
                clock(alert, kind),
            )


def _next(alert: Alert) -> tuple[str, datetime] | None:
    if alert.state == State.NEW:
        return ("alert.see" if alert.seen_at is None else "alert.verify"), (
            alert.seen_at or alert.raised_at
        )
    if alert.state == State.VERIFIED:
        return "alert.investigate", alert.decided_at
    incident = answered_by(alert)
    if incident is not None and incident.state == Incident.State.OPEN:
        return None  # it is closed with the event
    ended = incident.closed_at if incident is not None else None
    return "alert.close", max(filter(None, (alert.investigated_at, ended)))


def answered_by(alert: Alert) -> Incident | None:
    """The incident that answers an alert, open or closed."""
    found: Incident | None = getattr(alert, "incident", None)
    return found


def key_of_alert(alert: Alert) -> str:
    """What tells an alert from all others, in every run of a scenario."""
    return named(
        alert.area_id, alert.disease_id, alert.channel, alert.period, stamped(alert.raised_at)
    )
