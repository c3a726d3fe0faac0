"""Open, grade, activate, order, answer, close."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from pingji.ground.directory.models import Area, Organisation, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.ground.standards.queries import open_deadline
from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.models import Grade, Incident, Order, Plan, PlanOrder
from pingji.warn.alerts.models import Alert

INITIAL_REPORT = "incident.initial_report"
SHIPPED = Path(__file__).resolve().parent / "plans"


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
def open_incident(
    *,
    title: str,
    event_kind: str,
    area: Area,
    by: User,
    at: datetime,
    alert: Alert | None = None,
    grade: str = Grade.UNGRADED,
    grade_reason: str = "",
) -> Incident:
    """Open an incident, on a verified alert or on what was heard otherwise.

    The alert is locked first: of two officers who open at once, the second is told of the first.
    """
    if alert is not None:
        alert = Alert.objects.select_for_update().get(pk=alert.pk)
    rules.check_can_open(by, alert)
    rules.check_area(by, area)
    rules.check_grade(grade, grade_reason)

    incident = Incident.objects.create(
        area=area,
        title=title,
        event_kind=event_kind,
        disease=alert.disease if alert else None,
        alert=alert,
        grade=grade,
        grade_reason=grade_reason.strip(),
        opened_by=by,
        opened_at=at,
    )
    standards.start_deadline(key=INITIAL_REPORT, subject=incident, area=area, by=by, at=at)
    note("incident.opened", subject=incident, by=by, at=at, grade=grade, reason=grade_reason)
    announce("incident_opened", at=at, incident_id=incident.pk)
    publish("incidents", area=area.code)
    return incident


@transaction.atomic
def grade_incident(
    *, incident: Incident, grade: str, reason: str, by: User, at: datetime
) -> Incident:
    """Give the incident a grade, or another one, with the reason."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    rules.check_can_manage(by, incident)
    rules.check_grade(grade, reason)

    before = incident.grade
    incident.grade, incident.grade_reason = grade, reason.strip()
    incident.save(update_fields=["grade", "grade_reason"])
    note("incident.graded", subject=incident, by=by, at=at, reason=reason, before=before, to=grade)
    publish("incidents", area=incident.area_id)
    return incident


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
            _issue(
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


def _issue(order: Order, *, by: User, at: datetime) -> Order:
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

    order = _issue(
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


@transaction.atomic
def report_sent(*, incident: Incident, by: User, at: datetime, reference: str) -> Incident:
    """Note that the initial report of the event went to the level above, under its number."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    clock = open_deadline(incident, INITIAL_REPORT)
    rules.check_can_report(by, incident, reference, due=clock is not None)

    standards.meet_deadline(key=INITIAL_REPORT, subject=incident, by=by, at=at)
    note("incident.reported", subject=incident, by=by, at=at, reason=reference.strip())
    publish("incidents", area=incident.area_id)
    return incident


@transaction.atomic
def close_incident(*, incident: Incident, reason: str, by: User, at: datetime) -> Incident:
    """Close an incident when nothing of it is left to do."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    rules.check_can_close(by, incident, reason)

    incident.state, incident.closing_reason = Incident.State.CLOSED, reason.strip()
    incident.closed_by, incident.closed_at = by, at
    incident.save(update_fields=["state", "closing_reason", "closed_by", "closed_at"])
    note("incident.closed", subject=incident, by=by, at=at, reason=incident.closing_reason)
    announce("incident_closed", at=at, incident_id=incident.pk)
    publish("incidents", area=incident.area_id)
    return incident
