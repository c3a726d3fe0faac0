"""A folder for exercises: its mark, its clock, and that it never touches another database."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.utils import timezone

from pingji.config import checkpoints, clock, exercise_driver, living, places, settings
from pingji.config import exercise_home as home_of_one
from pingji.config.places import ROOT
from pingji.config.postgres import OWNER, ROLE, DatabaseProblem, Postgres, check_url
from pingji.config.tests.places_for_tests import environment, installation, pingji

NOON = datetime(2026, 1, 12, 4, 0, tzinfo=UTC)
URL = "postgresql://pingji:word@db.example/county"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PINGJI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def asked(home, code, **more):
    """What another process of the installation says."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(home, DJANGO_SETTINGS_MODULE="pingji.config.settings", **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_a_folder_is_for_exercises_once_marked_and_stays_so(home):
    assert not places.for_exercises()
    places.mark_for_exercises()
    places.mark_for_exercises()
    assert places.for_exercises()
    assert "只用于演练" in (home / "exercise").read_text(encoding="utf-8")


def test_a_folder_with_a_database_for_work_is_never_marked(home):
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("17")
    with pytest.raises(places.NotForExercises):
        places.mark_for_exercises()
    assert not places.for_exercises()


def test_the_clock_gives_the_wall_clocks_time_until_an_exercise_has_one(home):
    assert clock.moment() is None
    assert abs(clock.now() - timezone.now()) < timedelta(minutes=1)
    clock.set_moment(NOON)
    assert clock.now() == NOON


def test_the_clock_never_goes_back_but_where_the_exercise_is_turned_back(home):
    clock.set_moment(NOON)
    clock.set_moment(NOON - timedelta(hours=1))
    assert clock.now() == NOON
    clock.set_moment(NOON + timedelta(microseconds=1))
    assert clock.now() == NOON + timedelta(microseconds=1)
    clock.turn_back(NOON - timedelta(days=3))
    assert clock.now() == NOON - timedelta(days=3)


def test_every_process_reads_the_same_moment(home):
    places.mark_for_exercises()
    clock.set_moment(NOON)
    code = (
        "import django; django.setup(); from datetime import UTC; from django.utils import timezone;"
        "from pingji.console.queries import homes;"
        "print(timezone.now().isoformat(), homes.localtime(timezone=UTC).isoformat(), timezone.localdate())"
    )
    assert asked(home, code) == f"{NOON.isoformat()} {NOON.isoformat()} 2026-01-12"


