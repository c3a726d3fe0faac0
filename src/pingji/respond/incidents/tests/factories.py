"""Incidents, organisations that answer, and orders for tests.

staffed()                      the organisations of the county that the enteric plan calls on
IncidentFactory()              an open incident in the county's first township, opened at NOON
activated()                    an incident answered by the enteric plan; orders().first() is one
person_of(organisation)        somebody who answers orders for it
"""

from datetime import timedelta
from typing import Any

from django.db.models import Model, QuerySet

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory, system_user
from pingji.ground.directory.tests.kept import rows
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, OTHER_TOWN, TOWN, county
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Incident, Order, Plan

Kind = Organisation.Kind
SOON = NOON + timedelta(minutes=10)
ADDRESSED = (
    (Kind.CDC, COUNTY, "县疾控中心"),
    (Kind.HEALTH_COMMISSION, COUNTY, "县卫健委"),
    (Kind.HOSPITAL, COUNTY, "县人民医院"),
    (Kind.TOWNSHIP_HEALTH_CENTRE, TOWN, "桃花源卫生院"),
    (Kind.TOWNSHIP_HEALTH_CENTRE, OTHER_TOWN, "钟多卫生院"),
    (Kind.DEPARTMENT, COUNTY, "县市场监督管理局"),
    (Kind.DEPARTMENT, COUNTY, "县公安局"),
    (Kind.TOWNSHIP_GOVERNMENT, TOWN, "桃花源街道办事处"),
)


def staffed() -> None:
    """The plan in force, the county, and the organisations that its orders go to."""
    plan()
    county()
    if not Plan.objects.exists():
        system = system_user()
        rows("plans", lambda: actions.load_plans(by=system, at=NOON))
    for kind, area, name in ADDRESSED:
        if not Organisation.objects.filter(name=name).exists():
            OrganisationFactory(kind=kind, area=Area.objects.get(pk=area), name=name, name_en=name)


def commander(**given: Any) -> User:
    """The duty officer, who commands."""
    return UserFactory(**{"role": Role.DUTY_OFFICER} | given)


def person_of(organisation: Organisation) -> User:
    """Somebody who answers orders for an organisation."""
    return UserFactory(
        role=Role.DEPARTMENT_LIAISON, organisation=organisation, area=organisation.area
    )


def opened(*, by: User | None = None, **given: Any) -> Incident:
    """An incident in the county's first township."""
    staffed()
    given = {
        "title": "桃花源小学聚集性疫情",
        "event_kind": "infectious_disease",
        "area": Area.objects.get(pk=TOWN),
        "at": NOON,
    } | given
    return actions.open_incident(by=by or commander(), **given)


def enteric_plan() -> Plan:
    """The plan for outbreaks of intestinal disease."""
    return Plan.objects.get(code="enteric_outbreak")


def activated(*, by: User | None = None) -> Incident:
    """An incident answered by the enteric plan."""
    by = by or commander()
    incident = opened(by=by)
    incident, _nobody = actions.activate_plan(
        incident=incident, plan=enteric_plan(), by=by, at=SOON
    )
    return incident


def orders(incident: Incident) -> QuerySet[Order]:
    """The incident's orders in the plan's order."""
    return incident.orders.order_by("plan_order__number", "pk").select_related("organisation")


def brought_to(order: Order, state: str, by: User) -> Order:
    """An order in a state, by the moves that lead there."""
    if state in {"acknowledged", "done", "verified"}:
        order = actions.acknowledge(order=order, by=by, at=SOON)
    if state in {"done", "verified"}:
        order = actions.finish(order=order, result="已完成", by=by, at=SOON)
    if state == "verified":
        order = actions.verify(order=order, by=commander(), at=SOON)
    if state == "withdrawn":
        order = actions.withdraw(order=order, reason="重复下达", by=by, at=SOON)
    return order


def clocks(subject: Model) -> dict[str, str]:
    """State of each deadline that runs or ran on a row."""
    return dict(Deadline.objects.of(subject).values_list("key", "state"))
