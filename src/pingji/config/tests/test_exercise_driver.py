"""The driver: how far a step goes, that time stands while it should, and that nothing is skipped."""

from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError

from pingji.config import checkpoints, clock, exercise_driver, exercise_home, living
from pingji.config.exercise_driver import MOST_SECONDS, Driver, target
from pingji.config.places import FINISHED, mark_for_exercises
from pingji.evaluate.exercises.actions.control import ask_driver
from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.tests.control_factories import MORNING, exercise
from pingji.ground.directory.tests.factories import system_user

HOUR = timedelta(hours=1)
LATER = timedelta(days=400)


def unsaved(**given):
    given = {"moment": MORNING, "ends_at": MORNING + timedelta(days=9), "speed": 3600} | given
    return Exercise(**given)


def test_a_step_goes_as_far_as_the_speed_says():
    for speed, seconds in ((3600, 360), (600, 60), (60, 6)):
        reached = target(unsaved(speed=speed), seconds=0.1, following=MORNING + LATER)
        assert reached - MORNING == timedelta(seconds=seconds)


def test_a_step_that_comes_late_makes_up_for_little_so_that_time_slows_down():
    reached = target(unsaved(), seconds=60, following=MORNING + LATER)
    assert reached - MORNING == timedelta(seconds=3600 * MOST_SECONDS)


def test_as_fast_as_possible_goes_from_event_to_event_but_no_more_than_an_hour():
    soon = MORNING + timedelta(minutes=7)
    assert target(unsaved(speed=0), seconds=0.1, following=soon) == soon
    assert target(unsaved(speed=0), seconds=0.1, following=MORNING + LATER) == MORNING + HOUR


def test_no_step_goes_beyond_the_end():
    one = unsaved(ends_at=MORNING + timedelta(seconds=90))
    assert target(one, seconds=0.3, following=MORNING + LATER) == one.ends_at


class Engine:
    """An engine that only moves the clock, and counts how often it did what pages queue."""

    def __init__(self, exercise):
        self.exercise = exercise
        self.drained = 0

    def next_moment(self):
        """Nothing ever happens."""
        return self.exercise.ends_at

    def go_to(self, moment):
        """Live on."""
        clock.set_moment(moment)
        Exercise.objects.filter(pk=self.exercise.pk).update(moment=moment)
        self.exercise.refresh_from_db()

    def drain(self):
        """Nothing is queued."""
        self.drained += 1


