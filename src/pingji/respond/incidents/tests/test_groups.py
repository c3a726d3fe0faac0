"""The chain of command: seats, calls, answers, and who follows who does not answer."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.actions import put_on_duty
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices.models import Notice
from pingji.ground.record.models import Line
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions.groups import form_groups
from pingji.respond.incidents.models import Callout
from pingji.respond.incidents.queries.groups import standing
from pingji.respond.incidents.queries.plans import gaps
from pingji.respond.incidents.tests.factories import activated, commander, opened, staffed

SOON, LATER = NOON + timedelta(minutes=10), NOON + timedelta(hours=1)


@pytest.fixture
def county(db):
    staffed()
    return Area.objects.get(pk=COUNTY)


def seat(county, group, seat, **given):
    person = UserFactory(role=Role.LEADER, area=county, **given)
    actions.seat_person(area=county, group=group, person=person, seat=seat, by=commander(), at=NOON)
    return person


def graded(grade="IV"):
    return actions.grade_incident(
        incident=opened(), grade=grade, reason="依据", by=commander(), at=SOON
    )


def test_the_groups_are_those_of_the_plan_and_the_eight_of_the_base(county):
    keys = [one.group.key for one in standing(county, NOON.date())]

    eight = (
        *("office", "supplies", "surveillance", "experts"),
        *("field", "treatment", "testing", "press"),
    )
    assert {*eight, "leading_group"} <= set(keys)


def test_an_event_of_grade_four_calls_the_heads_and_who_is_on_duty(county):
    head = seat(county, "leading_group", "head")
    office = seat(county, "office", "deputy")
    on_duty = UserFactory(role=Role.DUTY_OFFICER, area=county)
    put_on_duty(
        area=county,
        person=on_duty,
        rank=1,
        starts_at=NOON - timedelta(hours=4),
        ends_at=NOON + timedelta(hours=20),
        by=commander(area=county),
        at=NOON,
    )

    incident = graded("IV")

    assert {one.person for one in incident.callouts.all()} == {head, office, on_duty}
    for one in incident.callouts.all():
        clock = Deadline.objects.of(one).get()
        assert (clock.key, clock.owner) == ("chain.acknowledge", one.person)
        assert Notice.objects.filter(kind="chain_called", subject_id=str(one.pk)).exists()
    line = Line.objects.get(kind="incident.chain_activated")
    assert set(line.details["empty"]) == {
        one.group.key
        for one in standing(county, NOON.date())
        if one.group.under_id is None and not one.seats
    }


def test_an_event_without_a_grade_calls_nobody_and_a_second_grading_calls_nobody_twice(county):
    seat(county, "leading_group", "head")
    assert opened().callouts.count() == 0

    incident = graded("IV")
    before = incident.callouts.count()
    again = actions.grade_incident(
        incident=incident, grade="III", reason="加重", by=commander(), at=LATER
    )

    assert again.callouts.count() == before == 1


def test_who_was_called_answers_once_and_nobody_for_them(county):
    head = seat(county, "leading_group", "head")
    call = graded().callouts.get()

    with pytest.raises(Refused, match="不是您"):
        actions.answer_call(callout=call, by=commander(), at=SOON)
    answered = actions.answer_call(callout=call, by=head, at=SOON)

    assert answered.acknowledged_by == head
    assert Deadline.objects.of(call).get().state == Deadline.State.MET
    with pytest.raises(Refused, match="已响应"):
        actions.answer_call(callout=call, by=head, at=LATER)


def test_who_does_not_answer_is_followed_by_the_deputy_then_the_duty_then_nobody(county):
    seat(county, "leading_group", "head")
    deputy = seat(county, "leading_group", "deputy")
    first = graded().callouts.get(group="leading_group")

    standards.sweep_deadlines(at=LATER)
    second = actions.pass_on(callout=first, by=commander(), at=LATER)
    assert actions.pass_on(callout=first, by=commander(), at=LATER) is None  # the job came twice

    assert (second.person, second.instead_of) == (deputy, first)
    assert Notice.objects.filter(kind="chain_passed_on", subject_id=str(second.pk)).exists()
    assert actions.pass_on(callout=second, by=commander(), at=LATER) is None
    assert Line.objects.filter(kind="chain.nobody_left").count() == 1


def test_once_the_next_has_come_nobody_waits_for_who_did_not_answer(county):
    seat(county, "leading_group", "head")
    deputy = seat(county, "leading_group", "deputy")
    first = graded().callouts.get(group="leading_group")
    standards.sweep_deadlines(at=LATER)
    second = actions.pass_on(callout=first, by=commander(), at=LATER)
    assert Deadline.objects.of(first).open().exists()

    actions.answer_call(callout=second, by=deputy, at=LATER)

    assert not Deadline.objects.of(first).open().exists()
    clock = Deadline.objects.of(first).get()
    assert (clock.state, clock.met_at) == (Deadline.State.MISSED, None)
    assert "代为到位" in clock.cancel_reason


def test_who_answered_is_not_followed(county):
    head = seat(county, "leading_group", "head")
    seat(county, "leading_group", "deputy")
    call = graded().callouts.get(group="leading_group")
    actions.answer_call(callout=call, by=head, at=SOON)

    assert actions.pass_on(callout=call, by=commander(), at=LATER) is None
    assert Callout.objects.filter(group="leading_group").count() == 1


def test_nobody_is_awaited_or_called_once_the_event_is_over(county):
    seat(county, "leading_group", "head")
    seat(county, "leading_group", "deputy")
    incident = graded()
    call = incident.callouts.get(group="leading_group")

    actions.close_incident(incident=incident, reason="误报。", by=commander(), at=SOON)

    assert not Deadline.objects.filter(key="chain.acknowledge", state="open").exists()
    assert actions.pass_on(callout=call, by=commander(), at=LATER) is None
    assert Callout.objects.filter(group="leading_group").count() == 1


def test_who_was_passed_over_is_late_no_longer_once_the_event_is_over(county):
    seat(county, "leading_group", "head")
    seat(county, "leading_group", "deputy")
    incident = graded()
    call = incident.callouts.get(group="leading_group")
    standards.sweep_deadlines(at=LATER)
    actions.pass_on(callout=call, by=commander(), at=LATER)

    actions.close_incident(incident=incident, reason="误报。", by=commander(), at=LATER)

    assert not Deadline.objects.filter(key="chain.acknowledge").open().exists()
    assert Deadline.objects.of(call).get().state == Deadline.State.MISSED


def test_after_the_group_those_on_duty_are_called_in_their_order_and_nobody_twice(county):
    seat(county, "leading_group", "head")
    duty = [commander(area=county) for _rank in range(2)]
    for rank, person in enumerate(duty, 1):
        put_on_duty(
            area=county,
            person=person,
            rank=rank,
            starts_at=NOON,
            ends_at=NOON + timedelta(days=1),
            by=duty[0],
            at=NOON,
        )
    called = graded().callouts.get(group="leading_group")

    followed = []
    for _time in range(3):
        called = actions.pass_on(callout=called, by=commander(), at=LATER)
        followed.append(called and called.person)

    assert followed == [*duty, None]


def test_a_group_has_one_head_and_a_person_one_seat(county):
    head = seat(county, "press", "head")

    with pytest.raises(Refused, match="另有组长"):
        seat(county, "press", "head")
    with pytest.raises(Refused, match="已在该组"):
        actions.seat_person(
            area=county, group="press", person=head, seat="member", by=commander(), at=NOON
        )


def test_a_group_that_the_plan_does_not_name_is_refused(county):
    with pytest.raises(Refused, match="没有这个小组"):
        seat(county, "circus", "head")


def test_who_left_a_group_is_not_called(county):
    head = seat(county, "leading_group", "head")
    row = head.group_seats.get()

    with pytest.raises(Refused, match="离开"):
        actions.leave_seat(seat=row, reason=" ", by=commander(), at=NOON)
    actions.leave_seat(seat=row, reason="调离", by=commander(), at=NOON)

    assert graded().callouts.count() == 0


def sent_out(county):
    """An incident whose plan formed groups that have nobody yet."""
    return activated(by=commander(area=county)).groups.get(key="field").incident


def test_who_gets_a_seat_later_joins_the_group_of_an_open_event_and_is_called(county):
    incident = sent_out(county)
    group = incident.groups.get(key="field")
    assert group.present == []
    assert group.label in {gap.what for gap in gaps(incident)}

    head = seat(county, "field", "head")
    member = seat(county, "field", "member")

    group = incident.groups.get(key="field")
    assert {one.person for one in group.present} == {head, member}
    assert all(one.joined_at == NOON for one in group.present)
    assert group.label not in {gap.what for gap in gaps(incident)}
    assert incident.callouts.get(group="field").person == head
    lines = Line.objects.filter(kind="group.joined", subject_id=str(group.pk))
    assert {line.details["person"] for line in lines} == {head.username, member.username}


def test_who_leaves_a_seat_leaves_the_group_and_may_come_back(county):
    incident = sent_out(county)
    head = seat(county, "field", "head")

    actions.leave_seat(seat=head.group_seats.get(), reason="调离", by=commander(), at=SOON)

    group = incident.groups.get(key="field")
    assert group.present == []
    assert group.members.get().left_at == SOON
    assert Line.objects.filter(kind="group.parted").count() == 1
    with pytest.raises(Refused, match="没有成员"):
        actions.issue_orders(
            incident=incident,
            groups=[group],
            text="到现场",
            standard="order.complete",
            by=commander(),
            at=LATER,
        )
    actions.seat_person(
        area=county, group="field", person=head, seat="deputy", by=commander(), at=LATER
    )
    back = incident.groups.get(key="field").present
    assert [(one.person, one.seat, one.joined_at) for one in back] == [(head, "deputy", LATER)]


def test_a_closed_event_keeps_the_groups_it_had(county):
    incident = opened(by=commander(area=county))
    form_groups(incident=incident, keys=["press"], by=commander(), at=NOON)
    actions.close_incident(incident=incident, reason="误报", by=commander(), at=SOON)

    seat(county, "press", "head")

    assert incident.groups.get(key="press").members.count() == 0


def test_a_head_who_was_lacking_when_the_chain_was_activated_is_called_when_seated(county):
    seat(county, "office", "head")
    incident = graded("IV")
    assert not incident.callouts.filter(group="leading_group").exists()

    head = seat(county, "leading_group", "head")

    assert incident.callouts.get(group="leading_group").person == head


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.EPIDEMIOLOGIST, Role.LEADER])
def test_who_sits_where_is_said_by_those_who_keep_the_roster(county, role):
    with pytest.raises(Refused):
        actions.seat_person(
            area=county,
            group="press",
            person=commander(),
            seat="head",
            by=UserFactory(role=role, area=county),
            at=NOON,
        )


def test_who_is_called_answers_on_their_page_whichever_their_role(county, client):
    incident = sent_out(county)
    hospital = Organisation.objects.get(name="县人民医院")
    reporter = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital, area=county)
    actions.seat_person(
        area=county, group="treatment", person=reporter, seat="head", by=commander(), at=NOON
    )
    call = incident.callouts.get(person=reporter)
    client.force_login(reporter)

    page = client.get(call.get_absolute_url()).content.decode()
    answer = client.post(reverse("incidents:answer_call", args=[call.pk]))

    assert "收到，立即到位" in page
    assert answer["location"] == call.get_absolute_url()
    call.refresh_from_db()
    assert call.acknowledged_by == reporter
    assert "收到，立即到位" not in client.get(call.get_absolute_url()).content.decode()


def test_a_call_to_another_is_no_business_of_who_sees_no_incidents(county, client):
    head = seat(county, "leading_group", "head")
    call = graded().callouts.get(person=head)
    client.force_login(UserFactory(role=Role.LABORATORY, area=county))

    assert client.get(call.get_absolute_url()).status_code == 409
    assert client.post(reverse("incidents:answer_call", args=[call.pk])).status_code == 409


def test_a_township_doctor_sees_the_call_to_an_event_of_the_county(county, client):
    incident = opened(by=commander(area=county), area=county)
    form_groups(incident=incident, keys=["field"], by=commander(), at=NOON)
    doctor = UserFactory(role=Role.TOWNSHIP_DOCTOR, area=Area.objects.get(pk=TOWN))
    actions.seat_person(
        area=county, group="field", person=doctor, seat="head", by=commander(), at=NOON
    )
    client.force_login(doctor)

    assert client.get(incident.callouts.get().get_absolute_url()).status_code == 200
