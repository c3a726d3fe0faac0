"""`pingji user` as a shell or a script meets it."""

import errno

import pytest
from click.testing import CliRunner

from pingji.config.cli.user import user
from pingji.ground.directory.models import Role, User
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def county(db):
    system_user()
    AreaFactory(name="酉阳县")


def run(*arguments, typed=PASSWORD + "\n"):
    return CliRunner().invoke(user, [*arguments], input=typed)


def add(*further, role="duty_officer", area="500242", typed=PASSWORD + "\n"):
    arguments = ("add", "wang", "--name", "王敏", "--role", role, "--area", area)
    return run(*arguments, "--password-stdin", *further, typed=typed)


def test_somebody_added_can_sign_in_and_is_on_record_from_the_command_line():
    answer = add()

    assert answer.exit_code == 0, answer.output
    assert User.objects.get(username="wang").check_password(PASSWORD)
    line = Line.objects.get()
    assert (line.kind, line.by.username, line.origin) == ("user.added", "system", "command line")


def test_a_role_of_an_organisation_is_added_by_its_code():
    organisation = OrganisationFactory(code="H1")

    assert add("--organisation", "H1", role="laboratory").exit_code == 0
    assert User.objects.get(username="wang").organisation == organisation


@pytest.mark.parametrize(
    ("further", "given", "status", "says"),
    [
        ((), {"role": "king"}, 2, "king"),
        ((), {"area": "999999"}, 2, "999999"),
        (("--organisation", "none"), {}, 2, "none"),
        ((), {"role": "laboratory"}, 1, "机构"),
        ((), {"typed": "123\n"}, 1, ""),
    ],
)
def test_what_does_not_fit_is_said_and_adds_nobody(further, given, status, says):
    answer = add(*further, **given)

    assert answer.exit_code == status
    assert says in answer.output
    assert not User.objects.filter(username="wang").exists()


def test_a_password_is_asked_for_twice_at_a_terminal():
    somebody = UserFactory(username="li", role=Role.LEADER)

    different = run("password", "li", typed="one-thing-1\nother-thing-2\n")
    same = run("password", "li", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert different.exit_code == 1
    assert same.exit_code == 0, same.output
    assert PASSWORD not in same.output
    somebody.refresh_from_db()
    assert somebody.check_password(PASSWORD)


@pytest.mark.parametrize("name", ["nobody", "system"])
def test_a_password_for_nobody_is_refused(name):
    assert run("password", name, "--password-stdin").exit_code == 2


def test_a_short_password_is_refused_in_chinese():
    answer = add(typed="123\n")

    assert answer.exit_code == 1
    assert "密码太短，至少需要 8 个字符。" in answer.output
    assert "This password" not in answer.output


def test_a_full_disk_is_told_in_a_line(monkeypatch):
    def write(**given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pingji.ground.directory.actions.add_user", write)
    answer = add()

    assert answer.exit_code == 1
    assert "No space left on device。已有数据保留。" in answer.output
    assert "Traceback" not in answer.output