@pytest.fixture
def driver(db, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("PINGJI_HOME", str(tmp_path))
    settings.EXERCISE = True
    settings.EXERCISE_REQUESTS = tmp_path / "requests"
    seconds = iter(range(10_000))
    made = Driver(wall=lambda: next(seconds) / 10)
    made.engine = Engine(exercise())
    system_user()
    return made


def present():
    return Exercise.objects.get()


def test_time_runs_at_its_speed(driver):
    before = present().moment
    driver.step()
    driver.step()
    assert present().moment > before
    assert clock.now() == present().moment


def test_while_time_stands_what_pages_queue_is_done(driver):
    Exercise.objects.update(state="paused")
    before = present().moment
    for _time in range(3):
        driver.step()
    assert present().moment == before
    assert driver.engine.drained == 3


def test_after_a_pause_the_time_of_the_pause_is_not_made_up_for(driver):
    driver.step()
    Exercise.objects.update(state="paused")
    for _time in range(50):
        driver.step()
    before = present().moment
    Exercise.objects.update(state="running")
    driver.step()
    assert present().moment - before <= timedelta(seconds=3600 * exercise_driver.TICK_SECONDS)


def test_a_change_of_speed_holds_from_the_next_step_on(driver):
    Exercise.objects.update(speed=60)
    before = present().moment
    driver.step()
    assert present().moment - before == timedelta(seconds=60 * exercise_driver.TICK_SECONDS)


def test_at_its_end_the_exercise_is_finished_and_its_folder_says_so(driver, tmp_path):
    Exercise.objects.update(ends_at=present().moment + timedelta(seconds=1))
    driver.engine.exercise.refresh_from_db()
    driver.step()
    assert present().state == "finished"
    assert (tmp_path / FINISHED).exists()
    reached = present().moment
    driver.step()
    assert present().moment == reached


def test_ended_by_hand_its_folder_says_so_too(driver, tmp_path):
    Exercise.objects.update(state="finished")
    driver.step()
    assert (tmp_path / FINISHED).exists()


def test_a_step_goes_on_at_full_speed_to_its_end_and_no_further(driver):
    before = present().moment
    Exercise.objects.update(speed=60, stops_at=before + timedelta(hours=30))
    driver.engine.exercise.refresh_from_db()
    for _time in range(40):  # an hour each, where nothing happens
        driver.step()
    one = present()
    assert (one.moment - before, one.state, one.stops_at) == (
        timedelta(hours=30),
        "paused",
        None,
    )


def test_what_was_asked_for_is_done_first_and_all_is_read_anew(driver, monkeypatch):
    asked = []
    monkeypatch.setattr(checkpoints, "make", lambda: asked.append("made"))
    monkeypatch.setattr(driver, "_engine", lambda: Engine(present()))
    path = ask_driver("checkpoint")
    before = driver.engine
    driver.step()
    assert asked == ["made"]
    assert not path.exists()
    assert driver.engine is not before


def test_a_request_for_a_checkpoint_that_is_not_there_does_no_harm(driver):
    path = ask_driver("rewind", name="checkpoint_404")
    assert checkpoints.answer_requests() == 1
    assert not path.exists()
    assert present().state == "running"


def wrapped(problem):
    """As Django raises it."""
    raised = OperationalError(str(problem))
    raised.__cause__ = problem
    return raised


def refusing(problem):
    def make():
        raise problem

    return make


FULL = psycopg.errors.DiskFull("could not extend file")
IN_USE = psycopg.errors.ObjectInUse("source database is being accessed by other users")


@pytest.mark.parametrize("problem", [FULL, IN_USE, wrapped(FULL)], ids=repr)
def test_what_the_database_refuses_is_told_and_not_asked_again(driver, monkeypatch, problem):
    monkeypatch.setattr(checkpoints, "make", refusing(problem))
    monkeypatch.setattr(driver, "_engine", lambda: Engine(present()))
    path = ask_driver("checkpoint")
    driver.step()
    assert not path.exists()
    assert checkpoints.why_not(path) == str(problem)
    assert checkpoints.why_not(path) == ""


@pytest.mark.parametrize(
    "problem",
    [
        psycopg.OperationalError("connection refused"),
        psycopg.errors.AdminShutdown("terminating connection"),
        wrapped(psycopg.OperationalError("connection refused")),
    ],
    ids=repr,
)
def test_what_is_asked_for_while_the_server_is_away_is_asked_again(driver, monkeypatch, problem):
    monkeypatch.setattr(checkpoints, "make", refusing(problem))
    path = ask_driver("checkpoint")
    with pytest.raises(type(problem)):
        checkpoints.answer_requests()
    assert path.exists()
    assert checkpoints.why_not(path) == ""


@pytest.mark.parametrize(
    "start", [lambda: exercise_home.prepare(None), living.keep_scenario], ids=["command", "pages"]
)
def test_a_start_after_a_rewind_that_was_cut_off_puts_the_clock_back(driver, start):
    mark_for_exercises()
    clock.turn_back(present().moment + timedelta(days=30))
    start()
    assert clock.now() == present().moment


@pytest.mark.django_db
def test_an_exercise_that_is_made_for_people_waits_for_them(settings):
    settings.EXERCISE = True
    system_user()
    one = exercise()

    exercise_home.stand_still(one)
    exercise_home.stand_still(Exercise.objects.get())

    assert Exercise.objects.get().state == Exercise.State.PAUSED
