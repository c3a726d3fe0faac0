"""Who may command, and what may follow what."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Area,
    Organisation,
    Permission,
    User,
)
from pingji.respond.incidents.models import Grade, Incident, Order, Plan
from pingji.warn.alerts.models import Alert

# The tables are the state machines.
INCIDENT_MOVES = {
    Incident.State.OPEN: {Incident.State.CLOSED},
    Incident.State.CLOSED: set(),
}
ORDER_MOVES = {
    Order.State.ISSUED: {Order.State.ACKNOWLEDGED, Order.State.WITHDRAWN},
    Order.State.ACKNOWLEDGED: {Order.State.DONE, Order.State.WITHDRAWN},
    Order.State.DONE: set(),
    Order.State.WITHDRAWN: set(),
}


def check_can_view(user: User) -> None:
    """Raise Refused unless the user may see incidents."""
    if not user.holds(Permission.INCIDENT_VIEW):
        raise Refused(_("Your role does not include incidents."))


def check_can_view_orders(user: User) -> None:
    """Raise Refused unless the user may see orders."""
    if not user.holds(Permission.ORDER_VIEW):
        raise Refused(_("Your role does not include orders."))


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
    if incident.state != Incident.State.OPEN:
        when = date_format(timezone.localtime(incident.closed_at), "Y-m-d H:i")
        raise Refused(_("The incident was closed at %(when)s.") % {"when": when})


def check_grade(grade: str, reason: str) -> None:
    """Raise Refused unless a grade comes with its reason."""
    if grade != Grade.UNGRADED and not reason.strip():
        raise Refused(_("Say why this grade: which figure of which rule."), field="grade_reason")


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


def check_can_close(user: User, incident: Incident, reason: str) -> None:
    """Raise Refused unless the incident may be closed: every order done or withdrawn."""
    check_can_manage(user, incident)
    if not reason.strip():
        raise Refused(_("Say why the incident is closed."), field="reason")
    open_orders = incident.orders.open().count()
    if open_orders:
        raise Refused(
            ngettext(
                "%(n)s order is not done yet; have it done or withdraw it first.",
                "%(n)s orders are not done yet; have them done or withdraw them first.",
                open_orders,
            )
            % {"n": open_orders}
        )


def check_can_order(user: User, incident: Incident) -> None:
    """Raise Refused unless the user may issue or withdraw orders for the incident."""
    if not user.holds(Permission.ORDER_ISSUE):
        raise Refused(_("Only the duty officer or the leader issues orders."))
    check_can_manage(user, incident)


def check_addressee(user: User, organisation: Organisation) -> None:
    """Raise Refused unless the organisation exists and lies in the user's area."""
    if organisation.closed_on is not None:
        raise Refused(
            _("%(organisation)s was closed.") % {"organisation": organisation},
            field="organisation",
        )
    check_area(user, organisation.area)


def check_can_report(user: User, incident: Incident, reference: str, *, due: bool) -> None:
    """Raise Refused unless the initial report is still to be sent, and has a number."""
    check_can_manage(user, incident)
    if not due:
        raise Refused(_("The initial report was already sent."))
    if not reference.strip():
        raise Refused(_("Give the number under which the report was sent."), field="reference")


def check_can_perform(user: User, order: Order) -> None:
    """Raise Refused unless the user may answer this order for its organisation."""
    if not user.holds(Permission.ORDER_PERFORM):
        raise Refused(_("Your role does not answer orders."))
    bound = user.role in BOUND_TO_ORGANISATION or not user.holds(Permission.INCIDENT_MANAGE)
    if bound and order.organisation_id != user.organisation_id:
        raise Refused(
            _("This order is for %(organisation)s; its own people answer it.")
            % {"organisation": order.organisation}
        )


def check_can_acknowledge(user: User, order: Order) -> None:
    """Raise Refused unless the user may acknowledge this order now."""
    check_can_perform(user, order)
    check_can_move(order, Order.State.ACKNOWLEDGED)


def check_chosen(orders: list[Order]) -> None:
    """Raise Refused unless at least one order is chosen."""
    if not orders:
        raise Refused(_("Choose at least one order that is yours to answer."))


def check_can_move(order: Order, to: str) -> None:
    """Raise Refused unless the order may become `to` now."""
    if to not in ORDER_MOVES[Order.State(order.state)]:
        raise Refused(
            _("This order is %(state)s; it cannot become %(to)s.")
            % {"state": order.get_state_display(), "to": Order.State(to).label}
        )


def check_withdrawal(reason: str) -> None:
    """Raise Refused unless a withdrawn order says why."""
    if not reason.strip():
        raise Refused(_("Say why the order is withdrawn."), field="reason")


def check_result(result: str) -> None:
    """Raise Refused unless a finished order says what was done."""
    if not result.strip():
        raise Refused(_("Say what was done; it goes on record."), field="result")
