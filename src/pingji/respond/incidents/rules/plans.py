"""When a plan may be activated."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    User,
)
from pingji.respond.incidents.models import Incident, Plan
from pingji.respond.incidents.rules.incidents import check_can_manage


def check_can_activate(user: User, incident: Incident, plan: Plan | None = None) -> None:
    """Raise Refused unless a plan, this one if one is given, may be activated now."""
    check_can_manage(user, incident)
    if plan is not None and not plan.in_force:
        raise Refused(_("“%(plan)s” is no longer in force.") % {"plan": plan}, field="plan")
    if incident.plan_id is not None:
        raise Refused(
            _("%(who)s already activated the plan “%(plan)s”.")
            % {"who": incident.activated_by, "plan": incident.plan}
        )
