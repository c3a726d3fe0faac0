"""The FHIR endpoint: bundles kept and counted, every entry answered, nothing half applied."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone

from pingji.ground.directory.tests.factories import OrganisationFactory, system_user
from pingji.integrations.fhir.tests import examples
from pingji.monitor.surveillance.actions import intake
from pingji.monitor.surveillance.actions.senders import revoke_sender
from pingji.monitor.surveillance.models import (
    CaseReport,
    Disease,
    Format,
    LabResult,
    Message,
    Tally,
    Visit,
)
from pingji.monitor.surveillance.queries.messages import body_of, problems_of
from pingji.monitor.surveillance.tests.factories import TOWN
from pingji.monitor.surveillance.tests.sending import sender

pytestmark = pytest.mark.django_db
FHIR = "application/fhir+json"
DAY = "2025-11-21"


@pytest.fixture
def his(db):
    return sender()


def patient(**given):
    return examples.patient(address=[{"district": TOWN}]) | given


def flu(number="o1", **given):
    """A positive test for influenza."""
    code = {
        "coding": [{"system": "http://loinc.org", "code": "92142-9"}],
        "text": "甲型流感病毒核酸",
    }
    return examples.observation(number, code=code, **on_the_day(examples.observation())) | given


def statusless(number):
    """A result without the status that every result must have."""
    return {name: value for name, value in flu(number).items() if name != "status"}


def on_the_day(resource):
    """The resource's own times, on the day of the tests."""
    return {
        name: value.replace("2026-11-21", DAY)
        for name, value in resource.items()
        if isinstance(value, str) and value.startswith("2026-11-21")
    }


def visit(number="e1", **given):
    return examples.encounter(number, period={"start": f"{DAY}T07:55:00+08:00"}) | given


def bundle(*resources, number="B1", sent="10:05:00", **given):
    identifier = {"identifier": {"value": number}} if number else {"identifier": None}
    made = examples.bundle(*resources, **identifier, timestamp=f"{DAY}T{sent}+08:00") | given
    return {name: value for name, value in made.items() if value is not None}


def post(his, body, path="", *, token=None, content_type=FHIR, language="en", **headers):
    token = his.token if token is None else token
    if token:
        headers["Authorization"] = f"Bearer {token}"
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers["Accept-Language"] = language
    return Client(enforce_csrf_checks=True).post(
        f"/fhir/{path}", raw, content_type=content_type, headers=headers
    )


def statuses(answer):
    assert answer.status_code == 200, answer.content
    return [entry["response"]["status"][:3] for entry in answer.json()["entry"]]


def issues(answer):
    said = answer.json()
    assert said["resourceType"] == "OperationOutcome", said
    return [issue["details"]["coding"][0]["code"] for issue in said["issue"]]


def counted():
    return {(t.disease_id, t.channel): t.count for t in Tally.objects.all() if t.count}


def test_a_bundle_is_kept_counted_and_answered_entry_by_entry(his):
    answer = post(his, bundle(patient(), visit(), flu()))

    assert statuses(answer) == ["201", "201", "201"]
    assert answer["Content-Type"] == FHIR
    assert answer.json()["type"] == "batch-response"
    assert LabResult.objects.get().disease_id == "influenza"
    assert Visit.objects.get().area_id == TOWN
    assert counted()["influenza", "pathogen"] == 1
    message = Message.objects.get()
    assert (message.state, message.key, message.items, message.kept) == ("taken", "B1", 3, 3)
    assert json.loads(body_of(message))["identifier"]["value"] == "B1"


def test_a_positive_result_and_a_diagnosis_draft_cards(his):
    sick = examples.condition(encounter=None, **on_the_day(examples.condition()))
    sick = {name: value for name, value in sick.items() if value is not None}
    sick |= {"onsetDateTime": "2025-11-18", "code": {"text": "麻疹"}}
    assert set(statuses(post(his, bundle(patient(), flu(), sick)))) == {"201"}

    drafts = CaseReport.objects.filter(state=CaseReport.State.DRAFT)
    assert set(drafts.values_list("disease_id", flat=True)) == {"measles", "influenza"}
    assert counted() == {("influenza", "pathogen"): 1}  # a draft is no case yet


