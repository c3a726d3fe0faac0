"""Everything in one file and back: the database, the files, the keys; or nothing at all."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import quote

import pytest

from pingji.config.places import ROOT
from pingji.config.postgres import Postgres
from pingji.config.tests.places_for_tests import environment, installation, living, pingji

pytestmark = pytest.mark.timeout(600)
COUNTY = "500242"
NUMBER = "990001199003070028"
FILL = f"""
from django.utils import timezone
from pingji.ground.directory import actions
from pingji.ground.directory.models import Area, Role, User
now, system = timezone.now(), User.objects.system()
town = Area.objects.under("{COUNTY}").of_level("township").first()
doctor = actions.add_user(
    username="cdc", display_name="王医生", role=Role.EPIDEMIOLOGIST, area=Area.objects.get(pk="{COUNTY}"),
    organisation=None, phone="", password="Quite-a-long-one-1", by=system, at=now)
from pingji.ground.directory.tests.factories import ResidentFactory
ResidentFactory(identity_number="{NUMBER}", area=town)
"""
LOOK = """
import json
from pingji.ground.directory.models import Resident
from pingji.monitor.surveillance.models import CaseReport, Import
resident = Resident.objects.get()
print(json.dumps({
    "number": resident.identity_number,
    "found": Resident.objects.with_identity(resident.identity_number).count(),
    "cases": CaseReport.objects.count(),
    "files": [file.file.read().decode() for file in Import.objects.all()],
}))
"""
IN_DJANGO = """
from pingji.config.cli.django import with_django
@with_django
def work():
    exec(compile({script!r}, "script", "exec"), {{}})
