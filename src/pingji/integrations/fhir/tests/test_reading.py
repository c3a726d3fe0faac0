"""What FHIR bundles say; broken ones say where they are broken."""

import copy
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingji.integrations.fhir.reading import Unreadable, as_time, parse, understand
from pingji.integrations.fhir.tests.examples import (
    bundle,
    condition,
    encounter,
    observation,
    patient,
)

CHINA = ZoneInfo("Asia/Shanghai")


def said(*resources, **given):
    return understand(bundle(*resources, **given), CHINA)


def codes(incoming):
    return [(problem.path, problem.code) for problem in incoming.problems]


def test_a_visit_has_its_patient_its_complaint_and_its_diagnosis():
    found = said(patient(), encounter(), condition())

    assert (found.key, found.items, codes(found)) == ("B1", 3, [])
    (visit,) = found.visits
    assert (visit.key, visit.kind, visit.item) == ("V-e1", "emergency", 1)
    assert visit.visited_at == datetime(2026, 11, 20, 23, 55, tzinfo=UTC)
    assert (visit.complaint, visit.diagnosis_code) == ("发热伴咳嗽3天", "J11.1")
    assert (visit.sex, visit.age, visit.area) == ("M", 8, "511723100")
    assert visit.person == "511723201803074511"
    assert visit.onset_on == date(2026, 11, 18)
    assert found.cards == ()


def test_every_diagnosis_of_a_visit_that_stands_belongs_to_it():
    def status(code):
        return {"coding": [{"code": code}]}

    measles = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B05.9"}]}
    doubted = condition(
        "c2", code=measles | {"text": "麻疹"}, verificationStatus=status("differential")
    )
    ruled_out = condition("c0", verificationStatus=status("refuted"))

    found = said(patient(), encounter(), ruled_out, condition(), doubted)

    (visit,) = found.visits
    assert visit.diagnoses == (("J11.1", "流行性感冒"), ("B05.9", "麻疹?"))
    assert codes(found) == [("Bundle.entry[2].resource.verificationStatus", "diagnosis_withdrawn")]


def test_an_observation_is_a_laboratory_result():
    (result,) = said(patient(), observation()).results

    assert (result.key, result.finding, result.value) == ("R-o1", "positive", "阳性")
    assert (result.test_code, result.test, result.age) == ("94500-6", "新型冠状病毒核酸", 8)
    assert result.reported_at == datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_a_diagnosis_without_a_visit_is_the_draft_of_a_card():
    alone = {name: value for name, value in condition().items() if name != "encounter"}

    (card,) = said(patient(), alone).cards

    assert (card.disease, card.status, card.name) == ("J11.1", "confirmed", "李小四")
    assert card.onset_on == date(2026, 11, 18)
    assert card.phone == "13800000000"


@pytest.mark.parametrize("type_", ["batch", "transaction", "message", "collection"])
def test_these_bundles_are_taken(type_):
    assert len(said(patient(), observation(), type=type_).results) == 1


def test_a_reference_may_be_the_full_url():
    found = said(patient(), observation(subject={"reference": "urn:his:p1"}))
    assert found.results[0].sex == "M"


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ({"valueQuantity": {"value": 38.5, "unit": "℃"}}, "value"),
        ({"valueString": "未检出"}, "negative"),
        ({"valueCodeableConcept": {"coding": [{"code": "260385009"}]}}, "negative"),
        ({"valueString": "可疑"}, "unclear"),
        (
            {
                "valueQuantity": {"value": 1.8},
                "interpretation": [{"coding": [{"code": "POS"}]}],
            },
            "positive",
        ),
    ],
)
def test_findings(value, finding):
    resource = {k: v for k, v in observation().items() if k != "valueCodeableConcept"}
    assert said(patient(), resource | value).results[0].finding == finding


def test_two_long_numbers_that_begin_alike_stay_two():
    found = said(
        patient(),
        *(encounter(identifier=[{"value": "1" * 90 + end}]) for end in ("-1", "-2")),
    )

    one, other = found.visits
    assert one.key != other.key
    assert len(one.key) == len(other.key) == 80


