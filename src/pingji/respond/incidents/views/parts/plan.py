"""The plan that answers the incident, or the choice of one."""

from pingji.ground import may
from pingji.ground.directory.models import User
from pingji.respond.incidents import rules
from pingji.respond.incidents.forms import ActivateForm
from pingji.respond.incidents.models import Incident


def shown(user: User, incident: Incident) -> dict[str, object]:
    """The form that activates a plan, and whether one may be activated."""
    return {
        "activate_form": ActivateForm(),
        "may_activate": may(rules.check_can_activate, user, incident),
    }
