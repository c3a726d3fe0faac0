"""Orders for other programs: what an organisation has to do, and its answers."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from ninja.pagination import paginate
from pydantic import AwareDatetime

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
    share: int
    verified_at: datetime | None
    person_id: int | None
    escalated_to_id: int | None
    escalated_why: str


class DueOrderOut(OrderOut):
    """An order with the end of the clock that runs out next."""

    next_due: datetime | None


class ResultIn(Schema):
    """What was done."""

    result: str


class ProgressIn(Schema):
    """How far it is; the key tells the same report sent again."""

    text: str = ""
    share: int | None = None
    key: UUID | None = None


class RemarkIn(Schema):
    """What to say of a verified order, if anything."""

    remark: str = ""


class ReasonIn(Schema):
    """Why."""

    reason: str


class ReturnIn(ReasonIn):
    """What is missing, and a new end where there is one."""

    until: AwareDatetime | None = None


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


@router.post("/{order_id}/reports", response=OrderOut)
def report_on_order(request: HttpRequest, order_id: int, body: ProgressIn) -> Order:
    """Say how far the order is.

    404 when it is not for you to see; 409, with the reason, when it is another organisation's, is
    not being done now, or when the report says nothing.
    """
    found = order(request, order_id)
    given = body.dict()
    actions.report_progress(order=found, by=request.user, at=timezone.now(), **given)
    return order(request, order_id)


@router.post("/{order_id}/verifications", response=OrderOut)
def verify_order(request: HttpRequest, order_id: int, body: RemarkIn) -> Order:
    """Say that what was reported done is done.

    404 when it is not for you to see; 409, with the reason, when you do not issue orders, reported
    it done yourself, or when it is not reported done.
    """
    found = order(request, order_id)
    return actions.verify(order=found, remark=body.remark, by=request.user, at=timezone.now())


@router.post("/{order_id}/returns", response=OrderOut)
def return_order(request: HttpRequest, order_id: int, body: ReturnIn) -> Order:
    """Send back what was reported done but is not; its clock runs on, or to `until`.

    404 when it is not for you to see; 409, with the reason, as for a verification, and when the
    incident is closed or when you do not say what is missing.
    """
    found = order(request, order_id)
    return actions.send_back(
        order=found, reason=body.reason, until=body.until, by=request.user, at=timezone.now()
    )
