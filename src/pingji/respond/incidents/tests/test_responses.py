"""Responses by area: who decides, by which procedure, and the notice of each change."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.ground.notices.models import Notice
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, OTHER_TOWN, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Response, ResponseDocument
from pingji.respond.incidents.queries.responses import notice, steps
from pingji.respond.incidents.tests.factories import commander, opened

SOON = NOON + timedelta(minutes=10)


@pytest.fixture
def incident(db):
    return opened()


def leader():
    return UserFactory(role=Role.LEADER, area=Area.objects.get(pk=COUNTY))


def ticked(kind="start"):
    return [step["key"] for step in steps(Area.objects.get(pk=COUNTY), kind, NOON.date())]


def start(incident, *, area=TOWN, level="IV", by=None, **given):
    given = {
        "reason": "疫情达到一般级",
        "reference": "县政发〔2026〕1号",
        "ticked": ticked(),
        "at": SOON,
    } | given
    return actions.start_response(
        incident=incident,
        area=Area.objects.get(pk=area),
        level=level,
        by=by or leader(),
        **given,
    )


def decided(kind, **given):
    return {
        "reason": "研判支持",
        "reference": "县政发〔2026〕2号",
        "ticked": ticked(kind),
        "at": SOON,
    } | given


def test_a_response_starts_in_one_area_with_its_notice(incident):
    response = start(incident)

    change = response.changes.get()
    assert (response.level, response.ended_at) == ("IV", None)
    assert (change.body, change.reference) == ("县级人民政府", "县政发〔2026〕1号")
    assert {one.form for one in change.documents.all()} == {"docx", "pdf"}
    assert change.documents.count() == 4
    begins = {one.form: bytes(one.content[:4]) for one in change.documents.all()}
    assert begins == {"docx": b"PK\x03\x04", "pdf": b"%PDF"}
    assert Notice.objects.filter(kind="response_changed").exists()


def test_each_area_has_a_level_of_its_own_and_only_one(incident):
    start(incident)
    start(incident, area=OTHER_TOWN, level="III", by=commander())

    assert sorted(Response.objects.active().values_list("area_id", "level")) == [
        (TOWN, "IV"),
        (OTHER_TOWN, "III"),
    ]
    with pytest.raises(Refused, match="已实施"):
        start(incident, level="III")


def test_the_database_itself_lets_an_area_have_one_level_for_an_event(incident):
    row = start(incident)
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_county_s_own_level_is_decided_by_its_leader(incident):
    with pytest.raises(Refused, match="县领导"):
        start(incident, by=commander())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": " "}, "依据"),
        ({"reference": ""}, "文号"),
        ({"ticked": ["verified"]}, "程序未完成"),
    ],
)
def test_a_start_without_ground_number_or_procedure_is_refused(incident, given, said):
    with pytest.raises(Refused, match=said):
        start(incident, **given)

    assert not Response.objects.exists()


def test_a_response_is_raised_lowered_and_ended_each_with_a_notice(incident):
    response = start(incident)
    by = leader()

    response = actions.change_response(response=response, level="III", by=by, **decided("raise"))
    response = actions.change_response(response=response, level="IV", by=by, **decided("lower"))
    response = actions.end_response(response=response, by=by, **decided("end"))

    kinds = [(one.kind, one.before, one.level, one.body) for one in response.changes.all()]
    assert kinds == [
        ("start", "", "IV", "县级人民政府"),
        ("raise", "IV", "III", "市（地）级人民政府"),
        ("lower", "III", "IV", "市（地）级人民政府"),
        ("end", "IV", "IV", "县级人民政府"),
    ]
    assert response.ended_by == by
    assert ResponseDocument.objects.count() == 16
    with pytest.raises(Refused, match="已终止"):
        actions.end_response(response=response, by=by, **decided("end"))


def test_the_same_level_is_no_change(incident):
    with pytest.raises(Refused, match="已是"):
        actions.change_response(
            response=start(incident), level="IV", by=leader(), **decided("raise")
        )


def test_after_the_incident_is_closed_nothing_starts(incident):
    actions.close_incident(incident=incident, reason="结束", by=commander(), at=SOON)
    incident.refresh_from_db()

    with pytest.raises(Refused, match="结束"):
        start(incident)


def test_a_notice_that_was_issued_is_kept_as_it_is(incident):
    document = start(incident).changes.get().documents.first()

    with pytest.raises(DatabaseError), transaction.atomic():
        document.delete()


def test_a_response_is_started_on_the_page_and_its_notice_fetched(incident, client):
    client.force_login(leader())
    address = reverse("incidents:start_response", args=[incident.pk])
    sent = {
        "area": TOWN,
        "level": "IV",
        "body": "county",
        "reference": "县政发〔2026〕1号",
        "reason": "达到一般级",
        "measures": "卫健委：流调；市监局：封存",
    }

    refused = client.post(address, sent)
    assert refused.status_code == 409
    assert "程序未完成" in refused.content.decode()
    answer = client.post(address, sent | {"ticked": ticked()})

    assert answer.status_code == 302
    page = client.get(answer["location"]).content.decode()
    assert "县级人民政府" in page
    change = Response.objects.get().changes.get()
    for form, begins in (("docx", b"PK"), ("pdf", b"%PDF")):
        file = client.get(reverse("incidents:response_notice", args=[change.pk, form]))
        assert file.content.startswith(begins)
    assert (
        client.get(reverse("incidents:response_notice", args=[change.pk, "exe"])).status_code == 404
    )


def test_a_response_is_raised_and_ended_on_the_page(incident, client):
    response = start(incident)
    client.force_login(leader())
    words = {"reference": "3号", "reason": "依据"}

    for name, given in (
        ("change_response", {"level": "III", "body": "prefecture", "ticked": ticked("raise")}),
        ("end_response", {"body": "prefecture", "ticked": ticked("end")}),
    ):
        answer = client.post(reverse(f"incidents:{name}", args=[response.pk]), words | given)
        assert answer.status_code == 302

    response.refresh_from_db()
    assert (response.level, response.ended_at is None) == ("III", False)


def test_a_decision_of_another_body_than_the_plan_names_is_refused_in_words(incident, client):
    response = start(incident)
    client.force_login(leader())
    words = {"reference": "3号", "reason": "依据"}

    for name, given, said in (
        (
            "change_response",
            {"level": "III", "body": "county", "ticked": ticked("raise")},
            "Ⅲ级响应由“市（地）级人民政府”决定，不由“县级人民政府”决定。",
        ),
        (
            "end_response",
            {"body": "prefecture", "ticked": ticked("end")},
            "Ⅳ级响应由“县级人民政府”决定，不由“市（地）级人民政府”决定。",
        ),
        ("end_response", {"ticked": ticked("end")}, "由何机关决定"),
    ):
        answer = client.post(reverse(f"incidents:{name}", args=[response.pk]), words | given)
        assert answer.status_code == 409
        assert said in answer.content.decode()

    response.refresh_from_db()
    assert (response.level, response.ended_at) == ("IV", None)
    assert response.changes.count() == 1


def test_the_notice_speaks_of_a_decision_of_the_body_not_of_experts(incident):
    change = start(incident).changes.get()

    assert [section.heading for section in notice(change).sections][0] == "决定"


def test_another_county_sees_no_notice(incident, client):
    change = start(incident).changes.get()
    client.force_login(UserFactory(role=Role.LEADER, area=AreaFactory(code="500243")))

    answer = client.get(reverse("incidents:response_notice", args=[change.pk, "pdf"]))

    assert answer.status_code == 404
