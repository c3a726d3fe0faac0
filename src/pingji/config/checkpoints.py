"""Checkpoints of an exercise: copies of its database, to which it can be turned back.

A copy is another database of the same server; it is made while nobody is connected, so the pages
say for a moment that the database is away. Pages and commands ask by a file in the installation's
folder, because whoever asks is connected; the driver answers between two steps.
"""

import contextlib
import json
import logging
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from pingji.config import clock
from pingji.config.places import FINISHED, for_exercises, home, socket_folder
from pingji.config.postgres import DATABASE, ROLE

if TYPE_CHECKING:
    from pingji.evaluate.exercises.rules.scenario import Scenario

log = logging.getLogger("pingji.driver")
SCENARIO = "scenario.json"
NEW, OLD = "rewound", "set_aside"
GONE_SECONDS = 20
FAILED = ".failed"
AWAY = ("08", "57P")  # classes of what is said of a connection that breaks, of a server that ends
ALLOW = sql.SQL("alter database {} with allow_connections {}")
# The server's own helpers are not ours to end; they give way to a copy by themselves.
SEND_AWAY = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = %s and backend_type = 'client backend'"
)


class CheckpointProblem(Exception):
    """There is no such checkpoint."""


def keep_scenario(scenario: "Scenario") -> None:
    """Say which scenario this installation is for."""
    (home() / SCENARIO).write_text(scenario.model_dump_json(indent=1), encoding="utf-8")


def scenario_here() -> "Scenario":
    """The scenario that this installation is for."""
    from pingji.evaluate.exercises.rules.scenario import Scenario

    return Scenario.model_validate_json((home() / SCENARIO).read_text(encoding="utf-8"))


def answer_requests() -> int:
    """Do what was asked for, in its order; how many requests there were.

    What the database refuses, for want of room say, is not asked again: who waits reads why in the
    request's place. While the server itself is away the request stays.
    """
    from django.conf import settings
    from django.db import Error as DjangoError

    done = 0
    for path in sorted(Path(settings.EXERCISE_REQUESTS).glob("*.json")):
        asked = json.loads(path.read_text(encoding="utf-8"))
        try:
            if asked["what"] == "checkpoint":
                make()
            elif asked["what"] == "rewind":
                rewind(asked["name"])
        except CheckpointProblem as problem:
            _say_why(path, f"{problem}?")
        except (psycopg.Error, DjangoError) as problem:
            if _away(problem):
                raise
            log.exception("exercise: %s failed", asked["what"])
            _say_why(path, str(problem).strip())
        path.unlink(missing_ok=True)
        done += 1
    return done


def _away(problem: Exception) -> bool:
    """Whether there is no server that could answer: it has ended, or is about to."""
    state = getattr(problem.__cause__ or problem, "sqlstate", None)
    return state is None or state.startswith(AWAY)


def _say_why(path: Path, why: str) -> None:
    """Leave word of the last request that failed."""
    with contextlib.suppress(OSError):  # a full disk may be the reason itself
        for earlier in path.parent.glob(f"*{FAILED}"):
            earlier.unlink(missing_ok=True)
        path.with_suffix(FAILED).write_text(why, encoding="utf-8")


def why_not(path: Path) -> str:
    """Why a request that is gone was not done; empty where it was."""
    said = path.with_suffix(FAILED)
    try:
        why = said.read_text(encoding="utf-8")
    except OSError:
        return ""
    said.unlink(missing_ok=True)
    return why


@contextlib.contextmanager
def _admin() -> Iterator[psycopg.Connection]:
    """A line to the server that is on no database of the program's."""
    assert for_exercises()
    with psycopg.connect(
        host=str(socket_folder()), dbname="postgres", user=ROLE, autocommit=True
    ) as admin:
        yield admin


@contextlib.contextmanager
def _alone(admin: psycopg.Connection) -> Iterator[None]:
    """Nobody is connected to the exercise's database meanwhile."""
    from django.db import connections

    connections.close_all()
    admin.execute(ALLOW.format(sql.Identifier(DATABASE), sql.SQL("false")))
    try:
        until = time.monotonic() + GONE_SECONDS
        while admin.execute(SEND_AWAY, [DATABASE]).fetchall() and time.monotonic() < until:
            time.sleep(0.05)
        yield
    finally:
        admin.execute(ALLOW.format(sql.Identifier(DATABASE), sql.SQL("true")))


def _copy(admin: psycopg.Connection, there: str, to: str) -> None:
    statement = sql.SQL("create database {} template {} strategy file_copy")
    admin.execute(statement.format(sql.Identifier(to), sql.Identifier(there)))


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def made() -> dict[str, datetime]:
    """The checkpoints there are, and the moment of each."""
    from pingji.evaluate.exercises.queries import checkpoints

    return {row["name"]: row["moment"] for row in checkpoints()}


def open_again() -> None:
    """Let the program in where a process was killed while it kept everybody out."""
    with _admin() as admin:
        admin.execute(ALLOW.format(sql.Identifier(DATABASE), sql.SQL("true")))


def make() -> str:
    """Keep the exercise as it stands now; its name."""
    moment = clock.now()
    known = made()
    number = max((int(name[-3:]) for name in known), default=0) + 1
    name = f"checkpoint_{number:03}"
    with _admin() as admin:
        _drop(admin, name)  # what a killed process left half made, which has no moment
        with _alone(admin):
            _copy(admin, DATABASE, name)
        said = sql.SQL("comment on database {} is {}")
        admin.execute(said.format(sql.Identifier(name), sql.Literal(moment.isoformat())))
    return name


def rewind(name: str) -> datetime:
    """Turn the exercise back to a checkpoint; whoever is signed in stays so.

    The copy is made first and takes the place of the present one in one step: killed at any moment
    the exercise is either where it was or at the checkpoint.
    """
    from django.contrib.sessions.models import Session

    from pingji.evaluate.exercises.actions import turned_back
    from pingji.evaluate.exercises.models import Exercise
    from pingji.ground.directory.models import User

    if name not in made():
        raise CheckpointProblem(name)
    with _admin() as admin:
        _drop(admin, NEW)
        _drop(admin, OLD)
        _copy(admin, name, NEW)
        sessions = list(Session.objects.all())
        with _alone(admin), admin.transaction():
            rename = sql.SQL("alter database {} rename to {}")
            admin.execute(rename.format(sql.Identifier(DATABASE), sql.Identifier(OLD)))
            admin.execute(rename.format(sql.Identifier(NEW), sql.Identifier(DATABASE)))
        exercise = Exercise.objects.get()
        clock.turn_back(exercise.moment)
        turned_back(
            exercise=exercise,
            name=name,
            sessions=sessions,
            by=User.objects.system(),
            at=exercise.moment,
        )
        _drop(admin, OLD)
    (home() / FINISHED).unlink(missing_ok=True)
    return exercise.moment
