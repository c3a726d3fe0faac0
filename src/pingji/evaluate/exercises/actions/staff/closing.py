"""The end of an event: its risk areas, and itself."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.staff.responses import why
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.waiting.command import over_since
from pingji.ground.directory.models import Role
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.models import Incident, RiskArea


def close(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer lifts the risk areas and closes the incident."""
    incident = Incident.objects.select_related("area", "disease", "plan", "phase").get(
        pk=due.subject
    )
    over = over_since(exercise, incident, at)
    if incident.state != Incident.State.OPEN or over is None or over > at:
        return None
    by = one_of(Role.DUTY_OFFICER, incident.area_id)
    standing = RiskArea.objects.filter(incident=incident, ends_at__isnull=True)
    for row in standing.order_by("area_id"):
        field.lift_risk_area(risk_area=row, reason=why(), by=by, at=at)
    actions.close_incident(incident=incident, reason=why(), by=by, at=at)
    return in_both(
        lambda: _("%(who)s closed the incident “%(incident)s”.") % {"who": by, "incident": incident}
    )


HANDLERS = {"incident.close": close}
