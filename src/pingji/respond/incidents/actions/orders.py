"""Order, acknowledge, finish, withdraw."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import Organisation, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.models import Incident, Order


def send(order: Order, *, by: User, at: datetime) -> Order:
    """Put an order on record, start its clocks, and tell those who answer it."""
    order.save(force_insert=True)
    for key in dict.fromkeys(("order.acknowledge", order.standard)):
        standards.start_deadline(
            key=key, subject=order, area=order.area, organisation=order.organisation, by=by, at=at
        )
    note(
        "order.issued",
        subject=order,
        by=by,
        at=at,
        incident=order.incident_id,
        organisation=order.organisation_id,
    )
    notices.notify(
        kind="order_issued",
        subject=order,
        area=order.area,
        organisation=order.organisation,
        people=queries.performers(order),
        clock=False,  # the order has its own
        by=by,
        at=at,
    )
    publish("orders", area=order.area_id, organisation=order.organisation_id)
    return order


@transaction.atomic
def issue_order(
    *,
    incident: Incident,
    organisation: Organisation,
    text: str,
    standard: str,
    by: User,
    at: datetime,
) -> Order:
    """Order one organisation to do something beyond the plan."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    rules.check_can_order(by, incident)
    rules.check_addressee(by, organisation)

    order = send(
        Order(
            incident=incident,
            area=organisation.area,
            organisation=organisation,
            text=text.strip(),
            standard=standard,
            issued_by=by,
            issued_at=at,
        ),
        by=by,
        at=at,
    )
    publish("incidents", area=incident.area_id)
    return order


@transaction.atomic
def acknowledge(*, order: Order, by: User, at: datetime) -> Order:
    """Say that the order has arrived and is being done."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    rules.check_can_acknowledge(by, order)

    order.state = Order.State.ACKNOWLEDGED
    order.acknowledged_by, order.acknowledged_at = by, at
    order.save(update_fields=["state", "acknowledged_by", "acknowledged_at"])
    standards.meet_deadline(key="order.acknowledge", subject=order, by=by, at=at)
    note("order.acknowledged", subject=order, by=by, at=at)
    notices.acknowledge_about(subject=order, by=by, at=at)
    _tell(order)
    return order


@transaction.atomic
def acknowledge_chosen(*, orders: list[Order], by: User, at: datetime) -> list[Order]:
    """Acknowledge several orders at once: all of them, or none where one is refused."""
    rules.check_chosen(orders)
    # Always in the same sequence, so that two people who choose the same rows do not lock up.
    rows = sorted(orders, key=lambda order: order.pk)
    return [acknowledge(order=order, by=by, at=at) for order in rows]


@transaction.atomic
def finish(*, order: Order, result: str, by: User, at: datetime) -> Order:
    """Say that the order is done, and what was done."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    rules.check_can_perform(by, order)
    rules.check_can_move(order, Order.State.DONE)
    rules.check_result(result)

    order.state, order.result = Order.State.DONE, result.strip()
    order.done_by, order.done_at = by, at
    order.save(update_fields=["state", "result", "done_by", "done_at"])
    standards.meet_deadline(key=order.standard, subject=order, by=by, at=at)
    note("order.done", subject=order, by=by, at=at, reason=order.result)
    announce("order_done", at=at, order_id=order.pk)
    _tell(order)
    return order


@transaction.atomic
def withdraw(*, order: Order, reason: str, by: User, at: datetime) -> Order:
    """Take an order back; its clocks stop without being met."""
    order = Order.objects.select_for_update().select_related("incident").get(pk=order.pk)
    rules.check_can_order(by, order.incident)
    rules.check_can_move(order, Order.State.WITHDRAWN)
    rules.check_withdrawal(reason)

    order.state = Order.State.WITHDRAWN
    order.withdrawn_by, order.withdrawn_at = by, at
    order.save(update_fields=["state", "withdrawn_by", "withdrawn_at"])
    for key in dict.fromkeys(("order.acknowledge", order.standard)):
        standards.cancel_deadline(key=key, subject=order, by=by, at=at, reason=reason)
    note("order.withdrawn", subject=order, by=by, at=at, reason=reason.strip())
    _tell(order)
    return order


def _tell(order: Order) -> None:
    publish("orders", area=order.area_id, organisation=order.organisation_id)
    publish("incidents", area=order.incident.area_id)
