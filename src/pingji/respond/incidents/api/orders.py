"""Orders for other programs: what an organisation has to do, and its answers."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.respond.incidents import actions, queries, rules
from pingji.respond.incidents.models import Order

router = Router()


class OrderOut(Schema):
    """Something one organisation must do for an incident, by a time."""

    id: int
    incident_id: int
    organisation_id: int
    area_id: str
    text: str
    text_en: str
    state: Order.State
    issued_at: datetime
    acknowledged_at: datetime | None
    done_at: datetime | None
    result: str


class DueOrderOut(OrderOut):
    """An order with the end of the clock that runs out next."""

    next_due: datetime | None


class ResultIn(Schema):
    """What was done."""

    result: str


@router.get("", response=list[DueOrderOut])
@paginate
def orders(request: HttpRequest, state: Order.State | None = None) -> QuerySet[Order]:
    """Orders you may see, the most urgent first; those still to be done unless a state is asked."""
    rules.check_can_view_orders(request.user)
    found = Order.objects.visible_to(request.user)
    return queries.by_urgency(found.filter(state=state) if state else found.open())


@router.get("/{order_id}", response=OrderOut)
def order(request: HttpRequest, order_id: int) -> Order:
    """One order; 404 when it is not for you to see."""
    rules.check_can_view_orders(request.user)
    return get_object_or_404(Order.objects.visible_to(request.user), pk=order_id)


@router.post("/{order_id}/acknowledgements", response=OrderOut)
def acknowledge(request: HttpRequest, order_id: int) -> Order:
    """Say that the order has arrived.

    404 when it is not for you to see; 409, with the reason, when it is another organisation's, or
    was acknowledged, done or withdrawn before.
    """
    found = order(request, order_id)
    return actions.acknowledge(order=found, by=request.user, at=timezone.now())


@router.post("/{order_id}/results", response=OrderOut)
def finish(request: HttpRequest, order_id: int, body: ResultIn) -> Order:
    """Say that the order is done, and what was done.

    404 when it is not for you to see; 409, with the reason, when it is another organisation's, is
    not acknowledged yet, or when you do not say what was done.
    """
    found = order(request, order_id)
    return actions.finish(order=found, result=body.result, by=request.user, at=timezone.now())
