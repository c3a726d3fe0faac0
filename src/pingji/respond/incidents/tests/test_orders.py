"""Orders: who may do what, when, and what is left on record."""

from datetime import date, timedelta

import pytest

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, Permission, Role
from pingji.ground.directory.tests.factories import (
    OrganisationFactory,
    UserFactory,
)
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import NOON, TOWN
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.models import Incident, Order
from pingji.respond.incidents.tests.factories import (
    SOON,
    activated,
    brought_to,
    clocks,
    commander,
    opened,
    orders,
    person_of,
)

pytestmark = pytest.mark.django_db
State = Order.State
LATER = NOON + timedelta(hours=1)
COMMAND = {Role.LEADER, Role.DUTY_OFFICER}


MOVES = {
    "acknowledged": lambda order, by: actions.acknowledge(order=order, by=by, at=LATER),
    "done": lambda order, by: actions.finish(order=order, result="已完成", by=by, at=LATER),
    "verified": lambda order, by: actions.verify(order=order, by=commander(), at=LATER),
    "returned": lambda order, by: actions.send_back(
        order=order, reason="缺名单", by=commander(), at=LATER
    ),
    "withdrawn": lambda order, by: actions.withdraw(order=order, reason="误发", by=by, at=LATER),
}


@pytest.mark.parametrize("to", MOVES)
@pytest.mark.parametrize("state", State)
def test_an_order_moves_only_so(state, to):
    by = commander()
    order = brought_to(orders(activated(by=by)).first(), state, by)
    allowed = {
        ("issued", "acknowledged"),
        ("issued", "withdrawn"),
        ("acknowledged", "done"),
        ("acknowledged", "withdrawn"),
        ("done", "verified"),
        ("done", "returned"),
    }

    if (state, to) in allowed:
        assert MOVES[to](order, by).state == ("acknowledged" if to == "returned" else to)
        assert Line.objects.filter(kind=f"order.{to}").count() == 1
    else:
        with pytest.raises(Refused):
            MOVES[to](order, by)


def test_every_state_has_its_moves():
    assert set(rules.ORDER_MOVES) == set(State)
    assert set(rules.INCIDENT_MOVES) == set(Incident.State)


def test_acknowledging_meets_the_first_clock_and_finishing_the_second():
    by = commander()
    order = orders(activated(by=by)).first()

    order = actions.acknowledge(order=order, by=by, at=SOON)
    assert clocks(order) == {"order.acknowledge": "met", "investigation.on_site": "open"}

    actions.finish(order=order, result="已到现场", by=by, at=LATER)
    assert clocks(order) == {
        "order.acknowledge": "met",
        "investigation.on_site": "met",
        "order.verify": "open",
    }


def test_who_is_ordered_is_told_and_acknowledging_the_order_acknowledges_the_notice():
    incident = activated()
    order = orders(incident).first()
    performer = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=order.organisation)
    one_more = actions.issue_order(
        incident=incident,
        organisation=order.organisation,
        text="再报一次",
        standard="order.complete",
        by=commander(),
        at=NOON,
    )
    row = performer.deliveries.get(means="page")
    assert row.notice.subject_id == str(one_more.pk)

    actions.acknowledge(order=one_more, by=performer, at=LATER)

    row.refresh_from_db()
    assert (row.state, row.acknowledged_at) == ("acknowledged", LATER)


def test_an_order_finished_after_its_time_is_late():
    by = commander()
    order = brought_to(orders(activated(by=by)).first(), "acknowledged", by)

    actions.finish(order=order, result="迟到", by=by, at=NOON + timedelta(days=3))

    assert clocks(order)["investigation.on_site"] == "met_late"


def test_withdrawing_lets_both_clocks_go():
    by = commander()
    order = orders(activated(by=by)).first()

    actions.withdraw(order=order, reason="误发", by=by, at=SOON)

    assert set(clocks(order).values()) == {"cancelled"}


def test_only_the_addressed_organisation_or_the_command_answers():
    order = orders(activated()).first()
    other = person_of(Organisation.objects.get(name="县公安局"))

    with pytest.raises(Refused, match=order.organisation.name):
        actions.acknowledge(order=order, by=other, at=SOON)

    own = person_of(order.organisation)
    assert actions.acknowledge(order=order, by=own, at=SOON).acknowledged_by == own


