"""`pingji sender` as a shell or a script meets it."""

import pytest
from click.testing import CliRunner

from pingji.config.cli.sender import sender
from pingji.ground.directory.tests.factories import OrganisationFactory, system_user
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.models import Sender
from pingji.monitor.surveillance.queries.senders import sender_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hospital(db):
    system_user()
    return OrganisationFactory(code="H1", name="县人民医院")


def run(*arguments):
    return CliRunner().invoke(sender, [*arguments])


def test_a_sender_added_has_a_token_that_stands_alone_on_the_last_line(hospital):
    answer = run("add", "HIS", "--organisation", "H1", "--format", "json", "--days", "30")

    assert answer.exit_code == 0, answer.output
    token = answer.stdout.strip()
    added = sender_with(token)
    assert (added.organisation, added.formats, added.name) == (hospital, ["json"], "HIS")
    assert added.expires_at is not None
    assert token not in {added.token_hash, added.token_hint}
    line = Line.objects.get()
    assert (line.kind, line.origin) == ("sender.added", "command line")
    assert token not in str(line.details)


def test_a_token_can_be_taken_back_and_its_name_given_again(hospital):
    run("add", "HIS", "--organisation", "H1")

    assert run("add", "HIS", "--organisation", "H1").exit_code != 0
    assert run("revoke", "HIS", "--organisation", "H1", "--reason", "lost").exit_code == 0
    assert Sender.objects.get().revoked_at is not None
    assert run("add", "HIS", "--organisation", "H1").exit_code == 0


def test_wrong_names_are_told_in_words():
    for arguments in (
        ("add", "HIS", "--organisation", "H9"),
        ("revoke", "HIS", "--organisation", "H1"),
    ):
        answer = run(*arguments)
        assert answer.exit_code == 2
        assert arguments[-1] in answer.output
