"""Do what was queued in this process, one job after the other; the worker stands still meanwhile.

A job and its end on the queue are one transaction: a process that is killed leaves a job either
wholly done or still waiting. What failed is tried again later by the exercise's own time.
"""

import json
import logging
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from croniter import croniter
from django.db import IntegrityError, OperationalError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicTask

from pingji.ground import statements
from pingji.ground.record.actions.jobs import MOST_ATTEMPTS, RETRY

log = logging.getLogger("pingji.exercises")
NEXT = """
    select id, task_name, args, attempts from procrastinate_jobs
    where status = 'todo' and (scheduled_at is null or scheduled_at <= %s)
    order by priority desc, id limit 1 for update skip locked
"""
BEGIN = "update procrastinate_jobs set status = 'doing' where id = %s"
DONE = "select procrastinate_finish_job_v1(%s, 'succeeded', true)"
FAILED = "select procrastinate_finish_job_v1(%s, 'failed', false)"
AGAIN = "select procrastinate_retry_job_v2(%s, %s, null, null, null)"
RETRIED = (
    "select min(scheduled_at) from procrastinate_jobs where status = 'todo' and scheduled_at > %s"
)
STRIKE = "select procrastinate_defer_periodic_job_v2(%s, %s, %s, %s, 0, %s, %s, %s::jsonb)"
# A look over a county, asked for by every card: the last one asked for sees what the others would.
LOOKS = ("pingji.warn.alerts.tasks.detect_on_card", "pingji.warn.alerts.tasks.detect_on_correction")
LATER_LOOK = """
    select exists (select from procrastinate_jobs where status = 'todo' and id > %s
    and task_name = any(%s) and left(args ->> 'area', 6) = left(%s::jsonb ->> 'area', 6))
"""
# The queue's own housekeeping goes by the wall clock, and has nothing to keep here.
HOUSEKEEPING = "record."
HOUR = timedelta(hours=1)
# Another transaction was in the way: the same will do when it is tried again.
IN_THE_WAY = frozenset({"40001", "40P01", "55P03"})
TRIES = 5


def drain(*, at: datetime, forgiving: bool = True) -> int:
    """Do every job that waits, and the jobs that those queue.

    Args:
        at: The moment of the exercise; jobs that wait for a later one stay.
        forgiving: Whether the work goes on after a job that fails.

    Returns:
        How many were done.
    """
    done = tries = 0
    while True:
        try:
            if not _next(at, forgiving=forgiving):
                return done
        except OperationalError as fault:
            tries += 1
            if not was_in_the_way(fault) or tries == TRIES:
                raise
            continue
        done, tries = done + 1, 0


def was_in_the_way(fault: OperationalError) -> bool:
    """Whether a statement failed because of another transaction, not of itself."""
    return getattr(fault.__cause__, "sqlstate", None) in IN_THE_WAY


@transaction.atomic
def _next(at: datetime, *, forgiving: bool) -> bool:
    found = statements.ask(NEXT, [at]).fetchone()
    if found is None:
        return False
    pk, name, arguments, attempts = found
    statements.ask(BEGIN, [pk])
    if name in LOOKS and _answer(LATER_LOOK, pk, list(LOOKS), arguments):
        statements.ask(DONE, [pk])
        return True
    try:
        with transaction.atomic():
            app.tasks[name](**json.loads(arguments))
    except OperationalError:
        raise
    except Exception:
        if not forgiving:
            raise
        log.exception("job %s of the exercise failed: %s", pk, name)
        if attempts + 1 < MOST_ATTEMPTS:
            wait = timedelta(seconds=RETRY.exponential_wait ** (attempts + 1))
            statements.ask(AGAIN, [pk, at + wait])
        else:
            statements.ask(FAILED, [pk])
    else:
        statements.ask(DONE, [pk])
    return True


def next_retry(after: datetime) -> datetime | None:
    """When a job that failed is tried again."""
    found: datetime | None = _answer(RETRIED, after)
    return found


def _answer(statement: str, *given: Any) -> Any:
    """The one value that a statement asks for."""
    (value,) = statements.ask(statement, given).fetchone() or (None,)
    return value


def strike(*, at: datetime, since: datetime, struck: dict[str, datetime]) -> int:
    """Queue each job of the clock for its latest hour up to now, once; how many were queued.

    The queue itself knows which hours it had, so that a process that begins anew repeats none.

    Args:
        at: The moment of the exercise.
        since: The exercise's beginning: hours before it were nobody's.
        struck: The latest hour of each that this process has asked for; it is kept up here.
    """
    queued = 0
    for one in clock_jobs():
        tick = last_tick(one.cron, at)
        if tick >= since and struck.get(one.task.name) != tick:
            queued += _queue(one, tick)
            struck[one.task.name] = tick
    return queued


def _queue(one: PeriodicTask, tick: datetime) -> bool:
    task, stamp = one.task, int(tick.timestamp())
    given = [task.queue, task.lock, task.queueing_lock, task.name, one.periodic_id, stamp]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(STRIKE, [*given, f'{{"timestamp": {stamp}}}'])
            return cursor.fetchone()[0] is not None
    except IntegrityError:  # the one of an earlier hour still waits: it does for both
        return False


def clock_jobs() -> list[PeriodicTask]:
    """The jobs that the clock starts, always in the same order."""
    found = app.periodic_registry.periodic_tasks.values()
    return sorted(
        (one for one in found if not one.task.name.startswith(HOUSEKEEPING)),
        key=lambda one: one.task.name,
    )


def next_tick(after: datetime) -> datetime:
    """When the clock starts something next that has an hour of its own in the day, or a whole hour.

    What it starts more often is done whenever something else happens, and by the hour.
    """
    hour = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    own = (one.cron for one in clock_jobs() if has_its_hour(one.cron))
    return min([hour, *(croniter(cron, after.astimezone(UTC)).get_next(datetime) for cron in own)])


@lru_cache(maxsize=64)
def has_its_hour(cron: str) -> bool:
    """Whether a rule of the clock strikes more rarely than once in an hour."""
    ticks = croniter(cron, datetime(2026, 1, 1, tzinfo=UTC))
    first, second = ticks.get_next(datetime), ticks.get_next(datetime)
    return bool(second - first > HOUR)


def last_tick(cron: str, at: datetime) -> datetime:
    """The latest hour of a rule of the clock, now included."""
    just_after = at.astimezone(UTC) + timedelta(microseconds=1)
    found: datetime = croniter(cron, just_after).get_prev(datetime)
    return found
