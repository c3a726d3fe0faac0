"""What the command line has done in an exercise's own folder, in a process of its own.

    python -m pingji.config.exercise_home play|report|checkpoint|rewind ...

Its environment names the exercise's folder and nothing of the installation for work: no database,
no gateway, no keys. A process that is killed leaves the exercise as it was after its last event.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import psycopg
from django.db import Error as DjangoError

from pingji.config import clock
from pingji.config.cli.language import language, say
from pingji.config.places import (
    EXERCISE_MARK,
    FINISHED,
    NotForExercises,
    for_exercises,
    home,
    mark_for_exercises,
)
from pingji.config.postgres import DatabaseProblem, Postgres, die_with_parent

if TYPE_CHECKING:
    from pingji.evaluate.exercises.models import Exercise
    from pingji.evaluate.exercises.rules.scenario import Scenario

BAR = 1000  # parts of the progress bar
DRIVER_SECONDS = 300


class Told(Exception):
    """It cannot be done; the message is for the person who asked."""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Only one process plays an exercise."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Told(
                say(
                    f"该演练正在运行（{home()}）。",
                    f"this exercise is running already ({home()}).",
                )
            ) from None
        yield


@contextlib.contextmanager
def database() -> Iterator[None]:
    """The exercise's own database, with the tables of this program."""
    from pingji.config import checkpoints, messages

    server = Postgres()
    server.start()
    try:
        checkpoints.open_again()
        messages.compile_all()
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0, interactive=False)
        yield
        connections.close_all()
    finally:
        server.stop()


def scenario_of(file: str, given: dict[str, Any]) -> "Scenario":
    """A scenario that ships or lies in a file, with what the command line sets otherwise.

    Raises:
        Told: With a line for each fault.
    """
    from pingji.evaluate.exercises.rules.scenario import (
        ScenarioProblem,
        load_scenario,
        shipped_scenarios,
    )
    from pingji.ground.directory.models import Role
    from pingji.ground.standards.rules.profile import shipped_profiles

    changes = {key: value for key, value in given.items() if value not in (None, [])}
    plan = changes.get("profile")
    if plan is not None and plan not in shipped_profiles():
        names = ", ".join(shipped_profiles())
        raise Told(
            say(f"没有名为“{plan}”的方案。可选：{names}", f"no plan “{plan}”. There are {names}.")
        )
    for role in changes.get("people_play", []):
        if role not in Role.values:
            names = ", ".join(Role.values)
            raise Told(
                say(f"没有角色“{role}”。可选：{names}", f"no role “{role}”. There are {names}.")
            )
    try:
        return load_scenario(shipped_scenarios().get(file) or Path(file), changes=changes)
    except ScenarioProblem as problem:
        raise Told(problem.told(language())) from None


def prepare(scenario: "Scenario") -> "Exercise":
    """The exercise of this folder, begun if it has not begun yet."""
    from pingji.evaluate.exercises.queries import present

    exercise = present()
    if exercise is not None:
        clock.turn_back(exercise.moment)  # a process was killed while it rewound, perhaps
        return exercise
    clock.turn_back(scenario.starts_at)
    people(scenario, at=scenario.starts_at)
    from pingji.config.exercise_driver import begin

    return begin()


def people(scenario: "Scenario", *, at: datetime) -> None:
    """Load areas, plans and catalogues, and make the county's organisations and people."""
    from django.db import transaction

    from pingji.config import beginning, demo
    from pingji.evaluate.exercises import actions
    from pingji.ground.directory.models import User

    if User.objects.filter(demo=True).exists():
        return
    beginning.load(areas=[scenario.county], at=at)
    password = secrets.token_hex(4)
    path = home() / beginning.DEMO_PASSWORD_FILE
    path.touch(mode=0o600)
    path.write_text(password)
    with transaction.atomic():
        actions.play_by_plan(
            county=scenario.county, plan=scenario.profile, by=User.objects.system(), at=at
        )
        demo.make_people(code=scenario.county, at=at, password=password)
        if scenario.history:
            sentinels(scenario.county, at=at)


def sentinels(county: str, *, at: datetime) -> None:
    """Sentinels of the county, with the weeks that they reported before."""
    from pingji.config import demo_sentinels
    from pingji.ground.directory.models import Area, Role, User
    from pingji.ground.record.actions import unannounced

    people = User.objects.filter(role=Role.EPIDEMIOLOGIST, area__code__startswith=county)
    by = people.earliest("username")
    with unannounced():
        demo_sentinels.make(Area.objects.get(pk=county), seat=county, at=at, by=by, outbreak=False)


