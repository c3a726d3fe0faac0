"""Checkpoints on a server of their own, while pages and the server's helpers are at its database."""

import subprocess
import sys

import psycopg
import pytest

from pingji.config.places import EXERCISE_MARK, ROOT
from pingji.config.postgres import DATABASE, OWNER, Postgres
from pingji.config.tests.places_for_tests import environment, installation, until

pytestmark = pytest.mark.timeout(600)
IN_DJANGO = """
import django
django.setup()
from datetime import timedelta
from django.contrib.sessions.backends.db import SessionStore
from pingji.config import checkpoints, clock
from pingji.evaluate.exercises.models import Exercise
"""
BEGIN = """
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from pingji.evaluate.exercises.tests.control_factories import exercise
from pingji.ground.directory.tests.factories import system_user
system_user()
clock.turn_back(exercise().moment)
"""


class Server:
    """The database server of an exercise's folder, and what processes of that folder do."""

    def __init__(self, folder):
        self.folder = folder
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PINGJI_HOME", str(folder))
            self.postgres = Postgres()
            self.postgres.start()

    def line(self, database=DATABASE, role=DATABASE):
        """A connection of somebody else's."""
        return psycopg.connect(self.postgres.conninfo(database, role), autocommit=True)

    def inside(self, script):
        """What a process of the installation says."""
        done = subprocess.run(
            [sys.executable, "-c", IN_DJANGO + script],
            env=environment(self.folder, DJANGO_SETTINGS_MODULE="pingji.config.settings"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()


@pytest.fixture(scope="module")
def server():
    """An exercise that has begun, and its running database."""
    with installation() as folder:
        (folder / EXERCISE_MARK).touch()
        server = Server(folder)
        try:
            server.inside(BEGIN)
            yield server
        finally:
            server.postgres.stop()


def test_with_pages_open_it_is_kept_and_turned_back_whoever_is_signed_in_stays_and_time_stands(
    server,
):
    moment = server.inside("print(Exercise.objects.get().moment.isoformat())")
    with server.line() as page, server.line() as writing:
        page.execute("select 1")
        writing.execute("begin; lock table directory_user")

        (name,) = server.inside("print(checkpoints.make())")

        for cut_off in (page, writing):
            with pytest.raises(psycopg.OperationalError):
                cut_off.execute("select 1")
    later = "clock.set_moment(Exercise.objects.get().moment + timedelta(days=3));"
    later += "Exercise.objects.update(moment=clock.now(), state='running');"
    later += "page = SessionStore(); page['who'] = 'ann'; page.create(); print(page.session_key)"
    (signed_in,) = server.inside(later)
    with server.line() as page:
        page.execute("begin; update exercises_exercise set speed = 60")

        assert server.inside(f"print(checkpoints.rewind('{name}').isoformat())") == moment

        with pytest.raises(psycopg.OperationalError):
            page.execute("commit")
    there = "one = Exercise.objects.get(); print(one.moment.isoformat(), clock.now().isoformat(),"
    there += f"one.state, one.speed, SessionStore('{signed_in}')['who'])"
    assert server.inside(there) == [*moment, *moment, "paused", "3600", "ann"]
    with server.line() as page:
        names = page.execute("select datname from pg_database where datname ~ 'rewound|aside'")
        assert names.fetchall() == []


def test_a_helper_of_the_server_at_work_in_the_database_is_no_hindrance(server):
    with server.line("postgres", OWNER) as admin:
        for setting in ("naptime = '1s'", "vacuum_cost_delay = '100ms'", "vacuum_cost_limit = 1"):
            admin.execute(f"alter system set autovacuum_{setting}")
        admin.execute("select pg_reload_conf()")
        with server.line() as page:
            page.execute("create table heap as select generate_series(1, 300000) as number")
            page.execute("delete from heap")
        there = "select 1 from pg_stat_activity where datname = %s and backend_type ~ 'autovacuum'"
        until(lambda: admin.execute(there, [DATABASE]).fetchall(), "the server tidies up")

        (name,) = server.inside("print(checkpoints.make())")

        admin.execute("alter system reset all")
        admin.execute("select pg_reload_conf()")
        kept = admin.execute("select 1 from pg_database where datname = %s", [name])
        assert kept.fetchall()


DRIVE = """
from types import SimpleNamespace
from pingji.config.exercise_driver import Driver
driver = Driver()
engine = lambda: SimpleNamespace(exercise=Exercise.objects.get(), drain=driver.stop)
driver._engine = engine
driver.run()
print(driver.engine.exercise.name)
"""


def test_a_driver_opens_again_what_one_that_was_killed_left_closed(server):
    server.inside("Exercise.objects.update(state='paused')")
    with server.line("postgres", OWNER) as admin:
        admin.execute(f"alter database {DATABASE} allow_connections false")
    with pytest.raises(psycopg.OperationalError):
        server.line()

    assert server.inside(DRIVE) == ["学校聚集性疫情"]

    server.line().close()
