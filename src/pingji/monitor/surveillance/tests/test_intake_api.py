"""The plain JSON way in: tokens, statuses, answers in words, the published form."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone

from pingji.ground.directory.tests.factories import OrganisationFactory, system_user
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.actions.senders import revoke_sender
from pingji.monitor.surveillance.models import (
    Format,
    Message,
    Sender,
    SentinelReport,
    Tally,
    Visit,
)
from pingji.monitor.surveillance.queries import messages
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.monitor.surveillance.tests.sending import body_of, card, result, sender, visit
from pingji.monitor.surveillance.tests.sentinel_factories import (
    FRIDAY,
    MONDAY,
    figures,
    school,
    standing,
    tallied,
    versions,
)

pytestmark = pytest.mark.django_db
ROOT = "/api/surveillance"
client = Client()


@pytest.fixture
def his(db):
    return sender()


def post(his, items, *, path="visits", kind="", raw=None, language="en", token=None, **envelope):
    body = raw if raw is not None else body_of(kind or path, items, **envelope)
    headers = {"Accept-Language": language}
    given = his.token if token is None else token
    if given:
        headers["Authorization"] = f"Bearer {given}"
    return client.post(f"{ROOT}/{path}", body, content_type="application/json", headers=headers)


def test_visits_are_taken_and_each_is_answered(his):
    answer = post(his, [visit(), visit(key="V2")], key="M1")

    assert answer.status_code == 200
    said = answer.json()
    assert (said["state"], said["items"], said["kept"], said["problems"]) == ("taken", 2, 2, [])
    assert said["answers"] == [
        {"item": 0, "key": "V1", "fate": "kept"},
        {"item": 1, "key": "V2", "fate": "kept"},
    ]
    assert Tally.objects.get().count == 2


def test_the_same_message_is_answered_the_same_however_often_it_comes(his):
    first = post(his, [visit(), visit(key="V2", age=200)], key="M1")
    again = post(his, [visit(), visit(key="V2", age=200)], key="M1")

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert Visit.objects.count() == 1


def test_bad_items_are_named_by_their_place_while_good_ones_are_kept(his):
    answer = post(his, [visit(), visit(key="V2", age="x"), visit(key="V3", foo=1)], key="M1")

    assert answer.status_code == 207
    assert [a["fate"] for a in answer.json()["answers"]] == ["kept", "refused", "refused"]
    assert answer.json()["answers"][1]["problems"] == [
        {
            "path": "visits[1].age",
            "code": "kind_wrong",
            "reason": "“int | null” belongs here, not “str”.",
            "refused": True,
        }
    ]
    assert answer.json()["answers"][2]["problems"][0]["path"] == "visits[2].foo"


def test_an_item_that_is_refused_is_answered_under_its_number_where_that_can_be_read(his):
    items = [visit(key="V1", age="x"), visit(key=7), visit(key=["V3"]), "V4", visit(key="")]
    said = post(his, items, key="M1").json()

    assert [answer["key"] for answer in said["answers"]] == ["V1", "7", "", "", ""]
    assert {answer["fate"] for answer in said["answers"]} == {"refused"}


def test_a_message_of_which_nothing_can_be_kept_is_422(his):
    assert post(his, [visit(age=-1)], key="M1").status_code == 422
    assert Message.objects.get().state == "refused"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b'{"visits":[{"key":"\xff"}]}', "not_utf8"),
        (b"[]", "kind_wrong"),
        (b'{"visits":[]}', "no_items"),
        (b'{"visits":[{}],"\\u0000":1}', "field_unknown"),
        (b'{"visits":' + b"[" * 100_000, "not_json"),
    ],
)
def test_what_cannot_be_read_is_answered_in_words_and_kept(his, raw, code):
    answer = post(his, [], raw=raw)

    assert answer.status_code == 400
    assert answer.json()["problems"][0]["code"] == code
    assert answer.json()["problems"][0]["reason"]
    assert Message.objects.get().state == "held"


def test_a_number_that_is_taken_is_409(his):
    post(his, [visit()], key="M1")

    answer = post(his, [visit(age=5)], key="M1")
    assert answer.status_code == 409
    assert answer.json()["answers"] == [{"item": 0, "key": "V1", "fate": "refused"}]


def test_reasons_are_in_chinese_unless_the_program_asks_for_english(his):
    chinese = post(his, [visit(age=200)], key="M1", language="")
    english = post(his, [visit(age=200)], key="M1", language="en-GB")

    said = [a.json()["answers"][0]["problems"][0]["reason"] for a in (chinese, english)]
    assert said == ["年龄不在 0 至 130 岁之间。", "The age lies outside 0 to 130 years."]


@pytest.mark.parametrize("token", ["", "pj_wrong", "pj_ä\x7f"])
def test_without_a_token_nothing_is_taken(his, token):
    answer = post(his, [visit()], token=token.encode().decode("latin-1"))

    assert answer.status_code == 401
    assert answer.json()["reason"]
    assert "Bearer" in answer["WWW-Authenticate"]
    assert not Message.objects.exists()


def test_a_token_that_was_taken_back_takes_nothing(his):
    revoke_sender(sender=his, by=system_user(), at=NOON, reason="lost")

    assert post(his, [visit()]).status_code == 401
    assert not Message.objects.exists()


def test_what_comes_under_an_ended_token_waits_for_a_person(his):
    Sender.objects.update(expires_at=timezone.now() - timedelta(days=1))

    answer = post(his, [visit()])
    assert (answer.status_code, Message.objects.get().state) == (401, "held")
    assert not Visit.objects.exists()


def test_a_form_that_a_sender_may_not_send_is_403_and_waits_for_a_person(db):
    his = sender(formats=[Format.HL7V2])

    answer = post(his, [visit()])
    assert (answer.status_code, Message.objects.get().state) == (403, "held")
    assert not Visit.objects.exists()


def test_the_token_of_a_closed_organisation_takes_nothing(his):
    his.organisation.closed_on = NOON.date()
    his.organisation.save()

    assert post(his, [visit()]).status_code == 401


def test_a_sender_writes_and_reads_for_its_own_organisation_only(his):
    other = sender(OrganisationFactory(name="中医院"))
    mine = post(his, [visit()], key="M1").json()["message"]
    post(other, [visit(age=7)], key="M1")

    assert sorted(Visit.objects.values_list("organisation", "age")) == sorted(
        [(his.organisation_id, 34), (other.organisation_id, 7)]
    )
    for who, status in ((his, 200), (other, 404)):
        answer = client.get(
            f"{ROOT}/messages/{mine}", headers={"Authorization": f"Bearer {who.token}"}
        )
        assert answer.status_code == status
    nobody = client.get(f"{ROOT}/messages/{mine}")
    assert nobody.status_code == 401


def test_the_fate_of_a_message_can_be_asked_for_later(his):
    said = post(his, [visit(), visit(key="V2", age=200)], key="M1").json()

    headers = {"Authorization": f"Bearer {his.token}", "Accept-Language": "en"}
    assert client.get(f"{ROOT}/messages/{said['message']}", headers=headers).json() == said


def test_too_large_a_message_is_413(his, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = post(his, [visit()])
    assert (answer.status_code, list(answer.json())) == (413, ["reason"])


def test_results_and_cards_have_ways_in_of_their_own(his):
    assert post(his, [result()], path="results", key="M1").status_code == 200
    assert post(his, [card()], path="cards", key="M2").status_code == 200
    assert post(his, [visit()], path="results", kind="visits", key="M3").status_code == 400


def half_posted(his, path, body, *, announced):
    """What is answered where the connection ends in the middle of a message."""
    return client.generic(
        "POST",
        path,
        content_type="application/json",
        headers={"Authorization": f"Bearer {his.token}", "Accept-Language": "en"},
        **{"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(announced)},
    )


def test_half_a_message_waits_for_a_person_and_the_whole_one_is_taken_afterwards(his):
    whole = body_of("visits", [visit(), visit(key="V2")], key="M1")

    answer = half_posted(his, f"{ROOT}/visits", whole[:-40], announced=len(whole))

    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert problem["code"] == "cut_short"
    assert f"{len(whole) - 40} of {len(whole)} bytes" in problem["reason"]
    held = Message.objects.get()
    assert (held.state, messages.body_of(held)) == ("held", whole[:-40])
    assert not Visit.objects.exists()
    assert post(his, [visit(), visit(key="V2")], key="M1").status_code == 200
    assert Visit.objects.count() == 2


def test_what_reads_as_a_whole_message_is_not_taken_if_more_was_announced(his):
    body = body_of("visits", [visit()], key="M1")

    answer = half_posted(his, f"{ROOT}/visits", body, announced=len(body) + 1)

    assert (answer.status_code, Visit.objects.count()) == (400, 0)


def reported(his, *reports, **envelope):
    """Reports of sentinels as sent; status, and the answer to each."""
    answer = post(his, list(reports), path="sentinel-reports", kind="sentinel_reports", **envelope)
    return answer.status_code, answer.json().get("answers", [])


def one_day(**given):
    return {"sentinel": "桃花小学", "starts_on": str(FRIDAY), "values": figures()} | given


@pytest.fixture
def pupils(his):
    """A school that the sending system reports for."""
    return school(organisation=his.organisation, name="桃花小学")


def test_a_sentinels_report_is_kept_counted_and_answered(his, pupils):
    assert reported(his, one_day(), key="M1") == (
        200,
        [{"item": 0, "key": "桃花小学", "fate": "kept"}],
    )
    report = SentinelReport.objects.get()
    assert (report.sentinel, report.starts_on, report.source) == (pupils, FRIDAY, "json")
    assert standing(pupils) == {name: int(value) for name, value in figures().items()}
    assert Line.objects.filter(kind="message.received").count() == 1


def test_a_zero_is_a_report(his, pupils):
    zeros = dict.fromkeys(figures(), 0)
    assert reported(his, one_day(values=zeros), key="M1")[0] == 200
    assert set(standing(pupils).values()) == {0}


def test_a_later_report_of_the_same_day_corrects_and_the_same_changes_nothing(his, pupils):
    reported(his, one_day(), key="M1")
    counted = tallied()
    assert [a["fate"] for a in reported(his, one_day(), key="M2")[1]] == ["known"]
    assert tallied() == counted

    other = dict.fromkeys(figures(), 0)
    assert [a["fate"] for a in reported(his, one_day(values=other), key="M3")[1]] == ["corrected"]
    assert standing(pupils) == other
    assert len(versions(pupils)) == 2


def test_a_sentinel_of_another_organisation_is_unknown_to_the_sender(his, pupils):
    school(organisation=OrganisationFactory(area=his.area), name="别处小学")

    status, answers = reported(his, one_day(sentinel="别处小学"), one_day(), key="M1")

    assert (status, [a["fate"] for a in answers]) == (207, ["refused", "kept"])
    (problem,) = answers[0]["problems"]
    assert (problem["code"], problem["path"]) == (
        "unknown_sentinel",
        "sentinel_reports[0].sentinel",
    )


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"values": {"absent": -1}}, "negative_figure", "values.absent"),
        ({"starts_on": "2025-13-01"}, "not_a_date", "starts_on"),
        ({"starts_on": None}, "kind_wrong", "starts_on"),
        ({"figures": {}}, "field_unknown", "figures"),
    ],
)
def test_a_wrong_report_is_refused_with_its_place_and_the_others_are_kept(
    his, pupils, wrong, code, path
):
    status, answers = reported(his, one_day() | wrong, one_day(starts_on=str(MONDAY)), key="M1")

    assert status == 207
    assert [answer["fate"] for answer in answers] == ["refused", "kept"]
    (problem,) = answers[0]["problems"]
    assert (problem["code"], problem["path"]) == (code, f"sentinel_reports[0].{path}")
    assert [report.starts_on for report in SentinelReport.objects.all()] == [MONDAY]


def test_the_form_is_published():
    described = client.get("/api/openapi.json").json()["paths"]

    for path, kind in (
        ("visits", "visits"),
        ("results", "results"),
        ("cards", "cards"),
        ("sentinel-reports", "sentinel_reports"),
    ):
        post = described[f"{ROOT}/{path}"]["post"]
        form = post["requestBody"]["content"]["application/json"]["schema"]
        assert kind in form["required"]
        assert form["properties"][kind]["items"]["properties"]
        assert {"200", "207", "401", "422"} <= set(post["responses"])
    assert "$ref" not in json.dumps(described[f"{ROOT}/visits"])
