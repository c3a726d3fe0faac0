"""Whom the orders of a plan go to."""

from dataclasses import dataclass

from pingji.ground.directory.models import Area, Organisation
from pingji.respond.incidents.models import Plan, PlanOrder

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