def test_somebody_without_organisation_or_command_does_not_answer():
    order = orders(activated()).first()

    with pytest.raises(Refused):
        rules.check_can_perform(UserFactory(role=Role.EPIDEMIOLOGIST), order)


def test_somebody_of_the_organisation_answers_though_not_bound_to_it():
    order = orders(activated()).first()
    doctor = UserFactory(role=Role.EPIDEMIOLOGIST, organisation=order.organisation)

    rules.check_can_perform(doctor, order)


def test_who_has_left_sees_no_orders():
    gone = commander()
    gone.is_active = False

    with pytest.raises(Refused):
        rules.check_can_view_orders(gone)


def test_who_has_left_answers_no_orders():
    order = orders(activated()).first()
    gone = person_of(order.organisation)
    gone.is_active = False

    with pytest.raises(Refused):
        rules.check_can_perform(gone, order)


def test_a_finished_order_says_what_was_done():
    by = commander()
    order = brought_to(orders(activated(by=by)).first(), "acknowledged", by)

    with pytest.raises(Refused) as refused:
        actions.finish(order=order, result=" ", by=by, at=LATER)

    assert refused.value.field == "result"


def test_a_withdrawn_order_says_why():
    by = commander()
    order = orders(activated(by=by)).first()

    with pytest.raises(Refused) as refused:
        actions.withdraw(order=order, reason="", by=by, at=LATER)

    assert refused.value.field == "reason"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_acknowledge_at_once_one_is_refused():
    order = orders(activated()).first()
    people = [person_of(order.organisation), person_of(order.organisation)]

    got = at_once(lambda at: actions.acknowledge(order=order, by=people[at], at=LATER))

    assert sorted(type(one).__name__ for one in got) == ["Order", "Refused"]
    assert Line.objects.filter(kind="order.acknowledged").count() == 1


def test_one_more_order_goes_out_with_its_clocks():
    by = commander()
    incident = opened(by=by)
    school = OrganisationFactory(kind="school", area=Area.objects.get(pk=TOWN))

    order = actions.issue_order(
        incident=incident,
        organisation=school,
        text="停课三天",
        standard="order.complete",
        by=by,
        at=LATER,
    )

    assert clocks(order) == {"order.acknowledge": "open", "order.complete": "open"}
    assert order.label == "停课三天"


@pytest.mark.parametrize(
    ("given", "field"),
    [({"closed_on": date(2025, 1, 1)}, "organisation"), ({"area__code": "511723"}, "area")],
)
def test_no_order_goes_to_who_is_closed_or_elsewhere(given, field):
    by = commander()
    incident = opened(by=by)

    with pytest.raises(Refused) as refused:
        actions.issue_order(
            incident=incident,
            organisation=OrganisationFactory(**given),
            text="x",
            standard="order.complete",
            by=by,
            at=LATER,
        )

    assert refused.value.field == field


@pytest.mark.parametrize("role", Role)
def test_only_the_command_manages_and_orders(role):
    user, incident = UserFactory(role=role), opened()

    for check in (rules.check_can_manage, rules.check_can_order, rules.check_can_activate):
        if role in COMMAND:
            check(user, incident)
        else:
            with pytest.raises(Refused):
                check(user, incident)


def test_managing_without_ordering_is_refused(monkeypatch):
    by, incident = commander(), opened()
    monkeypatch.setattr(type(by), "holds", lambda _user, p: p != Permission.ORDER_ISSUE)

    with pytest.raises(Refused):
        rules.check_can_order(by, incident)


def test_a_long_order_is_named_whole_where_its_clock_and_its_notice_are_listed():
    by = commander()
    text = "Send the report cards, the line list and the samples " + "of every case " * 8 + "today"
    order = actions.issue_order(
        incident=opened(by=by),
        organisation=OrganisationFactory(kind="school", area=Area.objects.get(pk=TOWN)),
        text=text,
        standard="order.complete",
        by=by,
        at=NOON,
    )

    assert 80 < len(text) < 200
    assert str(order) == text
    assert Deadline.objects.of(order).first().subject_label_en == text
    assert len(str(Order(text="字" * 300))) == 200
