"""What keeps `pingji run` from starting is told in a line, before anything is made."""

import socket

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from pingji.config import settings
from pingji.config.places import EXERCISE_MARK, for_exercises
from pingji.config.postgres import DatabaseProblem, Postgres
from pingji.config.running import Program


def start(capsys, **further):
    program = Program(port=None, host="127.0.0.1", profile=None, demo=False)
    for name, value in further.items():
        setattr(program, name, value)
    assert program.run() == 1
    return capsys.readouterr().err


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("PINGJI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PINGJI_LANG", "en")
    monkeypatch.delenv("PINGJI_PROFILE", raising=False)
    monkeypatch.delenv("PINGJI_PORT", raising=False)
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the tests' own handlers stay
    yield tmp_path
    assert not (tmp_path / "home" / "postgres").exists()
    assert not (tmp_path / "home" / EXERCISE_MARK).exists()


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1"])
def test_a_port_that_is_none_is_told(port, monkeypatch, capsys):
    monkeypatch.setenv("PINGJI_PORT", port)
    assert start(capsys) == f"“{port}” is no port: PINGJI_PORT is a number from 1 to 65535.\n"


def test_a_port_in_use_is_told(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert start(capsys, port=taken) == (
            f"port {taken} is in use: stop what uses it, or set PINGJI_PORT.\n"
        )


def test_an_address_of_another_machine_is_told(capsys):
    assert "mend PINGJI_HOST" in start(capsys, host="192.0.2.1")


def test_each_fault_of_a_plan_is_told_with_file_line_key_and_reason(place, capsys, monkeypatch):
    plan = place / "bad.toml"
    plan.write_text('[profile]\nname = "bad"\n', encoding="utf-8")
    assert start(capsys, profile=str(plan)).splitlines() == [
        "bad.toml:1: profile.title: is missing",
        "bad.toml:1: profile.in_force_from: is missing",
        "bad.toml: document: is missing",
    ]
    monkeypatch.setenv("PINGJI_LANG", "zh")
    assert "bad.toml:1：profile.title：缺少这一项" in start(capsys, profile=str(plan))


def test_a_plan_that_is_nowhere_and_one_without_a_county_are_told(capsys):
    assert "no plan “nosuch”" in start(capsys, profile="nosuch")
    assert "names no area" in start(capsys, profile="national")


@pytest.mark.parametrize("killed", [False, True], ids=["first", "after one that was killed"])
@pytest.mark.parametrize("asked", [{}, {"still": True}, {"demo": False}], ids=str)
def test_a_first_start_that_finds_no_database_programs_leaves_no_mark(
    asked, killed, place, capsys, monkeypatch
):
    monkeypatch.setenv("PG_BIN", str(place))
    monkeypatch.setattr(Program, "_choose_ports", lambda _: None)
    if killed:
        (place / "home").mkdir()
        (place / "home" / EXERCISE_MARK).touch()
    said = start(capsys, **{"demo": True} | asked)
    assert "mend PG_BIN" in said


def test_a_start_that_is_asked_for_work_takes_a_killed_ones_mark_away_first(
    place, capsys, monkeypatch
):
    seen = []
    monkeypatch.setattr(Program, "_choose_ports", lambda _: None)
    monkeypatch.setattr(Postgres, "start", lambda _: seen.append(for_exercises()) or refuse())
    for asked in ({"still": True}, {"demo": False}, {"profile": "kaijiang"}, {}):
        (place / "home").mkdir(exist_ok=True)
        (place / "home" / EXERCISE_MARK).touch()
        assert start(capsys, **{"demo": True} | asked) == "no room\n"
    assert seen == [False, False, False, True]


def refuse():
    """Have the database not start."""
    raise DatabaseProblem("no room")


FULL = "could not extend file: No space left on device"


@pytest.mark.parametrize(
    ("trouble", "log", "told"),
    [
        (
            psycopg.errors.DiskFull(f"{FULL}\nHINT:  Check free disk space."),
            f"ERROR:  {FULL}",
            FULL,
        ),
        (
            OperationalError("the database system is in recovery mode"),
            f"PANIC:  {FULL}\nFATAL:  terminating connection",
            f"the database system is in recovery mode / PANIC:  {FULL}",
        ),
    ],
)
def test_a_full_disk_is_told_in_a_line_with_what_the_server_said(
    trouble, log, told, place, capsys, monkeypatch
):
    def prepare(program):
        program.postgres = Postgres()
        program.postgres.log.parent.mkdir(parents=True)
        program.postgres.log.write_text(f"PANIC:  of an earlier server\n{log}\n")
        program.postgres.begun = len("PANIC:  of an earlier server\n")
        raise trouble

    monkeypatch.setattr(Program, "_run", prepare)
    assert start(capsys) == f"the database has trouble, existing data were kept: {told}\n"


def test_a_fault_of_our_own_is_not_taken_for_the_databases(monkeypatch):
    def prepare(program):
        raise ZeroDivisionError

    monkeypatch.setattr(Program, "_run", prepare)
    with pytest.raises(ZeroDivisionError):
        Program(port=None, host=None, profile=None, demo=False).run()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://pingji:SECRET@db.example/pingji",
        "sqlite:///pingji.db",
        "host=db.example dbname=pingji",
        "postgresql:db.example/pingji",
        "postgresql://db.example:SECRET/pingji",
        "postgres://db.example:0/pingji",
    ],
)
def test_an_address_of_another_database_is_told_without_its_password(url, monkeypatch, capsys):
    monkeypatch.setenv("PINGJI_DATABASE_URL", url)
    said = start(capsys).splitlines()[-1]

    assert "PINGJI_DATABASE_URL is no PostgreSQL address" in said
    assert "SECRET" not in said
    with pytest.raises(ImproperlyConfigured, match="is no PostgreSQL address"):
        settings.database(url)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_an_address_of_postgresql_is_taken(scheme):
    found = settings.database(f"{scheme}://pingji:word@db.example:5433/county?sslmode=require")

    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "5433", "county")
