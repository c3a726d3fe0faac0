"""An alert has an owner from the duty roster, and goes to the next when its time runs out."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices.models import Delivery
from pingji.ground.record.models import Line
from pingji.ground.standards.actions import sweep_deadlines
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.warn.alerts import actions, tasks
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.tests.factories import detected, outbreak

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def called(*roles: Role, since=NOON - DAY, until=NOON + 9 * DAY) -> list:
    """People on duty, in the order in which they are called."""
    officer = UserFactory(role=Role.DUTY_OFFICER)
    people = [UserFactory(role=role, area=officer.area) for role in roles]
    for rank, person in enumerate(people, start=1):
        directory.put_on_duty(
            area=officer.area,
            person=person,
            rank=rank,
            starts_at=since,
            ends_at=until,
            by=officer,
            at=NOON,
        )
    return people


def raised() -> Alert:
    outbreak()
    detected()
    return Alert.objects.get()


def late(at) -> None:
    """Look at the clocks, and do the jobs that this queues, as the worker does each minute."""
    sweep_deadlines(at=at)
    jobs = ProcrastinateJob.objects.filter(task_name__endswith="hand_on_what_is_late")
    for job in jobs.filter(args__at=at.isoformat()).order_by("pk"):
        tasks.hand_on_what_is_late(**(job.args | {"at": at}))


def owner() -> object:
    return Alert.objects.get().owner


def test_who_is_called_first_owns_a_new_alert_and_its_clocks():
    _leader, first, _second = called(Role.LEADER, Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER)

    alert = raised()

    assert alert.owner == first  # the leader sees alerts and does not decide on them
    assert set(Deadline.objects.of(alert).values_list("owner", flat=True)) == {first.pk}


def test_nobody_owns_an_alert_while_nobody_is_on_duty():
    called(Role.EPIDEMIOLOGIST, since=NOON - 3 * DAY, until=NOON - DAY)

    assert raised().owner is None


def test_each_time_a_clock_runs_out_the_alert_goes_to_the_next_who_is_told():
    first, second, third = called(Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER, Role.EPIDEMIOLOGIST)
    alert = raised()
    see, verify = (Deadline.objects.get(key=f"alert.{step}") for step in ("see", "verify"))
    owners = [owner()]

    for clock in (see, verify):
        late(clock.due_at + timedelta(minutes=1))
        owners.append(owner())

    assert owners == [first, second, third]
    lines = Line.objects.filter(kind="alert.escalated").order_by("pk")
    assert [(x.details["key"], x.details["to"]) for x in lines] == [
        ("alert.see", second.username),
        ("alert.verify", third.username),
    ]
    told = Delivery.objects.filter(notice__kind="alert_escalated", means="page")
    assert {row.receiver for row in told} == {second, third}
    assert {clock.owner for clock in Deadline.objects.of(alert).open()} == {third}


def test_the_page_names_who_the_alert_was_taken_from_and_given_to(client):
    first, second = called(Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER)
    alert = raised()
    late(Deadline.objects.get(key="alert.see").due_at + timedelta(minutes=1))
    client.force_login(second)

    page = client.get(alert.get_absolute_url()).content.decode()

    assert f"{first.display_name} → {second.display_name}" in page


def test_clocks_that_run_out_together_and_a_job_that_runs_twice_hand_it_on_once():
    first, second, _third = called(Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER, Role.EPIDEMIOLOGIST)
    alert = raised()
    system = Line.objects.filter(kind="alert.raised").get().by

    late(NOON + 3 * DAY)
    again = actions.escalate(
        alert=alert, key="alert.see", missed_by=first.pk, by=system, at=NOON + 3 * DAY
    )

    assert (owner(), again) == (second, None)


def test_after_the_last_on_the_roster_the_owner_stays_and_the_plans_role_is_told():
    (only,) = called(Role.EPIDEMIOLOGIST)
    raised()

    late(NOON + 3 * DAY)

    assert owner() == only
    assert not Line.objects.filter(kind="alert.escalated").exists()
    assert Deadline.objects.get(key="alert.verify").escalates_to == Role.DUTY_OFFICER


def test_who_is_first_on_duty_takes_an_alert_whose_owner_is_not():
    alert = raised()
    assert alert.owner is None
    (later,) = called(Role.EPIDEMIOLOGIST)

    late(NOON + 3 * DAY)

    assert owner() == later


def test_an_alert_that_was_answered_in_time_stays_with_its_owner():
    first, _second = called(Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER)
    alert = raised()
    actions.decide(alert=alert, to="dismissed", by=first, at=NOON, reason="散发。")

    late(NOON + 30 * DAY)

    assert owner() == first


def test_giving_an_alert_away_gives_its_clocks_away():
    first, second = called(Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER)
    alert = raised()

    actions.give_to(alert=alert, owner=second, by=first, at=NOON)

    assert {clock.owner for clock in Deadline.objects.of(alert).open()} == {second}
    lines = Line.objects.filter(kind="deadline.handed_over", by=first)
    assert {line.details["key"] for line in lines} == {"alert.see", "alert.verify"}
    assert {line.details["to"] for line in lines} == {second.username}