def test_the_same_bundle_again_changes_nothing(his):
    said = bundle(patient(), visit(), flu())
    first, again = post(his, said), post(his, said)

    assert first.content == again.content
    assert (LabResult.objects.count(), Message.objects.get().tries) == (1, 2)
    assert counted()["influenza", "pathogen"] == 1


def test_a_bundle_without_a_number_is_known_by_its_content(his):
    said = bundle(patient(), flu(), number="")
    post(his, said), post(his, said)
    post(his, bundle(patient(), flu("o2"), number=""))

    assert Message.objects.count() == 2
    assert counted()["influenza", "pathogen"] == 2


def test_another_content_under_the_same_number_is_held(his):
    post(his, bundle(patient(), flu()))
    answer = post(his, bundle(patient(), flu("o2")))

    assert (answer.status_code, issues(answer)) == (409, ["key_taken"])
    assert LabResult.objects.count() == 1
    assert Message.objects.get(state="held").items == 2


def test_a_correction_takes_back_what_was_counted_and_an_older_one_does_not(his):
    negative = {"coding": [{"code": "260385009"}], "text": "阴性"}
    post(his, bundle(patient(), flu()))
    corrected = flu(status="corrected", valueCodeableConcept=negative)
    answer = post(his, bundle(patient(), corrected, number="B2", sent="11:00:00"))
    assert statuses(answer) == ["201", "200"]
    assert counted().get(("influenza", "pathogen")) is None

    answer = post(his, bundle(patient(), flu(), number="B3", sent="10:30:00"))
    assert statuses(answer) == ["201", "200"]
    assert LabResult.objects.get().finding == "negative"
    assert counted().get(("influenza", "pathogen")) is None


def test_a_withdrawn_result_counts_no_longer(his):
    post(his, bundle(patient(), flu()))
    withdrawn = flu(status="entered-in-error")
    post(his, bundle(patient(), withdrawn, number="B2", sent="11:00:00"))
    assert counted().get(("influenza", "pathogen")) is None


def test_one_wrong_entry_does_not_hide_the_others(his):
    wrong = statusless("o2")
    unknown = {"resourceType": "Medication", "id": "m"}
    answer = post(his, bundle(patient(), flu(), wrong, unknown, flu("o3", identifier=[], id=None)))

    assert statuses(answer) == ["201", "201", "400", "422", "422"]
    outcome = answer.json()["entry"][2]["response"]["outcome"]
    (issue,) = outcome["issue"]
    assert issue["expression"] == ["Bundle.entry[2].resource.status"]
    assert (issue["severity"], issue["code"]) == ("error", "structure")
    assert "FHIR" in issue["diagnostics"]
    assert Message.objects.get().state == "partly"
    assert LabResult.objects.count() == 1


def test_a_transaction_is_kept_wholly_or_not_at_all(his):
    right = bundle(patient(), flu(), type="transaction")
    answer = post(his, right)
    assert (statuses(answer), answer.json()["type"]) == (["201", "201"], "transaction-response")

    wrong = bundle(patient(), flu("o2"), statusless("o3"), number="B2", type="transaction")
    answer = post(his, wrong)
    assert (answer.status_code, issues(answer)) == (422, ["transaction_refused", "not_valid"])
    assert post(his, wrong).content == answer.content
    assert [result.key for result in LabResult.objects.all()] == ["R-o1"]
    held = Message.objects.get(state="held")
    assert (held.kept, held.tries, held.kind) == (0, 2, "Bundle transaction")

    # Its number is still free for the right one.
    mended = bundle(patient(), flu("o2"), flu("o3"), number="B2", type="transaction")
    assert statuses(post(his, mended)) == ["201", "201", "201"]


def of_no_disease():
    """A diagnosis that the catalogue does not know."""
    unknown = examples.condition(encounter=None, code={"text": "不存在的病"})
    unknown = {name: value for name, value in unknown.items() if value is not None}
    return unknown | on_the_day(unknown) | {"onsetDateTime": "2025-11-18"}


