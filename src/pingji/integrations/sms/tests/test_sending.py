"""Text messages to a gateway that really listens."""

import json
import socket
from datetime import UTC, datetime

import pytest

from pingji.ground.notices.models import Letter, Outcome
from pingji.integrations.posting import sign
from pingji.integrations.sms import send
from pingji.integrations.tests.receiving import receiving

NOON = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
LETTER = Letter("k-1", "13812345678", "预警：{phone} “引号”\n换行", NOON)
NO_GATEWAY = {"url": "", "token": "", "secret": "", "sign_off": "", "body": {}}
BODY = {"to": ["{phone}"], "content": "{text}", "ext": {"id": "pj-{key}", "n": 1, "x": "{other}"}}


@pytest.fixture
def gateway(settings):
    with receiving() as receiver:
        settings.NOTICE_SMS = {
            "url": receiver.url,
            "token": "t0ken",
            "secret": "s3cret",
            "sign_off": "【平急】",
            "body": BODY,
        }
        yield receiver


def test_the_gateway_gets_its_own_shape_with_token_key_and_signature(gateway):
    gateway.answers = [(202, json.dumps({"code": 0, "msgid": 77}))]
    answer = send(LETTER)

    assert (answer.outcome, answer.reference) == (Outcome.TAKEN, "77")
    assert answer.text.startswith("202 ")
    headers, body = gateway.came[0]
    assert json.loads(body) == {
        "to": ["13812345678"],
        "content": "【平急】预警：{phone} “引号”\n换行",
        "ext": {"id": "pj-k-1", "n": 1, "x": "{other}"},
    }
    assert headers["Authorization"] == "Bearer t0ken"
    assert headers["Idempotency-Key"] == "k-1"
    stamp = headers["X-Pingji-Timestamp"]
    assert stamp == str(int(NOON.timestamp()))
    assert headers["X-Pingji-Signature"] == sign("s3cret", stamp, "k-1", body.decode())


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.TAKEN),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (429, Outcome.LATER),
        (500, Outcome.LATER),
        (503, Outcome.LATER),
    ],
)
def test_the_answer_says_whether_to_try_again(gateway, status, outcome):
    gateway.answers = [(status, "so")]
    answer = send(LETTER)
    assert (answer.outcome, answer.text) == (outcome, f"{status} so")


def test_a_slow_gateway_is_not_waited_for(gateway, settings):
    settings.NOTICE_TIMEOUT_SECONDS = 0.2
    gateway.slow = 1.0
    answer = send(LETTER)
    assert answer.outcome == Outcome.LATER
    assert "TimeoutError" in answer.text


def test_a_gateway_that_is_away_is_tried_again(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        port = taken.getsockname()[1]
        settings.NOTICE_SMS = NO_GATEWAY | {"url": f"http://127.0.0.1:{port}/"}
        assert send(LETTER).outcome == Outcome.LATER


def test_an_answer_without_end_is_read_only_in_part(gateway):
    gateway.answers = [(200, "x" * 1_000_000)]
    assert len(send(LETTER).text) < 5000


@pytest.mark.parametrize("text", ["", "[1, 2]", '"5"', "null", "{", '{"id": null}'])
def test_an_answer_of_any_shape_is_kept(gateway, text):
    gateway.answers = [(200, text)]
    answer = send(LETTER)
    assert (answer.outcome, answer.reference) == (Outcome.TAKEN, "")


def test_without_a_gateway_nothing_leaves(settings):
    settings.NOTICE_SMS = NO_GATEWAY
    assert send(LETTER).outcome == Outcome.NO_GATEWAY
