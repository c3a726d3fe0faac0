"""Orders that wait to be acknowledged, told of, done and verified."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Q

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.command import key_of_incident
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, clock, named, stamped
from pingji.ground.directory.models import Role, User
from pingji.respond.incidents.models import Order, OrderReport
from pingji.respond.incidents.queries import performers

State, Kind = Order.State, OrderReport.Kind
COUNTY = 6
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
    firsts = _first_people({order.organisation_id for order in rows})
    for order in rows:
        yield from _of(order, firsts)


def _of(order: Order, firsts: dict[int, User]) -> Iterator[Waiting]:
    key, area, pk = key_of_order(order), order.area_id, order.pk
    if order.state == State.DONE:
        verifier = next(role for role in COMMAND[::-1] if order.done_by.role != role).value
        limit = clock(order, "order.verify")
        yield Waiting("order.verify", key, area, verifier, order.done_at, pk, limit)
        return
    person = _answers(order, firsts)
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


def _answers(order: Order, firsts: dict[int, User]) -> User | None:
    """As `who_answers`, without asking for each order of an organisation."""
    plain = order.escalated_to_id is None and order.person_id is None and order.group_id is None
    if plain and order.organisation_id in firsts:
        return firsts[order.organisation_id]
    return who_answers(order)


def who_answers(order: Order) -> User | None:
    """Who answers an order: whom it was handed on to, whom it went to, else who is on duty.

    Where nobody signs in the duty officer telephones, and enters what is said.
    """
    if order.escalated_to is not None:
        return order.escalated_to
    own = performers(order).order_by("username").first()
    people = User.objects.people().filter(is_active=True, role=Role.DUTY_OFFICER)
    county = order.area_id[:COUNTY]
    return own or people.filter(area__code=county).order_by("username").first()


def _first_people(organisations: set[int]) -> dict[int, User]:
    people = User.objects.people().filter(is_active=True, organisation__in=organisations)
    return {one.organisation_id: one for one in people.order_by("-username")}


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
