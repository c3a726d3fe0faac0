"""Who may open, command and close an incident, and when."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    COUNTY_DIGITS,
    Area,
    Permission,
    User,
)
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.rules.moments import said
from pingji.warn.alerts.models import Alert

# The tables are the state machines.
INCIDENT_MOVES = {
    Incident.State.OPEN: {Incident.State.CLOSED},
    Incident.State.CLOSED: set(),
}


def check_can_view(user: User) -> None:
    """Raise Refused unless the user may see incidents."""
    if not user.holds(Permission.INCIDENT_VIEW):
        raise Refused(_("Your role does not include incidents."))


def check_can_have_judged(user: User, incident: Incident) -> None:
    """Raise Refused unless the user may have experts judge the risk of the incident itself."""
    if not user.holds(Permission.ASSESSMENT_CHAIR):
        raise Refused(_("Only an epidemiologist or the duty officer may lead a risk assessment."))
    if incident.alert is not None:
        raise Refused(
            _("This incident began with an alert; the risk is judged on the alert's page.")
        )


def check_can_open(user: User, alert: Alert | None) -> None:
    """Raise Refused unless the user may open an incident, on this alert if one is given."""
    if not user.holds(Permission.INCIDENT_OPEN):
        raise Refused(
            _("Only the duty officer, an epidemiologist or the leader may open an incident.")
        )
    if alert is None:
        return
    if alert.state not in (Alert.State.VERIFIED, Alert.State.INVESTIGATED):
        raise Refused(_("Verify the alert first; then it can be answered as an incident."))
    earlier = Incident.objects.filter(alert=alert).first()
    if earlier is not None:
        raise Refused(
            _("This alert is already answered by the incident “%(title)s”.")
            % {"title": earlier.title}
        )


def check_area(user: User, area: Area) -> None:
    """Raise Refused unless the area lies in the user's own."""
    if not area.code.startswith(user.area_id):
        raise Refused(
            _("%(area)s lies outside %(own)s.") % {"area": area, "own": user.area}, field="area"
        )


def check_can_manage(user: User, incident: Incident) -> None:
    """Raise Refused unless the user may command this incident and it is still open."""
    if not user.holds(Permission.INCIDENT_MANAGE):
        raise Refused(_("Only the duty officer or the leader commands an incident."))
    check_incident_open(incident)


def check_incident_open(incident: Incident) -> None:
    """Raise Refused where an incident was closed."""
    if incident.state != Incident.State.OPEN:
        raise Refused(
            _("The incident was closed at %(when)s.") % {"when": said(incident.closed_at)}
        )


def check_in_county(incident: Incident, area: Area) -> None:
    """Raise Refused unless an area lies in the county of the incident."""
    if not area.code.startswith(incident.area_id[:COUNTY_DIGITS]):
        raise Refused(
            _("%(area)s lies outside the county of the event.") % {"area": area}, field="area"
        )


def check_can_name_illness(user: User, incident: Incident, reason: str) -> None:
    """Raise Refused unless the user may say which illness it is, and says why."""
    if not user.holds(Permission.EVENT_REPORT_WRITE):
        check_can_manage(user, incident)
    check_incident_open(incident)
    if not reason.strip():
        raise Refused(_("Say what the illness was recognised by."), field="reason")


def check_can_close(
    user: User, incident: Incident, reason: str, unsettled: Sequence[object]
) -> None:
    """Raise Refused unless the incident may be closed: nothing that the plan asks is unsettled."""
    check_can_manage(user, incident)
    if not reason.strip():
        raise Refused(_("Say why the incident is closed."), field="reason")
    if unsettled:
        raise Refused(
            _("The incident cannot be closed yet: %(what)s")
            % {"what": " · ".join(str(one) for one in unsettled)}
        )