def test_a_transaction_that_the_tables_refuse_leaves_nothing(his):
    answer = post(his, bundle(patient(), flu(), of_no_disease(), type="transaction"))

    assert (answer.status_code, issues(answer)) == (
        422,
        ["transaction_refused", "unknown_disease"],
    )
    assert (LabResult.objects.count(), Tally.objects.count()) == (0, 0)
    assert Message.objects.get().state == "held"


@pytest.mark.parametrize(
    ("resource", "status"),
    [(flu(), 201), (visit(), 201), (patient(), 201), (statusless("o2"), 400)],
)
def test_a_single_resource_is_answered_by_its_own_outcome(his, resource, status):
    answer = post(his, resource, resource["resourceType"])
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert post(his, resource, resource["resourceType"]).status_code == status
    assert Message.objects.get().tries == 2


@pytest.mark.parametrize(
    ("body", "reason", "status"),
    [
        (b"{", "not_json", 400),
        (b"[1]", "missing", 422),
        (b'{"resourceType": "Bundle", "type": "batch"}', "missing", 422),
        (b'{"resourceType": "Bundle", "type": "searchset", "entry": []}', "unknown_word", 422),
        (b'{"resourceType": "Medication"}', "unsupported_type", 422),
        (json.dumps(bundle(flu())).encode()[:300], "not_json", 400),
        ("发热".encode("gbk"), "not_json", 400),
        (b"[" * 5000, "not_json", 400),
        (json.dumps(bundle(*[flu()] * 1001)).encode(), "too_many_items", 422),
    ],
)
def test_what_is_no_bundle_is_refused_and_kept_for_a_person(his, body, reason, status):
    answer = post(his, body)
    assert (answer.status_code, issues(answer)) == (status, [reason])
    message = Message.objects.get()
    assert (message.state, body_of(message)) == ("held", body)
    assert answer.json()["id"] == str(message.pk)


def test_another_content_type_is_said_and_kept(his):
    answer = post(his, bundle(flu()), content_type="application/xml")
    assert (answer.status_code, issues(answer)) == (415, ["wrong_content_type"])
    assert Message.objects.get().state == "held"


def test_without_a_valid_token_nothing_is_kept(his):
    for token, reason in (("", "no_token"), ("pj_nobodys", "unknown_token")):
        answer = post(his, bundle(flu()), token=token)
        assert (answer.status_code, issues(answer)) == (401, [reason])
        assert "Bearer" in answer["WWW-Authenticate"]
    revoke_sender(sender=his, by=system_user(), at=timezone.now(), reason="lost")
    assert issues(post(his, bundle(flu()))) == ["revoked_token"]
    assert Message.objects.count() == 0


def test_a_sender_without_the_right_is_told_so_and_the_message_waits(db):
    lis = sender(name="LIS", formats=[Format.JSON])
    answer = post(lis, bundle(flu()))
    assert (answer.status_code, issues(answer)) == (403, ["no_right"])
    assert (Message.objects.get().state, LabResult.objects.count()) == ("held", 0)


def test_a_token_that_has_ended_keeps_the_message(db):
    old = sender(name="OLD", expires_at=timezone.now() + timedelta(days=1))
    old.expires_at = timezone.now() - timedelta(days=1)
    old.save()
    answer = post(old, bundle(flu()))
    assert (answer.status_code, issues(answer)) == (401, ["token_expired"])
    assert Message.objects.get().state == "held"


def test_another_organisations_visit_is_refused(his):
    other = OrganisationFactory(area=his.area, name="另一医院")
    foreign = visit(serviceProvider={"identifier": {"value": other.code}})
    own = visit("e2", serviceProvider={"reference": f"Organization/{his.organisation.code}"})
    answer = post(his, bundle(patient(), foreign, own))
    assert statuses(answer) == ["201", "403", "201"]
    assert [v.key for v in Visit.objects.all()] == ["V-e2"]


def test_too_much_is_refused_before_it_is_read(his):
    from pingji.integrations.fhir.views import LARGEST

    answer = post(his, b" " * (LARGEST + 1))
    assert (answer.status_code, issues(answer)) == (413, ["too_large"])
    assert Message.objects.count() == 0


