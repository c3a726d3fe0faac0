"""Order, acknowledge, withdraw."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from pingji.ground.directory.models import Organisation, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards
from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.actions.sending import send_many
from pingji.respond.incidents.models import Incident, IncidentGroup, Order, Requisition
from pingji.respond.incidents.queries.orders import ACKNOWLEDGE, TAKE_OVER


@transaction.atomic
def issue_order(
    *,
    incident: Incident,
    organisation: Organisation,
    text: str,
    standard: str,
    by: User,
    at: datetime,
    until: datetime | None = None,
) -> Order:
    """Order one organisation to do something beyond the plan."""
    return issue_orders(
        incident=incident,
        organisations=[organisation],
        text=text,
        standard=standard,
        until=until,
        by=by,
        at=at,
    )[0]


@transaction.atomic
def issue_orders(
    *,
    incident: Incident,
    text: str,
    standard: str,
    by: User,
    at: datetime,
    organisations: Sequence[Organisation] = (),
    people: Sequence[User] = (),
    groups: Sequence[IncidentGroup] = (),
    until: datetime | None = None,
    key: UUID | None = None,
) -> list[Order]:
    """Order several organisations and people the same: all of them, or none where one is refused.

    Args:
        incident: What it is for.
        text: What is to be done.
        standard: Whose clock runs on it.
        by: Who orders.
        at: When.
        organisations: To whom.
        people: To whom by name.
        groups: To which groups of the incident; their members answer it.
        until: By when, where the order itself names a time.
        key: Of this sending; sent a second time, it gives the first one's orders back.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    sent = list(Order.objects.filter(incident=incident, key=key)) if key else []
    if sent:
        return sent
    rules.check_can_order(by, incident)
    rules.check_text(text)
    rules.check_until(until, at)
    rules.check_somebody(len(organisations) + len(people) + len(groups))
    for organisation in organisations:
        rules.check_addressee(by, organisation)
    for person in people:
        rules.check_person(by, person)
    for group in groups:
        rules.check_group(incident, group)

    to: list[tuple[Organisation, User | None, IncidentGroup | None]]
    to = [(one, None, None) for one in organisations]
    to += [(one.organisation, one, None) for one in people if one.organisation]
    to += [(queries.head_organisation(one), None, one) for one in groups]
    orders = [
        Order(
            incident=incident,
            area=person.area if person else organisation.area,
            organisation=organisation,
            person=person,
            group=group,
            key=key,
            text=text.strip(),
            standard=standard,
            issued_by=by,
            issued_at=at,
        )
        for organisation, person, group in to
    ]
    send_many([(order, ()) for order in orders], until=until, by=by, at=at)
    publish("incidents", area=incident.area_id)
    return orders


@transaction.atomic
def acknowledge(*, order: Order, by: User, at: datetime) -> Order:
    """Say that the order has arrived and is being done."""
    order = locked(order)
    rules.check_can_acknowledge(by, order)

    order.state = Order.State.ACKNOWLEDGED
    order.acknowledged_by, order.acknowledged_at = by, at
    order.save(update_fields=["state", "acknowledged_by", "acknowledged_at"])
    for key in (ACKNOWLEDGE, TAKE_OVER):
        standards.meet_deadline(key=key, subject=order, by=by, at=at)
    note("order.acknowledged", subject=order, by=by, at=at)
    notices.acknowledge_about(subject=order, by=by, at=at)
    tell(order)
    return order


@transaction.atomic
def acknowledge_chosen(*, orders: list[Order], by: User, at: datetime) -> list[Order]:
    """Acknowledge several orders at once: all of them, or none where one is refused."""
    rules.check_chosen(orders)
    # Always in the same sequence, so that two people who choose the same rows do not lock up.
    rows = sorted(orders, key=lambda order: order.pk)
    return [acknowledge(order=order, by=by, at=at) for order in rows]


@transaction.atomic
def withdraw(*, order: Order, reason: str, by: User, at: datetime) -> Order:
    """Take an order back; its clocks stop without being met."""
    order = locked(order)
    rules.check_can_withdraw_order(by, order)
    rules.check_withdrawal(reason)

    order.state = Order.State.WITHDRAWN
    order.withdrawn_by, order.withdrawn_at = by, at
    order.save(update_fields=["state", "withdrawn_by", "withdrawn_at"])
    # A facility that is not taken over after all may be taken by others.
    Requisition.objects.filter(order=order, released_at__isnull=True).update(
        released_by=by, released_at=at, condition=reason.strip()
    )
    for key in dict.fromkeys((ACKNOWLEDGE, TAKE_OVER, order.standard)):
        standards.cancel_deadline(key=key, subject=order, by=by, at=at, reason=reason)
    note("order.withdrawn", subject=order, by=by, at=at, reason=reason.strip())
    tell(order)
    return order


def locked(order: Order) -> Order:
    """The order as it stands now, until this transaction is over."""
    rows = Order.objects.select_for_update(of=("self",))
    return rows.select_related("incident", "organisation", "area", "person", "group").get(
        pk=order.pk
    )


def tell(order: Order) -> None:
    """Have the open pages that show the order ask again."""
    publish("orders", area=order.area_id, organisation=order.organisation_id)
    publish("incidents", area=order.incident.area_id)