@contextlib.contextmanager
def progress(exercise: "Exercise") -> Iterator[Callable[[datetime], None]]:
    """Show how far it is: a bar for a person, a line each tenth for a file or another program."""
    from django.utils import timezone

    whole = (exercise.ends_at - exercise.starts_at).total_seconds()
    label = say("演练", "exercise")
    if sys.stderr.isatty():
        with click.progressbar(length=BAR, label=label, file=sys.stderr) as bar:
            yield lambda moment: bar.update(
                int((moment - exercise.starts_at).total_seconds() / whole * BAR) - bar.pos
            )
        return
    told = -1

    def reached(moment: datetime) -> None:
        nonlocal told
        tenth = int((moment - exercise.starts_at).total_seconds() / whole * 10)
        if tenth > told:
            told = tenth
            at = timezone.localtime(moment)
            click.echo(f"{label} {10 * tenth:3} %  {at:%Y-%m-%d %H:%M}", err=True)

    yield reached


def stand_still(exercise: "Exercise") -> None:
    """Begin with time standing: nothing may pass before the people who take part have come."""
    from pingji.evaluate.exercises import actions
    from pingji.ground.directory.models import User

    if exercise.state == exercise.State.RUNNING:
        actions.pause(exercise=exercise, by=User.objects.system(), at=exercise.moment)


def play(exercise: "Exercise") -> None:
    """Live to the end with a progress bar; a role that people play waits for nobody."""
    from pingji.evaluate.exercises import actions
    from pingji.evaluate.exercises.actions.engine import Engine
    from pingji.ground.directory.models import User

    engine = Engine(exercise, set_clock=clock.set_moment)
    with progress(exercise) as reached:
        reached(exercise.moment)
        engine.run(progress=reached)
    actions.finish(exercise=exercise, by=User.objects.system(), at=exercise.ends_at)
    (home() / FINISHED).touch()


def report(exercise: "Exercise", folder: Path) -> None:
    """Write the report on the exercise."""
    from django.utils import translation

    from pingji.evaluate.exercises.actions.reporting import write_report
    from pingji.evaluate.exercises.actions.world import World

    with translation.override("zh-hans" if language() == "zh" else "en"):
        alone = World.untouched(exercise).without_measures()
        write_report(exercise, folder, without=alone)
    click.echo(say(f"报告已写入 {folder}", f"report written to {folder}"))


def _settle(asked: dict[str, Any]) -> None:
    """Make the folder one for the scenario asked for; one that is refused leaves nothing.

    Raises:
        NotForExercises: It is a folder for work; nothing in it was touched.
    """
    from pingji.config import checkpoints

    made_here, found = not for_exercises(), home().exists()
    told = (home() / checkpoints.SCENARIO).exists()
    mark_for_exercises()
    try:
        import django

        django.setup()
        if made_here or not (home() / checkpoints.SCENARIO).exists():
            checkpoints.keep_scenario(scenario_of(asked["scenario"], asked["given"]))
    except BaseException:
        if made_here and found:  # what lay there is somebody's
            (home() / EXERCISE_MARK).unlink(missing_ok=True)
            if not told:
                (home() / checkpoints.SCENARIO).unlink(missing_ok=True)
        elif made_here:  # nothing was begun: nothing stays
            shutil.rmtree(home(), ignore_errors=True)
            with contextlib.suppress(OSError):  # others lie beside it
                home().parent.rmdir()
        raise


def _make(asked: dict[str, Any]) -> None:
    """`pingji exercise new`."""
    from pingji.config import checkpoints

    _settle(asked)
    with alone(), database():
        stand_still(prepare(checkpoints.scenario_here()))


def _play(asked: dict[str, Any]) -> None:
    """`pingji exercise run`."""
    from django.utils import timezone

    from pingji.config import checkpoints

    _settle(asked)
    begun = time.monotonic()
    click.echo(
        say(
            "正在准备独立的数据库、县域、方案和居民 …",
            "preparing a database of its own, county, plan and residents …",
        )
    )
    with alone(), database():
        exercise = prepare(checkpoints.scenario_here())
        first = timezone.localdate(exercise.starts_at)
        click.echo(
            say(
                f"{exercise.name}：居民 {exercise.residents} 人，{first} 起，"
                f"种子 {exercise.seed}（准备 {time.monotonic() - begun:.0f} 秒）",
                f"{exercise.name_en}: {exercise.residents} residents, from "
                f"{first}, seed {exercise.seed} (prepared in "
                f"{time.monotonic() - begun:.0f} s)",
            )
        )
        play(exercise)
        exercise.refresh_from_db()
        if asked.get("report"):
            report(exercise, Path(asked["report"]))


