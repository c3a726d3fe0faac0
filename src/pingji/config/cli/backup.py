"""`pingji backup` and `pingji restore`: everything in one file."""

import errno
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import click

from pingji.config.cli.db import client
from pingji.config.cli.django import with_django
from pingji.config.cli.language import say
from pingji.config.places import for_exercises, home
from pingji.config.postgres import DatabaseProblem, Postgres, programs

SECRETS = ("secret_key", "identity_key")
FORMAT = 1
# Session settings that the tools of later versions write and older servers do not know.
NEWER_THAN_15 = (b"SET transaction_timeout",)
HEAD_LINES = 40  # where they stand; what follows is data


@click.command(
    help=say(
        "把数据库、上传的文件和密钥备份到一个文件；程序运行时也可以备份。备份含密钥，请妥善保管。",
        "Back the database, the uploaded files and the keys up to one file, also while the program "
        "runs. The file holds the keys: keep it safe.",
    )
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_django
def backup(file: Path) -> None:
    """Write everything to one archive; it appears under its name only when it is whole."""
    from django.conf import settings

    draft = file.with_name(file.name + ".part")
    try:
        _write(draft, Path(settings.MEDIA_ROOT))
        draft.rename(file)
    except OSError as problem:
        raise click.ClickException(
            say(
                f"无法写入 {problem.filename or file}：{problem.strerror}。",
                f"cannot write {problem.filename or file}: {problem.strerror}.",
            )
        ) from problem
    finally:
        draft.unlink(missing_ok=True)
    size = file.stat().st_size / 1e6
    click.echo(say(f"已备份到 {file}（{size:.1f} MB）。", f"Backed up to {file} ({size:.1f} MB)."))


def _write(draft: Path, files: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        dump = Path(scratch) / "database.dump"
        command, environment = client("pg_dump")
        made = subprocess.run(
            [*command, "--format=custom", "--no-owner", f"--file={dump}"],
            env=environment,
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise click.ClickException(
                say(f"备份失败：{made.stderr.strip()}", f"backup failed: {made.stderr.strip()}")
            )
        # Readable by its owner only from the first byte on: it holds the keys.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w:gz") as archive:
            _add(archive, "pingji.json", json.dumps(_label()).encode())
            archive.add(dump, "database.dump")
            for name in SECRETS:
                secret = home() / "secrets" / name
                if secret.exists():
                    archive.add(secret, f"secrets/{name}")
            if files.exists():
                archive.add(files, "files")


def _label() -> dict[str, object]:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {"format": FORMAT, "made": made, "exercise": for_exercises()}


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


@click.command(
    help=say(
        "从备份文件恢复。现有数据会被替换，须加 --yes 确认；恢复前请先停止程序。",
        "Restore from a backup. What is there now is replaced: confirm with --yes, and stop the "
        "program first.",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help=say("确认替换现有数据", "yes, replace what is there"))
def restore(file: Path, yes: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Put everything back as it was; a broken file is found before anything is replaced."""
    if not yes:
        raise click.UsageError(
            say("恢复会替换现有数据，请加 --yes 确认。", "This replaces what is there: add --yes.")
        )
    if for_exercises():
        raise click.ClickException(
            say(
                "本目录只用于演练，不能恢复业务备份。请用 PINGJI_HOME 指定其他目录。",
                "This folder is for exercises: no backup is restored into it. "
                "Choose another with PINGJI_HOME.",
            )
        )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            with tarfile.open(file, "r:gz") as archive:
                _unpack(archive, folder)
            label = json.loads((folder / "pingji.json").read_text())
        except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as problem:
            full = isinstance(problem, OSError) and problem.errno == errno.ENOSPC
            why = f" {problem.strerror}" if full else ""  # type: ignore[union-attr]
            raise click.ClickException(
                say(
                    f"{file} 不是完整的备份文件，未作任何改动。{why}",
                    f"{file} is not a whole backup; nothing was changed.{why}",
                )
            ) from problem
        if label.get("format") != FORMAT or not (folder / "database.dump").exists():
            raise click.ClickException(
                say(
                    f"{file} 的备份格式无法识别，未作任何改动。",
                    f"{file} has an unknown backup format; nothing was changed.",
                )
            )
        if label.get("exercise"):  # earlier versions did not say
            raise click.ClickException(
                say(
                    f"{file} 是演练的备份，其中的病例和人员都是模拟的，不能恢复为业务数据；未作任何改动。",
                    f"{file} is the backup of an exercise: its cases and people are simulated and "
                    "never become data for work; nothing was changed.",
                )
            )
        try:
            _restore_from(folder)
        except DatabaseProblem as problem:
            raise click.ClickException(str(problem)) from problem


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Take out files and folders that lie below the folder; whatever else there is, is refused.

    Pythons before 3.11.4, Debian 12's among them, know no filter that would see to it.
    """
    for member in archive.getmembers():
        inside = (folder / member.name).resolve().is_relative_to(folder.resolve())
        if not inside or not (member.isfile() or member.isdir()):
            raise tarfile.TarError(member.name)
    archive.extraction_filter = getattr(tarfile, "data_filter", None)
    archive.extractall(folder)  # noqa: S202 - every member has been looked at


def _restore_from(folder: Path) -> None:
    """Everything is read before anything is replaced: the database whole or not at all, then the rest.

    The keys follow the database they belong to, so that a refused one leaves the present pair.
    """
    script = _script(folder)
    if not os.environ.get("PINGJI_DATABASE_URL"):
        server = Postgres()
        if server.answers():
            raise click.ClickException(
                say("程序正在运行，请先停止。", "The program is running; stop it first.")
            )
        server.start()  # makes the data folder on a new machine
        server.stop()
    _database_from(script)
    (home() / "secrets").mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (folder / "secrets").glob("*"):
        shutil.copy(path, home() / "secrets" / path.name)
        (home() / "secrets" / path.name).chmod(0o600)
    if (folder / "files").exists():
        shutil.copytree(folder / "files", home() / "files", dirs_exist_ok=True)
    click.echo(say("已恢复。", "Restored."))


def _script(folder: Path) -> Path:
    """The backup's database as statements that any version from 15 on understands."""
    whole, script = folder / "whole.sql", folder / "database.sql"
    written = subprocess.run(
        [programs() / "pg_restore", "--no-owner", f"--file={whole}", folder / "database.dump"],
        capture_output=True,
        text=True,
    )
    if written.returncode:
        raise click.ClickException(
            say(
                f"备份中的数据库无法读取，未作任何改动：{written.stderr.strip()}",
                f"the backup's database cannot be read; nothing was changed: "
                f"{written.stderr.strip()}",
            )
        )
    with whole.open("rb") as source, script.open("wb") as target:
        for number, line in enumerate(source):
            if number > HEAD_LINES or not line.startswith(NEWER_THAN_15):
                target.write(line)
    return script


@with_django
def _database_from(script: Path) -> None:
    """Replace the database in one transaction: it is the backup afterwards, or what it was."""
    command, environment = client("psql")
    done = subprocess.run(
        [*command, "-q", "-X", "-1", "-v", "ON_ERROR_STOP=1"]
        + ["-c", "set client_min_messages = warning"]
        + ["-c", "drop schema public cascade; create schema public", "-f", str(script)],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise click.ClickException(
            say(
                f"恢复失败，数据库保持原样：{done.stderr.strip()}",
                f"restore failed, the database is as it was: {done.stderr.strip()}",
            )
        )
