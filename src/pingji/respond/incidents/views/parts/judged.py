"""How experts judged the risk."""

from django.urls import reverse

from pingji.ground.directory.models import Permission, User
from pingji.respond.incidents.models import Incident
from pingji.warn.alerts.queries import assessments


def shown(user: User, incident: Incident) -> dict[str, object]:
    """Assessments of the alert it began with, else of the incident itself."""
    context: dict[str, object] = {"sees_alerts": user.holds(Permission.ALERT_VIEW)}
    if incident.alert:
        return context | {
            "assessments": assessments.of_alert(incident.alert, user),
            "may_assess": assessments.may_assess(incident.alert, user),
        }
    return context | {
        "assessments": assessments.of_event(incident, user),
        "may_assess": assessments.may_assess_event(incident, user),
        "assess_url": reverse("incidents:assess", args=[incident.pk]),
    }
