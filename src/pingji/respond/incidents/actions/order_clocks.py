"""What happens to an order by the clock: it is reminded of once, and handed on when unanswered."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents import queries
from pingji.respond.incidents.actions.orders import locked, tell
from pingji.respond.incidents.models import Order
from pingji.respond.incidents.queries.orders import REMINDER, TAKE_OVER, again_of


@transaction.atomic
def remind(*, order: Order, clock: Deadline, by: User, at: datetime) -> None:
    """Remind whoever owes an answer that little of a clock's time is left; of each clock once."""
    people = [clock.owner] if clock.owner else list(queries.performers(order))
    notices.notify(
        kind=REMINDER,
        subject=order,
        area=order.area,
        organisation=order.organisation,
        people=people,
        again=again_of(clock),
        clock=False,
        by=by,
        at=at,
    )
    note("order.reminded", subject=order, by=by, at=at, key=clock.key, people=len(people))


@transaction.atomic
def hand_on(*, order: Order, by: User, at: datetime) -> User | None:
    """Give an order that nobody acknowledged to the next on duty, and say why.

    Where nobody is left on the roster, it stays with whom it was; that its clock was missed is
    told to the role that the plan names, so it is never lost.

    Returns:
        The next on duty; None where it was not handed on.
    """
    order = locked(order)
    if order.state != Order.State.ISSUED:
        return None
    following = queries.next_on_duty(order, at)
    if following is None:
        return None

    why = queries.why_unanswered(order)
    order.escalated_to, order.escalated_at, order.escalated_why = following, at, why
    order.save(update_fields=["escalated_to", "escalated_at", "escalated_why"])
    reason = str(Order.Why(why).label)
    standards.cancel_deadline(key=TAKE_OVER, subject=order, by=by, at=at, reason=reason)
    standards.start_deadline(
        key=TAKE_OVER, subject=order, area=order.area, owner=following, by=by, at=at
    )
    note("order.handed_on", subject=order, by=by, at=at, reason=reason, to=following.username)
    notices.notify(
        kind="order_handed_on",
        subject=order,
        area=order.area,
        people=[following],
        again=str(following.pk),
        clock=False,
        by=by,
        at=at,
    )
    tell(order)
    return following
