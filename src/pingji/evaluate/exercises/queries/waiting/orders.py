"""Orders that wait to be acknowledged, told of, done and verified."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Count, Q

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.command import key_of_incident
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, clock, named, stamped
from pingji.ground.directory.models import COUNTY_DIGITS, Role, User
from pingji.respond.incidents.models import Order, OrderReport
from pingji.respond.incidents.queries.addressing import performers_of

State, Kind = Order.State, OrderReport.Kind
NEEDED = ("incident", "organisation", "plan_order", "group", "escalated_to", "done_by")
COMMAND = (Role.DUTY_OFFICER, Role.LEADER)


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """Orders issued since the exercise began, each with its next steps."""
    rows = list(
        Order.objects.filter(
            state__in=[State.ISSUED, State.ACKNOWLEDGED, State.DONE],
            issued_at__gte=exercise.starts_at,
        )
        .select_related(*NEEDED)
        .annotate(
            told=Count("reports", filter=Q(reports__kind=Kind.PROGRESS)),
            returned=Count("reports", filter=Q(reports__kind=Kind.RETURNED)),
        )
        .order_by("issued_at", "plan_order__number", "organisation__code", "pk")
    )
    answering = who_answer(rows)
    for order in rows:
        yield from _of(order, answering[order.pk])


def _of(order: Order, person: User | None) -> Iterator[Waiting]:
    key, area, pk = key_of_order(order), order.area_id, order.pk
    if order.state == State.DONE:
        verifier = next(role for role in COMMAND[::-1] if order.done_by.role != role).value
        limit = clock(order, "order.verify")
        yield Waiting("order.verify", key, area, verifier, order.done_at, pk, limit)
        return
    if person is None:
        return
    role = person.role
    if order.state == State.ISSUED:
        limit = clock(order, "order.acknowledge")
        since = order.escalated_at or order.issued_at
        again = named(key, person.username) if order.escalated_at else key
        yield Waiting("order.acknowledge", again, area, role, since, pk, limit)
        return
    limit = clock(order, order.standard)
    since = order.acknowledged_at
    if not order.told:
        yield Waiting("order.progress", key, area, role, since, pk, limit)
    yield Waiting("order.finish", key, area, role, since, pk, limit)


def who_answer(orders: Iterable[Order]) -> dict[int, User | None]:
    """Who answers each order: whom it was handed on to, whom it went to, else who is on duty.

    Where nobody signs in the duty officer telephones, and enters what is said.
    """
    rows = list(orders)
    asked = performers_of(rows)
    counties = {order.area_id[:COUNTY_DIGITS] for order in rows}
    officers = User.objects.people().filter(
        is_active=True, role=Role.DUTY_OFFICER, area__code__in=counties
    )
    on_duty = {one.area_id: one for one in officers.order_by("-username")}

    def answers(order: Order) -> User | None:
        own: User | None = order.escalated_to
        if own is None and asked[order.pk]:
            own = min(asked[order.pk], key=lambda one: one.username)
        return own or on_duty.get(order.area_id[:COUNTY_DIGITS])

    return {order.pk: answers(order) for order in rows}


def key_of_order(order: Order) -> str:
    """What tells an order, and each time it was sent back, from all others."""
    what = order.plan_order.number if order.plan_order else order.text[:20]
    return named(
        key_of_incident(order.incident),
        what,
        order.organisation.code,
        stamped(order.issued_at),
        order.returned,
    )
