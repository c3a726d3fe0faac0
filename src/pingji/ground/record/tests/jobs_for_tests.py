"""Jobs that leave a mark, for the tests and for a worker that they start.

Marks are kept in a table of their own; each begun run leaves one, whatever becomes of it.
"""

import os
import signal
import sys

import psycopg
from django.db import connection, transaction

from pingji.ground.record.actions import every, hears, job


def make_marks() -> None:
    """Make the table; it is dropped with `drop_marks`."""
    with connection.cursor() as cursor:
        cursor.execute("create table if not exists marks_of_tests (word text)")


def drop_marks() -> None:
    """Drop the table."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists marks_of_tests")


def marks() -> list[str]:
    """The marks left so far."""
    with connection.cursor() as cursor:
        cursor.execute("select word from marks_of_tests")
        return [row[0] for row in cursor.fetchall()]


def leave(word: str) -> None:
    """Leave a mark that stays even if the job does not: by a connection of its own."""
    given = connection.get_connection_params()
    with psycopg.connect(
        host=given["host"], dbname=given["dbname"], user=given["user"], autocommit=True
    ) as own:
        own.execute("insert into marks_of_tests values (%s)", [word])


@job
def leave_a_mark(word: str, **more: object) -> None:
    """Leave a mark and end well."""
    leave(" ".join([word, *(f"{k}={v!r}" for k, v in more.items())]))


@job
def change_and_undo(word: str) -> None:
    """Queue another job as part of a change that is undone."""
    with transaction.atomic():
        leave_a_mark.later(word=word)
        transaction.set_rollback(True)


def die() -> None:
    """Kill this worker as nothing can prevent; never the process that runs the tests."""
    if "pytest" in sys.modules:
        raise RuntimeError("this job is for a worker process of its own")
    os.kill(os.getpid(), signal.SIGKILL)


@job
def die_once(word: str) -> None:
    """Kill the worker in the middle of the first run."""
    first = word not in marks()
    leave(word)
    if first:
        die()


@job
def die_always(word: str) -> None:
    """Kill the worker each time."""
    leave(word)
    die()


@job
def fail(word: str) -> None:
    """Fail as a database does that refuses a row: with the row's values on the second line."""
    leave(word)
    raise ValueError("refused by a constraint\nDETAIL: secret values")


@hears("tested")
def hear_once(*, at: object, word: str) -> None:
    """One listener."""
    leave(f"once {word} {at.isoformat()}")  # type: ignore[attr-defined]


@hears("tested")
def hear_twice(*, at: object, word: str) -> None:
    """Another listener to the same fact."""
    leave(f"twice {word}")


@every("0 0 1 1 *")
def yearly(at: object) -> None:
    """By the clock."""
    leave(f"yearly {at.isoformat()}")  # type: ignore[attr-defined]
