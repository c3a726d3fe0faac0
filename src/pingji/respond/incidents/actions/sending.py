"""Many orders at once: a write each for the orders, their clocks, their notices and the record."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import COUNTY_DIGITS, User
from pingji.ground.notices import actions as notices
from pingji.ground.notices.queries import Told
from pingji.ground.record.actions import Entry, note_many, publish_all
from pingji.ground.standards import actions as standards
from pingji.ground.standards.queries import Start, rule
from pingji.respond.incidents.models import Order
from pingji.respond.incidents.queries.addressing import performers_of
from pingji.respond.incidents.queries.orders import ACKNOWLEDGE


def send_many(
    orders: Sequence[tuple[Order, Sequence[User]]],
    *,
    by: User,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Send orders: kept, with their clocks, on record, and told to whom they go.

    Args:
        orders: Each with those who hold the role that answers for it; nobody where no role is
            named, and then whoever performs it is told.
        by: Who orders.
        at: When.
        until: By when, where the orders themselves name a time.

    Raises:
        Refused: No plan sets the length of a clock of theirs.
    """
    rows = Order.objects.bulk_create(order for order, _owners in orders)
    starts = [
        Start(
            key=key,
            subject=order,
            area=order.area_id,
            at=at,
            organisation=order.organisation_id,
            owner=order.person_id,
            until=until if key == order.standard else None,
        )
        for order in rows
        for key in dict.fromkeys((ACKNOWLEDGE, order.standard))
    ]
    clocks, entries = standards.start_deadlines(starts=starts, by=by)
    if len(clocks) < len(starts):  # an order without its clock would be forgotten
        timed = {(clock.subject_id, clock.key) for clock in clocks}
        left = next(one for one in starts if (str(one.subject.pk), one.key) not in timed)
        rule(left.area[:COUNTY_DIGITS], left.key, timezone.localdate(at))  # refused by name
        raise Refused(_("“%(key)s” is not a deadline.") % {"key": left.key})
    told = [
        Entry(
            order,
            {
                "incident": order.incident_id,
                "organisation": order.organisation_id,
                "person": order.person_id,
            },
            "order.issued",
        )
        for order in rows
    ]
    note_many("order.issued", [*told, *entries], by=by, at=at)
    everybody = performers_of(order for order, owners in orders if not owners)
    notices.notify_many(
        kind="order_issued",
        facts=[
            Told(order, order.area, order.organisation, owners or everybody[order.pk])
            for order, owners in orders
        ],
        by=by,
        at=at,
    )
    publish_all("orders", [(order.area_id, order.organisation_id) for order in rows])