work()
"""


def inside(home, script, **more):
    """Run a script in an installation, as one of its commands."""
    done = subprocess.run(
        [sys.executable, "-c", IN_DJANGO.format(script=script)],
        env=environment(home, **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lines_on_record(home, **more):
    done = pingji(home, "record", "verify", **more)
    assert done.returncode == 0, done.stderr
    return int(re.search(r"(\d+) lines", done.stdout)[1])


def kept_beside(home):
    """The keys and files that an installation keeps beside its database."""
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("secrets", "files")
        for path in sorted((home / folder).rglob("*"))
        if path.is_file()
    }


def fingerprint(home):
    """What an installation holds."""
    return lines_on_record(home), kept_beside(home)


@pytest.fixture(scope="module")
def home():
    """A county with a resident, and a file that was handed in."""
    with installation() as folder:
        assert pingji(folder, "setup", "--no-demo").returncode == 0
        inside(folder, FILL)
        cases = folder / "cases.csv"
        cases.write_text(
            "卡片编号,疾病名称,现住地址国标,发病日期,诊断日期,性别,年龄,病例分类\n"
            f"K1,流行性感冒,{COUNTY},2026-01-05,2026-01-06,男,30,确诊病例\n"
        )
        done = pingji(folder, "import", str(cases), "--user", "cdc")
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder
        assert living(folder) == {}


@pytest.fixture(scope="module")
def saved(home):
    path = home / "all.backup"
    done = pingji(home, "backup", str(path))
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"Backed up to .*all\.backup \(\d+\.\d MB\)\.\n", done.stdout)
    return path


def test_a_backup_holds_keys_and_is_for_its_owner_alone(saved):
    assert oct(saved.stat().st_mode & 0o777) == "0o600"
    with tarfile.open(saved) as archive:
        names = set(archive.getnames())
    assert {"pingji.json", "database.dump", "secrets/secret_key", "secrets/identity_key"} <= names
    assert any(name.startswith("files/imports/") for name in names)
    assert not list(saved.parent.glob("*.part"))


def test_on_another_machine_everything_is_as_it_was(home, saved):
    with installation() as other:
        done = pingji(other, "restore", str(saved), "--yes")
        assert (done.returncode, done.stdout) == (0, "Restored.\n"), done.stderr

        assert fingerprint(other) == fingerprint(home)
        seen = json.loads(inside(other, LOOK))
        assert seen["number"] == NUMBER  # the keys came with the rows they seal
        assert seen["found"] == 1
        assert seen["cases"] == 1
        assert "流行性感冒" in seen["files"][0]
        assert json.loads(inside(home, LOOK)) == seen
        # It goes on from there: the next set-up finds everything done.
        assert pingji(other, "setup", "--no-demo").returncode == 0


def test_what_came_after_the_backup_is_gone_after_the_restore(home, saved):
    before = lines_on_record(home)
    inside(home, AN_ACTION)
    assert lines_on_record(home) == before + 1
    assert pingji(home, "restore", str(saved), "--yes").returncode == 0
    assert lines_on_record(home) == before


AN_ACTION = """
from django.utils import timezone
from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
note("area.drawn", subject=None, by=User.objects.system(), at=timezone.now())
"""


def test_a_backup_says_whether_it_is_an_exercises_and_one_of_an_earlier_version_need_not(
    home, saved, tmp_path
):
    with tarfile.open(saved) as archive:
        assert json.load(archive.extractfile("pingji.json"))["exercise"] is False
    earlier = tmp_path / "earlier.backup"
    earlier.write_bytes(rewritten(saved, **{"pingji.json": b'{"format": 1}'}))
    done = pingji(home, "restore", str(earlier), "--yes")
    assert (done.returncode, done.stdout) == (0, "Restored.\n"), done.stderr


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "is the backup of an exercise"), ("zh", "是演练的备份")]
)
def test_an_exercises_backup_never_becomes_data_for_work(lang, told, home, saved, tmp_path):
    path = tmp_path / "exercise.backup"
    path.write_bytes(of_an_exercise(saved))
    done = pingji(home, "restore", str(path), "--yes", PINGJI_LANG=lang)
    assert (done.returncode, told in done.stderr) == (1, True), done.stderr


def test_it_asks_for_a_yes(home, saved):
    before = fingerprint(home)
    done = pingji(home, "restore", str(saved))
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert fingerprint(home) == before


def cut(saved):
    return saved.read_bytes()[: saved.stat().st_size // 2]


def flipped(saved):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


def empty(saved):
    return b""


def a_picture(saved):
    return b"\x89PNG\r\n\x1a\n" + b"\0" * 1000


def rewritten(saved, **changes):
    """The archive with some of its parts replaced; None leaves one out."""
    out = io.BytesIO()
    with (
        tarfile.open(saved) as archive,
        tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as broken,
    ):
        for member in archive.getmembers():
            if not member.isfile():
                continue
            content = archive.extractfile(member).read()
            name = member.name
            if name in changes:
                if changes[name] is None:
                    continue
                content = changes[name]
            info = tarfile.TarInfo(name)
            info.size = len(content)
            broken.addfile(info, io.BytesIO(content))
    return out.getvalue()


def no_dump(saved):
    return rewritten(saved, **{"database.dump": None})


def a_broken_dump(saved):
    return rewritten(
        saved, **{"database.dump": b"PGDMP garbage", "secrets/identity_key": b"another"}
    )


def half_a_dump(saved):
    with tarfile.open(saved) as archive:
        dump = archive.extractfile("database.dump").read()
    return rewritten(
        saved, **{"database.dump": dump[: len(dump) // 2], "secrets/identity_key": b"another"}
    )


def a_later_format(saved):
    return rewritten(saved, **{"pingji.json": b'{"format": 99}'})


def of_an_exercise(saved):
    return rewritten(saved, **{"pingji.json": b'{"format": 1, "exercise": true}'})


def one_that_climbs_out(saved):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("../../../etc/pingji-was-here")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    return out.getvalue()


BROKEN = (
    cut,
    flipped,
    empty,
    a_picture,
    no_dump,
    a_broken_dump,
    half_a_dump,
    a_later_format,
    of_an_exercise,
    one_that_climbs_out,
)


def test_a_broken_backup_changes_nothing(home, saved, tmp_path):
    before = fingerprint(home)
    for broken in BROKEN:
        path = tmp_path / broken.__name__
        path.write_bytes(broken(saved))

        done = pingji(home, "restore", str(path), "--yes")

        assert done.returncode == 1, broken.__name__
        assert "nothing was changed" in done.stderr or "is as it was" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
        assert kept_beside(home) == before[1], broken.__name__
    assert fingerprint(home) == before
    assert not Path("/etc/pingji-was-here").exists()


def test_a_backup_goes_to_another_postgresql_and_comes_from_it(home, saved, monkeypatch):
    """Of the oldest version that will do, where this machine has one."""
    debian = sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin/initdb"))
    if not debian:
        pytest.skip("no PostgreSQL of Debian's on this machine (apt install postgresql)")
    with installation() as elsewhere, installation() as other:
        monkeypatch.setenv("PINGJI_HOME", str(elsewhere))
        monkeypatch.setenv("PG_BIN", str(debian[0].parent))
        server = Postgres(durable=False)
        server.start()
        monkeypatch.delenv("PG_BIN")
        url = f"postgresql://pingji@{quote(str(server.socket), '')}/pingji"
        try:
            done = pingji(other, "restore", str(saved), "--yes", PINGJI_DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
            assert lines_on_record(other, PINGJI_DATABASE_URL=url) == lines_on_record(home)
            assert json.loads(inside(other, LOOK, PINGJI_DATABASE_URL=url))["number"] == NUMBER
            done = pingji(other, "backup", str(other / "b"), PINGJI_DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
            done = pingji(other, "restore", str(other / "b"), "--yes", PINGJI_DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
            shell = pingji(
                other, "db", "shell", "-Atc", "show server_version_num", PINGJI_DATABASE_URL=url
            )
            assert int(shell.stdout) // 10000 == int(debian[0].parts[-3])
        finally:
            server.stop()


def test_the_shell_speaks_to_the_programs_database(home):
    done = pingji(home, "db", "shell", "--", "-Atc", "select current_database(), current_user")
    assert (done.returncode, done.stdout) == (0, "pingji|pingji\n")
    wrong = pingji(home, "db", "shell", "--", "-c", "select nonsense")
    assert wrong.returncode == 1


def test_the_record_is_verified_and_names_the_first_altered_line(home, saved):
    alter = (
        "alter table record_line disable trigger user;"
        "update record_line set reason = 'x' where number = 2;"
        "alter table record_line enable trigger user"
    )
    assert pingji(home, "db", "shell", "--", "-c", alter).returncode == 0
    done = pingji(home, "record", "verify")
    assert (done.returncode, done.stderr) == (1, "Line 2 was altered.\n")
    done = pingji(home, "record", "verify", PINGJI_LANG="zh")
    assert (done.returncode, done.stderr) == (1, "第 2 行被改动。\n")
    assert pingji(home, "restore", str(saved), "--yes").returncode == 0
    assert lines_on_record(home) > 2


def test_without_a_database_a_command_says_what_to_do():
    with installation() as nowhere:
        for command in (["record", "verify"], ["backup", str(nowhere / "b")], ["db", "shell"]):
            done = pingji(nowhere, *command)
            assert done.returncode == 1
            assert "run make run or pingji setup first" in done.stderr
