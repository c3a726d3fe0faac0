"""Test plug-in: a PostgreSQL of the tests' own, and a template database made once per schema.

Loaded before the settings are (`-p pingji.config.testing`), because the settings read the
database's socket from the environment.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from pingji.config.places import ROOT

os.environ.setdefault("PINGJI_HOME", str(ROOT / "var" / "test"))
(Path(os.environ["PINGJI_HOME"]) / "static").mkdir(parents=True, exist_ok=True)
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop
if os.environ.get("PINGJI_DATABASE_URL"):
    del os.environ["PINGJI_DATABASE_URL"]  # tests never touch a real database

_server = None


def _schema_stamp() -> str:
    """A name that changes when any migration or dependency does."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for path in sorted((ROOT / "src").glob("pingji/**/migrations/*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _make_template(name: str) -> None:
    """Migrate one empty database to copy every test database from."""
    import psycopg

    from pingji.config.postgres import OWNER, ROLE

    assert _server is not None
    with psycopg.connect(_server.conninfo("postgres", OWNER), autocommit=True) as admin:
        admin.execute("select pg_advisory_lock(1701)")  # two test runs may start at once
        old = admin.execute("select datname from pg_database where datname like 'template_pj_%'")
        names = [row[0] for row in old]
        if name in names:
            return
        for stale in names if len(names) > 4 else []:
            admin.execute(f'drop database "{stale}" with (force)')
        draft = name.replace("template_pj", "draft_pj")
        admin.execute(f'drop database if exists "{draft}" with (force)')
        admin.execute(f'create database "{draft}" owner {ROLE}')
        # A process of its own, because pytest-django has closed this one's database by now.
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "pingji.config.settings",
                "PINGJI_DATABASE_URL": f"postgresql://{ROLE}@{quote(str(_server.socket), '')}/{draft}",
            },
            check=True,
        )
        admin.execute(f'alter database "{draft}" rename to "{name}"')


def pytest_configure(config: pytest.Config) -> None:
    """In the controlling process only: start the server and make the template."""
    global _server
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    from pingji.config.postgres import DatabaseProblem, Postgres

    _server = Postgres(durable=False)
    try:
        _server.start()
    except DatabaseProblem as problem:
        if "already running" not in str(problem):
            raise pytest.UsageError(str(problem)) from problem
        # Somebody else's test run on this folder keeps the server up; share it.
    name = f"template_pj_{_schema_stamp()}"
    os.environ["PINGJI_TEST_TEMPLATE"] = name
    _make_template(name)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server this process started."""
    if _server is not None and not hasattr(config, "workerinput"):
        _server.stop()


def reference_data() -> Path:
    """Where the reference data lie, which the project does not carry; the folder may be absent."""
    given = os.environ.get("PINGJI_REFERENCE_DATA")
    return Path(given) if given else ROOT.parent / "shared" / "data"


if "pytest" not in sys.modules:  # pragma: no cover - a plug-in is not a program
    raise SystemExit("this is a plug-in for pytest")
