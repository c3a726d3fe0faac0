from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.evaluate.exercises.actions import jobs
from pingji.evaluate.exercises.tests.small_county import MIDNIGHT, made
from pingji.ground.record.actions import announce, job
from pingji.ground.record.actions.jobs import MOST_ATTEMPTS
from pingji.warn.alerts.models import DetectionRun

pytestmark = pytest.mark.django_db
done = []


class Killed(BaseException):
    """The process ends here, without a word to anybody."""


@job
def say(*, at, word):
    """Say a word, and have what it calls for said afterwards."""
    done.append((word, at))
    if word == "ask":
        say.later(at=at, word="answer")
    if word == "break":
        raise ValueError("broken")
    if word == "killed":
        done.clear()
        raise Killed


@pytest.fixture(autouse=True)
def fresh():
    done.clear()


def said():
    return [word for word, _at in done]


def waiting():
    return ProcrastinateJob.objects.filter(status="todo").count()


def test_jobs_are_done_in_the_order_in_which_they_were_asked_for_and_then_those_they_ask_for():
    for word in ("one", "ask", "two"):
        say.later(at=MIDNIGHT, word=word)

    assert jobs.drain(at=MIDNIGHT) == 4
    assert said() == ["one", "ask", "two", "answer"]
    assert done[0][1] == MIDNIGHT
    assert not ProcrastinateJob.objects.exists()


def test_what_fails_is_tried_again_later_by_the_exercises_own_time_until_it_is_given_up(caplog):
    say.later(at=MIDNIGHT, word="break")
    say.later(at=MIDNIGHT, word="after")

    assert jobs.drain(at=MIDNIGHT) == 2
    assert said() == ["break", "after"]
    moment = MIDNIGHT
    while (moment := jobs.next_retry(moment)) is not None:
        jobs.drain(at=moment)

    assert said().count("break") == MOST_ATTEMPTS
    left = ProcrastinateJob.objects.get()
    assert (left.status, left.attempts) == ("failed", MOST_ATTEMPTS)
    assert "broken" in caplog.text


def test_where_nothing_is_forgiven_a_fault_shows():
    say.later(at=MIDNIGHT, word="break")

    with pytest.raises(ValueError, match="broken"):
        jobs.drain(at=MIDNIGHT, forgiving=False)


def test_a_process_that_is_killed_in_a_job_leaves_it_waiting():
    say.later(at=MIDNIGHT, word="killed")

    with pytest.raises(Killed):
        jobs.drain(at=MIDNIGHT)

    assert ProcrastinateJob.objects.get().status == "todo"


def test_of_many_cards_at_once_the_county_is_looked_over_once(now):
    made()
    for card in (1, 2, 3):
        announce("report_received", at=MIDNIGHT, card=card, area="500242101", disease="norovirus")

    assert jobs.drain(at=MIDNIGHT, forgiving=False) >= 3
    assert not ProcrastinateJob.objects.exists()
    assert DetectionRun.objects.count() <= 1


def test_the_clock_starts_each_job_once_for_its_latest_hour(now):
    made()
    six = datetime(2025, 11, 24, 22, 6, tzinfo=UTC)

    first = jobs.strike(at=six, since=MIDNIGHT, struck={})
    names = set(ProcrastinateJob.objects.values_list("task_name", flat=True))

    assert "pingji.warn.alerts.tasks.detect_daily:clock" in names
    assert not any(name.startswith("record.") for name in names)
    assert first == waiting() == len(names)
    assert jobs.strike(at=six, since=MIDNIGHT, struck={}) == 0  # a process that begins anew


def test_hours_before_the_exercise_were_nobodys(now):
    made()

    jobs.strike(at=MIDNIGHT + timedelta(minutes=1), since=MIDNIGHT, struck={})

    names = set(ProcrastinateJob.objects.values_list("task_name", flat=True))
    assert "pingji.ground.standards.tasks.sweep:clock" in names
    assert "pingji.warn.alerts.tasks.detect_daily:clock" not in names


def test_the_next_hour_is_a_whole_one_or_that_of_a_daily_job():
    ten = datetime(2025, 11, 24, 22, tzinfo=UTC)

    assert jobs.next_tick(ten) == ten + timedelta(minutes=5)  # the daily run over all series
    assert jobs.next_tick(ten + timedelta(minutes=5)) == ten + timedelta(hours=1)
    assert len(jobs.clock_jobs()) < len(app.periodic_registry.periodic_tasks)
