"""The driver of an exercise: in its installation it takes the worker's place.

It lives through simulated time at the speed asked for, and does what pages queue, also while time
stands still. Where the work takes longer than the speed allows, time slows down; nothing is
skipped. All that it knows is in the database: killed, it goes on where it was.
"""

import contextlib
import fcntl
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pingji.config.places import FINISHED, home

if TYPE_CHECKING:
    from pingji.evaluate.exercises.models import Exercise

log = logging.getLogger("pingji.driver")
LOCK = "driver.lock"
TICK_SECONDS = 0.1  # between two steps; pages' jobs never wait longer than for one
MOST_SECONDS = 0.3  # of the wall clock that one step makes up for, so that late means slower
TOLD_SECONDS = 1.0  # how often open pages hear that time went on
AWAY_SECONDS = 1.0
AT_ONCE = timedelta(hours=1)  # of the exercise in one step where time goes as fast as it can


def target(exercise: "Exercise", *, seconds: float, following: datetime) -> datetime:
    """How far a step goes.

    Args:
        exercise: The exercise.
        seconds: Of the wall clock since the last step.
        following: When something happens next.
    """
    if exercise.speed == 0 or exercise.stops_at is not None:
        reached = min(following, exercise.moment + AT_ONCE)
    else:
        passed = min(max(seconds, 0.0), MOST_SECONDS) * exercise.speed
        reached = exercise.moment + timedelta(seconds=passed)
    return min(reached, exercise.stops_at or exercise.ends_at, exercise.ends_at)


@contextlib.contextmanager
def holding() -> Iterator[None]:
    """Hold the folder's lock for as long as this process drives; an earlier one's end is awaited."""
    with (home() / LOCK).open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def driven() -> bool:
    """Whether a driver runs in this folder, who does what is asked for."""
    path = home() / LOCK
    if not path.exists():
        return False
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


class Driver:
    """Drives the exercise of this installation until asked to stop."""

    def __init__(self, *, wall: Callable[[], float] = time.monotonic) -> None:
        self.wall = wall
        self.stopping = False
        self.engine: Any = None
        self.stepped_at: float | None = None
        self.told_at = 0.0
        self.told: datetime | None = None

    def run(self) -> None:
        """Step until asked to stop; come back by itself when the database was away or closed."""
        import psycopg
        from django.db import InterfaceError, OperationalError, connections

        from pingji.config import checkpoints

        away = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
        while not self.stopping:
            begun = self.wall()
            try:
                self.step()
            except away as problem:
                log.warning("exercise: database away: %s", str(problem).strip())
                self.forget()
                connections.close_all()
                time.sleep(AWAY_SECONDS)
                with contextlib.suppress(psycopg.Error):  # a checkpoint was cut off
                    checkpoints.open_again()
                continue
            time.sleep(max(0.0, TICK_SECONDS - (self.wall() - begun)))

    def stop(self, *_given: object) -> None:
        """Stop after the present step."""
        self.stopping = True

    def forget(self) -> None:
        """Read all anew from the database at the next step."""
        self.engine = self.stepped_at = None

    def step(self) -> None:
        """Do what was asked for, then live on for as long as has passed."""
        from pingji.config import checkpoints

        if checkpoints.answer_requests():
            self.forget()
        engine = self.engine = self.engine or self._engine()
        exercise = engine.exercise
        exercise.refresh_from_db()
        engine.drain()
        if exercise.state != exercise.State.RUNNING:
            self.stepped_at = None
            if exercise.state == exercise.State.FINISHED:  # by who directs it
                _say_finished()
            return self._tell(exercise, force=self.told != exercise.moment)
        now = self.wall()
        seconds = now - self.stepped_at if self.stepped_at is not None else TICK_SECONDS
        self.stepped_at = now
        following = engine.next_moment()
        engine.go_to(target(exercise, seconds=seconds, following=following))
        if exercise.moment >= exercise.ends_at:
            self._finish(exercise)
        elif exercise.has_stepped:
            self._stop(exercise)
        return self._tell(exercise)

    def _engine(self) -> Any:
        from pingji.config import clock
        from pingji.evaluate.exercises.actions.engine import Engine
        from pingji.evaluate.exercises.queries import present

        exercise = present() or begin()
        clock.set_moment(exercise.moment)
        return Engine(exercise, set_clock=clock.set_moment)

    def _finish(self, exercise: "Exercise") -> None:
        from pingji.evaluate.exercises import actions
        from pingji.ground.directory.models import User

        actions.finish(exercise=exercise, by=User.objects.system(), at=exercise.moment)
        _say_finished()
        exercise.refresh_from_db()

    def _stop(self, exercise: "Exercise") -> None:
        from pingji.evaluate.exercises import actions
        from pingji.ground.directory.models import User

        actions.stop_after_step(exercise=exercise, by=User.objects.system(), at=exercise.moment)
        exercise.refresh_from_db()
        self.stepped_at = None

    def _tell(self, exercise: "Exercise", *, force: bool = False) -> None:
        """Have open pages ask for the moment again."""
        from pingji.ground.record.actions import publish

        if exercise.moment == self.told:
            return
        if force or self.wall() - self.told_at >= TOLD_SECONDS:
            publish("exercise", area=exercise.area_id)
            self.told, self.told_at = exercise.moment, self.wall()


def _say_finished() -> None:
    """Have the folder say so, for who lists the exercises."""
    (home() / FINISHED).touch()


def begin() -> "Exercise":
    """Begin the exercise that this installation was made for, at the moment of its clock."""
    from django.utils import timezone

    from pingji.config import checkpoints
    from pingji.evaluate.exercises import actions
    from pingji.ground.directory.models import Role, User

    scenario = checkpoints.scenario_here()
    log.info("exercise: beginning %s", scenario.code)
    people = User.objects.filter(demo=True, is_active=True).order_by("pk")
    by = people.filter(role=Role.ADMINISTRATOR).first() or User.objects.system()
    return actions.begin(scenario=scenario, by=by, at=timezone.now())


def main() -> None:
    """Drive until a signal asks to stop; the present step is finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
    from pingji.config.postgres import die_with_parent
    from pingji.config.worker import end_with

    if os.environ.get("PINGJI_SERVED_BY_RUN"):
        # At once: the database goes with its parent too, and a step cut off is done again.
        die_with_parent(signal.SIGKILL)
        end_with(os.getppid())
    import django

    django.setup()
    driver = Driver()
    with holding():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, driver.stop)
        driver.run()


if __name__ == "__main__":
    main()
