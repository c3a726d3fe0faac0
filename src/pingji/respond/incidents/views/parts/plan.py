"""The plan that answers the incident: its phase, what is not assigned, or the choice of a plan."""

from pingji.ground import may
from pingji.ground.directory.models import User
from pingji.respond.incidents import rules
from pingji.respond.incidents.forms import ActivateForm
from pingji.respond.incidents.forms.plans import PhaseForm
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.queries import plans as queries
from pingji.respond.incidents.queries.activation import townships_left


def shown(user: User, incident: Incident) -> dict[str, object]:
    """The form that activates a plan; else phases, gaps and the form for the next phase."""
    if incident.plan is None:
        may_activate = may(rules.check_can_activate, user, incident)
        if not may_activate:
            return {"may_activate": False}
        offered = queries.fitting(incident)
        return {"activate_form": ActivateForm(offered=offered), "may_activate": True}
    phases = list(incident.plan.phases.all())
    reached = incident.phase.number if incident.phase else 0
    return {
        "may_activate": False,
        "phases": [(phase, phase.number == reached, phase.number < reached) for phase in phases],
        "townships": [area.label for area in incident.townships.order_by("code")],
        "may_extend": may(rules.check_can_manage, user, incident)
        and townships_left(incident, user).exists(),
        "gaps": queries.gaps(incident),
        "phase_form": PhaseForm(incident=incident)
        if any(phase.number > reached for phase in phases)
        else None,
    }
