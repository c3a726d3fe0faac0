"""Messages and senders on screen: seen, read in again, settled; tokens shown once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import Disease, Message, Sender, Tally, Visit
from pingji.monitor.surveillance.queries import settings
from pingji.monitor.surveillance.queries.messages import fates_of
from pingji.monitor.surveillance.queries.senders import sender_with
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.monitor.surveillance.tests.sending import card, sender, sent, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def his(db):
    return sender()


@pytest.fixture
def cdc(his):
    return UserFactory(role=Role.EPIDEMIOLOGIST)


def page(client, user, name, *args, **query):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["language"] = "en"
    answer = client.get(reverse(f"surveillance:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def press(client, user, name, /, *args, **fields):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.post(reverse(f"surveillance:{name}", args=args), fields)


def test_messages_are_listed_and_filtered(client, cdc):
    sent([visit()], key="GOOD-1")
    sent([visit(key="V2", age=200)], key="BAD-1")

    assert "GOOD-1" in page(client, cdc, "messages")
    waiting = page(client, cdc, "messages", state="person")
    assert "BAD-1" in waiting
    assert "GOOD-1" not in waiting
    for query in ({"form": "fhir"}, {"from": "2026-01-01"}, {"sender": "99999"}):
        assert "GOOD-1" not in page(client, cdc, "messages", **query)
    for odd in ({"from": "9999-12-31"}, {"to": "9999-12-31"}, {"sender": "²"}, {"page": "x"}):
        page(client, cdc, "messages", **odd)


def test_a_message_shows_reasons_in_words_and_its_body_to_who_may_see_patients(client, his, cdc):
    bad = sent([visit(), visit(key="V2", age=200)], key="M1")

    shown = page(client, cdc, "message", bad.pk)
    assert "<div>age: The age lies outside 0 to 130 years.</div>" in shown
    assert '<td class="number">2</td>' in shown  # the second, as people count
    assert "1 of 2 simply kept" in shown
    assert "J11.100" in shown
    assert Line.objects.filter(kind="personal_data.seen", by=cdc).count() == 1
    admin = UserFactory(role=Role.ADMINISTRATOR)
    assert "J11.100" not in page(client, admin, "message", bad.pk)


def test_another_organisations_messages_are_nobodys_business(client, his):
    mine = sent([visit()], key="M1")
    stranger = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=OrganisationFactory())
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(reverse("surveillance:message", args=[mine.pk])).status_code == 404
    for name in ("replay_message", "settle_message"):
        assert press(client, stranger, name, mine.pk, reason="x").status_code == 404
    with pytest.raises(Refused):
        actions.replay(message=mine, by=stranger, at=NOON)


def test_a_message_is_read_in_again_once_its_cause_is_mended(client, his, cdc):
    message = sent([card(), card(key="C2", disease="新发病")], kind="cards", key="M1")
    assert message.state == "partly"
    Disease.objects.create(code="new_disease", name="新发病", name_en="New disease")

    assert press(client, cdc, "replay_message", message.pk).status_code == 302

    message.refresh_from_db()
    assert (message.state, message.kept) == ("taken", 2)
    assert fates_of(message) == {0: "known", 1: "kept"}
    assert not Message.objects.for_a_person().exists()
    assert Line.objects.filter(kind="message.replayed", by=cdc).count() == 1
    assert press(client, cdc, "replay_message", message.pk).status_code == 409


def test_reading_in_again_changes_nothing_where_nothing_was_mended(client, his, cdc):
    message = sent([visit(), visit(key="V2", age=200)], key="M1")

    for _time in range(2):
        press(client, cdc, "replay_message", message.pk)

    message.refresh_from_db()
    assert (message.state, message.kept, fates_of(message)) == (
        "partly",
        1,
        {0: "known", 1: "refused"},
    )
    assert Tally.objects.get().count == 1


def test_a_held_message_that_is_read_in_corrects_what_stood(client, his, cdc):
    sent([visit()], key="M1")
    held = sent([visit(age=50)], key="M1", at=NOON + timedelta(hours=1))

    press(client, cdc, "replay_message", held.pk)

    assert Visit.objects.get().age == 50
    held.refresh_from_db()
    assert held.state == "taken"


def test_a_message_is_settled_with_a_reason(client, his, cdc):
    message = sent([visit(age=200)], key="M1")

    assert press(client, cdc, "settle_message", message.pk, reason=" ").status_code == 409
    assert press(client, cdc, "settle_message", message.pk, reason="called them").status_code == 302
    message.refresh_from_db()
    assert (message.settled_by, message.settled_reason) == (cdc, "called them")
    assert not Message.objects.for_a_person().exists()


def test_a_token_is_shown_once_and_taken_back(client, his, cdc):
    fields = {"organisation": his.organisation_id, "name": "LIS", "formats": ["json", "hl7v2"]}
    answer = press(client, cdc, "senders", **fields).content.decode()

    token = answer.split('<code class="code">')[1].split("</code>")[0]
    added = sender_with(token)
    assert (added.name, added.formats, added.added_by) == ("LIS", ["hl7v2", "json"], cdc)
    assert token not in page(client, cdc, "senders")
    assert press(client, cdc, "senders", **fields).status_code == 200  # the name is taken
    assert Sender.objects.count() == 2

    assert press(client, cdc, "revoke_sender", added.pk).status_code == 302
    assert press(client, cdc, "revoke_sender", added.pk).status_code == 409
    added.refresh_from_db()
    assert added.revoked_at is not None


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"formats": []}, {"expires_on": "2020-01-01"}, {"organisation": "999999"}],
)
def test_a_sender_that_cannot_be_is_refused_beside_its_field(client, his, cdc, fields):
    given = {"organisation": his.organisation_id, "name": "LIS", "formats": ["json"]} | fields

    assert press(client, cdc, "senders", **given).status_code == 200
    assert Sender.objects.count() == 1


def test_who_may_not_let_systems_send_is_told_so(client, his):
    assert press(client, UserFactory(role=Role.LEADER), "senders").status_code == 409


def test_an_organisation_whose_system_sends_is_connected_until_it_falls_silent(his):
    plan()
    settings.forget()
    his.organisation.connected = False
    his.organisation.save()

    sent([visit()], key="M1", by=his)
    his.organisation.refresh_from_db()
    assert his.organisation.connected

    later = NOON + timedelta(days=30)
    assert actions.keep_connections(by=system_user(), at=NOON) == 0
    assert actions.keep_connections(by=system_user(), at=later) == 1
    his.organisation.refresh_from_db()
    assert not his.organisation.connected
    assert Line.objects.filter(kind="organisation.edited").count() == 2
    assert timezone.is_aware(later)


def test_many_organisations_are_looked_at_with_as_few_questions_as_one(his):
    plan()
    settings.forget()

    def asked():
        Organisation.objects.update(connected=True)
        with CaptureQueriesContext(connection) as questions:
            changed = actions.keep_connections(by=system_user(), at=NOON + timedelta(days=30))
        return changed, len(questions)

    one = asked()
    for number in range(6):
        sender(OrganisationFactory(area=his.organisation.area), name=f"LIS {number}")
    gone = sender(OrganisationFactory(area=his.organisation.area), name="gone")
    actions.revoke_sender(sender=gone, by=system_user(), at=NOON, reason="换系统")

    seven = asked()

    assert (one[0], seven[0]) == (1, 7)
    assert one[1] == seven[1]
    assert not Organisation.objects.filter(senders__revoked_at=None, connected=True).exclude(
        senders=None
    )
    gone.organisation.refresh_from_db()
    assert gone.organisation.connected
    assert Line.objects.filter(kind="organisation.edited", details__connected=False).count() == 8
