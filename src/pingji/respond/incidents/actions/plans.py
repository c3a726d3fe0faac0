"""Load and activate plans."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note, publish
from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.actions.orders import send
from pingji.respond.incidents.models import Incident, Order, Plan, PlanOrder

SHIPPED = Path(__file__).resolve().parents[1] / "plans"


@transaction.atomic
def load_plans(*, by: User, at: datetime, folder: Path = SHIPPED) -> int:
    """Load the plans that ship with the program; versions already there stay. How many were new."""
    new = []
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as file:
            text = tomllib.load(file)
        orders = text.pop("order")
        plan, created = Plan.objects.get_or_create(
            code=text.pop("code"), version=text.pop("version"), defaults=text
        )
        if created:
            older = Plan.objects.filter(code=plan.code, version__lt=plan.version)
            older.update(in_force=False)
            PlanOrder.objects.bulk_create(
                PlanOrder(plan=plan, number=number, **order)
                for number, order in enumerate(orders, 1)
            )
            new.append(f"{plan.code} {plan.version}")
    if new:
        note("plans.loaded", subject=None, by=by, at=at, plans=new)
    return len(new)


@transaction.atomic
def activate_plan(
    *, incident: Incident, plan: Plan, by: User, at: datetime
) -> tuple[Incident, list[PlanOrder]]:
    """Activate a plan: its orders go out with their clocks running.

    Returns:
        The incident, and the plan's orders for which the county has no such organisation.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    rules.check_can_activate(by, incident, plan)

    incident.plan, incident.activated_by, incident.activated_at = plan, by, at
    incident.save(update_fields=["plan", "activated_by", "activated_at"])
    nobody = []
    for addressed in queries.addressees(plan, incident.area):
        if not addressed.organisations:
            nobody.append(addressed.plan_order)
        for organisation in addressed.organisations:
            send(
                Order(
                    incident=incident,
                    area=organisation.area,
                    organisation=organisation,
                    plan_order=addressed.plan_order,
                    text=addressed.plan_order.text,
                    text_en=addressed.plan_order.text_en,
                    standard=addressed.plan_order.standard,
                    issued_by=by,
                    issued_at=at,
                ),
                by=by,
                at=at,
            )
    note(
        "incident.plan_activated",
        subject=incident,
        by=by,
        at=at,
        plan=f"{plan.code} {plan.version}",
        unassigned=[order.number for order in nobody],
    )
    announce("plan_activated", at=at, incident_id=incident.pk)
    publish("incidents", area=incident.area_id)
    return incident, nobody
