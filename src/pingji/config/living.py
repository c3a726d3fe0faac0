"""The living county: the demo whose time runs by itself, an exercise without an end in sight.

Also what every start asks of its database: that an exercise lies in a folder for exercises.
"""

import os
import tomllib
from pathlib import Path

from pingji.config import clock
from pingji.config.cli.language import say
from pingji.config.places import EXERCISE_MARK, for_exercises, home, mark_for_exercises

SCENARIO = "living"
FOR_WORK = "work"
FILE = Path(__file__).parents[1] / "evaluate" / "exercises" / "data" / "scenarios"


class WrongPlace(Exception):
    """An exercise in a folder for work, or a database for work in a folder for exercises."""


def mark_if_fresh(profile: str, *, wanted: bool) -> None:
    """Have the first start with the demo make the living county, where its plan has one.

    What exists already stays what it is, and a database elsewhere is for work. The mark of a start
    that was killed before it made anything says nothing of what is wanted now.
    """
    if not _fresh() or os.environ.get("PINGJI_DATABASE_URL"):
        return
    if wanted and profile == _profile():
        mark_for_exercises()
    else:
        unmark_if_fresh()


def unmark_if_fresh() -> None:
    """Take the mark of a first start away again, where that made no database."""
    from pingji.config import checkpoints

    if _fresh() and not (home() / checkpoints.SCENARIO).exists():
        (home() / EXERCISE_MARK).unlink(missing_ok=True)


def _fresh() -> bool:
    return not (home() / "postgres" / "PG_VERSION").exists()


def _profile() -> str:
    path = FILE / f"{SCENARIO}.toml"
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["scenario"]["profile"])


def open_again() -> None:
    """After the database has started: undo what a killed process left closed, set the clock."""
    if not for_exercises():
        return
    from pingji.config import checkpoints

    checkpoints.open_again()
    if clock.moment() is None:  # it begins now, at a whole minute
        clock.set_moment(clock.by_the_wall().replace(second=0, microsecond=0))


def check_database() -> None:
    """Refuse to start with an exercise in a folder for work, or work in one for exercises.

    A database that was started for work says so itself from then on, whatever its folder says.

    Raises:
        WrongPlace: The folder is not marked as one for exercises, so that notices could leave; or
            it is, and the database is for work, which the machine would act on.
    """
    from pingji.evaluate.exercises.models import Exercise

    if for_exercises():
        if _is_for_work():
            raise WrongPlace(
                say(
                    f"该数据库用于业务工作，不能用于演练：请移走 {home() / EXERCISE_MARK}。",
                    "this database is for work and no exercise is played in it: take away "
                    f"{home() / EXERCISE_MARK}.",
                )
            )
        return
    if Exercise.objects.exists():
        raise WrongPlace(
            say(
                f"该数据库用于演练，不能作为业务系统启动（{home()} 没有演练标记）。",
                f"this database holds an exercise and does not start as one for work: {home()} "
                "is not marked as a folder for exercises.",
            )
        )
    if not os.environ.get("PINGJI_DATABASE_URL"):  # where it may not be ours to comment on
        _say_for_work()


def _is_for_work() -> bool:
    from django.db import connection

    from pingji.evaluate.exercises.models import Exercise
    from pingji.ground.directory.models import User

    with connection.cursor() as cursor:
        cursor.execute(
            "select shobj_description(oid, 'pg_database') from pg_database"
            " where datname = current_database()"
        )
        (said,) = cursor.fetchone()
    real = User.objects.people().filter(demo=False)
    return said == FOR_WORK or (not Exercise.objects.exists() and real.exists())


def _say_for_work() -> None:
    from django.db import connection

    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"comment on database {name} is '{FOR_WORK}'")


def go_on_preparing() -> None:
    """Prepare the exercise of this folder where `pingji exercise new` was cut off; time stands then.

    The living county has its people before it has a scenario, and its driver begins it.
    """
    from pingji.config import checkpoints, exercise_home
    from pingji.evaluate.exercises.queries import present
    from pingji.ground.directory.models import User

    if not for_exercises() or not (home() / checkpoints.SCENARIO).exists():
        return
    scenario = checkpoints.scenario_here()
    ours = scenario.code == SCENARIO and User.objects.filter(demo=True).exists()
    if ours or present() is not None:
        return
    exercise_home.stand_still(exercise_home.prepare(scenario))


def keep_scenario() -> None:
    """Say which scenario the driver shall begin, where nobody did; go on where it was.

    Nobody else runs yet: so the clock goes back to a checkpoint that a killed process rewound to.
    """
    if not for_exercises():
        return
    from pingji.config import checkpoints
    from pingji.evaluate.exercises.queries import present
    from pingji.evaluate.exercises.rules.scenario import load_scenario, shipped_scenarios

    exercise = present()
    if exercise is not None:
        clock.turn_back(exercise.moment)
    elif not (home() / checkpoints.SCENARIO).exists():
        shipped = load_scenario(shipped_scenarios()[SCENARIO])
        checkpoints.keep_scenario(shipped.model_copy(update={"starts_at": clock.now()}))
