"""Who may issue, answer and withdraw an order, and what may follow what."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Organisation,
    Permission,
    User,
)
from pingji.respond.incidents.models import Incident, Order
from pingji.respond.incidents.rules.incidents import check_area, check_can_manage

ORDER_MOVES = {
    Order.State.ISSUED: {Order.State.ACKNOWLEDGED, Order.State.WITHDRAWN},
    Order.State.ACKNOWLEDGED: {Order.State.DONE, Order.State.WITHDRAWN},
    Order.State.DONE: set(),
    Order.State.WITHDRAWN: set(),
}


def check_can_view_orders(user: User) -> None:
    """Raise Refused unless the user may see orders."""
    if not user.holds(Permission.ORDER_VIEW):
        raise Refused(_("Your role does not include orders."))


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