def _report(asked: dict[str, Any]) -> None:
    """`pingji exercise report`: also while it runs."""
    with _reachable():
        from pingji.evaluate.exercises.queries import present

        exercise = present()
        if exercise is None:
            raise Told(say("演练尚未开始。", "the exercise has not begun yet."))
        report(exercise, Path(asked["report"]))


def _checkpoint(asked: dict[str, Any]) -> None:
    from pingji.config import checkpoints

    if _asked_driver("checkpoint"):
        click.echo(max(checkpoints.made()))
        return
    with alone(), database():
        click.echo(checkpoints.make())


def _rewind(asked: dict[str, Any]) -> None:
    from pingji.config import checkpoints

    name = asked.get("name", "")
    with _reachable():
        known = checkpoints.made()
    if not name:
        for one, moment in known.items():
            click.echo(f"{one}  {_local(moment)}")
        if not known:
            click.echo(say("还没有存档点。", "there is no checkpoint yet."))
        return
    if name not in known:
        raise Told(
            say(f"没有存档点“{name}”。", f"there is no checkpoint “{name}”."),
        )
    if not _asked_driver("rewind", name=name):
        with alone(), database():
            checkpoints.rewind(name)
    at = _local(known[name])
    click.echo(say(f"已退回到 {at}，时间暂停。", f"turned back to {at}; time stands."))


def _local(moment: datetime) -> str:
    """A moment as the county's clocks show it."""
    from django.utils import timezone

    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


@contextlib.contextmanager
def _reachable() -> Iterator[None]:
    """Its database: the running program's, or one started for the moment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
    if Postgres().answers():
        import django

        django.setup()
        yield
        return
    with alone(), database():
        yield


def _asked_driver(what: str, **given: Any) -> bool:
    """Have the running driver do it, if one runs; whether it did.

    Raises:
        Told: It was not done, and will not be later when nobody expects it any more.
    """
    from pingji.config.exercise_driver import driven

    if not Postgres().answers():
        return False
    if not driven():
        raise Told(
            say(
                "该演练正在推演或刚刚启动，此时不能存档或退回，请稍后再试。",
                "this exercise is being played, or has just been opened: no checkpoint is made or "
                "gone back to meanwhile. Try again later.",
            )
        )
    import django

    django.setup()
    from pingji.config import checkpoints
    from pingji.evaluate.exercises.actions.control import ask_driver

    path = ask_driver(what, **given)
    until = time.monotonic() + DRIVER_SECONDS
    try:
        while path.exists():
            if time.monotonic() > until or not (driven() or Postgres().answers()):
                raise Told(say("演练进程没有应答。", "the exercise's driver does not answer."))
            time.sleep(0.2)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if why := checkpoints.why_not(path):
        raise Told(say(f"未能完成：{why}", f"it could not be done: {why}"))
    return True


WORK = {
    "make": _make,
    "play": _play,
    "report": _report,
    "checkpoint": _checkpoint,
    "rewind": _rewind,
}


def _cut_off(what: str) -> str:
    """How to go on after Ctrl-C: what was begun stays, what was not is gone."""
    if what == "play" and for_exercises():
        return say(
            "演练已中断；加 --resume 可继续，或用 pingji exercise remove 删除。",
            "The exercise was cut off; --resume goes on with it, and pingji exercise remove takes "
            "it away.",
        )
    if what == "make" and for_exercises():
        return say(
            "新建演练已中断；用 pingji exercise open 可接着准备，或用 pingji exercise remove 删除。",
            "Making the exercise was cut off; pingji exercise open goes on with it, and pingji "
            "exercise remove takes it away.",
        )
    return say("已中断。", "Cut off.")


def main() -> None:
    """Do what was asked for; the second argument says the rest as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
    die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        WORK[sys.argv[1]](json.loads(sys.argv[2]))
    except (Told, DatabaseProblem) as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(1)
    except NotForExercises as problem:
        sys.stderr.write(
            say(
                f"{problem} 中已有数据库，可能是业务数据，不能用于演练；未作任何改动。\n",
                f"{problem} holds a database, which may be for work: it becomes no folder for "
                "exercises. Nothing was changed.\n",
            )
        )
        sys.exit(1)
    except (psycopg.Error, DjangoError) as problem:
        reason = str(problem).strip().partition("\n")[0]
        sys.stderr.write(
            say(
                f"数据库出错，已有数据保留：{reason}\n",
                f"the database has trouble, existing data were kept: {reason}\n",
            )
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{_cut_off(sys.argv[1])}\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
