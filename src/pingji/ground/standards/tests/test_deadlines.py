"""A clock: started, met, missed, let go, extended, escalated."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line
from pingji.ground.standards import actions, queries, tasks
from pingji.ground.standards.actions.deadlines import escalate
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.rules import deadlines as rules
from pingji.ground.standards.tests.factories import NOON, deadline, plan

pytestmark = pytest.mark.django_db
State = Deadline.State
HOUR = timedelta(hours=1)
VERIFY = timedelta(hours=24)


@pytest.fixture
def subject():
    return OrganisationFactory(name="桃花源卫生院", name_en="Taohuayuan Health Centre")


@pytest.fixture
def officer():
    return UserFactory(role=Role.DUTY_OFFICER)


def test_a_deadline_takes_its_length_from_the_plan_of_its_area(subject):
    clock = deadline("ambulance.roll_out", subject=subject)

    assert clock.due_at == NOON + timedelta(minutes=3)
    assert clock.standard.clause.startswith("S2 重点7")


def test_what_the_plan_leaves_open_comes_from_the_base(subject):
    clock = deadline("alert.verify", subject=subject)

    assert clock.due_at == NOON + VERIFY
    assert clock.standard.profile.everywhere
    assert clock.standard.is_default


def test_the_clock_warns_when_a_quarter_is_left_and_escalates_to_the_duty_officer(subject):
    clock = deadline(subject=subject)

    assert clock.warn_at == NOON + VERIFY * 0.75
    assert clock.escalates_to == Role.DUTY_OFFICER


def test_starting_is_on_record_and_names_its_subject_in_both_languages(subject):
    clock = deadline(subject=subject)

    line = Line.objects.get(kind="deadline.started")
    assert line.details["key"] == "alert.verify"
    assert (clock.subject_label, clock.subject_label_en) == (
        "桃花源卫生院",
        "Taohuayuan Health Centre",
    )
    with translation.override("en"):
        assert str(clock) == "Alert verified at the desk Taohuayuan Health Centre"


def test_a_missing_key_is_refused_by_name(subject):
    with pytest.raises(Refused, match=r"alert\.nonsense"):
        deadline("alert.nonsense", subject=subject)


def test_a_key_that_is_no_deadline_is_refused(subject):
    with pytest.raises(Refused, match=r"signal\.answered_share"):
        deadline("signal.answered_share", subject=subject)


def test_an_order_may_name_its_own_end(subject):
    assert deadline(subject=subject, until=NOON + HOUR).due_at == NOON + HOUR


def test_an_end_before_the_start_is_refused(subject):
    with pytest.raises(Refused):
        deadline(subject=subject, until=NOON)


def test_a_clock_that_runs_is_not_started_twice(subject):
    first = deadline(subject=subject)

    assert deadline(subject=subject, at=NOON + HOUR) == first
    assert Line.objects.filter(kind="deadline.started").count() == 1


def test_the_database_holds_one_open_clock_for_each_key_and_subject(subject):
    clock = deadline(subject=subject)
    clock.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        clock.save(force_insert=True)


def test_a_new_clock_may_start_when_the_last_was_met(subject):
    first = deadline(subject=subject)
    actions.meet_deadline(key=first.key, subject=subject, by=system_user(), at=NOON + HOUR)

    assert deadline(subject=subject, at=NOON + 2 * HOUR) != first


def test_met_in_time(subject, officer):
    deadline(subject=subject)

    met = actions.meet_deadline(key="alert.verify", subject=subject, by=officer, at=NOON + VERIFY)

    assert (met.state, met.met_by, met.met_at) == (State.MET, officer, NOON + VERIFY)
    assert Line.objects.get(kind="deadline.met").details["late"] is False


def test_met_after_its_end_is_met_late(subject, officer):
    deadline(subject=subject)
    after = NOON + VERIFY + timedelta(seconds=1)

    met = actions.meet_deadline(key="alert.verify", subject=subject, by=officer, at=after)

    assert met.state == State.MET_LATE


def test_meeting_what_does_not_run_changes_nothing(subject, officer):
    assert actions.meet_deadline(key="alert.see", subject=subject, by=officer, at=NOON) is None
    assert not Line.objects.filter(kind="deadline.met").exists()


def test_cancelled_while_it_runs(subject, officer):
    deadline(subject=subject)

    gone = actions.cancel_deadline(
        key="alert.verify", subject=subject, by=officer, at=NOON + HOUR, reason="重复"
    )

    assert gone.state == State.CANCELLED
    assert not gone.is_open
    assert Line.objects.get(kind="deadline.cancelled").reason == "重复"


def test_letting_go_of_a_missed_deadline_does_not_unmiss_it(subject, officer):
    deadline(subject=subject)

    gone = actions.cancel_deadline(
        key="alert.verify", subject=subject, by=officer, at=NOON + 2 * VERIFY, reason="已结案"
    )

    assert gone.state == State.MISSED
    assert not gone.is_open
    assert not Deadline.objects.open().exists()


def test_cancelling_what_does_not_run_changes_nothing(subject, officer):
    nothing = actions.cancel_deadline(
        key="alert.see", subject=subject, by=officer, at=NOON, reason="x"
    )

    assert nothing is None


def test_extending_keeps_the_first_end_and_the_reason(subject, officer):
    clock = deadline(subject=subject)
    until = NOON + 2 * VERIFY

    longer = actions.extend_deadline(
        deadline=clock, until=until, reason="道路中断", by=officer, at=NOON + HOUR
    )

    assert (longer.due_at, longer.extended_from) == (until, NOON + VERIFY)
    assert longer.warn_at == NOON + 2 * VERIFY * 0.75
    assert Line.objects.get(kind="deadline.extended").reason == "道路中断"


def test_extended_twice_still_knows_its_first_end(subject, officer):
    clock = deadline(subject=subject)
    for days in (2, 3):
        clock = actions.extend_deadline(
            deadline=clock, until=NOON + days * VERIFY, reason="暴雨", by=officer, at=NOON
        )

    assert clock.extended_from == NOON + VERIFY


@pytest.mark.parametrize(
    ("role", "until", "at", "reason", "field"),
    [
        (Role.EPIDEMIOLOGIST, 2 * VERIFY, HOUR, "x", None),
        (Role.DUTY_OFFICER, VERIFY, HOUR, "x", "until"),
        (Role.DUTY_OFFICER, 2 * VERIFY, HOUR, "  ", "reason"),
        (Role.DUTY_OFFICER, 3 * VERIFY, 2 * VERIFY, "x", None),
    ],
    ids=["not the command", "no later", "no reason", "already over"],
)
def test_extending_is_refused(subject, role, until, at, reason, field):
    clock = deadline(subject=subject)

    with pytest.raises(Refused) as refused:
        actions.extend_deadline(
            deadline=clock,
            until=NOON + until,
            reason=reason,
            by=UserFactory(role=role),
            at=NOON + at,
        )

    assert refused.value.field == field


def test_a_deadline_of_another_county_cannot_be_extended(subject):
    clock = deadline(subject=subject)
    foreigner = UserFactory(role=Role.LEADER, area__code=FOREIGN_COUNTY)

    with pytest.raises(Refused):
        actions.extend_deadline(
            deadline=clock, until=NOON + 2 * VERIFY, reason="x", by=foreigner, at=NOON
        )


def test_the_sweep_marks_what_ran_out_as_missed_and_tells_whom_it_escalates_to(
    subject, monkeypatch
):
    told = []
    monkeypatch.setattr(
        "pingji.ground.standards.actions.deadlines.announce",
        lambda fact, **payload: told.append((fact, payload)),
    )
    clock = deadline(subject=subject)
    after = clock.due_at + HOUR

    assert actions.sweep_deadlines(at=after) == 1

    clock.refresh_from_db()
    assert (clock.state, clock.escalated_at) == (State.MISSED, after)
    assert clock.is_open
    fact, payload = told[0]
    assert fact == "deadline_overdue"
    assert (payload["deadline"], payload["escalates_to"]) == (clock.pk, "duty_officer")
    assert Line.objects.filter(kind="deadline.missed").count() == 1


def test_a_second_sweep_finds_nothing_left_to_do(subject):
    clock = deadline(subject=subject)
    actions.sweep_deadlines(at=clock.due_at + HOUR)

    assert actions.sweep_deadlines(at=clock.due_at + 2 * HOUR) == 0


def test_the_sweep_leaves_alone_what_is_due_this_very_moment(subject):
    assert actions.sweep_deadlines(at=deadline(subject=subject).due_at) == 0


def test_a_clock_met_while_the_sweep_runs_is_left_alone(subject, officer):
    clock = deadline(subject=subject)
    actions.meet_deadline(key=clock.key, subject=subject, by=officer, at=NOON + HOUR)

    assert not escalate(clock.pk, clock.due_at + HOUR)


def test_a_fault_of_the_database_is_not_taken_for_a_clock_that_runs(subject, monkeypatch):
    deadline(subject=subject)
    monkeypatch.setattr("pingji.ground.standards.actions.deadlines.open_deadline", lambda *_: None)

    with pytest.raises(IntegrityError), transaction.atomic():
        deadline(subject=subject)


def test_the_worker_sweeps_by_the_clock(subject):
    clock = deadline(subject=subject)

    tasks.sweep(at=clock.due_at + HOUR)

    assert Deadline.objects.get().state == State.MISSED


def test_a_missed_deadline_that_is_met_afterwards_is_met_late(subject, officer):
    clock = deadline(subject=subject)
    actions.sweep_deadlines(at=clock.due_at + HOUR)

    met = actions.meet_deadline(
        key=clock.key, subject=subject, by=officer, at=clock.due_at + 2 * HOUR
    )

    assert met.state == State.MET_LATE


ALLOWED = {
    ("open", "met"),
    ("open", "met_late"),
    ("open", "missed"),
    ("open", "cancelled"),
    ("missed", "met_late"),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_these_moves_are_allowed(state, to):
    clock = Deadline(state=state)

    if (state.value, to.value) in ALLOWED:
        rules.check_can_move(clock, to)
    else:
        with pytest.raises(Refused):
            rules.check_can_move(clock, to)


def test_every_state_has_its_row_of_moves():
    assert set(rules.MOVES) == set(State)


def test_the_time_left_goes_on_below_zero(subject):
    clock = deadline(subject=subject)

    assert rules.time_left(clock, NOON) == VERIFY
    assert rules.time_left(clock, NOON + 2 * VERIFY) == -VERIFY


def test_what_the_clock_shows(subject, officer):
    clock = deadline(subject=subject)

    assert rules.standing(clock, NOON) == "running"
    assert rules.standing(clock, NOON + VERIFY * 0.75) == "soon"
    assert rules.standing(clock, NOON + VERIFY) == "soon"
    assert rules.standing(clock, NOON + VERIFY + HOUR) == "late"
    met = actions.meet_deadline(key=clock.key, subject=subject, by=officer, at=NOON + HOUR)
    assert rules.standing(met, NOON + 2 * VERIFY) == "met"
    assert rules.time_left(met, NOON + 2 * VERIFY) == VERIFY - HOUR


def test_who_sees_a_deadline(subject):
    clock = deadline(subject=subject, organisation=subject)
    outsider = OrganisationFactory()

    def sees(**user):
        return clock in Deadline.objects.visible_to(UserFactory(**user))

    assert sees(role=Role.DUTY_OFFICER)
    assert not sees(role=Role.DUTY_OFFICER, area__code=FOREIGN_COUNTY)
    assert sees(role=Role.HOSPITAL_REPORTER, organisation=subject)
    assert not sees(role=Role.HOSPITAL_REPORTER, organisation=outsider)


def test_its_owner_sees_a_deadline_without_an_organisation(subject):
    owner = UserFactory(role=Role.TOWNSHIP_DOCTOR)
    clock = deadline(subject=subject, owner=owner)

    assert list(Deadline.objects.visible_to(owner)) == [clock]


def test_an_owner_who_left_sees_nothing(subject):
    owner = UserFactory()
    deadline(subject=subject, owner=owner)
    owner.is_active = False

    assert not Deadline.objects.visible_to(owner).exists()
    assert not Deadline.objects.visible_to(AnonymousUser()).exists()


def test_open_overdue_and_warning_are_asked_for_a_moment(subject):
    clock = deadline(subject=subject)
    late = clock.due_at + HOUR

    assert list(Deadline.objects.warning(clock.warn_at)) == [clock]
    assert not Deadline.objects.overdue(NOON).exists()
    assert list(Deadline.objects.overdue(late)) == [clock]
    actions.sweep_deadlines(at=late)
    assert list(Deadline.objects.open()) == [clock]
    assert list(Deadline.objects.overdue(late)) == [clock]
    assert list(Deadline.objects.late()) == [clock]


def test_the_deadlines_of_a_row_come_the_earliest_first(subject):
    deadline("alert.see", subject=subject)
    deadline("alert.verify", subject=subject)

    assert [clock.key for clock in queries.deadlines_of(subject)] == ["alert.see", "alert.verify"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("met_at", NOON),
        ("cancelled_at", NOON),
        ("extended_at", NOON),
        ("due_at", NOON),
        ("warn_at", NOON - HOUR),
        ("state", "met"),
        ("state", "missed"),
        ("state", "cancelled"),
    ],
)
def test_the_database_refuses_a_deadline_that_cannot_be(subject, column, value):
    clock = deadline(subject=subject)

    with pytest.raises(IntegrityError), transaction.atomic():
        Deadline.objects.filter(pk=clock.pk).update(**{column: value})


def test_no_deadline_runs_before_the_plan_says_whom_to_tell(subject):
    clock_plan = plan()
    clock_plan.base.escalates_to = ""
    clock_plan.base.save()

    with pytest.raises(Refused, match="deadline_defaults"):
        deadline(subject=subject)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_start_the_same_clock_at_once_start_one():
    plan()
    place, person = AreaFactory(), system_user()
    subject = OrganisationFactory()
    ready, started = threading.Barrier(2), []

    def start():
        try:
            ready.wait(timeout=20)
            started.append(
                actions.start_deadline(
                    key="alert.verify", subject=subject, area=place, by=person, at=NOON
                ).pk
            )
        finally:
            connection.close()

    people = [threading.Thread(target=start) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()

    assert len(started) == 2
    assert len(set(started)) == 1
