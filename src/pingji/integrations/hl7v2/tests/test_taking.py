"""HL7 v2 messages against the tables: kept, counted, corrected, held, answered, never half."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from pingji.ground.directory.tests.factories import OrganisationFactory, system_user
from pingji.integrations.hl7v2 import taking
from pingji.integrations.hl7v2.message import read
from pingji.integrations.hl7v2.server import Frame
from pingji.integrations.hl7v2.taking import take
from pingji.integrations.hl7v2.tests import examples
from pingji.monitor.surveillance.actions import intake
from pingji.monitor.surveillance.models import (
    CaseReport,
    Format,
    LabResult,
    Message,
    Tally,
    Visit,
)
from pingji.monitor.surveillance.queries.messages import body_of, problems_of
from pingji.monitor.surveillance.tests.factories import TOWN, VILLAGE
from pingji.monitor.surveillance.tests.sending import sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def lis(db):
    return sender(name="LIS")


def local(text):
    """A message of the county and the year of the tests."""
    text = text.replace("202611", "202511")
    return text.replace("511723100", TOWN).replace("511723101", VILLAGE)


def oru(lis, key="M1", *, sent="20251121103000", value="阳性", code="10828004", **given):
    """A result of a test for influenza."""
    text = local(examples.ORU).replace("94500-6^新型冠状病毒核酸", "92142-9^甲型流感病毒核酸")
    text = text.replace("10828004^阳性", f"{code}^{value}").replace("20251121103000+0800", sent)
    for old, new in given.pop("instead", {}).items():
        assert old in text
        text = text.replace(old, new)
    given = {"token": getattr(lis, "token", lis)} | given
    return examples.oru(key, text=text, **given)


def adt(lis, key="A1", **given):
    text = local(examples.ADT)
    for old, new in given.pop("instead", {}).items():
        assert old in text
        text = text.replace(old, new)
    return examples.oru(key, text=text, token=lis.token, **given)


def told(*bodies):
    """Take messages together; give the code of each answer."""
    answers = take([Frame(body, "127.0.0.1") for body in bodies], at=timezone.now())
    return [read(answer).first("MSA").text(1) for answer in answers]


def errors(body):
    """Places and codes that the answer to one message names, and its words."""
    (answer,) = take([Frame(body, "127.0.0.1")], at=timezone.now())
    said = read(answer)
    return [(s.text(2), s.text(3), s.text(8)) for s in said.all("ERR")]


def counted():
    return {(t.disease_id, t.channel): t.count for t in Tally.objects.all() if t.count}


def test_a_result_and_a_visit_are_kept_counted_and_acknowledged(lis):
    assert told(oru(lis), adt(lis)) == ["AA", "AA"]

    positive = LabResult.objects.get(finding="positive")
    assert (positive.disease_id, positive.area_id, positive.specimen) == (
        "influenza",
        TOWN,
        "鼻咽拭子",
    )
    visit = Visit.objects.get()
    assert (visit.area_id, visit.kind, visit.complaint) == (
        VILLAGE,
        "outpatient",
        "发热伴咳嗽3天,无腹泻",
    )
    assert counted()["influenza", "pathogen"] == 1
    assert counted()["influenza", "syndrome"] == 1
    drafts = CaseReport.objects.filter(state=CaseReport.State.DRAFT)
    assert "influenza" in drafts.values_list("disease_id", flat=True)


SECOND = "DG1|2||B05.9^麻疹?^I10\r"


def test_every_diagnosis_of_a_visit_counts_and_is_drafted(lis):
    assert told(adt(lis) + SECOND.encode()) == ["AA"]

    assert counted()["influenza", "syndrome"] == counted()["measles", "syndrome"] == 1
    assert Visit.objects.get().diagnosis == "流行性感冒；麻疹?"
    drafts = CaseReport.objects.order_by("disease_id").values_list("disease_id", "status")
    assert list(drafts) == [("influenza", "clinical"), ("measles", "suspected")]


def test_a_later_message_without_complaint_and_diagnosis_takes_none_of_them_back(lis):
    told(adt(lis) + SECOND.encode())
    before, stood = counted(), Visit.objects.values().get()

    bare = adt(lis, "A2", instead={"A04": "A03", "|20251121075500": "", "儿科": "外科"})
    bare = bare[: bare.index(b"PV2|")].replace(b"20251121080500", b"20251122093000")
    assert told(bare) == ["AA"]

    visit = Visit.objects.values().get()
    assert visit["department"] == "外科"
    for name in ("complaint", "diagnosis", "diagnosis_code", "visited_at"):
        assert visit[name] == stood[name]
    assert sorted(visit["signs"]) == sorted(stood["signs"])
    assert counted() == before
    assert CaseReport.objects.count() == 2


def test_a_diagnosis_that_is_sent_empty_or_anew_replaces_the_one_that_stands(lis):
    told(adt(lis))
    anew = {"J11.1^流行性感冒^I10": "B05.9^麻疹^I10", "20251121080500": "20251121090500"}
    told(adt(lis, "A2", instead=anew))
    assert ("influenza", "syndrome") not in counted()
    assert counted()["measles", "syndrome"] == 1

    none = {"J11.1^流行性感冒^I10": '""', "20251121080500": "20251121100500"}
    told(adt(lis, "A3", instead=none))
    assert ("measles", "syndrome") not in counted()
    assert Visit.objects.get().complaint


def test_a_diagnosis_in_which_no_text_may_stand_is_told(lis):
    assert told(adt(lis) + b"DG1|2||B05^a\\X00\\b\r") == ["AE"]
    assert not Visit.objects.exists()


def test_the_message_is_kept_as_received_but_for_the_token(lis):
    body = oru(lis)
    told(body)
    message = Message.objects.get()
    assert body_of(message) == body.replace(lis.token.encode(), b"")
    assert (message.format, message.key, message.kind) == (Format.HL7V2, "M1", "ORU^R01")


def test_the_token_is_found_behind_chinese_names_in_gbk(lis):
    # The second byte of this character is the separator's own: it must not be taken for one.
    body = oru(lis, charset="GB 18030-2000", instead={"|LIS|": "|检验亅|"})
    assert "亅".encode("gb18030")[1:] == b"|"
    assert told(body) == ["AA"]
    kept = body_of(Message.objects.get())
    assert lis.token.encode() not in kept
    assert "检验亅".encode("gb18030") in kept
    assert LabResult.objects.get(finding="positive").value == "阳性"


def test_a_message_sent_twice_is_counted_once(lis):
    assert told(oru(lis), oru(lis)) == ["AA", "AA"]
    assert told(oru(lis)) == ["AA"]
    assert (Message.objects.get().tries, counted()["influenza", "pathogen"]) == (3, 1)


def test_a_correction_takes_back_what_was_counted(lis):
    told(oru(lis))
    corrected = oru(lis, "M2", sent="20251121113000", code="260385009", value="阴性")
    assert told(corrected) == ["AA"]
    assert counted().get(("influenza", "pathogen")) is None


def test_an_older_message_that_comes_late_does_not_overwrite(lis):
    negative = {"code": "260385009", "value": "阴性"}
    told(oru(lis, "M2", sent="20251121113000", **negative))
    assert told(oru(lis, "M1", sent="20251121103000")) == ["AA"]
    assert LabResult.objects.get(test_code="92142-9").finding == "negative"
    assert counted().get(("influenza", "pathogen")) is None


def test_other_content_under_the_same_number_is_held(lis):
    told(oru(lis))
    changed = oru(lis, value="阴性", code="260385009")
    assert told(changed) == ["AE"]
    ((_place, code, words),) = errors(changed)
    assert code == "205"
    assert words
    assert counted()["influenza", "pathogen"] == 1
    assert Message.objects.get(state="held").tries == 2


def test_one_wrong_result_does_not_hide_the_others(lis):
    wrong = oru(lis, instead={"94745-7^Ct^LN": "^^"})
    ((place, code, _words),) = [e for e in errors(wrong) if e[1] == "101"]
    assert (place, code) == ("OBX", "101")
    assert Message.objects.get().state == "partly"
    assert LabResult.objects.count() == 1


def test_nobody_is_let_in_without_a_token_and_nothing_is_kept(lis):
    assert told(oru(""), oru("pj_unknown"), b"GET / HTTP/1.1\r\n\r\n", b"") == ["AR"] * 4
    assert Message.objects.count() == 0


def test_a_sender_without_the_right_is_rejected_and_the_message_waits(db):
    his = sender(formats=[Format.JSON])
    assert told(oru(his)) == ["AR"]
    message = Message.objects.get()
    assert (message.state, message.problems[0]["code"]) == ("held", "no_right")
    intake.replay(message=message, by=system_user(), at=timezone.now())
    assert counted()["influenza", "pathogen"] == 1


def test_a_token_that_has_ended_is_rejected_and_the_message_waits(db):
    old = sender()
    old.expires_at = timezone.now() - timedelta(days=1)
    old.save()
    assert told(oru(old)) == ["AR"]
    assert Message.objects.get().problems[0]["code"] == "token_expired"


def test_another_organisations_message_is_rejected(lis):
    other = OrganisationFactory(area=lis.area, name="另一医院")
    assert told(oru(lis, instead={"|LIS|第一医院|": f"|LIS|{other.code}|"})) == ["AR"]
    assert (LabResult.objects.count(), Message.objects.get().state) == (0, "refused")


@pytest.mark.parametrize(
    ("spoil", "code", "reason"),
    [
        (lambda b: b.replace(b"ORU^R01", b"SIU^S12"), "AR", "unsupported_type"),
        (lambda b: b.replace(b"|P|2.5", b"|P|3.0"), "AR", "unsupported_version"),
        (lambda b: b.replace("阳性".encode(), b"\xff\xfe"), "AR", "wrong_encoding"),
        (lambda b: b.replace(b"MSH|^~\\&", b"MSH|^^^^"), "AR", None),
        (lambda b: b[: b.index(b"OBX|1")], "AE", "missing"),
        (lambda b: b.replace(b"|M1|", b"||"), "AE", "missing"),
        (lambda b: b.replace(b"19900307", b"17900307"), "AA", "impossible_age"),
    ],
)
def test_what_is_wrong_is_said_in_the_protocols_own_way_and_kept(lis, spoil, code, reason):
    body = spoil(oru(lis))
    assert told(body) == [code]
    if reason is None:  # no header, so no token: a stranger
        assert Message.objects.count() == 0
    else:
        message = Message.objects.get()
        assert reason in [problem["code"] for problem in message.problems]
        assert body_of(message) == body.replace(lis.token.encode(), b"")


def test_answers_are_in_the_language_asked_for(lis):
    chinese = errors(oru(lis).replace(b"ORU^R01", b"SIU^S12"))[0][2]
    english = oru(lis, "M2", charset="UNICODE UTF-8|en").replace(b"ORU^R01", b"SIU^S12")
    assert re.search("[一-鿿]", chinese)
    assert errors(english)[0][2].startswith("Messages or resources of the type SIU^S12")


def test_one_that_breaks_us_does_not_take_the_others_with_it(lis, monkeypatch):
    keep = intake.receive_all

    def breaks(arrivals, *, at):
        if any(arrival.incoming and arrival.incoming.key == "M2" for arrival in arrivals):
            raise ZeroDivisionError
        return keep(arrivals, at=at)

    monkeypatch.setattr(taking.intake, "receive_all", breaks)
    assert told(oru(lis), oru(lis, "M2"), adt(lis)) == ["AA", "AE", "AA"]
    held = Message.objects.get(state="held")
    assert held.problems[0]["code"] == "fault"


def test_while_the_database_is_away_nobody_is_answered(lis, monkeypatch):
    def away(arrivals, *, at):
        raise OperationalError

    monkeypatch.setattr(taking.intake, "receive_all", away)
    with pytest.raises(OperationalError):
        told(oru(lis))


def test_many_at_once_are_one_transaction(lis, django_assert_max_num_queries):
    few, many = [oru(lis, f"F{n}") for n in range(2)], [oru(lis, f"M{n}") for n in range(20)]
    for number, body in enumerate(few + many):
        target = few if number < 2 else many
        place = number if number < 2 else number - 2
        target[place] = body.replace(b"P77|F2311-9", b"P77|F%d" % number)
    told(*few)
    with django_assert_max_num_queries(60):
        assert told(*many) == ["AA"] * 20
    assert counted()["influenza", "pathogen"] == 22


def test_half_a_message_waits_for_a_person_and_the_whole_one_is_taken_afterwards(lis):
    whole = oru(lis)
    half = whole[: whole.index(b"OBX|2")]  # a result more or less: never to be taken for all

    take([Frame(half, "127.0.0.1", whole=False)] * 2, at=timezone.now())
    assert not LabResult.objects.exists()
    held = Message.objects.get()
    assert (held.state, held.tries) == ("held", 2)
    assert [problem.code for problem in problems_of(held)] == ["broke_off"]
    assert lis.token.encode() not in body_of(held)

    (answered,) = take([Frame(whole, "127.0.0.1")], at=timezone.now())
    assert b"MSA|AA|" in answered
    assert LabResult.objects.count() == 2


def test_half_a_message_of_a_stranger_is_not_kept():
    take([Frame(b"MSH|^~\\&|X", "127.0.0.1", whole=False)], at=timezone.now())
    assert not Message.objects.exists()
