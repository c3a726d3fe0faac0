"""Grade an event."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note, publish
from pingji.respond.incidents import rules
from pingji.respond.incidents.models import Incident


@transaction.atomic
def grade_incident(
    *, incident: Incident, grade: str, reason: str, by: User, at: datetime
) -> Incident:
    """Give the incident a grade, or another one, with the reason."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    rules.check_can_manage(by, incident)
    rules.check_grade(grade, reason)

    before = incident.grade
    incident.grade, incident.grade_reason = grade, reason.strip()
    incident.save(update_fields=["grade", "grade_reason"])
    note("incident.graded", subject=incident, by=by, at=at, reason=reason, before=before, to=grade)
    publish("incidents", area=incident.area_id)
    return incident
