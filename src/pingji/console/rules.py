"""Who may open the cross-stage screens."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.respond.incidents.models import Incident


def check_can_view_map(user: User, *, incident: Incident | None = None) -> None:
    """Raise Refused unless the user may see alerts and cases on the map, or an incident's map."""
    if incident is not None and user.holds(Permission.INCIDENT_VIEW):
        return
    if not user.holds(Permission.ALERT_VIEW):
        raise Refused(_("The map shows alerts; your role does not see them."))


def check_can_view_incidents(user: User) -> None:
    """Raise Refused unless the user may see incidents."""
    if not user.holds(Permission.INCIDENT_VIEW):
        raise Refused(_("Your role does not include incidents."))


def check_can_nudge(user: User) -> None:
    """Raise Refused unless the user may remind others of their orders."""
    if not user.holds(Permission.ORDER_ISSUE):
        raise Refused(_("Only who issues orders reminds others of them."))
