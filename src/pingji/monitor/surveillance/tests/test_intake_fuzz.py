"""Whatever is sent: an answer in words, never a fault of ours, and never half of a message."""

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from pingji.monitor.surveillance.models import LabResult, Message, Tally, TallyEntry, Visit
from pingji.monitor.surveillance.tests.factories import TOWN, VILLAGE
from pingji.monitor.surveillance.tests.sending import card, result, sender, visit

PATHS = {
    "visits": "visits",
    "results": "results",
    "cards": "cards",
    "sentinel-reports": "sentinel_reports",
}
ANSWERS = {200, 207, 400, 409, 413, 422}
FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["\x00", "a\x00b", "发热3天", "=1+1", "'; drop table x; --", "\u202e", "9" * 400, " ", "%(x)s"]
)
moments = st.sampled_from(
    [
        "2025-11-21T08:30:00+08:00",
        "2025-11-21 08:30:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "2025-02-30T00:00:00Z",
        "1899-12-31T00:00:00Z",
        "2025-11-21",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | moments,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    sorted({*visit(), *result(), *card(), "complaint", "person", "onset_on", "born_on", "value"})
)
values = anything | st.sampled_from([VILLAGE, TOWN, "J11.1", "positive", "M", 0, 130, "麻疹"])


@st.composite
def items(draw):
    """An item that is nearly right: some fields changed, some gone, some added."""
    item = dict(draw(st.sampled_from([visit(), result(), card()])))
    item.update(draw(st.dictionaries(names | texts, values, max_size=3)))
    for name in draw(st.lists(names, max_size=2)):
        item.pop(name, None)
    item["key"] = draw(st.sampled_from(["V1", "V2", "\x00", item.get("key")]))
    return item


@st.composite
def envelopes(draw):
    """A message that is nearly right."""
    kind = draw(st.sampled_from(list(PATHS.values())))
    message = {kind: draw(st.lists(items() | values, max_size=4))}
    message.update(draw(st.fixed_dictionaries({}, optional={"key": values, "sent_at": values})))
    return json.dumps(message).encode()


class Fuzz(TestCase):
    def setUp(self):
        self.his = sender()

    def check(self, path, body):
        before = Message.objects.count()
        headers = {"Authorization": f"Bearer {self.his.token}"}
        address = f"/api/surveillance/{path}"
        client = Client(raise_request_exception=True)
        answers = [
            client.post(address, body, content_type="application/json", headers=headers)
            for _time in range(2)
        ]
        assert answers[0].status_code in ANSWERS, answers[0].content
        assert answers[0].content == answers[1].content
        said = answers[0].json()
        assert said["kept"] <= said["items"] == len(said["answers"])
        assert Message.objects.count() <= before + 1
        fates = [answer["fate"] for answer in said["answers"]]
        assert said["kept"] == len(fates) - fates.count("refused")
        signs = sum(len(signs) for signs in Visit.objects.values_list("signs", flat=True))
        found = LabResult.objects.filter(finding="positive", disease__isnull=False).count()
        standing = sum(Tally.objects.values_list("count", flat=True))
        entries = sum(TallyEntry.objects.values_list("change", flat=True))
        assert signs + found == standing == entries

    @FEW
    @given(st.sampled_from(sorted(PATHS)), envelopes())
    @example("visits", json.dumps({"visits": [visit(kind="\x00")]}).encode())
    @example("visits", json.dumps({"visits": [visit(key="\x00")]}).encode())
    @example("visits", json.dumps({"visits": [visit()], "key": "\x00"}).encode())
    @example("visits", json.dumps({"visits": [visit(area="\x00")]}).encode())
    @example("visits", json.dumps({"visits": [visit(visited_at="0001-01-01T00:00:00Z")]}).encode())
    @example("visits", json.dumps({"visits": [visit(onset_on="0001-01-01")]}).encode())
    @example("visits", json.dumps({"visits": [visit()], "sent_at": "0001-01-01 00:00:00"}).encode())
    @example(
        "visits",
        json.dumps({"visits": [visit()], "sent_at": "9999-12-31T23:59:59-12:00"}).encode(),
    )
    @example(
        "results",
        json.dumps(
            {"results": [result(taken_at="9999-12-31T23:59:59-12:00", test="%(given)s")]}
        ).encode(),
    )
    @example("cards", json.dumps({"cards": [card(phone="1" * 31), card(born_on=None)]}).encode())
    @example("cards", json.dumps({"cards": [card(key="C" * 60, name="\x00")]}).encode())
    @example(
        "sentinel-reports",
        json.dumps(
            {
                "sentinel_reports": [
                    {"sentinel": "\x00", "starts_on": "0001-01-01", "values": {"\x00": 1e300}}
                ]
            }
        ).encode(),
    )
    def test_messages_that_are_nearly_right(self, path, body):
        self.check(path, body)

    @FEW
    @given(st.sampled_from(sorted(PATHS)), st.binary(max_size=200))
    @example("visits", b'{"visits":[' + b'{"key":' * 2000)
    @example("visits", b'{"visits":[1e999]}')
    @example("visits", b'{"visits":[{"key":"\\ud800"}]}')
    @example("visits", b'\xef\xbb\xbf{"visits":[]}')
    @example("visits", '{"visits":[]}'.encode("utf-16"))
    @example("cards", b'{"cards":[null,true,0,"",[],{}]}')
    def test_bytes_of_any_kind(self, path, body):
        self.check(path, body)


pytestmark = pytest.mark.django_db
