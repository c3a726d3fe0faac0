"""The chain of command: seats, calls, answers, and who follows who does not answer."""

from datetime import timedelta

import pytest

from pingji.ground import Refused
from pingji.ground.directory.actions import put_on_duty
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices.models import Notice
from pingji.ground.record.models import Line
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Callout
from pingji.respond.incidents.queries.groups import standing
from pingji.respond.incidents.tests.factories import commander, opened, staffed

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


def test_who_answered_is_not_followed(county):
    head = seat(county, "leading_group", "head")
    seat(county, "leading_group", "deputy")
    call = graded().callouts.get(group="leading_group")
    actions.answer_call(callout=call, by=head, at=SOON)

    assert actions.pass_on(callout=call, by=commander(), at=LATER) is None
    assert Callout.objects.filter(group="leading_group").count() == 1


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
