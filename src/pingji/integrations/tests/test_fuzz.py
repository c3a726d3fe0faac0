"""Broken messages through the whole way in: always answered, never half applied, never a fault.

What was found this way is kept below as examples of its own.
"""

import copy
import json

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pingji.integrations.fhir.tests import test_endpoint as fhir
from pingji.integrations.hl7v2.message import read
from pingji.integrations.hl7v2.server import Frame
from pingji.integrations.hl7v2.taking import take
from pingji.integrations.hl7v2.tests import test_taking as hl7v2
from pingji.monitor.surveillance.models import CaseReport, LabResult, Message, Tally, Visit
from pingji.monitor.surveillance.tests.sending import sender

pytestmark = pytest.mark.django_db
slowly = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["", "\x00", "9999-99-99", "0001-01-01", "9999-12-31T23:59:59-14:00", "Patient/p1", "阳性"]
    )
    | st.text(min_size=300, max_size=320, alphabet="长x"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=4,
)
BITS = st.sampled_from(
    [b"", b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\x00", b"\xff", b"\x1c", b'""', b"\\X0\\"]
    + [b"99999999", b"00000000", b"-1", "阳性".encode(), "亅".encode("gb18030"), b"x" * 200]
)


@pytest.fixture
def system(db):
    return sender()


def consistent():
    """Every figure is the sum of its rows, and every message says what became of it."""
    positive = LabResult.objects.filter(finding="positive", disease__isnull=False).count()
    signs = sum(len(visit.signs) for visit in Visit.objects.all())
    figures = {"pathogen": 0, "syndrome": 0}
    for tally in Tally.objects.all():
        figures[tally.channel] += tally.count
    assert figures == {"pathogen": positive, "syndrome": signs}
    for message in Message.objects.defer("body"):
        assert message.kept <= message.items
        assert message.state in Message.State.values
        if message.state in ("held", "refused"):
            assert message.kept == 0
            assert not message.lab_results.exists()
            assert not message.visits.exists()


def places(node, path=()):
    """The way to every part of a document."""
    yield path
    parts = node.items() if isinstance(node, dict) else enumerate(node)
    if isinstance(node, dict | list):
        for name, inner in parts:
            yield from places(inner, (*path, name))


def spoiled(document, where, by):
    """A document in which one part is another."""
    if not where:
        return by
    document = copy.deepcopy(document)
    node = document
    for name in where[:-1]:
        node = node[name]
    node[where[-1]] = by
    return document


WHOLE = fhir.bundle(
    fhir.patient(), fhir.visit(), fhir.flu(), fhir.examples.condition(), fhir.flu("o2")
)
PLACES = list(places(WHOLE))


@slowly
@given(st.sampled_from(PLACES), ANYTHING, st.sampled_from(["batch", "transaction"]))
@example(("identifier", "value"), "\x00", "batch")
@example(("identifier",), [], "batch")
@example(("entry", 2, "resource", "identifier", 0, "value"), "\x00", "transaction")
@example(("entry", 0, "resource", "birthDate"), "0001-01-01", "batch")
@example(("entry", 1, "resource", "period", "start"), "0001-01-01T00:00:00+14:00", "batch")
@example(("entry", 2, "fullUrl"), 7, "batch")
@example(("entry", 2, "resource", "effectiveDateTime"), "9999-12-31T23:59:59-14:00", "batch")
def test_a_bundle_with_anything_anywhere_is_answered(system, where, by, kind):
    said = spoiled(WHOLE, where, by)
    said = said | {"type": said.get("type") and kind} if isinstance(said, dict) else said
    answer = fhir.post(system, json.dumps(said).encode())
    again = fhir.post(system, json.dumps(said).encode())
    assert answer.status_code < 500
    assert answer.json()["resourceType"] in ("Bundle", "OperationOutcome")
    assert again.status_code == answer.status_code
    if kind == "transaction" and answer.status_code != 200:
        latest = Message.objects.latest("id")
        assert not CaseReport.objects.filter(message=latest).exists()
    consistent()


@slowly
@given(st.binary(max_size=200))
def test_any_bytes_are_answered_in_fhir(system, body):
    headers = {"Authorization": f"Bearer {system.token}"}
    answer = Client().post("/fhir/", body, content_type=fhir.FHIR, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.json()["resourceType"] == "OperationOutcome"


@slowly
@given(st.data())
def test_a_spoiled_message_is_answered_in_hl7(system, data):
    body = data.draw(st.sampled_from([hl7v2.oru(system), hl7v2.adt(system)]))
    start = body.index(system.token.encode()) + len(system.token)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(start, len(body)))
        cut = data.draw(st.sampled_from([0, 1, 8, 60, len(body)]))
        body = body[:at] + data.draw(BITS) + body[at + cut :]
    answers = take([Frame(one, "") for one in (body, body, hl7v2.oru(system))], at=timezone.now())
    codes = [read(answer).first("MSA").text(1) for answer in answers]
    assert set(codes) <= {"AA", "AE", "AR"}
    assert codes[0] == codes[1]
    consistent()
