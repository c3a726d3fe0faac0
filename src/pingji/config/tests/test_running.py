"""`pingji run` as a whole: what it starts, what it leaves behind, how it comes back.

Everything here happens in processes of its own, with the program's real start and real kills.
"""

import contextlib
import http.client
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from pingji.config.places import ROOT
from pingji.config.postgres import Postgres
from pingji.config.tests.places_for_tests import (
    PATIENCE,
    environment,
    installation,
    living,
    pingji,
    until,
)

pytestmark = pytest.mark.timeout(600)
PASSWORD = "Quite-a-long-one-1"
PEOPLE = (
    ("at-home", "epidemiologist", "500242"),
    ("in-town", "inspector", "500242101"),
    ("next-door", "epidemiologist", "511723"),
)


@pytest.fixture(scope="module")
def home():
    """An installation that was set up once, without the demo."""
    with installation() as folder:
        done = pingji(folder, "setup", "--no-demo")
        assert done.returncode == 0, done.stderr + done.stdout
        for username, role, area in PEOPLE:
            done = subprocess.run(
                [sys.executable, "-m", "pingji.config.cli", "user", "add", username]
                + ["--name", username, "--role", role, "--area", area, "--password-stdin"],
                input=f"{PASSWORD}\n",
                env=environment(folder),
                text=True,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        yield folder


@pytest.fixture(autouse=True)
def nothing_stays(home):
    """Whatever a test did, no process of the installation is left."""
    yield
    until(lambda: not living(home), f"processes left: {living(home)}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A started `pingji run`, and what it says."""

    def __init__(self, home: Path, **more: str) -> None:
        self.port = free_port()
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pingji.config.cli", "run", "--no-demo"],
            env=environment(home, PINGJI_PORT=str(self.port), PINGJI_WORKERS="1", **more),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self.listen, daemon=True)
        self.reader.start()

    def listen(self) -> None:
        """Take down everything that is said."""
        for line in self.process.stdout or ():
            self.said.append(line)

    def heard(self, words: str) -> bool:
        """Whether it has said so."""
        return any(words in line for line in self.said)

    def ready(self) -> None:
        """Wait until it says that it is."""
        until(lambda: self.heard("Pingji is ready") or self.process.poll() is not None, "the start")
        assert self.process.poll() is None, "".join(self.said)

    def page(self, path: str = "/sign-in/") -> tuple[int, str]:
        """Status and text of a page; 0 while nobody answers."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=20
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError:
            return 0, ""

    def close(self) -> None:
        """End it, whatever became of it."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Visitor:
    """Somebody signed in with a page open, and the topics their page was told of."""

    def __init__(self, running: Running, username: str) -> None:
        self.where = f"http://127.0.0.1:{running.port}"
        cookies = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        self.send("/sign-in/", username=username, password=PASSWORD)
        self.told: list[str] = []
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
        connection.connect()
        self.socket = connection.sock
        carried = "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)
        connection.request("GET", "/events", headers={"Cookie": carried})
        self.stream = connection.getresponse()
        self.reader = threading.Thread(target=self.listen, daemon=True)
        self.reader.start()
        until(lambda: "hello" in self.told, "the stream opens")

    def send(self, path: str, **form: str) -> None:
        """Fill in a form of ours."""
        page = self.browser.open(f"{self.where}/sign-in/", timeout=PATIENCE).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token is not None
        body = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": token[1]}).encode()
        with self.browser.open(f"{self.where}{path}", body, timeout=PATIENCE) as answer:
            assert answer.status == 200

    def listen(self) -> None:
        """Take down what the stream says until it ends."""
        event = ""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
            for line in self.stream:
                name, _colon, value = line.decode().strip().partition(": ")
                event = value if name == "event" else event
                if name == "data":
                    self.told.append(value if event == "change" else event)

    def close(self) -> None:
        """Leave, without waiting for what the stream would say next."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.reader.join(PATIENCE)
        self.stream.close()
        self.socket.close()


@contextlib.contextmanager
def run(home, **more):
    running = Running(home, **more)
    try:
        yield running
    finally:
        running.close()


def the_one(home, mark):
    """The process of an installation whose command carries a mark."""
    found = [pid for pid, command in living(home).items() if mark in command]
    assert found, living(home)
    return min(found)


def verified(home, **more):
    """How many lines are on a whole record."""
    done = pingji(home, "record", "verify", **more)
    assert done.returncode == 0, done.stderr
    return int(re.search(r"(\d+) lines", done.stdout)[1])


def test_it_prints_its_address_answers_and_ends_on_ctrl_c(home):
    with run(home) as running:
        running.ready()
        assert running.heard(f"http://127.0.0.1:{running.port}/")
        status, text = running.page()
        assert status == 200
        assert "平急" in text
        assert running.page("/events")[0] == 401  # the stream is for who has signed in
        assert len(living(home)) >= 4
        visitor = Visitor(running, "at-home")  # an open page holds nothing up

        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(PATIENCE) == 0

        until(lambda: not living(home), "everything ends")
        assert not any("Traceback" in line for line in running.said), "".join(running.said)
        visitor.close()


def test_a_change_reaches_the_open_pages_that_may_see_it_and_no_other(home):
    with run(home) as running:
        running.ready()
        visitors = {name: Visitor(running, name) for name, _role, _area in PEOPLE}

        visitors["at-home"].send("/alerts/runs/start/")

        until(lambda: "alerts" in visitors["at-home"].told, "the change arrives")
        tell(home, {"topic": "for-the-town", "area": "500242101", "organisation": None})
        tell(home, {"topic": "for-next-door", "area": "511723101", "organisation": None})
        until(lambda: "for-the-town" in visitors["in-town"].told, "the town hears")
        until(lambda: "for-the-town" in visitors["at-home"].told, "the county hears")
        until(lambda: "for-next-door" in visitors["next-door"].told, "next door hears")
        of_everybody = {"hello", "*"}
        assert set(visitors["in-town"].told) - of_everybody == {"for-the-town"}
        assert set(visitors["next-door"].told) - of_everybody == {"for-next-door"}
        assert "for-next-door" not in visitors["at-home"].told

        for visitor in visitors.values():
            visitor.told.clear()
        os.kill(the_one(home, "postgres -D"), signal.SIGKILL)
        for visitor in visitors.values():  # whatever was missed meanwhile is asked for again
            until(lambda told=visitor.told: told[-1:] == ["*"], f"all again: {visitor.told}")
            assert visitor.told[0] == "away"
            visitor.close()


def tell(home, message):
    """A change committed by some other process."""
    with psycopg.connect(
        f"host={home}/socket dbname=pingji user=pingji", autocommit=True
    ) as connection:
        connection.execute("select pg_notify('pingji_live', %s)", [json.dumps(message)])


def test_two_in_one_folder_are_one_too_many(home):
    with run(home) as running:
        running.ready()
        for command in (["run", "--no-demo"], ["setup"]):
            second = pingji(home, *command, PINGJI_PORT=str(free_port()))
            assert second.returncode == 1
            assert second.stderr == f"already running from this folder ({home}).\n"
        assert running.page()[0] == 200
        assert verified(home) > 0  # other commands use the running database
        restored = pingji(home, "restore", str(a_file(home)), "--yes")
        assert restored.returncode == 1


def a_file(home):
    path = home / "some.backup"
    path.write_bytes(b"no backup")
    return path


def test_killed_it_leaves_no_orphan_and_picks_up_again(home):
    before = verified(home)
    with run(home) as running:
        running.ready()
        visitor = Visitor(running, "at-home")  # an open page holds nothing up
        running.process.kill()
        running.process.wait()
        until(lambda: not living(home), f"orphans: {living(home)}")
        visitor.close()
    with run(home) as running:
        running.ready()
        assert running.page()[0] == 200
    assert verified(home) >= before


@pytest.mark.parametrize("mark", ["postgres -D", "pingji.config.worker", "granian"])
def test_a_part_that_is_killed_is_started_again(home, mark):
    with run(home) as running:
        running.ready()
        first = the_one(home, mark)
        os.kill(first, signal.SIGKILL)
        until(
            lambda: (
                any(mark in c and pid != first for pid, c in living(home).items())
                and first not in living(home)
            ),
            f"{mark} comes back",
        )
        until(lambda: running.page()[0] == 200, "the page comes back")
        assert running.process.poll() is None, "".join(running.said)


def test_while_the_database_is_away_the_page_says_so_and_comes_back(home):
    """On a PostgreSQL of somebody else's, of the oldest version that will do if there is one."""
    debian = sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin/initdb"))
    with installation() as elsewhere, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PINGJI_HOME", str(elsewhere))
        if debian:
            patch.setenv("PG_BIN", str(debian[0].parent))
        server = Postgres(durable=False)
        server.start()
        url = f"postgresql://pingji@{quote(str(server.socket), '')}/pingji"
        try:
            with installation() as other, run(other, PINGJI_DATABASE_URL=url) as running:
                running.ready()
                assert not any("postgres -D" in command for command in living(other).values())
                assert running.page()[0] == 200
                assert verified(other, PINGJI_DATABASE_URL=url) > 0

                server.stop()
                status, text = signed_in_page(running)
                assert status == 503
                assert "again." in text  # it asks again by itself
                assert "<h1>数据库" in text
                assert running.page("/sign-in/")[0] == 200  # what needs no rows is still drawn

                server.start()
                until(lambda: signed_in_page(running)[0] in (200, 302), "the page comes back")
                assert running.process.poll() is None, "".join(running.said)
        finally:
            server.stop()


def signed_in_page(running):
    """A page that must ask the database who is reading."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{running.port}/", headers={"Cookie": "sessionid=" + "a" * 32}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
    except OSError:
        return 0, ""


def test_a_database_that_cannot_be_reached_is_told(home):
    done = pingji(home, "setup", PINGJI_DATABASE_URL="postgresql://nobody@%2Fnonexistent/nothing")
    assert done.returncode == 1
    assert done.stderr.startswith("cannot reach the database: ")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def a_small_disk():
    """A disk of 24 MB, which is too small for a database."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a small disk")
    with installation() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder],
            capture_output=True,
            check=False,
        )
        if mounted.returncode:
            pytest.skip("this machine lets nobody mount a small disk")
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=False)


def test_a_full_disk_is_told_in_a_line(a_small_disk):
    for _time in range(2):
        done = pingji(a_small_disk, "setup", "--no-demo")
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert "Traceback" not in done.stderr


def test_a_disk_that_is_full_later_is_told_in_a_line(home, a_small_disk):
    """The database is there; what has to be written beside it finds no room."""
    (a_small_disk / "filler").write_bytes(b"x" * 1024)
    with contextlib.suppress(OSError), (a_small_disk / "filler").open("ab") as filler:
        while True:
            filler.write(b"x" * 65536)
    done = pingji(home, "backup", str(a_small_disk / "all.backup"))
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [path.name for path in a_small_disk.iterdir()] == ["filler"]
