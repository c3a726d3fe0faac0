"""What incidents and orders show."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model, QuerySet

from pingji.ground.directory.models import Area, Organisation
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import Incident, Order, Plan, PlanOrder

TOWNSHIP = 9
COUNTY = 6


@dataclass(frozen=True)
class Addressed:
    """One order of a plan and who it goes to; nobody where no such organisation exists."""

    plan_order: PlanOrder
    organisations: list[Organisation]


def addressees(plan: Plan, area: Area) -> list[Addressed]:
    """Who each order of a plan goes to for an event in an area."""
    county = Organisation.objects.filter(
        area__code__startswith=area.code[:COUNTY], closed_on__isnull=True
    )
    found = []
    for plan_order in plan.orders.all():
        rows = county.filter(kind=plan_order.organisation_kind)
        if plan_order.organisation_name:
            rows = rows.filter(name__contains=plan_order.organisation_name)
        if plan_order.reach == PlanOrder.Reach.TOWNSHIP:
            rows = rows.filter(area__code__startswith=area.code[:TOWNSHIP])
        found.append(Addressed(plan_order, list(rows)))
    return found


def clocks_of(rows: Iterable[Model], model: type[Model]) -> dict[int, list[Deadline]]:
    """The deadlines of many rows of one table, by row, in one query."""
    keys = [str(row.pk) for row in rows]
    found: dict[int, list[Deadline]] = {}
    for deadline in Deadline.objects.filter(
        subject_type=model._meta.label_lower, subject_id__in=keys
    ).select_related("standard"):
        found.setdefault(int(deadline.subject_id), []).append(deadline)
    return found


def orders_of(incident: Incident, orders: QuerySet[Order]) -> list[Order]:
    """The incident's orders within sight with their running clock, the most urgent first."""
    rows = list(
        orders.filter(incident=incident).select_related("organisation", "incident", "plan_order")
    )
    return with_clocks(rows)


def with_clocks(rows: list[Order]) -> list[Order]:
    """Give each order the clock that runs on it, and sort the most urgent first."""
    clocks = clocks_of(rows, Order)
    for order in rows:
        running = [c for c in clocks.get(order.pk, []) if c.state in ("open", "missed")]
        order.clock = min(running, key=lambda c: c.due_at, default=None)
        order.clocks = clocks.get(order.pk, [])
    return sorted(
        rows,
        key=lambda o: (o.clock is None, o.clock.due_at if o.clock else o.issued_at, o.pk),
    )
