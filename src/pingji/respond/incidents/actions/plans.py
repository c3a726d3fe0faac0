"""Load plans, change them, and activate them: groups, orders and clocks at once."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import announce, note, publish
from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.actions.groups import form_groups
from pingji.respond.incidents.actions.reviews import (
    open_reviews,
    plan_was_changed,
    plan_was_withdrawn,
)
from pingji.respond.incidents.actions.sending import send_many
from pingji.respond.incidents.models import Incident, Order, Plan, PlanOrder, PlanPhase
from pingji.respond.incidents.queries import plans as queries_of_plans
from pingji.respond.incidents.queries.plans import Addressed, townships_of
from pingji.respond.incidents.rules import plans as plan_rules

SHIPPED = Path(__file__).resolve().parents[1] / "plans"
Table = dict[str, Any]


@transaction.atomic
def load_plans(*, by: User, at: datetime, folder: Path = SHIPPED) -> int:
    """Load the plans that ship with the program; versions already there stay. How many were new."""
    new = []
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as file:
            text = tomllib.load(file)
        code, version = text["code"], text["version"]
        if Plan.objects.filter(code=code, version=version, area__isnull=True).exists():
            continue
        Plan.objects.filter(code=code, area__isnull=True).update(in_force=False)
        write_plan(text, version=version)
        new.append(f"{code} {version}")
    if new:
        note("plans.loaded", subject=None, by=by, at=at, plans=new)
    return len(new)


def write_plan(text: Table, *, version: int, **given: Any) -> Plan:
    """Put a plan with its phases and orders into its tables."""
    phases, loose = text.get("phase", []), text.get("order", [])
    head = {
        key: value
        for key, value in text.items()
        if key not in ("phase", "order", "form", "version")
    }
    plan = Plan.objects.create(version=version, forms=text.get("form", []), **head, **given)
    number = 0
    rows = []
    for place, phase in enumerate([{"order": loose}, *phases]):
        made = _phase(plan, place, phase) if "name" in phase else None
        for order in phase.get("order", []):
            number += 1
            rows.append(PlanOrder(plan=plan, phase=made, number=number, **order))
    PlanOrder.objects.bulk_create(rows)
    return plan


def _phase(plan: Plan, number: int, phase: Table) -> PlanPhase:
    return PlanPhase.objects.create(
        plan=plan,
        number=number,
        **{key: value for key, value in phase.items() if key != "order"},
    )


@transaction.atomic
def change_plan(*, plan: Plan, text: Table, reason: str, by: User, at: datetime) -> Plan:
    """Make a new version of a plan for the county of who changes it; the old one stays readable.

    Args:
        plan: The version that was read when the change was begun.
        text: The whole plan as it shall be: as in a plan's file.
        reason: Why.
        by: Who.
        at: When.

    Raises:
        Refused: Somebody else made a newer version meanwhile.
    """
    same = list(Plan.objects.select_for_update(of=("self",)).filter(code=plan.code))
    newest = max(row.version for row in same if row.area_id in (None, by.area_id))
    plan = next(row for row in same if row.pk == plan.pk)  # as it stands now
    rules.check_can_change_plan(by, plan, reason)
    rules.check_is_newest(plan, by.area)
    plan_rules.check_text(text)

    Plan.objects.filter(code=plan.code, area=by.area_id, in_force=True).update(in_force=False)
    made = write_plan(
        text | {"code": plan.code},
        version=newest + 1,
        area=by.area,
        made_by=by,
        made_at=at,
        reason=reason.strip(),
    )
    note("plan.changed", subject=made, by=by, at=at, reason=reason, version=made.version)
    plan_was_changed(plan=made, by=by, at=at)
    publish("plans", area=by.area_id)
    return made


@transaction.atomic
def make_plan(
    *, text: Table, reason: str, key: UUID, by: User, at: datetime, source: Plan | None = None
) -> Plan:
    """Make a wholly new plan for the area of who writes it; in a county its review gets a clock.

    Counties review plans: those under a city get the clock of its plan by the next morning.

    Args:
        text: The whole plan: as in a plan's file.
        reason: Why it is made.
        key: Of this sending; sent a second time, it gives the first one's plan back.
        by: Who.
        at: When.
        source: The plan that it began as a copy of.
    """
    Area.objects.select_for_update(no_key=True).get(pk=by.area_id)  # one sending at a time
    code = f"own_{key.hex}"
    earlier = Plan.objects.filter(code=code, area=by.area_id).first()
    if earlier is not None:
        return earlier
    rules.check_can_make_plan(by, reason)
    plan_rules.check_text(text)

    made = write_plan(
        text | {"code": code},
        version=1,
        area=by.area,
        made_by=by,
        made_at=at,
        reason=reason.strip(),
    )
    note(
        "plan.made",
        subject=made,
        by=by,
        at=at,
        reason=reason,
        copied=f"{source.code} {source.version}" if source else "",
    )
    if by.area.level == "county":
        open_reviews(area=by.area, by=by, at=at)
    publish("plans", area=by.area_id)
    return made


@transaction.atomic
def withdraw_plan(*, plan: Plan, reason: str, by: User, at: datetime) -> Plan:
    """Take an area's own plan out of force; what it answers already goes on by it.

    Where a version of it ships with the program, that one holds again, and its review goes on.
    """
    plan = Plan.objects.select_for_update(of=("self",)).select_related("area").get(pk=plan.pk)
    rules.check_can_withdraw_plan(by, plan, reason)

    plan.in_force = False
    plan.withdrawn_by, plan.withdrawn_at, plan.withdrawn_why = by, at, reason.strip()
    plan.save(update_fields=["in_force", "withdrawn_by", "withdrawn_at", "withdrawn_why"])
    note("plan.withdrawn", subject=plan, by=by, at=at, reason=reason, version=plan.version)
    plan_was_withdrawn(plan=plan, by=by, at=at)
    publish("plans", area=plan.area_id)
    return plan


@transaction.atomic
def activate_plan(
    *, incident: Incident, plan: Plan, by: User, at: datetime, townships: Sequence[Area] = ()
) -> tuple[Incident, list[PlanOrder]]:
    """Activate a plan: its groups form and its first phase's orders go out with their clocks.

    The incident is locked first: of two officers who activate at once, one is told of the other.

    Args:
        incident: The event.
        plan: Which plan answers it.
        by: Who activates it.
        at: When.
        townships: Those that its orders to townships reach, now and in later phases; none: every
            one of the event's area.

    Returns:
        The incident, and the plan's orders for which the county has no such organisation.
    """
    incident = (
        Incident.objects.select_for_update(of=("self",)).select_related("area").get(pk=incident.pk)
    )
    rules.check_can_activate(by, incident, plan)
    plan_rules.check_reach(incident, townships)

    first = plan.phases.order_by("number").first()
    incident.plan, incident.phase = plan, first
    incident.activated_by, incident.activated_at = by, at
    incident.save(update_fields=["plan", "phase", "activated_by", "activated_at"])
    incident.townships.set(townships)
    form_groups(
        incident=incident,
        keys=dict.fromkeys(plan.orders.exclude(group="").values_list("group", flat=True)),
        by=by,
        at=at,
    )
    nobody = _order(incident, [None, first] if first else [None], by=by, at=at)
    note(
        "incident.plan_activated",
        subject=incident,
        by=by,
        at=at,
        plan=f"{plan.code} {plan.version}",
        townships=[area.code for area in townships],
        unassigned=[order.number for order in nobody],
    )
    announce("plan_activated", at=at, incident_id=incident.pk)
    publish("incidents", area=incident.area_id)
    return incident, nobody


@transaction.atomic
def enter_phase(
    *, incident: Incident, phase: PlanPhase, reason: str, by: User, at: datetime
) -> tuple[Incident, list[PlanOrder]]:
    """Go on to a later phase of the plan: its orders go out.

    Returns:
        The incident, and the phase's orders for which the county has no such organisation.
    """
    incident = (
        Incident.objects.select_for_update(of=("self",)).select_related("area").get(pk=incident.pk)
    )
    rules.check_can_enter(by, incident, phase, reason)

    incident.phase = phase
    incident.save(update_fields=["phase"])
    nobody = _order(incident, [phase], by=by, at=at)
    note(
        "incident.phase_entered",
        subject=incident,
        by=by,
        at=at,
        reason=reason,
        phase=phase.number,
        unassigned=[order.number for order in nobody],
    )
    publish("incidents", area=incident.area_id)
    return incident, nobody


@transaction.atomic
def extend_plan(
    *, incident: Incident, townships: Sequence[Area], reason: str, by: User, at: datetime
) -> tuple[Incident, list[Order]]:
    """Let an activated plan reach further townships: the orders it has for them go out.

    The incident is locked first: of two officers who extend it at once to the same township, the
    second is refused, and no organisation gets an order twice.

    Returns:
        The incident, and the orders that went out.
    """
    incident = (
        Incident.objects.select_for_update(of=("self",)).select_related("area").get(pk=incident.pk)
    )
    reached = queries_of_plans.reached_by(incident)
    plan_rules.check_can_extend(by, incident, reached, townships, reason)

    new = sorted(area.code for area in townships)
    addressed = queries_of_plans.extension(incident, new)
    incident.townships.set(Area.objects.filter(code__in=[*reached, *new]))
    sent = list(_orders(incident, addressed, by=by, at=at))
    send_many(sent, by=by, at=at)
    note(
        "incident.plan_extended",
        subject=incident,
        by=by,
        at=at,
        reason=reason,
        townships=new,
        orders=len(sent),
    )
    publish("incidents", area=incident.area_id)
    return incident, [order for order, _owners in sent]


def _order(
    incident: Incident, phases: Sequence[PlanPhase | None], *, by: User, at: datetime
) -> list[PlanOrder]:
    """Send the orders of phases; those that nobody takes are given back."""
    assert incident.plan is not None
    plan, area, townships = incident.plan, incident.area, townships_of(incident)
    addressed = [
        each
        for phase in phases
        for each in queries.addressees(plan, area, townships=townships, phase=phase, every=False)
    ]
    send_many(list(_orders(incident, addressed, by=by, at=at)), by=by, at=at)
    return [each.plan_order for each in addressed if not each.organisations]


def _orders(
    incident: Incident, addressed: Iterable[Addressed], *, by: User, at: datetime
) -> Iterable[tuple[Order, Sequence[User]]]:
    for each in addressed:
        for organisation in each.organisations:
            owners = each.owners.get(organisation.pk, [])
            order = Order(
                incident=incident,
                area=organisation.area,
                organisation=organisation,
                # One who holds the role alone owns the order; several share it.
                person=owners[0] if len(owners) == 1 else None,
                plan_order=each.plan_order,
                text=each.plan_order.text,
                text_en=each.plan_order.text_en,
                standard=each.plan_order.standard,
                issued_by=by,
                issued_at=at,
            )
            yield order, owners


def text_of(plan: Plan) -> Table:
    """A plan as its file would hold it."""
    head: Mapping[str, Any] = {
        "name": plan.name,
        "name_en": plan.name_en,
        "purpose": plan.purpose,
        "purpose_en": plan.purpose_en,
        "event_kind": plan.event_kind,
        "place": plan.place,
        "people": plan.people,
        "diseases": plan.diseases,
        "source": plan.source,
        "form": plan.forms,
    }
    phases = list(plan.phases.prefetch_related("orders"))
    loose = plan.orders.filter(phase__isnull=True)
    return {
        **head,
        "order": [order_text(order) for order in loose],
        "phase": [
            {
                "name": phase.name,
                "name_en": phase.name_en,
                "trigger": phase.trigger,
                "trigger_en": phase.trigger_en,
                "measures": phase.measures,
                "order": [order_text(order) for order in phase.orders.all()],
            }
            for phase in phases
        ],
    }


def order_text(order: PlanOrder) -> Table:
    """An order of a plan as its file would hold it."""
    return {
        key: getattr(order, key)
        for key in (
            "text",
            "text_en",
            "group",
            "organisation_kind",
            "organisation_name",
            "role",
            "reach",
            "standard",
            "requirement",
        )
    }
