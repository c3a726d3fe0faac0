"""Who may issue, answer, verify and withdraw an order, and what may follow what."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Organisation,
    Permission,
    User,
)
from pingji.respond.incidents.models import Incident, IncidentGroup, Order
from pingji.respond.incidents.rules.incidents import check_area, check_can_manage

# Done and sent back, an order is acknowledged again: whoever does it knows of it.
ORDER_MOVES = {
    Order.State.ISSUED: {Order.State.ACKNOWLEDGED, Order.State.WITHDRAWN},
    Order.State.ACKNOWLEDGED: {Order.State.DONE, Order.State.WITHDRAWN},
    Order.State.DONE: {Order.State.VERIFIED, Order.State.ACKNOWLEDGED},
    Order.State.VERIFIED: set(),
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


def check_commands(user: User, order: Order) -> None:
    """Raise Refused unless the order lies in the user's area, or is one that they issued.

    Who sits in a group sees its orders wherever they lie, and answers them; its command is another.
    """
    if order.issued_by_id != user.pk:
        check_area(user, order.area)


def check_can_withdraw_order(user: User, order: Order) -> None:
    """Raise Refused unless the user may take the order back now."""
    check_can_order(user, order.incident)
    check_commands(user, order)
    check_can_move(order, Order.State.WITHDRAWN)


def check_addressee(user: User, organisation: Organisation) -> None:
    """Raise Refused unless the organisation exists and lies in the user's area."""
    if organisation.closed_on is not None:
        raise Refused(
            _("%(organisation)s was closed.") % {"organisation": organisation},
            field="organisation",
        )
    check_area(user, organisation.area)


def check_person(user: User, person: User) -> None:
    """Raise Refused unless a person may be ordered something: active, of one's area, employed."""
    if not person.is_active:
        raise Refused(_("%(person)s no longer signs in.") % {"person": person}, field="person")
    if person.organisation is None:
        raise Refused(
            _("%(person)s belongs to no organisation that would answer for the order.")
            % {"person": person},
            field="person",
        )
    check_area(user, person.area)


def check_text(text: str) -> None:
    """Raise Refused unless an order says what is to be done."""
    if not text.strip():
        raise Refused(_("Say what is to be done."), field="text")


def check_until(until: datetime | None, at: datetime) -> None:
    """Raise Refused unless the time an order names lies ahead."""
    if until is not None and until <= at:
        raise Refused(_("The order would be late before it is issued."), field="until")


def check_somebody(addressees: int) -> None:
    """Raise Refused unless an order goes to somebody."""
    if not addressees:
        raise Refused(_("Choose at least one organisation or person."), field="organisation")


def check_can_perform(user: User, order: Order) -> None:
    """Raise Refused unless the user may answer this order for its organisation."""
    if not user.holds(Permission.ORDER_PERFORM):
        raise Refused(_("Your role does not answer orders."))
    if order.escalated_to_id == user.pk:
        return
    if user.role not in BOUND_TO_ORGANISATION and user.holds(Permission.INCIDENT_MANAGE):
        return
    if order.person_id is not None and order.person_id != user.pk:
        raise Refused(_("This order is for %(person)s alone.") % {"person": order.person})
    if order.group is not None:
        check_member(user, order.group)
    elif order.organisation_id != user.organisation_id:
        raise Refused(
            _("This order is for %(organisation)s; its own people answer it.")
            % {"organisation": order.organisation}
        )


def check_member(user: User, group: IncidentGroup) -> None:
    """Raise Refused unless the user sits in the group."""
    if all(member.person_id != user.pk for member in group.present):
        raise Refused(
            _("This order is for the group “%(group)s”; its members answer it.") % {"group": group}
        )


def check_group(incident: Incident, group: IncidentGroup) -> None:
    """Raise Refused unless a group answers this incident and somebody in it signs in."""
    if group.incident_id != incident.pk:
        raise Refused(
            _("%(group)s does not answer this incident.") % {"group": group}, field="group"
        )
    members = group.members.present().filter(
        person__is_active=True, person__organisation__isnull=False
    )
    if not members.exists():
        raise Refused(
            _("“%(group)s” has no members; give it some first, or order an organisation.")
            % {"group": group},
            field="group",
        )


def check_can_acknowledge(user: User, order: Order) -> None:
    """Raise Refused unless the user may acknowledge this order now."""
    check_can_perform(user, order)
    if order.state != Order.State.ISSUED:
        raise Refused(
            _("This order is %(state)s; it cannot become %(to)s.")
            % {"state": order.get_state_display(), "to": Order.State.ACKNOWLEDGED.label}
        )


def check_can_report_on(user: User, order: Order) -> None:
    """Raise Refused unless the user may say how far this order is."""
    check_can_perform(user, order)
    if order.state != Order.State.ACKNOWLEDGED:
        raise Refused(
            _("This order is %(state)s; progress is reported between acknowledging and done.")
            % {"state": order.get_state_display()}
        )


def check_report(text: str, files: int) -> None:
    """Raise Refused unless a report says or shows something."""
    if not text.strip() and not files:
        raise Refused(_("Say how far it is, or add a photo or a file."), field="text")


def check_share(share: int | None) -> None:
    """Raise Refused unless a share lies between nothing and all."""
    if share is not None and not 0 <= share <= 100:
        raise Refused(_("A share lies between 0 and 100 per cent."), field="share")


def check_can_verify(user: User, order: Order) -> None:
    """Raise Refused unless the user may say that what was reported done is done."""
    if not user.holds(Permission.ORDER_ISSUE):
        raise Refused(_("Whoever may issue orders verifies them: the duty officer or the leader."))
    check_commands(user, order)
    check_can_move(order, Order.State.VERIFIED)
    if order.done_by_id == user.pk:
        raise Refused(_("You reported this order done; somebody else of the command verifies it."))


def check_can_return(user: User, order: Order, reason: str) -> None:
    """Raise Refused unless the user may send back what was reported done, saying why."""
    check_can_order(user, order.incident)
    check_can_verify(user, order)
    if not reason.strip():
        raise Refused(_("Say what is missing."), field="reason")


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
