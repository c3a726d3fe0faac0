"""Notices to a system that really listens; and to places where none may go."""

import ipaddress
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pingji.ground.notices.models import Letter, Outcome
from pingji.integrations import posting
from pingji.integrations.posting import is_allowed, sign
from pingji.integrations.tests.receiving import receiving
from pingji.integrations.webhooks import send

NOON = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
BODY = {"id": "k-1", "text": {"zh": "产生预警", "en": "Alert raised"}}
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture
def system(settings):
    settings.NOTICE_NETWORKS = LOOPBACK
    with receiving() as receiver:
        yield receiver


def letter(url):
    return Letter("k-1", url, "", NOON, secret="s3cret", body=BODY)


def test_a_system_can_check_who_sent_what_and_when(system):
    answer = send(letter(system.url))

    assert (answer.outcome, answer.text) == (Outcome.TAKEN, "200 ok")
    headers, body = system.came[0]
    assert json.loads(body) == BODY
    said = sign("s3cret", headers["X-Pingji-Timestamp"], "k-1", body.decode())
    assert headers["X-Pingji-Signature"] == said
    assert sign("other", headers["X-Pingji-Timestamp"], "k-1", body.decode()) != said


def test_the_signature_is_the_one_that_the_manual_shows():
    """HMAC-SHA256 over `10:1763697600` `3:k-1` `2:{}` joined; receivers build it likewise."""
    assert sign("s3cret", "1763697600", "k-1", "{}") == (
        "62619fb12baea432f92acf84500afceeecd0fdcd3be6503cbb0a248fed700139"
    )


def test_parts_cannot_be_shifted_into_each_other():
    assert sign("s", "1", "23") != sign("s", "12", "3")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(system, status):
    with receiving() as elsewhere:
        system.answers, system.location = [(status, "")], elsewhere.url
        assert send(letter(system.url)).outcome == Outcome.REFUSED
        assert elsewhere.came == []


def test_a_private_place_is_refused_unless_the_operator_named_its_network(system, settings):
    settings.NOTICE_NETWORKS = []
    answer = send(letter(system.url))
    assert answer.outcome == Outcome.REFUSED
    assert "not allowed" in answer.text
    assert system.came == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
    ],
)
def test_addresses_where_no_message_may_go(address, settings):
    settings.NOTICE_NETWORKS = []
    assert not is_allowed(address)


def test_public_addresses_and_named_networks(settings):
    settings.NOTICE_NETWORKS = [ipaddress.ip_network("10.20.0.0/16")]
    assert is_allowed("8.8.8.8")
    assert is_allowed("10.20.1.1")
    assert is_allowed("::ffff:10.20.1.1")
    assert not is_allowed("10.21.1.1")


def test_one_private_address_behind_a_name_is_enough_to_refuse(monkeypatch, settings):
    settings.NOTICE_NETWORKS = []
    found = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(posting.socket, "getaddrinfo", lambda *_a, **_k: found)
    assert send(letter("https://two.example/in")).outcome == Outcome.REFUSED


def test_a_name_is_looked_up_once_and_the_checked_address_is_used(monkeypatch, system):
    port = int(system.url.split(":")[2].split("/")[0])
    looked_up = []

    def once(host, asked, **_more):
        looked_up.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", asked))] if len(looked_up) == 1 else []

    monkeypatch.setattr(posting.socket, "getaddrinfo", once)
    monkeypatch.setattr(
        posting.socket, "create_connection", connected_to := _connecting(posting.socket)
    )
    sent = replace(letter(""), to=f"http://system.example:{port}/in")
    assert send(sent).outcome == Outcome.TAKEN
    assert looked_up == ["system.example"]
    assert connected_to.places == [("127.0.0.1", port)]
    assert system.came[0][0]["Host"] == f"system.example:{port}"


class _connecting:
    def __init__(self, module):
        self.module, self.places = module, []

    def __call__(self, place, timeout):
        self.places.append(place)
        line = self.module.socket()
        line.settimeout(timeout)
        line.connect(place)
        return line


@pytest.mark.parametrize("url", ["https://no-such-host.invalid/", "https://" + "a" * 80 + "/"])
def test_a_name_that_leads_nowhere_is_tried_again(url, monkeypatch):
    def nothing(*_arguments, **_more):
        raise OSError("unknown")

    monkeypatch.setattr(posting.socket, "getaddrinfo", nothing)
    assert send(letter(url)).outcome == Outcome.LATER
