"""Orders by the clock: reminded of once, handed on when nobody answers or can be reached."""

from datetime import datetime

from pingji.ground.directory.models import User
from pingji.ground.record.actions import every, hears
from pingji.respond.incidents import actions, queries
from pingji.respond.incidents.models import Order
from pingji.respond.incidents.queries.orders import ACKNOWLEDGE, TAKE_OVER

ORDER = Order._meta.label_lower


@every("* * * * *")
def remind(*, at: datetime) -> None:
    """Remind of each clock of an order once, when little of its time is left."""
    for order, clock in queries.to_be_reminded(at):
        actions.remind(order=order, clock=clock, by=User.objects.system(), at=at)


@hears("deadline_overdue")
def hand_on_what_is_late(
    *,
    at: datetime,
    deadline: int,
    key: str,
    subject_type: str,
    subject_id: str,
    area: str,
    escalates_to: str,
    owner: int | None = None,
) -> None:
    """Give an order that was not acknowledged in time to the next on duty."""
    if subject_type == ORDER and key in (ACKNOWLEDGE, TAKE_OVER):
        order = Order.objects.get(pk=int(subject_id))
        if key == TAKE_OVER and order.escalated_to_id != owner:
            return  # another was called meanwhile
        if key == ACKNOWLEDGE and order.escalated_to_id is not None:
            return  # handed on before, because no message reached them
        actions.hand_on(order=order, by=User.objects.system(), at=at)


@hears("delivery_failed")
def hand_on_what_nobody_hears(
    *, at: datetime, delivery: int, subject_type: str, subject_id: str
) -> None:
    """Give an order of which no message arrives to the next on duty, before its time is over."""
    if subject_type != ORDER:
        return
    order = Order.objects.get(pk=int(subject_id))
    if order.escalated_to_id is None and queries.cannot_be_reached(order):
        actions.hand_on(order=order, by=User.objects.system(), at=at)
