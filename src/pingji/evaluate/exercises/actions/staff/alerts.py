"""Alerts answered by the epidemiologist, who asks by telephone and goes there."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.truth import Truth, truth_of
from pingji.evaluate.exercises.queries.waiting.alerts import answered_by
from pingji.ground.directory.models import Role, User
from pingji.respond.incidents.models import Incident
from pingji.warn.alerts import actions
from pingji.warn.alerts.models import Alert

State, Verdict = Alert.State, Alert.Verdict


def _asked(due: Due) -> tuple[Alert, User]:
    alert = Alert.objects.select_related("area", "disease").get(pk=due.subject)
    return alert, one_of(Role.EPIDEMIOLOGIST, alert.area_id)


def see(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Open an alert."""
    alert, by = _asked(due)
    if alert.seen_at is not None or alert.state != State.NEW:
        return None
    actions.see(alert=alert, by=by, at=at)
    return in_both(lambda: _("%(who)s opened the alert “%(alert)s”.") % _named(alert, by))


def verify(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Ask the places by telephone, and verify or dismiss the alert by what they say."""
    alert, by = _asked(due)
    if alert.state != State.NEW:
        return None
    truth = truth_of(exercise, alert, at)
    to = State.VERIFIED if truth.real else State.DISMISSED
    actions.decide(alert=alert, to=to, by=by, at=at, reason=_said(truth))
    said = _named(alert, by)
    if truth.real:
        return in_both(lambda: _("%(who)s verified the alert “%(alert)s”.") % said)
    return in_both(lambda: _("%(who)s dismissed the alert “%(alert)s”.") % said)


def investigate(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Go there, and say what was found."""
    alert, by = _asked(due)
    if alert.state != State.VERIFIED:
        return None
    truth = truth_of(exercise, alert, at)
    actions.investigate(alert=alert, findings=_found(truth), by=by, at=at)
    return in_both(
        lambda: _("%(who)s investigated the alert “%(alert)s” in the field.") % _named(alert, by)
    )


def close(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Close an alert with what it was."""
    alert, by = _asked(due)
    if alert.state not in (State.VERIFIED, State.INVESTIGATED):
        return None
    incident = answered_by(alert)
    if incident is not None and incident.state == Incident.State.OPEN:
        return None  # opened on it meanwhile; it is closed with the event
    truth = truth_of(exercise, alert, at)
    verdict = Verdict.TRUE if truth.real else Verdict.UNDETERMINED
    actions.close(alert=alert, verdict=verdict, reason=_found(truth), by=by, at=at)
    return in_both(lambda: _("%(who)s closed the alert “%(alert)s”.") % _named(alert, by))


def _named(alert: Alert, by: User) -> dict[str, object]:
    return {"who": by, "alert": alert}


def _said(truth: Truth) -> str:
    """What the telephone brought."""
    if truth.real:
        return _(
            "Asked by telephone: %(cases)s patients of the period belong together in time and place."
        ) % {"cases": truth.cases}
    return _(
        "Asked by telephone: single patients without a link; the figure goes on being watched."
    )


def _found(truth: Truth) -> str:
    """What was found there."""
    return _(
        "Looked into on site: %(cases)s cases that belong together, in %(places)s villages or communities."
    ) % {"cases": truth.cases, "places": truth.places}


HANDLERS = {
    "alert.see": see,
    "alert.verify": verify,
    "alert.investigate": investigate,
    "alert.close": close,
}
