"""`pingji exercise`: what it takes over of the environment, what it refuses, what stays."""

import fcntl
import json
from copy import deepcopy

import pytest
from click.testing import CliRunner

from pingji.config.cli import exercise as command
from pingji.config.tests.places_for_tests import installation, pingji
from pingji.evaluate.exercises.actions.reporting import write_report
from pingji.evaluate.exercises.tests.score_factories import played

BAD = """
[scenario]
code = "bad"
name = "坏"
name_en = "Bad"
purpose = "试"
purpose_en = "Try"
profile = "youyang"
county = "500242"
pathogen = "influenza"
starts_at = 2026-11-02T00:00:00+08:00
days = 9

[[seeding]]
day = 0
township = "500242999"
people = 5

[[inject]]
day = 2
time = "-3:00"
kind = "outage"
hours = 2
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PINGJI_HOME", str(tmp_path))
    monkeypatch.setenv("PINGJI_LANG", "en")
    return tmp_path


def there(home, name="small-1"):
    place = home / "exercises" / name
    place.mkdir(parents=True)
    (place / "exercise").touch()
    return place


def called(*arguments):
    return CliRunner().invoke(command.exercise, list(arguments))


def test_an_exercise_is_told_nothing_of_the_installation_for_work(home, monkeypatch):
    for name in (
        "PINGJI_DATABASE_URL",
        "PINGJI_SMS_URL",
        "PINGJI_SMS_TOKEN",
        "PINGJI_SECRET_KEY",
        "PINGJI_IDENTITY_KEY",
        "PINGJI_MLLP_PORT",
        "PINGJI_NOTICE_NETWORKS",
        "PGSERVICE",
        "PGHOST",
        "DJANGO_SETTINGS_MODULE",
    ):
        monkeypatch.setenv(name, "postgresql://for.work/county")
    monkeypatch.setenv("PINGJI_PORT", "8123")
    given = command.environment(home / "exercises" / "small-1")
    assert "postgresql://for.work/county" not in given.values()
    assert given["PINGJI_HOME"] == str(home / "exercises" / "small-1")
    assert (given["PINGJI_PORT"], given["PINGJI_LANG"]) == ("8123", "en")


def test_an_unfinished_one_is_told_and_nothing_is_begun(home):
    there(home)
    said = called("run", "small")
    assert said.exit_code == 1
    assert "there is an unfinished “small-1”: --resume goes on with it" in said.output
    assert "pingji exercise remove small-1" in said.output


def test_one_that_was_played_is_not_played_again(home):
    (there(home) / "finished").touch()
    assert "“small-1” was played already" in called("run", "small").output
    assert "“small-1” was played already" in called("run", "small", "--resume").output


def test_what_is_not_there_cannot_be_resumed_opened_or_removed(home):
    assert (
        "there is no unfinished “small-4”"
        in called("run", "small", "--seed", "4", "--resume").output
    )
    for arguments in (("open", "x"), ("remove", "x"), ("remove", ".."), ("report", "../../etc")):
        said = called(*arguments)
        assert said.exit_code == 1
        assert "no exercise" in said.output


def test_removing_takes_everything_away_but_not_one_that_runs(home):
    place = there(home)
    with (place / "run.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "small-1  running" in called("list").output
        assert "is running" in called("remove", "small-1").output
        assert "is running" in called("run", "small", "--resume").output
    assert "small-1  unfinished" in called("list").output
    assert called("remove", "small-1").exit_code == 0
    assert not (home / "exercises").exists()
    assert "There is no exercise." in called("list").output


@pytest.mark.parametrize(("more", "stays"), [((), False), (("--keep",), True)])
def test_an_exercise_that_was_played_is_removed_unless_it_shall_stay(
    home, monkeypatch, more, stays
):
    def ask(place, what, **given):
        there(home, place.name)
        return 0

    monkeypatch.setattr(command, "ask", ask)
    said = called("run", "small", "--seed", "5", *more)
    assert said.exit_code == 0, said.output
    assert ("pingji exercise open small-5" in said.output) is stays
    assert (home / "exercises").exists() is stays


def test_one_that_was_just_killed_is_removed_once_its_database_has_stopped(home, monkeypatch):
    place = there(home)
    tries = []

    def rmtree(path):
        tries.append(path)
        if len(tries) < 3:
            raise OSError(39, "Directory not empty", "base")
        path.rename(home / "gone")

    monkeypatch.setattr(command.shutil, "rmtree", rmtree)
    monkeypatch.setattr(command, "PAUSE", 0)
    assert called("remove", "small-1").exit_code == 0
    assert tries == [place] * 3


def test_what_cannot_be_removed_is_told(home, monkeypatch):
    def rmtree(path):
        raise OSError(13, "Permission denied", "base")

    there(home)
    monkeypatch.setattr(command.shutil, "rmtree", rmtree)
    monkeypatch.setattr(command, "PAUSE", 0)
    said = called("remove", "small-1")
    assert (said.exit_code, "base: Permission denied" in said.output) == (1, True)


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "bad.toml:16: seeding[1].township: there is no township “500242999”"),
        ("zh", "bad.toml:16：seeding[1].township：没有代码为“500242999”的乡镇"),
    ],
)
def test_a_scenario_that_cannot_be_played_is_refused_with_each_line_and_leaves_nothing(
    lang, told, tmp_path
):
    bad = tmp_path / "bad.toml"
    bad.write_text(BAD, encoding="utf-8")
    with installation() as folder:
        done = pingji(folder, "exercise", "run", str(bad), "--seed", "1", PINGJI_LANG=lang)
        assert done.returncode == 1
        lines = done.stderr.splitlines()
        assert len(lines) == 2, done.stderr
        assert lines[0].startswith(told)
        assert lines[1].startswith("bad.toml:21")
        assert not list((folder / "exercises").glob("*"))


def test_a_plan_and_a_role_that_are_nowhere_are_told():
    with installation() as folder:
        done = pingji(folder, "exercise", "run", "small", "--profile", "moon")
        assert (done.returncode, "no plan “moon”" in done.stderr) == (1, True)
        done = pingji(folder, "exercise", "run", "small", "--people-play", "king")
        assert (done.returncode, "no role “king”" in done.stderr) == (1, True)
        assert not list((folder / "exercises").glob("*"))


def test_a_scenario_that_is_not_there_is_told():
    with installation() as folder:
        done = pingji(folder, "exercise", "run", "nosuch.toml")
        assert done.returncode == 1
        assert "nosuch.toml" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.fixture
def reports(home, db):
    """Two reports on exercises, as files."""
    found = write_report(played(), home / "one")
    other = deepcopy(found)
    other["exercise"] |= {"seed": 2}
    (home / "two").mkdir()
    (home / "two" / "score.json").write_text(json.dumps(other), encoding="utf-8")
    return home


@pytest.mark.parametrize(
    ("lang", "told", "title"),
    [("en", "comparison written to", "Exercises compared"), ("zh", "比较已写入", "演练对比")],
)
def test_reports_are_set_side_by_side_without_any_database(reports, lang, told, title):
    """A process of its own, in a folder in which no program ever ran."""
    with installation() as folder:
        done = pingji(
            folder,
            *("exercise", "compare", str(reports / "one"), str(reports / "two" / "score.json")),
            *("--out", str(reports / "beside")),
            PINGJI_LANG=lang,
        )
        assert done.returncode == 0, done.stderr
        assert not (folder / "postgres").exists()
    assert told in done.stdout
    assert title in (reports / "beside" / "comparison.html").read_text(encoding="utf-8")
    assert (reports / "beside" / "comparison.pdf").read_bytes().startswith(b"%PDF")
    assert (reports / "beside" / "comparison.docx").read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (("one",), "name the folders of 2 to 6 reports (1 were named)"),
        (("one",) * 7, "name the folders of 2 to 6 reports (7 were named)"),
        (("one", "one"), "is named twice"),
        (("one", "nowhere"), "there is no score.json"),
        (("one", "form"), "form 1, needed is 2"),
        (("one", "two", "file"), "cannot write to"),
    ],
    ids=["one", "seven", "twice", "nowhere", "form", "no folder"],
)
def test_what_cannot_be_compared_is_refused_with_words(reports, named, told):
    (reports / "form").mkdir()
    old = (reports / "one" / "score.json").read_text(encoding="utf-8")
    (reports / "form" / "score.json").write_text(
        old.replace('"form": 2', '"form": 1'), encoding="utf-8"
    )
    out = reports / "beside" / "deep"
    if "file" in named:
        out.parent.write_text("a file", encoding="utf-8")
    said = called(
        "compare", *(str(reports / name) for name in named if name != "file"), "--out", str(out)
    )
    assert (said.exit_code, told in said.output) == (1, True), said.output
    assert not (out / "comparison.html").exists()


def test_an_exercise_by_another_plan_has_another_name(home):
    assert command.name_of("small", profile="youyang", seed=None) == "small-1"
    assert command.name_of("small", profile="kaijiang", seed=7) == "small-kaijiang-7"
    there(home)
    said = called("run", "small", "--profile", "kaijiang", "--resume")
    assert "there is no unfinished “small-kaijiang-1”" in said.output
