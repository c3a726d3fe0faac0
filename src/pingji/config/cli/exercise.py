"""`pingji exercise`: play a scenario in a folder and a database of its own."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import click

from pingji.config.cli.language import language, say
from pingji.config.places import EXERCISE_MARK, FINISHED, home

MOST_SEED = 2**32 - 1
TRIES, PAUSE = 20, 0.5  # seconds between two tries to remove one
NAME = re.compile(r"^[A-Za-z0-9_\-一-鿿]{1,80}$")
# What an exercise takes over of the environment: where it listens, its language, and the machine.
KEPT = ("PINGJI_LANG", "PINGJI_HOST", "PINGJI_PORT", "PINGJI_WORKERS", "PINGJI_TIME_ZONE")


def folder() -> Path:
    """Where the exercises of this installation lie."""
    return home() / "exercises"


def environment(place: Path) -> dict[str, str]:
    """The environment of an exercise: nothing of the installation for work is in it."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key in KEPT or not key.startswith(("PINGJI_", "DJANGO_", "PG"))
    }
    if "PG_BIN" in os.environ:
        kept["PG_BIN"] = os.environ["PG_BIN"]
    return kept | {"PINGJI_HOME": str(place), "PINGJI_LANG": language()}


def ask(place: Path, what: str, **given: Any) -> int:
    """Have a process of its own do something in an exercise's folder; its exit status."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pingji.config.exercise_home", what, json.dumps(given)],
        env=environment(place),
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the terminal told it, too: it says what can be done now
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)


def known(name: str) -> Path:
    """The folder of an exercise.

    Raises:
        click.ClickException: If there is none of that name.
    """
    place = folder() / name
    if not NAME.match(name) or not (place / EXERCISE_MARK).exists():
        names = ", ".join(sorted(one.name for one in folder().glob("*"))) or "–"
        raise click.ClickException(
            say(f"没有演练“{name}”。现有：{names}", f"no exercise “{name}”. There are: {names}")
        )
    return place


def running(place: Path) -> bool:
    """Whether a process plays it now."""
    path = place / "run.lock"
    if not path.exists():
        return False
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def take_away(place: Path) -> None:
    """Remove an exercise with all that belongs to it.

    The database of one that was just killed writes on for a moment; it is waited for.

    Raises:
        click.ClickException: Something of it cannot be removed.
    """
    for left in reversed(range(TRIES)):
        try:
            shutil.rmtree(place)
            break
        except OSError as problem:
            if not left:
                why = f"{problem.filename}: {problem.strerror}"
                raise click.ClickException(
                    say(f"未能完全删除：{why}", f"it could not be removed wholly: {why}")
                ) from None
            time.sleep(PAUSE)
    with contextlib.suppress(OSError):
        place.parent.rmdir()


def name_of(scenario: str, *, profile: str | None, seed: int | None) -> str:
    """What an exercise is called: scenario, the plan where it is another's, and seed.

    What is wrong with the file is said later.

    Raises:
        click.UsageError: The file's name cannot be the exercise's.
    """
    shipped = Path(__file__).parents[2] / "evaluate" / "exercises" / "data" / "scenarios"
    path = shipped / f"{scenario}.toml"
    own: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        own = tomllib.loads((path if path.exists() else Path(scenario)).read_text("utf-8"))
        own = dict(own["scenario"])
    written = own.get("seed", 1)
    number = seed if seed is not None else written if isinstance(written, int) else 1
    plan = f"-{profile}" if profile not in (None, own.get("profile")) else ""
    name = f"{Path(scenario).stem}{plan}-{number}"
    if not NAME.match(name):
        raise click.UsageError(
            say(f"想定文件名“{scenario}”不能用作演练名。", f"“{scenario}” is no name for one.")
        )
    return name


@click.group(
    help=say(
        "演练：在独立的目录和数据库中推演一个想定；绝不写入业务数据库。",
        "Exercises: play a scenario in a folder and a database of its own; nothing is ever written "
        "to the database for work.",
    )
)
def exercise() -> None:
    """Group of the commands about exercises."""


@exercise.command(
    help=say(
        "以最快速度推演一个想定（文件，或自带想定的名称），写出报告。",
        "Play a scenario (a file, or the name of one that ships) as fast as possible, and write "
        "its report.",
    )
)
@click.argument("scenario")
@click.option("--profile", help=say("按哪个县级方案推演", "county plan that holds"))
@click.option("--seed", type=click.IntRange(0, MOST_SEED), help=say("随机种子", "seed"))
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help=say("报告写到哪个目录", "folder for the report"),
)
@click.option(
    "--people-play",
    multiple=True,
    metavar="ROLE",
    help=say("由人扮演（机器不动）的角色，可多次给出", "role that the machine leaves alone"),
)
@click.option("--keep", is_flag=True, help=say("推演后保留该演练", "keep the exercise afterwards"))
@click.option("--resume", is_flag=True, help=say("继续中断的推演", "go on with one cut off"))
def run(
    scenario: str,
    profile: str | None,
    seed: int | None,
    report: Path | None,
    people_play: tuple[str, ...],
    keep: bool,  # noqa: FBT001 - a flag of the command line
    resume: bool,  # noqa: FBT001 - likewise
) -> None:
    """Play one from beginning to end."""
    file = str(Path(scenario).resolve()) if Path(scenario).is_file() else scenario
    name = name_of(scenario, profile=profile, seed=seed)
    place = folder() / name
    _check_free(place, name, resume=resume)
    given = {"profile": profile, "seed": seed, "people_play": list(people_play)}
    done = ask(
        place,
        "play",
        scenario=file,
        given=given,
        report=str(report.resolve()) if report else "",
    )
    if done:
        sys.exit(done)
    if keep:
        click.echo(
            say(
                f"演练“{name}”已保留：pingji exercise open {name}",
                f"kept as “{name}”: pingji exercise open {name}",
            )
        )
    else:
        take_away(place)


def _check_free(place: Path, name: str, *, resume: bool) -> None:
    there = (place / EXERCISE_MARK).exists()
    if there and running(place):
        raise click.ClickException(
            say(f"演练“{name}”正在运行。", f"the exercise “{name}” is running.")
        )
    if there and (place / FINISHED).exists():
        raise click.ClickException(
            say(
                f"已有推演完毕的“{name}”：用 pingji exercise report {name} 写出报告，"
                f"或先执行 pingji exercise remove {name}。",
                f"“{name}” was played already: pingji exercise report {name} writes its report, "
                f"pingji exercise remove {name} takes it away.",
            )
        )
    if there and not resume:
        raise click.ClickException(
            say(
                f"有一场未完成的“{name}”：加 --resume 继续，或用 pingji exercise remove {name} 删除。",
                f"there is an unfinished “{name}”: --resume goes on with it, pingji exercise "
                f"remove {name} takes it away.",
            )
        )
    if not there and resume:
        raise click.ClickException(
            say(f"没有未完成的“{name}”。", f"there is no unfinished “{name}”.")
        )


@exercise.command(
    name="open",
    help=say(
        "打开一场演练的网页，由人扮演任意角色；尚无该演练时，可给出想定新建。",
        "Start the pages of an exercise, in which people take any role.",
    ),
)
@click.argument("name")
@click.option("--port", type=int, help=say("端口（默认 8000）", "port (8000)"))
def open_(name: str, port: int | None) -> None:
    """Run its pages and its driver until stopped."""
    place = known(name)
    command = [sys.executable, "-m", "pingji.config.cli", "run"]
    command += ["--port", str(port)] if port else []
    os.execve(sys.executable, command, environment(place))  # noqa: S606 - our own program


@exercise.command(
    help=say(
        "新建一场演练但不推演，供 open 打开后由人参加。",
        "Make an exercise without playing it, for people to take part in with open.",
    )
)
@click.argument("scenario")
@click.option("--profile", help=say("按哪个县级方案推演", "county plan that holds"))
@click.option("--seed", type=click.IntRange(0, MOST_SEED), help=say("随机种子", "seed"))
@click.option(
    "--people-play", multiple=True, metavar="ROLE", help=say("由人扮演的角色", "role of people")
)
def new(scenario: str, profile: str | None, seed: int | None, people_play: tuple[str, ...]) -> None:
    """Make one, at its beginning."""
    file = str(Path(scenario).resolve()) if Path(scenario).is_file() else scenario
    name = name_of(scenario, profile=profile, seed=seed)
    place = folder() / name
    if (place / EXERCISE_MARK).exists():
        raise click.ClickException(
            say(f"已有演练“{name}”。", f"there is an exercise “{name}” already.")
        )
    given = {"profile": profile, "seed": seed, "people_play": list(people_play)}
    done = ask(place, "make", scenario=file, given=given)
    if done:
        sys.exit(done)
    click.echo(f"pingji exercise open {name}")
    click.echo(
        say(
            "时间暂停着；人员到齐后，由导调人员在演练页（/exercises/）让时间继续。",
            "Time stands until somebody who directs lets it go on at /exercises/.",
        )
    )


@exercise.command(name="list", help=say("列出现有演练", "list the exercises there are"))
def list_() -> None:
    """Each with how it stands."""
    places = sorted(path for path in folder().glob("*") if (path / EXERCISE_MARK).exists())
    for place in places:
        if running(place):
            state = say("正在运行", "running")
        elif (place / FINISHED).exists():
            state = say("已结束", "finished")
        else:
            state = say("未完成", "unfinished")
        click.echo(f"{place.name}  {state}")
    if not places:
        click.echo(say("没有演练。", "There is no exercise."))


@exercise.command(help=say("删除一场演练", "take an exercise away"))
@click.argument("name")
def remove(name: str) -> None:
    """With its database and its files."""
    place = known(name)
    if running(place):
        raise click.ClickException(
            say(f"演练“{name}”正在运行，请先停止。", f"“{name}” is running: stop it first.")
        )
    take_away(place)
    click.echo(say(f"已删除“{name}”。", f"“{name}” is gone."))


@exercise.command(help=say("写出一场演练的报告", "write the report on an exercise"))
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="report",
    help=say("写到哪个目录（默认 report）", "folder (report)"),
)
def report(name: str, out: Path) -> None:
    """As it stands now."""
    sys.exit(ask(known(name), "report", report=str(out.resolve())))


@exercise.command(
    help=say(
        "把几份报告并排比较：同一想定换了种子、方案或参演者。",
        "Set reports side by side: the same scenario by another seed, plan or other people.",
    )
)
@click.argument("reports", nargs=-1, type=click.Path(path_type=Path), metavar="REPORT REPORT ...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="comparison",
    help=say("写到哪个目录（默认 comparison）", "folder (comparison)"),
)
def compare(reports: tuple[Path, ...], out: Path) -> None:
    """Each as `run --report` or `report --out` wrote it; no exercise and no database is needed."""
    from pingji.config.cli.comparing import Unfit, compare_reports

    try:
        compare_reports(reports, out)
    except Unfit as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(say(f"比较已写入 {out}", f"comparison written to {out}"))


@exercise.command(help=say("为一场演练存档", "keep a checkpoint of an exercise"))
@click.argument("name")
def checkpoint(name: str) -> None:
    """At its present moment."""
    sys.exit(ask(known(name), "checkpoint"))


@exercise.command(
    help=say(
        "把一场演练退回某个存档点；不给出存档点时列出全部。",
        "Turn an exercise back to a checkpoint; without one, list them.",
    )
)
@click.argument("name")
@click.argument("checkpoint", required=False, default="")
def rewind(name: str, checkpoint: str) -> None:
    """What came after it is gone."""
    sys.exit(ask(known(name), "rewind", name=checkpoint))
