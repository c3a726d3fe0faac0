"""For every test: a database of its own, and nothing leaves this machine."""

import os
import shutil
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

# On a busy machine a chart may take its time; what never comes still fails.
expect.set_options(timeout=30_000)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
LOOPBACK = ("127.", "::1", "localhost")


class NetworkUsed(BaseException):
    """A test tried to reach another machine. No `except Exception` may swallow it."""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections and look-ups that lead outside; local sockets and files stay open."""
    connect, connect_ex, look_up = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def refuse_outside(family: int, address: object) -> None:
        if family == socket.AF_UNIX or not isinstance(address, tuple):
            return
        host = str(address[0])
        if host and not host.startswith(LOOPBACK):
            raise NetworkUsed(f"no network in tests: {host}")

    def guarded_connect(self: socket.socket, address: object) -> None:
        refuse_outside(self.family, address)
        return connect(self, address)  # type: ignore[arg-type]

    def guarded_connect_ex(self: socket.socket, address: object) -> int:
        refuse_outside(self.family, address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    def guarded_look_up(host: object, *args: object, **kwargs: object) -> object:
        name = host.decode() if isinstance(host, bytes) else str(host or "127.0.0.1")
        if not name.startswith((*LOOPBACK, "0.0.0.0", "/")):  # noqa: S104 - compared, not bound
            raise NetworkUsed(f"no network in tests: {name}")
        return look_up(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


@pytest.fixture(autouse=True)
def chinese_first() -> None:
    """Begin in the program's own language: a request of the test before may have left another."""
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Copy the template instead of migrating. Here, because a plug-in's fixture comes too early."""
    from django.db import connection

    connection.settings_dict["CONN_MAX_AGE"] = 0  # a browser's open line keeps no session open
    connection.settings_dict["TEST"] |= {
        "NAME": f"test_pj_{os.getpid()}",
        "TEMPLATE": os.environ["PINGJI_TEST_TEMPLATE"],
        "MIGRATE": False,
    }


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """End what a page left running before the database is dropped."""
    from django.db import connection

    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for all tests: two drivers cannot run in one process."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt install chromium")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()
