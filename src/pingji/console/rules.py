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
