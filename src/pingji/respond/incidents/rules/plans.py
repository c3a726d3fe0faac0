"""When a plan may be activated, changed and reviewed."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    COUNTY_DIGITS,
    TOWNSHIP_DIGITS,
    Area,
    Permission,
    User,
)
from pingji.respond.incidents.models import Incident, Plan, PlanOrder, PlanPhase, PlanReview
from pingji.respond.incidents.rules.incidents import check_area, check_can_manage


def check_can_activate(user: User, incident: Incident, plan: Plan | None = None) -> None:
    """Raise Refused unless a plan, this one if one is given, may be activated now."""
    check_can_manage(user, incident)
    if plan is not None and not plan.in_force:
        raise Refused(_("“%(plan)s” is no longer in force.") % {"plan": plan}, field="plan")
    if plan is not None and plan.area_id and not incident.area_id.startswith(plan.area_id):
        raise Refused(_("“%(plan)s” is a plan of another area.") % {"plan": plan}, field="plan")
    if incident.plan_id is not None:
        raise Refused(
            _("%(who)s already activated the plan “%(plan)s”.")
            % {"who": incident.activated_by, "plan": incident.plan}
        )


def check_reach(incident: Incident, townships: Sequence[Area]) -> None:
    """Raise Refused unless each area is a township that the event's area meets."""
    here = incident.area.code
    for area in townships:
        inside = area.code.startswith(here) or here.startswith(area.code)
        if len(area.code) != TOWNSHIP_DIGITS or not inside:
            raise Refused(
                _("%(area)s is no township of %(event)s.") % {"area": area, "event": incident.area},
                field="townships",
            )


def check_can_extend(
    user: User, incident: Incident, reached: Sequence[str], townships: Sequence[Area], reason: str
) -> None:
    """Raise Refused unless the plan that answers the incident may reach these townships too."""
    check_can_manage(user, incident)
    if incident.plan_id is None:
        raise Refused(_("No plan answers this incident yet."))
    if not townships:
        raise Refused(_("Tick at least one township."), field="townships")
    county = incident.area.code[:COUNTY_DIGITS]
    for area in townships:
        if len(area.code) != TOWNSHIP_DIGITS or not area.code.startswith(county):
            raise Refused(
                _("%(area)s is no township of this county.") % {"area": area}, field="townships"
            )
        if not reached or area.code in reached:
            raise Refused(_("The plan reaches %(area)s already.") % {"area": area})
    if not reason.strip():
        raise Refused(_("Say why the plan reaches further."), field="reason")


def check_can_enter(user: User, incident: Incident, phase: PlanPhase, reason: str) -> None:
    """Raise Refused unless the phase is a later one of the plan that answers the incident."""
    check_can_manage(user, incident)
    if incident.plan_id is None or phase.plan_id != incident.plan_id:
        raise Refused(_("This phase belongs to another plan."), field="phase")
    if incident.phase is not None and phase.number <= incident.phase.number:
        raise Refused(
            _("The phase “%(phase)s” was entered already.") % {"phase": phase}, field="phase"
        )
    if not reason.strip():
        raise Refused(_("Say why this phase begins now."), field="reason")


def check_can_edit_plans(user: User) -> None:
    """Raise Refused unless the user may change plans."""
    if not user.holds(Permission.PLAN_EDIT):
        raise Refused(_("Only the duty officer or an epidemiologist changes plans."))


def check_can_make_plan(user: User, reason: str) -> None:
    """Raise Refused unless the user may make a new plan, with the reason."""
    check_can_edit_plans(user)
    if not reason.strip():
        raise Refused(_("Say why the plan is made."), field="reason")


def check_can_change_plan(user: User, plan: Plan, reason: str) -> None:
    """Raise Refused unless the user may make a new version of the plan, with the reason."""
    check_can_edit_plans(user)
    if plan.area_id is not None and plan.area_id != user.area_id:
        raise Refused(_("“%(plan)s” is a plan of another area.") % {"plan": plan})
    if not reason.strip():
        raise Refused(_("Say why the plan is changed."), field="reason")


def check_can_withdraw_plan(user: User, plan: Plan, reason: str) -> None:
    """Raise Refused unless the user may take their area's own plan out of force, with a reason."""
    check_can_edit_plans(user)
    if plan.area_id is None:
        raise Refused(
            _("“%(plan)s” ships with the program; make a version of your own instead.")
            % {"plan": plan}
        )
    if plan.area_id != user.area_id:
        raise Refused(_("“%(plan)s” is a plan of another area.") % {"plan": plan})
    if not plan.in_force:
        raise Refused(_("“%(plan)s” is no longer in force.") % {"plan": plan})
    if not reason.strip():
        raise Refused(_("Say why the plan is taken out of force."), field="reason")


def check_is_newest(plan: Plan, area: Area) -> None:
    """Raise Refused where somebody made another version meanwhile."""
    newer = Plan.objects.filter(
        code=plan.code, in_force=True, area=area, version__gt=plan.version
    ).first()
    if newer is not None:
        raise Refused(
            _("%(who)s made version %(version)s meanwhile; look at it first.")
            % {"who": newer.made_by, "version": newer.version}
        )
    if not plan.in_force:
        raise Refused(_("“%(plan)s” is no longer in force.") % {"plan": plan})


def check_text(text: dict[str, Any]) -> None:
    """Raise Refused unless a plan has orders, each with what it needs."""
    orders = [*text.get("order", []), *(o for p in text.get("phase", []) for o in p["order"])]
    if not orders:
        raise Refused(_("A plan needs at least one order."))
    for place, order in enumerate(orders, start=1):
        try:
            PlanOrder(number=place, **order).clean_fields(exclude=["plan", "phase"])
        except ValidationError as fault:
            raise Refused(
                _("Order %(number)s: %(why)s") % {"number": place, "why": " ".join(fault.messages)}
            ) from fault


def check_can_review(user: User, review: PlanReview, findings: str) -> None:
    """Raise Refused unless the user may say that the plan was reviewed, and what was found."""
    check_can_edit_plans(user)
    check_area(user, review.area)
    if review.reviewed_at is not None:
        raise Refused(_("%(who)s reviewed it already.") % {"who": review.reviewed_by})
    if not findings.strip():
        raise Refused(_("Say what the review found."), field="findings")
