"""What HL7 v2 messages say; broken ones say where they are broken."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pingji.integrations.hl7v2.answering import answer, location
from pingji.integrations.hl7v2.message import Unreadable, as_time, read
from pingji.integrations.hl7v2.reading import understand
from pingji.integrations.hl7v2.tests.examples import adt, oru
from pingji.monitor.surveillance.queries.incoming import Incoming

CHINA = ZoneInfo("Asia/Shanghai")


def said(body):
    return understand(read(body), CHINA)


def codes(incoming):
    return [(problem.path, problem.code) for problem in incoming.problems]


@pytest.mark.parametrize("charset", ["UNICODE UTF-8", "GB 18030-2000", "GBK", ""])
def test_a_result_is_read_in_the_character_set_it_names(charset):
    found = said(oru(charset=charset))

    assert (found.key, found.kind, found.items, codes(found)) == ("M1", "ORU^R01", 2, [])
    covid, ct = found.results
    assert (covid.test, covid.finding, covid.value) == ("新型冠状病毒核酸", "positive", "阳性")
    assert (ct.finding, ct.value) == ("value", "24.6")
    assert covid.key == "F2311-9/94500-6"
    assert covid.specimen == "鼻咽拭子"
    assert (covid.area, covid.sex, covid.age) == ("511723100", "M", 36)
    assert covid.person == "511723199003074518"
    assert covid.reported_at == datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
    assert covid.taken_at == datetime(2026, 11, 21, 0, 30, tzinfo=UTC)


def test_a_registration_is_a_visit_with_complaint_and_diagnosis():
    found = said(adt())

    (visit,) = found.visits
    assert (visit.key, visit.kind, visit.department) == ("V20261121-0042", "outpatient", "儿科")
    assert visit.visited_at == datetime(2026, 11, 20, 23, 55, tzinfo=UTC)
    assert visit.complaint == "发热伴咳嗽3天,无腹泻"
    assert (visit.diagnosis_code, visit.diagnosis) == ("J11.1", "流行性感冒")
    assert (visit.area, visit.sex, visit.age) == ("511723101", "F", 8)


@pytest.mark.parametrize(
    ("word", "finding"),
    [
        ("阳性", "positive"),
        ("未检出", "negative"),
        ("检出", "positive"),
        ("阴性(-)", "negative"),
        ("Not Detected", "negative"),
        ("+", "positive"),
        ("-", "negative"),
        ("±", "unclear"),
        ("1:160", "value"),
    ],
)
def test_findings_in_words(word, finding):
    body = (
        oru()
        .decode()
        .replace("CWE|94500-6^新型冠状病毒核酸^LN||10828004^阳性^SCT", f"ST|X^X||{word}")
    )
    assert said(body.encode()).results[0].finding == finding


def test_a_flag_of_the_laboratory_is_believed_before_words():
    body = oru().decode().replace("10828004^阳性^SCT|||", "S/CO 1.8|||NEG")
    assert said(body.encode()).results[0].finding == "negative"


@pytest.mark.parametrize(
    ("was", "becomes", "problem"),
    [
        ("ORU^R01^ORU_R01", "SIU^S12", ("MSH-9", "unsupported_type")),
        ("|M1|P|", "||P|", ("MSH-10", "missing")),
        ("|2.5|", "|3.0|", ("MSH-12", "unsupported_version")),
        ("|F2311-9|", "||", None),  # the placer's number stands in
        ("|P77|F2311-9|", "|||", ("OBR-3", "missing")),
        ("94500-6^新型冠状病毒核酸^LN||10828004", "||10828004", ("OBX[1]-3", "missing")),
        ("|19900307|", "|1790-03|", ("PID[1]-7", "not_hl7_time")),
        ("|19900307|", "|17900307|", ("PID[1]-7", "impossible_age")),
        ("|M|||普安镇", "|Z|||普安镇", ("PID[1]-8", "unknown_word")),
    ],
)
def test_what_is_wrong_is_said_with_its_place(was, becomes, problem):
    text = oru().decode()
    assert was in text

    found = codes(said(text.replace(was, becomes, 1).encode()))

    assert problem in found if problem else found == []


def test_two_long_numbers_that_begin_alike_stay_two():
    long = "F23" + "1" * 150
    (one, *_rest), (other, *_rest) = (
        said(oru().replace(b"F2311-9", number.encode())).results
        for number in (f"{long}-1", f"{long}-2")
    )

    assert one.key != other.key
    assert len(one.key) == len(other.key) == 120


def test_a_wrong_birth_date_does_not_lose_the_result():
    found = said(oru().replace(b"|19900307|", b"|17900307|"))
    assert [result.age for result in found.results] == [None, None]
    assert not any(problem.fatal for problem in found.problems)


def test_a_withdrawn_result_no_longer_counts_as_positive():
    found = said(oru().replace(b"|F|||20261121101500\rOBX|2", b"|W|||20261121101500\rOBX|2"))
    assert found.results[0].finding == "unclear"
    assert ("OBX[1]-11", "withdrawn") in codes(found)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_hl7"),
        (b"hello", "not_hl7"),
        (b"MSH", "not_hl7"),
        (b"MSH|||||", "not_hl7"),
        (b"MSH|^~\\&|\xff\xfe\x80|", "wrong_encoding"),
        (
            oru(charset="UNICODE UTF-8").replace("阳性".encode(), "阳性".encode("gbk")),
            "wrong_encoding",
        ),
    ],
)
def test_what_is_no_message_is_refused_with_a_reason(body, code):
    with pytest.raises(Unreadable) as refused:
        read(body)
    assert refused.value.problem.code == code


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20261121", datetime(2026, 11, 20, 16, tzinfo=UTC)),
        ("202611211030", datetime(2026, 11, 21, 2, 30, tzinfo=UTC)),
        ("20261121103000.123+0000", datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
        ("20261321", None),
        ("2026", None),
        ("20261121103000+9900", None),
        ("", None),
        ("昨天", None),
    ],
)
def test_times_of_the_standard(text, moment):
    assert as_time(text, CHINA) == moment


def test_an_answer_names_message_place_and_reason():
    message = read(oru().replace(b"|P77|F2311-9|", b"|||"))
    problem = understand(message, CHINA).problems[0]

    sent = answer(
        to=message,
        code="AE",
        problems=[(problem, "缺少|编号")],
        at=datetime(2026, 11, 21, tzinfo=UTC),
        number="1",
    ).decode()

    lines = sent.split("\r")
    assert lines[0].startswith(
        "MSH|^~\\&|PINGJI|CDC|LIS|第一医院|20261121000000+0000||ACK^R01^ACK|1|P|2.5"
    )
    assert lines[1] == "MSA|AE|M1|缺少\\F\\编号"
    assert lines[2] == "ERR||OBR^1^3^1|101|E||||缺少\\F\\编号"


def test_an_answer_can_be_read_as_a_message():
    sent = answer(
        to=None, code="AR", problems=[], at=datetime(2026, 11, 21, tzinfo=UTC), number="7"
    )
    assert read(sent).header.text(9, 1) == "ACK"


def test_places_are_written_as_the_standard_does():
    assert location("OBX[2]-5.1") == "OBX^2^5^1^1"
    assert location("MSH-9") == "MSH^1^9^1"
    assert location("PV1") == "PV1^1"
    assert location("") == ""


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("key", "MSH^1^10^1"),
        ("visits[0].visited_at", "PV1^1^44^1"),
        ("visits[0].area", "PID^1^11^1"),
        ("results[1].test", "OBX^2^3^1"),
        ("results[1].area", "PID^1^11^1"),
    ],
)
def test_a_field_of_ours_is_told_by_its_place_in_the_message(ours, theirs):
    assert location(ours) == theirs


def test_a_time_that_is_none_is_told_though_another_stands_in_for_it():
    sent = adt().replace(b"|20261121075500", b"|20261399").replace(b"|20261121080500", b"|soon")

    said = understand(read(sent), CHINA)

    assert [visit.visited_at.hour for visit in said.visits] == [8]
    told = [(problem.path, problem.code, problem.fatal) for problem in said.problems]
    assert told == [("MSH[1]-7", "not_hl7_time", False), ("PV1[1]-44", "not_hl7_time", False)]


@st.composite
def damaged(draw):
    """A good message with bytes taken out, put in or changed."""
    body = bytearray(draw(st.sampled_from([oru(), adt(), oru(charset="GBK")])))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(body) - 1))
        what = draw(st.sampled_from(["cut", "put", "drop"]))
        if what == "cut":
            del body[at : at + draw(st.integers(1, 40))]
        elif what == "put":
            body[at:at] = draw(
                st.binary(min_size=1, max_size=6)
                | st.sampled_from([b"|", b"^", b"~", b"\\", b"&", b"\r"])
            )
        else:
            body[at] = draw(st.integers(0, 255))
        if not body:
            return b""
    return bytes(body)


WELL_BEGUN = re.compile(rb"[\r\n]*MSH\|\^~\\&\|")
REFUSALS = {("MSH", "not_hl7"), ("MSH-2", "not_hl7"), ("MSH-18", "wrong_encoding")}


def read_or_refused(body):
    """What a message says, or the problem for which it is refused."""
    try:
        return said(body), None
    except Unreadable as refused:
        return None, refused.problem


@settings(max_examples=300, deadline=None)
@given(damaged() | st.binary(max_size=200))
@example(b"MSH|^~\\&|\\X\\|")
@example(b"MSH|^~\\&|" + b"\\X00\\|" * 20)
def test_no_message_however_damaged_breaks_the_reader(body):
    found, problem = read_or_refused(body)
    if problem is not None:
        assert (problem.item, problem.fatal) == (None, True)
        assert (problem.path, problem.code) in REFUSALS
        if problem.code == "not_hl7":  # never for what stands after a right beginning
            assert not WELL_BEGUN.match(body)
        else:
            assert not body.isascii()
        return
    assert isinstance(found, Incoming)
    assert len(found.results) + len(found.visits) <= max(found.items, 1)
    kept = {result.item for result in found.results} | {visit.item for visit in found.visits}
    lost = {problem.item for problem in found.problems if problem.fatal}
    assert all(item in kept or item in lost or None in lost for item in range(found.items))