def test_a_transaction_read_in_again_is_kept_wholly_or_not_at_all(his):
    for number, third in (("B1", of_no_disease()), ("B2", statusless("o3"))):
        post(his, bundle(patient(), flu("o2"), third, number=number, type="transaction"))
    for message in Message.objects.all():
        again = intake.replay(message=message, by=system_user(), at=timezone.now())
        assert (again.state, again.kept, again.items) == ("held", 0, 3)
        first, *rest = [problem.code for problem in problems_of(again)]
        assert first == "transaction_refused"
        assert set(rest) & {"unknown_disease", "not_valid"}  # and what was wrong is still said
    assert not LabResult.objects.exists()
    assert not CaseReport.objects.exists()
    assert not Tally.objects.filter(count__gt=0).exists()

    Disease.objects.filter(pk="influenza").update(other_names=["不存在的病"])
    mended = intake.replay(
        message=Message.objects.earliest("id"), by=system_user(), at=timezone.now()
    )
    assert (mended.state, mended.kept) == ("taken", 3)
    assert LabResult.objects.count() == 1
    assert CaseReport.objects.filter(state="draft").exists()


def test_half_a_bundle_waits_for_a_person_and_the_whole_one_is_taken_afterwards(his):
    whole = json.dumps(bundle(patient(), flu())).encode()
    half = {"wsgi.input": BytesIO(whole[:-30]), "CONTENT_LENGTH": str(len(whole))}
    half["CONTENT_TYPE"] = FHIR
    token = {"Authorization": f"Bearer {his.token}"}
    answer = Client().generic("POST", "/fhir/", headers=token, **half)
    assert (answer.status_code, issues(answer)) == (400, ["cut_short"])
    assert Message.objects.get().state == "held"
    assert not LabResult.objects.exists()

    assert statuses(post(his, whole)) == ["201", "201"]
    assert LabResult.objects.count() == 1


def test_other_addresses_and_methods_are_answered_in_fhir(his):
    assert issues(post(his, {}, "Medication")) == ["not_found"]
    for path, allowed in (("", "POST"), ("Observation", "POST")):
        answer = Client().get(f"/fhir/{path}")
        assert (answer.status_code, answer["Allow"]) == (405, allowed)
    assert Client().post("/fhir/metadata").status_code == 405
    assert post(his, bundle(flu()), "").status_code == 200
    token = {"Authorization": f"Bearer {his.token}"}
    answer = Client().post("/fhir", b"{", content_type=FHIR, headers=token)
    assert answer.status_code == 400  # the base address without its slash is the same


def test_what_the_endpoint_can_do_is_said_to_anybody(client):
    from fhir.resources.R4B.capabilitystatement import CapabilityStatement

    answer = client.get("/fhir/metadata")
    assert (answer.status_code, answer["Content-Type"]) == (200, FHIR)
    said = CapabilityStatement.model_validate(answer.json())
    assert {r.type for r in said.rest[0].resource} >= {"Observation", "Encounter", "Condition"}


def test_every_answer_is_valid_fhir(his):
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.operationoutcome import OperationOutcome

    wrong = statusless("o2")
    Bundle.model_validate(post(his, bundle(patient(), flu(), wrong)).json())
    for body in (b"{", bundle(patient(), flu("o9"))):
        OperationOutcome.model_validate(post(his, body).json())


def test_reasons_are_in_chinese_unless_english_is_asked_for(his):
    body = b'{"resourceType": "Medication"}'
    said = {language: post(his, body, language=language).json() for language in ("en", "")}
    words = {language: found["issue"][0]["diagnostics"] for language, found in said.items()}
    assert words == {
        "en": "Messages or resources of the type Medication are not taken here.",
        "": "此处不接收 Medication 类型的报文或资源。",
    }


def test_a_held_bundle_is_read_in_again_once_the_cause_is_mended(db):
    lis = sender(name="LIS", formats=[Format.JSON])
    post(lis, bundle(patient(), flu()))
    post(lis, flu("o2"), "Observation")
    for message in Message.objects.all():
        intake.replay(message=message, by=system_user(), at=timezone.now())
    assert LabResult.objects.count() == 2
    assert set(Message.objects.values_list("state", flat=True)) == {"taken"}