def test_a_process_that_runs_already_sees_the_clock_go_on(home):
    places.mark_for_exercises()
    clock.set_moment(NOON)
    code = (
        "import os, sys; from pingji.config import clock; print(clock.now().isoformat(), flush=True);"
        "sys.stdin.readline(); print(clock.now().isoformat(), flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(home),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline().strip() == NOON.isoformat()
        clock.set_moment(NOON + timedelta(days=1))
        other.stdin.write("\n")
        other.stdin.close()
        assert other.stdout.readline().strip() == (NOON + timedelta(days=1)).isoformat()


def test_in_an_exercise_sessions_outlast_it_and_lock_outs_go_by_the_wall_clock(home):
    code = (
        "from pingji.config import settings as s;"
        "print(s.EXERCISE, s.SESSION_COOKIE_AGE > 10**9, getattr(s, 'AXES_HANDLER', ''),"
        "s.NOTICE_SMS['url'], s.WALL_CODE_MINUTES > 10**6)"
    )
    assert asked(home, code, PINGJI_SMS_URL="http://sms") == "False False  http://sms False"
    places.mark_for_exercises()
    assert (
        asked(home, code, PINGJI_SMS_URL="http://sms")
        == "True True axes.handlers.cache.AxesCacheHandler  True"
    )


def test_a_folder_for_exercises_refuses_any_other_database(home):
    check_url(URL)
    places.mark_for_exercises()
    with pytest.raises(
        DatabaseProblem, match="演练绝不写入业务数据库.*writes to no database for work"
    ):
        check_url(URL)
    with pytest.raises(ImproperlyConfigured, match="writes to no database for work"):
        settings.database(URL)
    assert "for work" in asked(home, "import django; django.setup()", PINGJI_DATABASE_URL=URL)


@pytest.fixture
def for_work():
    """The address of an empty database of another server, and what tables it has."""
    server = Postgres(durable=False)
    name = f"for_work_{os.getpid()}"
    with psycopg.connect(server.conninfo("postgres", OWNER), autocommit=True) as admin:
        admin.execute(f"create database {name} owner {ROLE}")

        def tables():
            with psycopg.connect(server.conninfo(name)) as there:
                found = there.execute("select tablename from pg_tables where schemaname = 'public'")
                return found.fetchall()

        yield f"postgresql://{ROLE}@{quote(str(server.socket), '')}/{name}", tables
        admin.execute(f"drop database {name} with (force)")


@pytest.mark.parametrize(
    "command",
    [
        ("setup",),
        ("run",),
        ("record", "verify"),
        ("db", "shell"),
    ],
    ids=" ".join,
)
def test_no_command_in_a_folder_for_exercises_reaches_a_database_for_work(command, for_work):
    """Try it: the address is that of a database that answers and may be written to."""
    url, tables = for_work
    with installation() as folder:
        (folder / places.EXERCISE_MARK).touch()
        done = pingji(folder, *command, PINGJI_DATABASE_URL=url)

        assert done.returncode == 1, done.stdout
        assert "an exercise writes to no database for work" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (folder / "postgres").exists()
        assert tables() == []


def exercise_home(home, what, **given):
    """What the command line has done in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "pingji.config.exercise_home", what, json.dumps(given)],
        env=environment(home),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def lying(home):
    """Every file of a folder."""
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize("what", ["make", "play"])
def test_a_folder_for_work_is_refused_and_all_in_it_stays(home, what):
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("17")
    (home / "files").mkdir()
    (home / "files" / "report").write_text("of a case")

    done = exercise_home(home, what, scenario="small", given={})

    assert (done.returncode, "Nothing was changed" in done.stderr) == (1, True), done.stderr
    assert str(home) in done.stderr
    assert lying(home) == ["files/report", "postgres/PG_VERSION"]


def test_a_scenario_that_is_refused_leaves_what_lay_in_its_folder(home):
    home.mkdir()
    (home / "notes").write_text("somebody's")

    done = exercise_home(home, "make", scenario="nosuch", given={})

    assert (done.returncode, "nosuch" in done.stderr) == (1, True), done.stderr
    left = [path for path in lying(home) if not path.startswith("secrets/")]
    assert left == ["notes"]


@pytest.mark.parametrize(
    "problem",
    [psycopg.errors.DiskFull("No space left\nHINT: x"), OperationalError("No space left")],
)
def test_what_the_database_refuses_is_told_in_a_line(problem, home, monkeypatch, capsys):
    def refuse(asked):
        raise problem

    monkeypatch.setenv("PINGJI_LANG", "en")
    monkeypatch.setitem(home_of_one.WORK, "checkpoint", refuse)
    assert ended(monkeypatch, "checkpoint") == 1
    told = "the database has trouble, existing data were kept: No space left\n"
    assert capsys.readouterr().err == told


def ended(monkeypatch, what):
    """With which status a process that is asked for something ends."""
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the tests' own handlers stay
    monkeypatch.setattr(home_of_one, "die_with_parent", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["exercise_home", what, "{}"])
    with pytest.raises(SystemExit) as status:
        home_of_one.main()
    return status.value.code


@pytest.fixture
def opened(home, monkeypatch, settings):
    """An exercise whose database answers, and the requests that its driver would find."""
    home.mkdir()
    settings.EXERCISE_REQUESTS = home / "requests"
    monkeypatch.setenv("PINGJI_LANG", "en")
    monkeypatch.setattr(Postgres, "answers", lambda _: True)
    return home / "requests"


def meanwhile(monkeypatch, happens):
    """What happens while the command waits."""
    monkeypatch.setattr(home_of_one.time, "sleep", lambda _: happens())


def test_while_nobody_drives_an_exercise_none_is_asked(opened, monkeypatch, capsys):
    assert ended(monkeypatch, "checkpoint") == 1
    assert "this exercise is being played" in capsys.readouterr().err
    assert not opened.exists()


def test_a_request_that_is_cut_off_is_not_carried_out_later(opened, monkeypatch):
    def ctrl_c():
        assert len(list(opened.glob("*.json"))) == 1
        raise KeyboardInterrupt

    meanwhile(monkeypatch, ctrl_c)
    with exercise_driver.holding():
        assert ended(monkeypatch, "checkpoint") == 130
    assert list(opened.iterdir()) == []


def test_who_waits_for_the_driver_hears_why_it_was_not_done(opened, monkeypatch, capsys):
    def full():
        raise psycopg.errors.DiskFull("could not extend file")

    monkeypatch.setattr(checkpoints, "make", full)
    meanwhile(monkeypatch, checkpoints.answer_requests)
    with exercise_driver.holding():
        assert ended(monkeypatch, "checkpoint") == 1
    assert capsys.readouterr().err.endswith("it could not be done: could not extend file\n")
    assert list(opened.iterdir()) == []


def test_who_waits_for_the_driver_hears_the_name_of_the_checkpoint(opened, monkeypatch, capsys):
    monkeypatch.setattr(checkpoints, "make", lambda: None)
    monkeypatch.setattr(checkpoints, "made", lambda: {"checkpoint_002": 2, "checkpoint_001": 1})
    meanwhile(monkeypatch, checkpoints.answer_requests)
    with exercise_driver.holding():
        home_of_one.WORK["checkpoint"]({})
    assert capsys.readouterr().out == "checkpoint_002\n"


def test_a_driver_holds_its_folder_for_as_long_as_it_lives(home):
    home.mkdir()
    assert not exercise_driver.driven()
    with exercise_driver.holding():
        assert exercise_driver.driven()
    assert not exercise_driver.driven()


@pytest.mark.parametrize(
    ("what", "begun", "told"),
    [
        ("play", True, "--resume goes on with it"),
        ("make", True, "pingji exercise open goes on with it"),
        ("make", False, "Cut off."),
        ("play", False, "Cut off."),
        ("rewind", True, "Cut off."),
    ],
)
def test_after_ctrl_c_it_is_told_how_to_go_on(what, begun, told, home, monkeypatch, capsys):
    def ctrl_c(asked):
        raise KeyboardInterrupt

    if begun:
        places.mark_for_exercises()
    monkeypatch.setenv("PINGJI_LANG", "en")
    monkeypatch.setitem(home_of_one.WORK, what, ctrl_c)
    assert ended(monkeypatch, what) == 130
    said = capsys.readouterr().err
    assert told in said
    assert ("--resume" in said) is (told.startswith("--resume"))


def test_an_exercise_that_was_made_stays_one_whatever_a_start_asks_for(home):
    places.mark_for_exercises()
    (home / checkpoints.SCENARIO).write_text("{}")
    living.mark_if_fresh("youyang", wanted=False)
    living.unmark_if_fresh()
    assert places.for_exercises()
