"""Orders with their clocks, the most urgent first."""

from collections.abc import Iterable

from django.db.models import CharField, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from pingji.ground.directory.models import User
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import Order


def performers(order: Order) -> QuerySet[User]:
    """Who works for the organisation that an order goes to, and signs in."""
    return User.objects.people().filter(organisation=order.organisation_id, is_active=True)


def clocks_of(rows: Iterable[Model], model: type[Model]) -> dict[int, list[Deadline]]:
    """The deadlines of many rows of one table, by row, in one query."""
    keys = [str(row.pk) for row in rows]
    found: dict[int, list[Deadline]] = {}
    for deadline in Deadline.objects.filter(
        subject_type=model._meta.label_lower, subject_id__in=keys
    ).select_related("standard"):
        found.setdefault(int(deadline.subject_id), []).append(deadline)
    return found


def by_urgency(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders whose clock ends first, first; those without a running clock last."""
    running = Deadline.objects.open().filter(
        subject_type=Order._meta.label_lower,
        subject_id=Cast(OuterRef("pk"), CharField()),
    )
    next_due = Subquery(running.order_by("due_at").values("due_at")[:1])
    return (
        orders.annotate(next_due=next_due)
        .order_by(F("next_due").asc(nulls_last=True), "issued_at", "pk")
        .select_related("organisation", "incident")
    )


def with_clocks(orders: Iterable[Order]) -> list[Order]:
    """Give each order its clocks, and the one of them that ends next."""
    rows = list(orders)
    clocks = clocks_of(rows, Order)
    for order in rows:
        order.clocks = clocks.get(order.pk, [])
        running = [clock for clock in order.clocks if clock.is_open]
        order.clock = min(running, key=lambda clock: clock.due_at, default=None)
    return rows
