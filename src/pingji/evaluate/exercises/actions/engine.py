"""Live through an exercise: from one moment of interest to the next, each event a transaction.

All that the engine knows is in the database. At every moment it sets the clock, says how far the
exercise has come, and then does what is left to do there, in order: the day of the outbreak, what
is due, the queue, the jobs of the clock; at last, what then waits for people whom the machine plays
gets its place on the agenda. A process that was killed in the middle begins with the same moment
again and finds the rest of it.

Where time runs fast, what is due within the same few minutes is done together, each at its own
time: a hundred cards a day do not make a hundred moments.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.db import OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions import jobs, staff
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries import moments
from pingji.ground import Refused
from pingji.ground.record.actions import origin

log = logging.getLogger("pingji.exercises")
Handler = Callable[[Exercise, Due, datetime], tuple[str, str] | None]
ORIGIN = "exercise"
LANGUAGE = "zh-hans"  # what staff write is Chinese, whoever started the program
TRIES = 5
INSTANT = timedelta(microseconds=1)


class Nature(Protocol):
    """The outbreak that the exercise is about."""

    def live(self, *, at: datetime) -> None:
        """Live through one more day."""


def nobody(moment: datetime) -> None:
    """Who wants to hear how far it has come, where nobody does."""


class Engine:
    """Drives the exercise of this database."""

    def __init__(
        self,
        exercise: Exercise,
        *,
        set_clock: Callable[[datetime], None],
        world: Nature | None = None,
        handlers: Mapping[str, Handler] | None = None,
        forgiving: bool = True,
    ) -> None:
        """Take the exercise up where it stands.

        Args:
            exercise: The exercise.
            set_clock: Called with every moment before anything is done there.
            world: The outbreak; left out, that of the exercise, made when it is first needed.
            handlers: Who does what is due, by its kind; left out, everybody of the exercise.
            forgiving: Whether the exercise goes on where the program breaks; the journal says so.
        """
        self.exercise = exercise
        self.set_clock = set_clock
        self.forgiving = forgiving
        self._world = world
        self._handlers = handlers if handlers is not None else everybody()
        self._struck: dict[str, datetime] = {}
        self._begun = False

    @property
    def world(self) -> Nature:
        """The outbreak, played again up to the present day when it is first asked for."""
        if self._world is None:
            from pingji.evaluate.exercises.actions.world import World

            self._world = World.of(self.exercise)
        return self._world

    def next_moment(self) -> datetime:
        """When something happens next, or may; never before the moment reached or after the end."""
        here = self.exercise.moment
        if not self._begun:  # what a killed process left of this moment
            return here
        coming = [moments.next_of(self.exercise), jobs.next_tick(here)]
        if (again := jobs.next_retry(here)) is not None:
            coming.append(again)
        return min(max(min(coming), here), self.exercise.ends_at)

    def go_to(self, moment: datetime) -> None:
        """Live up to a moment, that moment included; everything on the way in its order."""
        moment = min(moment, self.exercise.ends_at)
        with origin(ORIGIN), translation.override(LANGUAGE):
            while (following := self.next_moment()) <= moment and self._is_ahead(following):
                self._live_at(following)
            if self.exercise.moment < moment:
                self._reach(moment)

    def _is_ahead(self, moment: datetime) -> bool:
        return moment > self.exercise.moment or not self._begun

    def run(self, *, progress: Callable[[datetime], None] = nobody) -> None:
        """Live to the end, as fast as the machine can.

        Args:
            progress: Called with every moment reached.
        """
        while self.exercise.moment < self.exercise.ends_at or not self._begun:
            self.go_to(self.next_moment())
            progress(self.exercise.moment)

    def drain(self) -> int:
        """Do what pages have queued, and see what waits for whom; how many jobs were done."""
        with origin(ORIGIN), translation.override(LANGUAGE):
            done = self._drain()
            if done:
                self._plan()
        return done

    def _live_at(self, moment: datetime) -> None:
        self._reach(moment)
        self._drain()  # what pages asked for, or a killed process left
        while (day := moments.next_day(self.exercise)) <= moment < self.exercise.ends_at:
            for due in self._due_at(day - INSTANT):  # the night is told of all that the day brought
                self._do(due)
            self._live_a_day()
        for due in self._due_at(self.exercise.moment):
            self._do(due)
        self._drain()
        jobs.strike(at=moment, since=self.exercise.starts_at, struck=self._struck)
        self._drain()
        self._plan()

    def _reach(self, moment: datetime) -> None:
        moment = moment.astimezone(UTC)
        self.set_clock(moment)
        Exercise.objects.filter(pk=self.exercise.pk).update(moment=moment)
        self.exercise.refresh_from_db()
        self._begun = True

    def _due_at(self, moment: datetime) -> Iterator[Due]:
        while (due := Due.objects.waiting().filter(at__lte=moment).first()) is not None:
            yield due

    @transaction.atomic
    def _live_a_day(self) -> None:
        self.world.live(at=self.exercise.moment)
        self.exercise.refresh_from_db()

    def _drain(self) -> int:
        return jobs.drain(at=self.exercise.moment, forgiving=self.forgiving)

    def _plan(self) -> None:
        staff.plan(self.exercise, at=self.exercise.moment)

    def _do(self, due: Due) -> None:
        """Do one thing on the agenda; once more where another transaction was in the way."""
        for left in reversed(range(TRIES)):
            try:
                return self._do_once(due)
            except OperationalError as fault:
                if not left or not jobs.was_in_the_way(fault):
                    raise
        return None

    @transaction.atomic
    def _do_once(self, due: Due) -> None:
        due = Due.objects.select_for_update().get(pk=due.pk)
        if due.state != Due.State.WAITING:
            return
        role = due.payload.get("role")
        if role is not None and not self.exercise.plays(role):
            due.delete()  # whoever plays it now does it, or leaves it
            return
        due.state, (due.outcome, due.outcome_en) = self._outcome(due)
        due.save(update_fields=["state", "outcome", "outcome_en"])

    def _outcome(self, due: Due) -> tuple[str, tuple[str, str]]:
        try:
            with transaction.atomic():
                came = self._handlers[due.kind](self.exercise, due, due.at)
        except Refused as refused:
            return Due.State.REFUSED, (str(refused), self._in_english(due) or str(refused))
        except OperationalError:
            raise
        except Exception as fault:
            if not self.forgiving:
                raise
            log.exception("the exercise could not do %s", due)
            words = f"{type(fault).__name__}: {fault}"
            return Due.State.REFUSED, in_both(lambda: _("The program broke: %s") % words)
        if came is None:
            return Due.State.IDLE, in_both(lambda: _("There was nothing left to do."))
        return Due.State.DONE, came

    def _in_english(self, due: Due) -> str:
        """Why it was refused, as an English reader is told; nothing is changed by asking."""
        try:
            with translation.override("en"), transaction.atomic():
                self._handlers[due.kind](self.exercise, due, due.at)
                transaction.set_rollback(True)
        except Refused as refused:
            return str(refused)
        return ""


def everybody() -> dict[str, Handler]:
    """Who does what is due, by its kind."""
    from pingji.evaluate.exercises.actions import injects, reports

    found: dict[str, Any] = {}
    for part in (staff, reports, injects):
        found |= part.HANDLERS
    return found
