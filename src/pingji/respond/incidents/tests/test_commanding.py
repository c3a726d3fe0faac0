"""Incidents and orders: who may do what, when, and what is left on record."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline, StandardRow
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON
from pingji.respond.incidents import actions, queries, rules
from pingji.respond.incidents.actions.plans import SHIPPED
from pingji.respond.incidents.models import Grade, Incident, Order, Plan, Response
from pingji.respond.incidents.queries.closing import Unsettled, unsettled
from pingji.respond.incidents.tests.factories import (
    SOON,
    activated,
    brought_to,
    clocks,
    commander,
    enteric_plan,
    opened,
    orders,
    staffed,
)
from pingji.warn.alerts import actions as alerts
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
State = Order.State
LATER = NOON + timedelta(hours=1)
COMMAND = {Role.LEADER, Role.DUTY_OFFICER}


# Opening and grading.


def test_opening_starts_the_clock_of_the_initial_report_and_is_on_record():
    incident = opened()

    assert clocks(incident) == {"incident.initial_report": "open"}
    assert Line.objects.get(kind="incident.opened").by == incident.opened_by


def test_an_incident_from_an_alert_takes_its_disease():
    incident = opened(alert=AlertFactory(state="verified"))

    assert incident.disease_id == "hand_foot_mouth"


@pytest.mark.parametrize("state", ["new", "dismissed"])
def test_only_a_verified_alert_is_answered(state):
    with pytest.raises(Refused, match="核实"):
        opened(alert=AlertFactory(state=state))


def test_an_alert_is_answered_once():
    alert = AlertFactory(state="verified")
    opened(alert=alert)

    with pytest.raises(Refused, match="桃花源小学"):
        opened(alert=alert)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_at_once_one_is_told_of_the_other():
    staffed()
    alert = AlertFactory(state="verified")
    people = [commander(), commander()]

    got = at_once(lambda at: opened(alert=alert, by=people[at]))

    assert sorted(type(one).__name__ for one in got) == ["Incident", "Refused"]
    assert Line.objects.filter(kind="incident.opened").count() == 1


@pytest.mark.parametrize("role", Role)
def test_only_these_roles_open_incidents(role):
    user = UserFactory(role=role)

    if role in COMMAND | {Role.EPIDEMIOLOGIST}:
        rules.check_can_open(user, None)
    else:
        with pytest.raises(Refused):
            rules.check_can_open(user, None)


def test_nobody_opens_an_incident_outside_the_own_area():
    with pytest.raises(Refused) as refused:
        opened(area=AreaFactory(code="511723"))

    assert refused.value.field == "area"


@pytest.mark.parametrize("grade", Grade)
def test_every_grade_but_none_needs_its_reason(grade):
    if grade == Grade.UNGRADED:
        assert opened(grade=grade).grade == grade
    else:
        with pytest.raises(Refused) as refused:
            opened(grade=grade, grade_reason=" ")
        assert refused.value.field == "grade_reason"


def test_another_grade_keeps_the_earlier_one_on_record():
    by = commander()
    incident = opened(by=by, grade=Grade.IV, grade_reason="10 例以上")

    actions.grade_incident(incident=incident, grade=Grade.III, reason="死亡 1 例", by=by, at=LATER)

    line = Line.objects.get(kind="incident.graded")
    assert (line.details["before"], line.details["to"], line.reason) == ("IV", "III", "死亡 1 例")


def test_the_database_binds_a_grade_to_its_reason():
    incident = opened()

    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(grade="I")


# Plans.


def test_activating_a_plan_sends_its_orders_with_both_clocks():
    incident = activated()

    order = orders(incident).first()
    assert order.organisation.kind == Organisation.Kind.CDC
    assert clocks(order) == {"order.acknowledge": "open", "investigation.on_site": "open"}
    assert (order.state, order.issued_at) == ("issued", SOON)


def test_an_order_of_the_township_goes_to_that_township_alone():
    incident = activated()

    names = set(incident.orders.values_list("organisation__name", flat=True))
    assert "桃花源卫生院" in names
    assert "钟多卫生院" not in names


def test_an_order_of_the_township_goes_to_all_townships_when_the_county_is_the_place():
    by = commander()
    incident = opened(by=by, area=Area.objects.get(pk=COUNTY))

    actions.activate_plan(incident=incident, plan=enteric_plan(), by=by, at=SOON)

    names = set(incident.orders.values_list("organisation__name", flat=True))
    assert {"桃花源卫生院", "钟多卫生院"} <= names


def test_a_department_is_found_by_a_part_of_its_name():
    incident = activated()

    departments = incident.orders.filter(organisation__kind="department")
    assert [order.organisation.name for order in departments] == ["县市场监督管理局"]


def test_orders_that_nobody_can_take_are_named():
    by = commander()
    incident = opened(by=by)
    Organisation.objects.filter(kind="cdc").update(closed_on=date(2025, 1, 1))

    _incident, nobody = actions.activate_plan(
        incident=incident, plan=enteric_plan(), by=by, at=SOON
    )

    assert [order.number for order in nobody] == [1, 2, 3]
    line = Line.objects.get(kind="incident.plan_activated")
    assert line.details["unassigned"] == [1, 2, 3]


def test_one_plan_answers_an_incident():
    by = commander()
    incident = activated(by=by)

    with pytest.raises(Refused, match=by.display_name):
        actions.activate_plan(incident=incident, plan=enteric_plan(), by=commander(), at=LATER)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_activate_at_once_one_is_told_of_the_other():
    incident = opened()
    people = [commander(), commander()]

    got = at_once(
        lambda at: actions.activate_plan(
            incident=incident, plan=enteric_plan(), by=people[at], at=SOON
        )
    )

    assert sorted(type(one).__name__ for one in got) == ["Refused", "tuple"]
    assert Line.objects.filter(kind="incident.plan_activated").count() == 1
    assert incident.orders.count() == Line.objects.filter(kind="order.issued").count()


def test_a_plan_out_of_force_is_not_activated():
    incident = opened()
    plan = enteric_plan()
    plan.in_force = False

    with pytest.raises(Refused) as refused:
        rules.check_can_activate(commander(), incident, plan)

    assert refused.value.field == "plan"


def test_loading_the_plans_again_changes_nothing():
    actions.load_plans(by=system_user(), at=NOON)
    before = Plan.objects.count()

    assert actions.load_plans(by=system_user(), at=LATER) == 0
    assert Plan.objects.count() == before
    assert Line.objects.filter(kind="plans.loaded").count() == 1


def test_a_new_version_of_a_plan_puts_the_old_one_out_of_force(tmp_path):
    staffed()
    text = (SHIPPED / "enteric_outbreak.toml").read_text(encoding="utf-8")
    (tmp_path / "next.toml").write_text(text.replace("version = 2", "version = 3"))

    assert actions.load_plans(by=system_user(), at=LATER, folder=tmp_path) == 1

    found = Plan.objects.filter(code="enteric_outbreak").order_by("version")
    assert [(plan.version, plan.in_force) for plan in found] == [(2, False), (3, True)]


def test_every_order_of_every_plan_has_a_clock_in_every_profile():
    staffed()

    keys = set(Plan.objects.values_list("orders__standard", flat=True)) | {"order.acknowledge"}

    assert keys <= set(StandardRow.objects.filter(section="deadline").values_list("key", flat=True))


# Closing.


def test_an_incident_is_closed_when_every_order_is_done_or_withdrawn():
    by = commander()
    incident = activated(by=by)
    for at, order in enumerate(orders(incident)):
        brought_to(order, "verified" if at else "withdrawn", by)

    closed = actions.close_incident(incident=incident, reason="七天无新病例", by=by, at=LATER)

    assert (closed.state, closed.closed_by, closed.closed_at) == ("closed", by, LATER)


def test_while_an_incident_answers_an_alert_nothing_asks_for_the_alerts_closing():
    staffed()
    by, alert = commander(), AlertFactory()
    alert = alerts.decide(alert=alert, to="verified", reason="电话核实", by=by, at=NOON)
    assert clocks(alert)["alert.close"] == "open"

    incident = opened(by=by, alert=alert)
    assert clocks(alert)["alert.close"] == "cancelled"
    assert clocks(alert)["alert.investigate"] == "open"

    actions.close_incident(incident=incident, reason="七天无新病例", by=by, at=LATER)
    clock = Deadline.objects.of(alert).open().get(key="alert.close")
    assert clock.started_at == LATER


def test_an_alert_that_was_closed_before_its_incident_is_asked_nothing():
    staffed()
    by, alert = commander(), AlertFactory()
    alert = alerts.decide(alert=alert, to="verified", reason="电话核实", by=by, at=NOON)
    incident = opened(by=by, alert=alert)
    alerts.close(alert=alert, verdict="true", reason="属实", by=by, at=SOON)

    actions.close_incident(incident=incident, reason="七天无新病例", by=by, at=LATER)
    assert not Deadline.objects.of(alert).open().exists()


def test_an_incident_with_open_orders_is_not_closed():
    by = commander()
    incident = activated(by=by)

    with pytest.raises(Refused) as refused:
        actions.close_incident(incident=incident, reason="结束", by=by, at=LATER)

    first, *_rest = orders(incident)
    assert f"{first.addressee}“{first.text[:10]}" in str(refused.value)
    assert len(unsettled(incident, LATER.date())[0].names) == incident.orders.count()


def test_of_many_orders_in_the_way_the_first_are_named_and_the_others_counted():
    said = str(Unsettled("全部指令已办结或撤回", [f"单位{number}" for number in range(12)]))

    assert "单位7" in said
    assert "单位8" not in said
    assert "另 4 项" in said


def test_an_incident_with_orders_nobody_verified_is_not_closed_while_the_plan_asks_it():
    by = commander()
    incident = activated(by=by)
    *rest, last = orders(incident)
    for order in rest:
        brought_to(order, "verified", by)
    last = brought_to(last, "done", by)

    with pytest.raises(Refused, match=f"核验.*{last.text[:10]}"):
        actions.close_incident(incident=incident, reason="结束", by=by, at=LATER)

    StandardRow.objects.filter(key="incident.closing_requires").update(items=[])
    closed = actions.close_incident(incident=incident, reason="结束", by=by, at=LATER)
    assert closed.state == "closed"


def test_an_incident_whose_response_holds_is_not_closed():
    by = commander()
    incident = opened(by=by)
    Response.objects.create(
        incident=incident, area=incident.area, level="IV", started_by=by, started_at=SOON
    )

    with pytest.raises(Refused, match=f"响应.*{incident.area.name}"):
        actions.close_incident(incident=incident, reason="结束", by=by, at=LATER)


def test_closing_needs_a_reason():
    by = commander()

    with pytest.raises(Refused) as refused:
        actions.close_incident(incident=opened(by=by), reason="", by=by, at=LATER)

    assert refused.value.field == "reason"


def test_nothing_is_ordered_after_closing():
    by = commander()
    incident = opened(by=by)
    actions.close_incident(incident=incident, reason="误报", by=by, at=LATER)

    with pytest.raises(Refused, match="2025-11-21 13:00"):
        actions.issue_order(
            incident=incident,
            organisation=OrganisationFactory(),
            text="x",
            standard="order.complete",
            by=by,
            at=LATER,
        )


def test_the_database_binds_who_and_when():
    order = orders(activated()).first()

    for change in ({"state": "done"}, {"acknowledged_at": NOON}, {"state": "withdrawn"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(**change)


def test_orders_come_with_the_most_urgent_first():
    by = commander()
    incident = activated(by=by)
    late = orders(incident).last()
    Deadline.objects.of(late).update(due_at=SOON + timedelta(minutes=1), warn_at=SOON)
    done = brought_to(orders(incident).first(), "verified", by)

    rows = queries.with_clocks(queries.by_urgency(incident.orders.all()))

    assert (rows[0], rows[-1]) == (late, done)
    assert rows[0].clock.due_at == SOON + timedelta(minutes=1)
    assert rows[-1].clock is None


def test_only_open_incidents_and_orders_are_open():
    by = commander()
    incident = activated(by=by)
    brought_to(orders(incident).first(), "done", by)

    assert Incident.objects.open().count() == 1
    assert incident.orders.open().count() == incident.orders.count() - 1


def test_an_incident_remembers_the_alert_it_began_with():
    alert = AlertFactory(state="verified")

    assert opened(alert=alert).alert == Alert.objects.get()
