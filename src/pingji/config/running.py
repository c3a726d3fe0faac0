"""The program as a whole: prepare, start the parts, watch them, stop them in order."""

import contextlib
import errno
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import TextIO

from pingji.config.cli.language import say
from pingji.config.places import for_exercises, home
from pingji.config.postgres import DatabaseProblem, Postgres, check_url, die_with_parent

OLDEST_POSTGRES = 150000
FIRST_PAGE_SECONDS = 60
RESTART_SECONDS = (0.5, 1, 2, 5, 10)


class Problem(Exception):
    """The program cannot start; the message is one line that says what to do."""


def tell(line: str, *, end: str = "\n") -> None:
    """Print progress at once."""
    sys.stdout.write(line + end)
    sys.stdout.flush()


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """One line of progress with the time it took."""
    tell(f"  {what} …", end="")
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        tell("")
        raise
    tell(f" {time.monotonic() - begun:.1f} s")


class Part:
    """A process of the program that is started again when it ends by itself."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.started = 0.0

    def start(self) -> None:
        """Start the process in a group of its own, bound to our life."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),
        )

    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process is None or self.process.poll() is not None

    def restart(self) -> None:
        """Start again after a pause that grows while it keeps failing."""
        self.kill_group()
        if time.monotonic() - self.started > 60:
            self.failures = 0
        time.sleep(RESTART_SECONDS[min(self.failures, len(RESTART_SECONDS) - 1)])
        self.failures += 1
        self.start()

    def ask_to_stop(self) -> None:
        """Ask it to stop, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Wait for it to stop; after ten seconds make it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        self.kill_group()

    def kill_group(self) -> None:
        """End whatever the process left behind."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _of_the_database(problem: Exception) -> bool:
    from django.db import Error as DjangoError
    from psycopg import Error as PsycopgError

    return isinstance(problem, DjangoError | PsycopgError)


