"""Work that leaves the request, and facts that later stages listen to.

A job is queued in the transaction of the change that asks for it, runs at least once in the
worker, and is therefore written so that a second run changes nothing.
"""

import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from procrastinate import RetryStrategy
from procrastinate import jobs as queued
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import JobDeferrer
from procrastinate.manager import JobManager
from procrastinate.retry import RetryDecision

from pingji.ground.record.actions.trail import origin

log = logging.getLogger(__name__)

Work = Callable[..., object]
MOST_ATTEMPTS = 5


class Retried(RetryStrategy):
    """Says in the log that a job failed and is tried again; the queue itself speaks at the last."""

    def get_retry_decision(
        self, *, exception: BaseException, job: queued.Job
    ) -> RetryDecision | None:
        """When the job is tried again; None where it was the last time."""
        decision = super().get_retry_decision(exception=exception, job=job)
        if decision is not None and decision.retry_at is not None:
            # Only the first line: below it, a database names the values that it refuses.
            why = str(exception).partition("\n")[0]
            log.warning(
                "job %s (%s) failed at attempt %s, next try at %s: %s: %s",
                job.id,
                job.task_name,
                job.attempts + 1,
                timezone.localtime(decision.retry_at).strftime("%Y-%m-%d %H:%M:%S"),
                type(exception).__name__,
                why,
            )
        return decision


RETRY = Retried(max_attempts=MOST_ATTEMPTS, exponential_wait=3)
# In the worker, too, a job is queued over the connection of the change that asks for it. Over the
# worker's own, which knows nothing of that change, it would start before the commit, and even if
# the change is undone.
QUEUE = JobManager(DjangoConnector())
_listeners: dict[str, list[Any]] = defaultdict(list)
_unannounced: ContextVar[bool] = ContextVar("unannounced", default=False)


class Job:
    """A function that runs in the worker.

    Attributes:
        work: The function itself.
        task: The queue's task.
    """

    def __init__(self, work: Work, *, queue: str = "default", lock: str | None = None) -> None:
        self.work = work
        self.__doc__ = work.__doc__
        self.task = app.task(
            name=f"{work.__module__}.{work.__name__}", queue=queue, retry=RETRY, lock=lock
        )(self._run)

    def _run(self, **arguments: Any) -> None:
        with _fresh_connection(), origin("worker"):
            self.work(**_times(arguments))

    def __call__(self, **arguments: Any) -> object:
        return self.work(**arguments)

    def later(self, **arguments: Any) -> int:
        """Queue the job in the present transaction; it starts after the commit."""
        return JobDeferrer(QUEUE, self.task.configure().job).defer(**_plain(arguments))


def job(work: Work) -> Job:
    """Make a function a job: `work.later(...)` queues it."""
    return Job(work)


def every(cron: str) -> Callable[[Work], Job]:
    """Make a function a job that the worker starts by the clock; it is given `at=`."""

    def make(work: Work) -> Job:
        def tick(timestamp: int) -> None:
            with _fresh_connection(), origin("worker"):
                work(at=datetime.fromtimestamp(timestamp, UTC))

        name = f"{work.__module__}.{work.__name__}"
        # One at a time: a slow sweep is not overtaken by the next.
        task = app.task(name=f"{name}:clock", queue="clock", queueing_lock=name, lock=name)(tick)
        app.periodic(cron=cron)(task)
        return Job(work)

    return make


def hears(fact: str) -> Callable[[Work], Job]:
    """Make a function a listener: it runs as a job of its own whenever `fact` is announced."""

    def make(work: Work) -> Job:
        listener = Job(work)
        _listeners[fact].append(listener)
        return listener

    return make


@contextlib.contextmanager
def unannounced() -> Iterator[None]:
    """Announce nothing meanwhile: what is told of the past was heard in its own time."""
    token = _unannounced.set(True)
    try:
        yield
    finally:
        _unannounced.reset(token)


def announce(fact: str, *, at: datetime, **payload: Any) -> None:
    """Tell later stages a fact, in the present transaction: one job for each listener.

    Args:
        fact: Name of the fact: "report_received", "alert_verified".
        at: When it became a fact.
        payload: What it is about, as plain JSON values (keys of rows, never rows).
    """
    if _unannounced.get():
        return
    for listener in _listeners[fact]:
        listener.later(at=at, **payload)


def listeners(fact: str) -> list[Any]:
    """Who listens to a fact, for the documents and the tests."""
    return list(_listeners[fact])


@contextlib.contextmanager
def _fresh_connection() -> Iterator[None]:
    """A connection that broke while the worker was idle is replaced, as it is for requests."""
    if connection.in_atomic_block:  # a test's transaction stays as it is
        yield
        return
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in arguments.items()}


def _times(arguments: dict[str, Any]) -> dict[str, Any]:
    """Moments travel as text; `at` and names ending in `_at` come back as moments."""
    return {
        k: (parse_datetime(v) or timezone.now()) if _is_time(k, v) else v
        for k, v in arguments.items()
    }


def _is_time(key: str, value: object) -> bool:
    return isinstance(value, str) and (key == "at" or key.endswith("_at"))
