"""The embedded database: started, stopped, found again, never harmed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from pingji.config import postgres
from pingji.config.places import ROOT, SERVER_USER, reachable_by, socket_folder
from pingji.config.postgres import DatabaseProblem, Postgres
from pingji.config.tests.places_for_tests import environment, installation, living, until

A_LAUNCHER = """
import time
from pingji.config.postgres import Postgres
server = Postgres(durable=False)
server.start()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def made():
    """An installation whose data folder was made once."""
    with installation() as home:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PINGJI_HOME", str(home))
            server = Postgres(durable=False)
            server.start()
            server.stop()
        yield home


@pytest.fixture
def home(made, monkeypatch):
    monkeypatch.setenv("PINGJI_HOME", str(made))
    yield made
    assert living(made) == {}


@pytest.fixture
def empty(monkeypatch):
    with installation() as folder:
        monkeypatch.setenv("PINGJI_HOME", str(folder))
        yield folder


@pytest.fixture
def server(home):
    running = Postgres(durable=False)
    running.start()
    yield running
    running.stop()


def ask(server, statement):
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def launcher(home, **more):
    """A process that starts the server and lives on."""
    process = subprocess.Popen(
        [sys.executable, "-c", A_LAUNCHER],
        env=environment(home, **more),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def everything_below(folder):
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*")
    }


def test_the_program_has_its_own_database_and_is_no_superuser(server):
    assert ask(server, "select current_database()") == "pingji"
    assert ask(server, "select rolsuper from pg_roles where rolname = current_user") is False
    assert ask(server, "show listen_addresses") == ""
    assert ask(server, "show timezone") == "UTC"
    assert oct(server.socket.stat().st_mode & 0o777) == "0o700"


def test_what_was_written_is_there_after_the_next_start(server):
    ask(server, "create table if not exists kept as select 5 as n")
    server.stop()
    server.start()
    assert ask(server, "select n from kept") == 5
    ask(server, "drop table kept")


def test_a_second_start_in_the_same_folder_is_refused(server):
    second = Postgres(durable=False)
    with pytest.raises(DatabaseProblem, match="already running"):
        second.start()
    second.stop()
    assert ask(server, "select 1") == 1


def test_committed_work_survives_a_killed_server(server):
    ask(server, "create table kept as select 7 as n")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    until(lambda: not living(Path(os.environ["PINGJI_HOME"])), "the server's children end")
    assert (server.data / "postmaster.pid").exists()

    server.start()  # the stale pid file is no hindrance

    assert ask(server, "select n from kept") == 7
    ask(server, "drop table kept")


def test_a_pid_file_that_names_somebody_else_is_no_hindrance(home):
    """After a power cut the number may belong to any other program of the same user."""
    status = (home / "postgres").stat()
    somebody = subprocess.Popen(["sleep", "600"], user=status.st_uid)
    pid_file = home / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{somebody.pid}\n{home}/postgres\n0\n5432\n{home}/socket\n\n 0 0\n")
    os.chown(pid_file, status.st_uid, status.st_gid)
    pid_file.chmod(0o600)
    server = Postgres(durable=False)
    try:
        server.start()
        assert ask(server, "select 1") == 1
        assert somebody.poll() is None
    finally:
        server.stop()
        somebody.kill()
        somebody.wait()


def test_the_server_ends_with_the_process_that_started_it(home):
    process = launcher(home)
    assert any("postgres -D" in command for command in living(home).values())
    process.kill()
    process.wait()
    process.stdout.close()
    until(lambda: not living(home), "the server ends with its launcher")


def test_a_half_made_data_folder_is_refused_and_left_alone(empty):
    data = empty / "postgres"
    (data / "base").mkdir(parents=True)
    (data / "base" / "somebody's").write_text("precious")
    before = everything_below(data)

    with pytest.raises(DatabaseProblem, match="left alone"):
        Postgres(durable=False).start()

    assert everything_below(data) == before
    assert (data / "base" / "somebody's").read_text() == "precious"


def test_what_a_killed_first_start_left_is_made_anew(empty):
    draft = empty / "postgres.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("half")
    (empty / "postgres").mkdir()  # an empty folder is nobody's
    server = Postgres(durable=False)
    try:
        server.start()
        assert ask(server, "select 1") == 1
        assert not draft.exists()
    finally:
        server.stop()


def test_a_long_path_gets_a_short_socket(monkeypatch):
    monkeypatch.setenv("PINGJI_HOME", "/tmp/" + "很长的目录名" * 20)
    assert len(os.fsencode(f"{socket_folder()}/.s.PGSQL.5432")) < 107
    long = "/tmp/" + "a" * 90
    monkeypatch.setenv("PINGJI_HOME", long)
    first = socket_folder()
    monkeypatch.setenv("PINGJI_HOME", long + "b")
    assert socket_folder() != first


def test_a_server_starts_in_a_folder_with_a_long_name(empty, monkeypatch):
    home = empty / "目录" / ("long" * 30)
    monkeypatch.setenv("PINGJI_HOME", str(home))
    server = Postgres(durable=False)
    try:
        server.start()
        assert ask(server, "select 1") == 1
    finally:
        server.stop()
        if server.socket.parent != home:
            server.socket.rmdir()


def test_a_folder_of_programs_without_initdb_is_told(home, monkeypatch):
    monkeypatch.setenv("PG_BIN", "/nonexistent")
    with pytest.raises(DatabaseProblem, match="mend PG_BIN"):
        Postgres(durable=False).start()


def test_a_machine_without_the_package_is_told(home, monkeypatch):
    monkeypatch.delenv("PG_BIN", raising=False)
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DatabaseProblem, match="make setup"):
        postgres.programs()


def test_a_server_that_cannot_start_points_to_its_log(home, monkeypatch):
    settings = home / "postgres" / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text(before + "shared_preload_libraries = 'nosuch'\n")
    try:
        with pytest.raises(DatabaseProblem, match=r"see .*postgres\.log: .*nosuch"):
            Postgres(durable=False).start()
    finally:
        settings.write_text(before)


def test_another_postgresql_may_serve_by_its_programs(empty, monkeypatch):
    debian = sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin/initdb"))
    if not debian:
        pytest.skip("no PostgreSQL of Debian's on this machine (apt install postgresql)")
    monkeypatch.setenv("PG_BIN", str(debian[0].parent))
    server = Postgres(durable=False)
    try:
        server.start()
        version = ask(server, "show server_version_num")
        assert int(version) // 10000 == int(debian[0].parts[-3])
        assert ask(server, "select '龙潭镇' like '%潭%'") is True
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_as_root_the_server_runs_as_a_user_without_rights(server):
    status = Path(f"/proc/{server.process.pid}").stat()
    import pwd

    assert status.st_uid == pwd.getpwnam(SERVER_USER).pw_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_an_ordinary_user_starts_it_as_themselves(empty):
    needed = (ROOT, Path(sys.prefix), Path(sys.executable).resolve())
    if not all(reachable_by(path, SERVER_USER) for path in needed):
        pytest.skip("an ordinary user cannot reach this checkout, or its Python")
    os.chown(empty, 65534, 65534)
    process = subprocess.run(
        [sys.executable, "-c", A_LAUNCHER.replace("time.sleep(600)", "server.stop()")],
        env=environment(empty),
        cwd="/",
        user=65534,
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.stdout == "ready\n", process.stderr
    assert (empty / "postgres" / "PG_VERSION").stat().st_uid == 65534