def test_one_wrong_entry_does_not_hide_the_others():
    wrong = {k: v for k, v in observation("o2").items() if k != "status"}

    found = said(patient(), observation(), wrong, {"resourceType": "Medication", "id": "m"})

    assert len(found.results) == 1
    assert ("Bundle.entry[2].resource.status", "not_valid") in codes(found)
    assert ("Bundle.entry[3].resource.resourceType", "unsupported_type") in codes(found)


@pytest.mark.parametrize(
    ("resource", "problem"),
    [
        (observation(identifier=[], id=None), "identifier"),
        (encounter(period={}), "period.start"),
        (
            encounter(**{"class": {"code": "XYZ"}}),
            "class.code",
        ),
        (encounter(status="entered-in-error"), "status"),
    ],
)
def test_what_is_missing_is_said_with_its_place(resource, problem):
    resource = {k: v for k, v in resource.items() if v not in (None, [])}
    assert f"Bundle.entry[0].resource.{problem}" in [path for path, _ in codes(said(resource))]


def test_a_result_entered_in_error_no_longer_counts_as_positive():
    found = said(patient(), observation(status="entered-in-error"))
    assert found.results[0].finding == "unclear"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"[]", "missing"),
        (b'{"a": 1}', "missing"),
        ("{'resourceType': '\u6625'}".encode("gbk"), "not_json"),
    ],
)
def test_what_is_no_resource_is_refused_with_a_reason(body, code):
    with pytest.raises(Unreadable) as refused:
        parse(body)
    assert refused.value.problem.code == code


@pytest.mark.parametrize(
    ("whole", "path"),
    [
        (patient(), "resourceType"),
        (bundle(patient(), type="history"), "Bundle.type"),
        (bundle(), "Bundle.entry"),
        (bundle(patient(), entry={}), "Bundle.entry"),
    ],
)
def test_what_is_no_bundle_to_take_is_refused(whole, path):
    with pytest.raises(Unreadable) as refused:
        understand(whole, CHINA)
    assert refused.value.problem.path == path


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 20, 16, tzinfo=UTC)),
        ("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11", None),
        ("yesterday it rained", None),
        (7, None),
    ],
)
def test_times(text, moment):
    assert as_time(text, CHINA) == moment


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def read_or_refused(whole):
    """What a bundle says, or the problem for which it is refused."""
    try:
        return understand(whole, CHINA), None
    except Unreadable as refused:
        return None, refused.problem


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_bundle_however_damaged_breaks_the_reader(data):
    right = bundle(patient(), encounter(), condition(), observation())
    whole = copy.deepcopy(right)
    for _ in range(data.draw(st.integers(1, 3))):
        place = whole
        while True:
            if isinstance(place, dict) and place:
                step = data.draw(st.sampled_from(sorted(place)))
            elif isinstance(place, list) and place:
                step = data.draw(st.integers(0, len(place) - 1))
            else:
                break
            if data.draw(st.integers(0, 2)) == 0:
                place[step] = data.draw(anything)
                break
            place = place[step]

    found, refused = read_or_refused(whole)
    if refused is not None:
        # The bundle as such is refused only for a fault of its own, and named by it.
        assert refused.path in ("resourceType", "Bundle.type", "Bundle.entry")
        name = refused.path.removeprefix("Bundle.")
        assert whole.get(name) != right[name]
        return
    kept = {*(v.item for v in found.visits), *(r.item for r in found.results)}
    lost = {problem.item for problem in found.problems if problem.fatal}
    assert kept.isdisjoint(lost)
    # What nobody touched is read all the same, whatever stands beside it.
    for item, entry in enumerate(right["entry"]):
        if entry["resource"]["resourceType"] in ("Encounter", "Observation"):
            assert item in kept or whole["entry"][item : item + 1] != [entry]
    assert {
        problem.path.partition(".resource")[0] for problem in found.problems if problem.fatal
    } <= {f"Bundle.entry[{item}]" for item in lost}
