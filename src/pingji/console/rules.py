"""Who may open the cross-stage screens."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User


def check_can_view_map(user: User) -> None:
    """Raise Refused unless the user may see alerts and cases on the map."""
    if not user.holds(Permission.ALERT_VIEW):
        raise Refused(_("The map shows alerts; your role does not see them."))