class Program:
    """Everything that `pingji run` starts.

    Attributes:
        port: Port of the pages.
        host: Address they listen on.
        mllp_port: Port of HL7 v2 messages; 0 where none was asked for.
        profile: County plan loaded at the first start.
        demo: Whether the first start makes the demo county.
        still: Whether the demo county's time is the wall clock's: else it is a living county.
    """

    def __init__(
        self,
        *,
        port: int | None,
        host: str | None,
        profile: str | None,
        demo: bool,
        still: bool = False,
    ) -> None:
        self.port = port
        self.host = host or os.environ.get("PINGJI_HOST", "127.0.0.1")
        self.profile = profile or os.environ.get("PINGJI_PROFILE", "youyang")
        self.demo = demo
        self.still = still
        self.mllp_port = 0
        self.postgres: Postgres | None = None
        self.parts: list[Part] = []
        self.stopping = False
        self.lock: TextIO | None = None

    def run(self) -> int:
        """Prepare, start, watch, stop. The exit status of the command."""
        return self._guarded(self._run)

    def prepare_only(self) -> int:
        """Prepare and stop. The exit status of the command."""
        return self._guarded(self._prepare)

    def _guarded(self, work: Callable[[], None]) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            check_url(os.environ.get("PINGJI_DATABASE_URL", ""))
            self._take_lock()
            work()
        except (Problem, DatabaseProblem) as problem:
            sys.stderr.write(f"{problem}\n")
            return 1
        except OSError as problem:
            sys.stderr.write(
                say(
                    f"无法写入 {problem.filename or home()}:{problem.strerror}。现有数据未作改动。\n",
                    f"cannot write {problem.filename or home()}: {problem.strerror}. "
                    "Existing data were left alone.\n",
                )
            )
            return 1
        except KeyboardInterrupt:
            return 0
        except Exception as problem:
            if not _of_the_database(problem):
                raise
            sys.stderr.write(self._database_trouble(problem))
            return 1
        finally:
            self._stop()
        return 0

    def _database_trouble(self, problem: Exception) -> str:
        """One line for what the database could not do, such as write to a full disk."""
        reason = str(problem).strip().partition("\n")[0]
        said = self.postgres.last_words() if self.postgres else ""
        if reason not in said:  # a server that fell over tells its log why, and us only that
            reason = " / ".join(filter(None, (reason, said)))
        return say(
            f"数据库出错，已有数据保留：{reason}\n",
            f"the database has trouble, existing data were kept: {reason}\n",
        )

    def _on_signal(self, number: int, frame: object) -> None:
        if self.stopping:
            return
        self.stopping = True
        raise KeyboardInterrupt

    def _take_lock(self) -> None:
        home().mkdir(parents=True, exist_ok=True)
        self.lock = (home() / "run.lock").open("a+")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise Problem(
                say(
                    f"本目录的程序已在运行({home()})。",
                    f"already running from this folder ({home()}).",
                )
            ) from problem

    def _choose_ports(self) -> None:
        """The ports asked for, proven free; HL7 v2 has one only where it is asked for."""
        asked = str(self.port or os.environ.get("PINGJI_PORT") or 8000)
        self.port = self._free("PINGJI_PORT", asked)
        asked = os.environ.get("PINGJI_MLLP_PORT", "")
        if asked:
            self.mllp_port = self._free("PINGJI_MLLP_PORT", asked)

    def _free(self, name: str, asked: str) -> int:
        if not asked.isdecimal() or not 0 < int(asked) < 65536:
            raise Problem(
                say(
                    f"端口“{asked}”无效：{name} 应为 1 至 65535 的数字。",
                    f"“{asked}” is no port: {name} is a number from 1 to 65535.",
                )
            )
        port = int(asked)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                if port == self.port and name != "PINGJI_PORT":
                    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
                probe.bind((self.host, port))
            except OSError as problem:
                raise Problem(self._why_not(problem, name, port)) from problem
        return port

    def _why_not(self, problem: OSError, name: str, port: int) -> str:
        if problem.errno == errno.EADDRINUSE:
            return say(
                f"端口 {port} 已被占用：请停止占用它的程序，或用 {name} 指定其他端口。",
                f"port {port} is in use: stop what uses it, or set {name}.",
            )
        if problem.errno in (errno.EACCES, errno.EPERM):
            return say(
                f"无权使用端口 {port}：请用 {name} 指定 1024 以上的端口。",
                f"port {port} is not allowed to this user: set {name} above 1023.",
            )
        return say(
            f"不能监听地址 {self.host}：请改正 PINGJI_HOST（{problem.strerror}）。",
            f"cannot listen on {self.host}: mend PINGJI_HOST ({problem.strerror}).",
        )

    def _run(self) -> None:
        self._choose_ports()
        self._prepare()
        with step(say("启动网页和后台任务", "starting pages and worker")):
            self._start_parts()
            self._await_first_page()
        self._greet()
        while True:
            time.sleep(0.5)
            if self.postgres and (
                self.postgres.process is None or self.postgres.process.poll() is not None
            ):
                self._start_database_again(self.postgres)
            for part in self.parts:
                if part.ended():
                    tell(say(f"{part.name} 已停止，重新启动", f"{part.name} ended; starting again"))
                    part.restart()

    @staticmethod
    def _start_database_again(postgres: Postgres) -> None:
        """Start a database that ended; one that ends while it starts is started in the next turn."""
        tell(say("数据库意外停止，正在重新启动", "the database ended; starting it again"))
        try:
            postgres.start()
        except DatabaseProblem as problem:
            tell(str(problem))

    def _prepare(self) -> None:
        from pingji.config import assets, living, messages

        self._check_profile()
        living.mark_if_fresh(self.profile, wanted=self.demo and not self.still)
        tell(say("平急：正在准备", "Pingji: preparing"))
        if not os.environ.get("PINGJI_DATABASE_URL"):
            with step(say("数据库", "database")):
                self.postgres = Postgres()
                try:
                    self.postgres.start()
                except BaseException:
                    living.unmark_if_fresh()
                    raise
                living.open_again()
        with step(say("页面资源与译文", "page assets and translations")):
            try:
                assets.install()
            except assets.AssetsProblem as problem:
                raise Problem(str(problem)) from problem
            messages.compile_all()
        with step(say("表结构", "tables")):
            self._migrate()
        try:
            living.check_database()
        except living.WrongPlace as problem:
            raise Problem(str(problem)) from problem
        with step(say("方案与县域", "plans and county")):
            living.go_on_preparing()
            self._fill()
            living.keep_scenario()

    def _migrate(self) -> None:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
        import django
        from django.db import OperationalError

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        try:
            connection.ensure_connection()
        except OperationalError as problem:
            reason = str(problem).strip().splitlines()[0]
            raise Problem(
                say(f"数据库连接失败：{reason}", f"cannot reach the database: {reason}")
            ) from problem
        version = connection.pg_version
        if version < OLDEST_POSTGRES:
            raise Problem(
                say(
                    f"需要 PostgreSQL 15 或更高版本，当前为 {version // 10000}。",
                    f"PostgreSQL 15 or later is needed; this is {version // 10000}.",
                )
            )
        call_command("migrate", verbosity=0, interactive=False)
        self._collect_static()

    def _collect_static(self) -> None:
        """Collect the pages' own files again only when one of them has changed."""
        from django.conf import settings
        from django.contrib.staticfiles.finders import get_finders
        from django.core.management import call_command

        digest = hashlib.sha256()
        for finder in get_finders():
            for path, storage in finder.list([]):
                status = os.stat(storage.path(path))
                digest.update(f"{path} {status.st_mtime_ns} {status.st_size}\n".encode())
        stamp = settings.STATIC_ROOT / ".stamp"
        if stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(digest.hexdigest())

    def _check_profile(self) -> None:
        """Before anything is made: the plan is read again when it is loaded."""
        from pingji.config import beginning

        try:
            beginning.read_profile(self.profile)
        except beginning.BeginningProblem as problem:
            raise Problem(str(problem)) from problem

    def _fill(self) -> None:
        from pingji.config import beginning

        try:
            beginning.fill(profile=self.profile, demo=self.demo)
        except beginning.BeginningProblem as problem:
            raise Problem(str(problem)) from problem

    def _start_parts(self) -> None:
        from django.db import connections

        connections.close_all()
        environment = os.environ | {
            "PINGJI_SERVED_BY_RUN": "1",
            "DJANGO_SETTINGS_MODULE": "pingji.config.settings",
        }
        web = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", self.host]
        web += ["--port", str(self.port), "--workers", os.environ.get("PINGJI_WORKERS", "2")]
        web += ["--no-ws", "--log-level", "warning", "--respawn-failed-workers"]
        # An open live page never ends by itself: it would keep its process alive for good.
        web += ["--workers-kill-timeout", "3"]
        web += ["pingji.config.asgi:application"]
        # In an installation for exercises its driver does what the worker does elsewhere.
        worker = "exercise_driver" if for_exercises() else "worker"
        name = say("演练", "exercise") if for_exercises() else say("后台任务", "worker")
        self.parts = [
            Part(say("网页", "pages"), web, environment),
            Part(name, [sys.executable, "-m", f"pingji.config.{worker}"], environment),
        ]
        if self.mllp_port:
            line = environment | {
                "PINGJI_HOST": self.host,
                "PINGJI_MLLP_PORT": str(self.mllp_port),
            }
            command = [sys.executable, "-m", "pingji.config.mllp"]
            self.parts.append(Part(say("HL7 v2 接口", "HL7 v2 line"), command, line))
        for part in self.parts:
            part.start()

    def _address(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}/"

    def _await_first_page(self) -> None:
        until = time.monotonic() + FIRST_PAGE_SECONDS
        while time.monotonic() < until:
            with (
                contextlib.suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(self._address(), timeout=10),  # noqa: S310 - our own page
            ):
                return
            if self.parts[0].ended():
                raise Problem(
                    say("网页未能启动，原因见上。", "the pages did not start; see above.")
                )
            time.sleep(0.1)
        raise Problem(say("网页未能及时应答。", "the pages did not answer in time."))

    def _greet(self) -> None:
        from pingji.config import beginning

        tell("")
        tell(say(f"平急已就绪：{self._address()}", f"Pingji is ready: {self._address()}"))
        if self.mllp_port:
            tell(f"  HL7 v2 (MLLP): {self.host}:{self.mllp_port}")
        if for_exercises():
            tell(
                say(
                    f"  演练:时间由模拟推进,不对外发送任何信息;导调页 {self._address()}exercises/",
                    "  an exercise: its time is simulated and nothing leaves; it is directed at "
                    f"{self._address()}exercises/",
                )
            )
        for line in beginning.sign_ins():
            tell("  " + line)
        tell(say("按 Ctrl-C 停止。", "Ctrl-C stops everything."))

    def _stop(self) -> None:
        if self.parts:
            tell(say("正在停止 …", "stopping …"))
        for part in self.parts:
            part.ask_to_stop()
        for part in self.parts:
            part.stop()
        if self.postgres:
            self.postgres.stop()
        if self.lock is not None:
            self.lock.close()
