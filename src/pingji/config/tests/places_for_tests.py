"""Installations of the tests' own: folders that the database server's user can reach."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pingji.config.places import ROOT

PATIENCE = 90  # seconds; a loaded machine is slow, and a wait ends as soon as it can


@contextlib.contextmanager
def installation() -> Iterator[Path]:
    """An empty folder for PINGJI_HOME, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pj-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a person's shell holds: nothing of the tests' own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PINGJI_", "DJANGO_"))}
    return kept | {"PINGJI_HOME": str(home), "PINGJI_LANG": "en"} | more


def pingji(
    home: Path, *arguments: str, patience: int = 300, **more: str
) -> subprocess.CompletedProcess[str]:
    """A command as a person types it; after `patience` seconds it counts as hung."""
    return subprocess.run(
        [sys.executable, "-m", "pingji.config.cli", *arguments],
        env=environment(home, **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )


def living(home: Path) -> dict[int, str]:
    """Every process that was started for an installation, and its command."""
    mark = f"PINGJI_HOME={home}".encode()
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    command = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                    if command:  # a zombie has none
                        found[int(process.name)] = command.decode(errors="replace").strip()
    return found


def until(true: Callable[[], object], what: str) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.1)
