"""Where the program keeps what it writes: one folder, outside the code."""

import hashlib
import os
import pwd
import secrets
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# As root the database server runs as this user, because PostgreSQL refuses to run as root.
SERVER_USER = "nobody"
# A folder with this file in it is for exercises and for nothing else.
EXERCISE_MARK = "exercise"
# With this file it says that its exercise is over.
FINISHED = "finished"
MARKED = """本目录只用于演练：其中的时间、病例和消息都是模拟的，什么也不会发往外部。请勿删除本文件。
This folder is for exercises only: its time, cases and messages are simulated, and nothing leaves
it. Do not take this file away.
"""


class NotForExercises(Exception):
    """A folder that holds a database for work never becomes one for exercises."""


def reachable_by(path: Path, user: str) -> bool:
    """Whether another user may pass through every folder down to `path`."""
    identity = pwd.getpwnam(user)
    for folder in [path, *path.parents]:
        if not folder.exists():
            continue
        status = folder.stat()
        if status.st_uid == identity.pw_uid:
            passable = status.st_mode & 0o100
        elif status.st_gid == identity.pw_gid:
            passable = status.st_mode & 0o010
        else:
            passable = status.st_mode & 0o001
        if not passable:
            return False
    return True


def home() -> Path:
    """The folder of this installation: database, secrets, files. `PINGJI_HOME` overrides it."""
    given = os.environ.get("PINGJI_HOME")
    if given:
        return Path(given).resolve()
    beside = ROOT / "var"
    if os.geteuid() == 0 and not reachable_by(ROOT, SERVER_USER):
        name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
        return Path("/var/lib") / f"pingji-{name}"
    return beside


def for_exercises() -> bool:
    """Whether this installation is for exercises: it is, once marked, for as long as it exists."""
    return (home() / EXERCISE_MARK).exists()


def mark_for_exercises() -> None:
    """Make this installation, in which there is nothing yet, one for exercises.

    Raises:
        NotForExercises: If it has a database already, which may be for work.
    """
    if for_exercises():
        return
    if (home() / "postgres" / "PG_VERSION").exists():
        raise NotForExercises(str(home()))
    home().mkdir(parents=True, exist_ok=True)
    (home() / EXERCISE_MARK).write_text(MARKED, encoding="utf-8")


def socket_folder() -> Path:
    """Where the database's socket lies; short, because socket paths end at 107 bytes."""
    beside = home() / "socket"
    if len(str(beside)) < 80:
        return beside
    name = hashlib.sha256(str(home()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"pingji-{os.geteuid()}-{name}"


def secret(name: str) -> str:
    """A secret of this installation, made at first use and kept in a file only its owner reads."""
    given = os.environ.get(f"PINGJI_{name.upper()}")
    if given:
        return given
    path = home() / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written under another name and linked: of two processes that start at once, one wins.
        draft = path.with_name(f".{name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
