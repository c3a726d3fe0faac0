"""`pingji import` and `pingji columns`: a file handed in, what it asks, and the answer."""

import pytest
from click.testing import CliRunner

from pingji.config.cli.data import columns, import_
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.monitor.surveillance.models import CaseReport, Import
from pingji.monitor.surveillance.tests.factories import imported, reporter
from pingji.monitor.surveillance.tests.test_answering import MEANT, own_cases, without_status

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return reporter()


def command(*arguments: str):
    called = columns if arguments[0] == "columns" else import_
    return CliRunner().invoke(called, list(arguments[1:]))


@pytest.fixture
def on_disk(tmp_path, person):
    def write(content: bytes) -> str:
        (tmp_path / "own.csv").write_bytes(content)
        return str(tmp_path / "own.csv")

    return write


def test_the_status_is_said_with_the_file(on_disk, person):
    path = on_disk(without_status("A1"))

    done = command("import", path, "--user", person.username, "--status", "confirmed")

    assert (done.exit_code, CaseReport.objects.get().status) == (0, "confirmed")


def test_a_waiting_file_is_shown_and_answered(on_disk, person):
    user = ("--user", person.username)
    path = on_disk(own_cases("A1", "A2"))
    asks = command("import", path, *user)
    file = Import.objects.get()
    assert asks.exit_code == 1
    assert f"pingji columns {file.pk}" in asks.output

    shown = command("columns", str(file.pk), *user).output
    assert "A  门诊号" in shown
    assert "尚缺：key" in shown
    assert "王秀英" not in shown
    columns = [part for name, at in MEANT.items() for part in ("--column", f"{name}={at}")]
    more = command("columns", str(file.pk), *user, *columns, "--status", "clinical")
    assert more.exit_code == 1
    assert "手口" in more.output
    words = ["--word", "disease:手口=hand_foot_mouth", "--word", "sex:1=M"]
    done = command("columns", str(file.pk), *user, *columns, *words, "--status", "clinical")

    assert (done.exit_code, "接受 2" in done.output) == (0, True)
    again = command("import", on_disk(own_cases("B1")), *user)
    assert (again.exit_code, CaseReport.objects.count()) == (0, 3)


def test_all_of_it_may_be_said_at_once(on_disk, person):
    columns = [part for name, at in MEANT.items() for part in ("--column", f"{name}={at}")]
    words = ["--word", "disease:手口=hand_foot_mouth", "--word", "sex:1=M"]
    path = on_disk(own_cases("A1"))

    done = command(
        "import", path, "--user", person.username, "--status", "clinical", *columns, *words
    )

    assert (done.exit_code, CaseReport.objects.count()) == (0, 1)


@pytest.mark.parametrize("wrong", [["--column", "key"], ["--word", "sex=M"], ["--word", "sex:1"]])
def test_half_an_answer_is_wrong_use(on_disk, person, wrong):
    path = on_disk(own_cases("A1"))

    assert command("import", path, "--user", person.username, *wrong).exit_code == 2


def test_another_organisations_file_is_none_on_the_command_line(person):
    file = imported(own_cases("A1"), by=person)
    other = UserFactory(role=Role.GRID_WORKER)

    assert command("columns", str(file.pk), "--user", other.username).exit_code == 2
