"""The feed: for systems that sign what they ask, and for nobody else."""

import time
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse

from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    UserFactory,
    system_user,
)
from pingji.ground.notices import actions
from pingji.ground.notices.tests.factories import subscriber
from pingji.integrations.cap.alerts import issue
from pingji.integrations.posting import sign
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def system(db):
    """A system of the county, and its secret."""
    return subscriber()


@pytest.fixture
def message(db):
    return issue(alert=AlertFactory(), cause="alert_raised", by=system_user(), at=NOON)


def ask(client, where, secret, *, at=None, method="GET", signed=None):
    stamp = str(int(time.time() if at is None else at))
    said = sign(secret, stamp, method, signed or where)
    return client.get(where, headers={"X-Pingji-Timestamp": stamp, "X-Pingji-Signature": said})


def test_a_system_reads_the_feed_and_each_message(client, system, message):
    row, secret = system
    where = reverse("cap:feed", args=[row.pk])
    response = ask(client, where, secret)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(response.content)
    links = [one.get("href") for one in feed.iter(f"{ATOM}link")]
    assert len(links) == 1

    path = links[0].removeprefix("http://testserver")
    response = ask(client, path, secret)
    assert response["Content-Type"].startswith("application/cap+xml")
    assert response.content.decode() == message.content


def test_what_is_not_signed_by_a_system_for_this_question_now_is_refused(client, system, message):
    row, secret = system
    where = reverse("cap:feed", args=[row.pk])
    now = time.time()
    refused = [
        client.get(where),
        ask(client, where, "other"),
        ask(client, where, secret, at=now - 600),
        ask(client, where, secret, at=now + 600),
        ask(client, where, secret, method="POST"),
        ask(client, where, secret, signed=where + "?more"),
        ask(client, reverse("cap:feed", args=[row.pk + 1]), secret),
        client.get(where, headers={"X-Pingji-Timestamp": "²", "X-Pingji-Signature": "é"}),
        client.get(where, headers={"X-Pingji-Timestamp": "9" * 400, "X-Pingji-Signature": "x"}),
    ]
    assert {response.status_code for response in refused} == {401}
    assert all(b"alert" not in response.content for response in refused)


def test_a_system_that_is_no_longer_told_reads_nothing(client, system, message):
    row, secret = system
    actions.revoke_subscriber(subscriber=row, by=row.added_by, at=NOON)
    assert ask(client, reverse("cap:feed", args=[row.pk]), secret).status_code == 401


def test_another_county_s_system_sees_none_of_it(client, message):
    area = AreaFactory(code=FOREIGN_COUNTY)
    row, secret = subscriber(area=area, by=UserFactory(role="administrator", area=area))
    feed = ask(client, reverse("cap:feed", args=[row.pk]), secret)
    assert b"<entry>" not in feed.content
    where = reverse("cap:message", args=[row.pk, message.identifier])
    assert ask(client, where, secret).status_code == 404


def test_a_person_downloads_the_message_from_the_alert(client, message):
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(reverse("notices:bulletin", args=[message.pk]))
    assert response.content.decode() == message.content
    assert f'filename="{message.identifier}.xml"' in response["Content-Disposition"]
