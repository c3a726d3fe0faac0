"""A wholly new plan on the page: from nothing or as a copy, with what is wrong told by its field."""

import uuid

import pytest
from django.conf import settings
from django.urls import reverse

from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions.plans import text_of
from pingji.respond.incidents.models import Plan, PlanReview
from pingji.respond.incidents.queries.groups import names
from pingji.respond.incidents.queries.plans import fitting
from pingji.respond.incidents.tests.factories import SOON, commander, opened, staffed

pytestmark = pytest.mark.django_db
ADDRESS = "incidents:new_plan"


@pytest.fixture
def officer(client):
    staffed()
    user = commander(area=Area.objects.get(pk=COUNTY))
    client.force_login(user)
    return user


def as_shown(client, **asked):
    """The form as it comes, as the browser would send it back."""
    page = client.get(reverse(ADDRESS), asked)
    parts = [page.context["phases"], page.context["papers"], page.context["orders"]]
    found = {"key": str(uuid.uuid4())}
    for form in [page.context["form"], *(row for part in parts for row in part.rows)]:
        for field in form:
            value = field.value()
            if value or value == 0:
                found[field.html_name] = value
    return found


def written(by, **given):
    """A plan of the area of who writes it, with the text of one that ships."""
    sent = {"text": text_of(Plan.objects.get(code="class_a")), "reason": "本地情况", "at": SOON}
    return actions.make_plan(**sent | {"key": uuid.uuid4(), "by": by} | given)


WRITTEN = {
    "name": "高温中暑群体事件处置预案",
    "purpose": "高温天气下短时间内多人中暑时使用。",
    "event_kind": "other",
    "place": "any",
    "people": "elderly",
    "reason": "本县夏季高温多发",
    "phase-1-name": "核实与救治",
    "phase-1-trigger": "一天内中暑 3 例以上",
    "phase-1-measures": "开放避暑场所\n送医救治",
    "order-0-phase": "1",
    "order-0-text": "开放避暑场所并公布地址。",
    "order-0-organisation_kind": "township_government",
    "order-0-reach": "township",
    "order-0-group": "office",
    "order-1-phase": "0",
    "order-1-text": "收治中暑病人并报告人数。",
    "order-1-organisation_kind": "hospital",
    "order-1-role": "hospital_reporter",
    "form-1-name": "中暑病例登记表",
    "form-1-fields_zh": "姓名\n年龄",
}


def test_a_plan_is_written_from_nothing_and_answers_an_event(officer, client):
    sent = as_shown(client) | WRITTEN

    answer = client.post(reverse(ADDRESS), sent)

    assert answer.status_code == 302, answer.context["faults"]
    made = Plan.objects.get(name=WRITTEN["name"])
    assert (made.version, made.area_id, made.in_force) == (1, COUNTY, True)
    assert made.name_en == made.name  # nothing was said in English
    assert made.phases.get().measures[1] == {"zh": "送医救治", "en": "送医救治"}
    assert [(one.number, one.phase is None) for one in made.orders.all()] == [(1, True), (2, False)]
    assert made.forms[0]["fields"][0] == {"zh": "姓名", "en": "姓名"}
    assert Line.objects.get(kind="plan.made").reason == WRITTEN["reason"]
    incident = opened(event_kind="other")
    assert made in fitting(incident)
    answered, _nobody = actions.activate_plan(incident=incident, plan=made, by=officer, at=SOON)
    assert answered.orders.count() == 2


def test_its_yearly_review_has_a_clock_from_the_start(officer, client):
    client.post(reverse(ADDRESS), as_shown(client) | WRITTEN)

    made = Plan.objects.get(name=WRITTEN["name"])
    review = PlanReview.objects.get(code=made.code)
    assert Deadline.objects.of(review).open().get().key == "plan.review"
    assert "年度评估" in client.get(made.get_absolute_url()).content.decode()


def test_a_township_writes_its_second_plan_too_and_nobody_reviews_either(client):
    staffed()
    client.force_login(commander(area=Area.objects.get(pk=TOWN)))

    for name in ("高温中暑处置预案", "山洪灾后防疫预案"):
        sent = as_shown(client) | WRITTEN | {"name": name}
        answer = client.post(reverse(ADDRESS), sent, follow=True)
        assert [str(one) for one in answer.context["messages"]] == ["预案已生效。"]

    assert Plan.objects.filter(area=TOWN, in_force=True).count() == 2
    assert not PlanReview.objects.exists()


def test_the_plan_of_a_city_is_reviewed_by_its_counties():
    staffed()
    city = AreaFactory(code=COUNTY[:4])

    made = written(by=commander(area=city))

    assert not PlanReview.objects.exists()
    actions.open_reviews(area=Area.objects.get(pk=COUNTY), by=system_user(), at=SOON)
    assert PlanReview.objects.get(code=made.code).area_id == COUNTY


def test_a_citys_plan_out_of_force_is_reviewed_by_none_of_its_counties():
    staffed()
    city, other = AreaFactory(code=COUNTY[:4]), AreaFactory(code=f"{COUNTY[:4]}99")
    officer = commander(area=city)
    gone, stays = (written(by=officer) for _plan in range(2))
    for county in (Area.objects.get(pk=COUNTY), other):
        actions.open_reviews(area=county, by=system_user(), at=SOON)

    actions.withdraw_plan(plan=gone, reason="并入总体预案", by=officer, at=SOON)

    ended = PlanReview.objects.filter(code=gone.code)
    assert {(one.area_id, one.outcome) for one in ended} == {(COUNTY, "ended"), (other.pk, "ended")}
    for review in ended:
        assert not Deadline.objects.of(review).open().exists()
    assert PlanReview.objects.filter(code=stays.code, reviewed_at__isnull=True).count() == 2


def test_a_county_goes_on_reviewing_where_a_version_of_the_plan_holds_for_it():
    staffed()
    city = AreaFactory(code=COUNTY[:4])
    officer, shipped = commander(area=city), Plan.objects.get(code="class_a")
    version = actions.change_plan(
        plan=shipped, text=text_of(shipped), reason="本市情况", by=officer, at=SOON
    )
    actions.open_reviews(area=Area.objects.get(pk=COUNTY), by=system_user(), at=SOON)

    actions.withdraw_plan(plan=version, reason="仍用通用预案", by=officer, at=SOON)

    assert PlanReview.objects.get(code="class_a").reviewed_at is None


def test_a_plan_without_english_is_read_in_english_with_the_english_names_of_its_groups(
    officer, client
):
    client.post(reverse(ADDRESS), as_shown(client) | WRITTEN)
    made = Plan.objects.get(name=WRITTEN["name"])
    groups = names(officer.area, NOON.date())["office"]
    address = made.get_absolute_url()

    shown = {}
    for language in ("zh-hans", "en"):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        shown[language] = client.get(address).content.decode()

    assert groups[0] in shown["zh-hans"]
    assert groups[1] in shown["en"]
    assert groups[0] not in shown["en"]


@pytest.mark.parametrize(("asked", "status"), [("²", 200), ("x", 200), ("9" * 30, 404)])
def test_a_copy_of_what_is_no_plan_is_no_fault_of_the_program(officer, client, asked, status):
    assert client.get(reverse(ADDRESS), {"from": asked}).status_code == status


def test_a_copy_begins_with_everything_of_its_source_which_stays(officer, client):
    source = Plan.objects.get(code="school_cluster")
    sent = as_shown(client, **{"from": source.pk})
    sent |= {
        "name": "中考考点聚集性疫情处置预案",
        "reason": "考点另有安排",
        "order-0-text": "先到考点核实。",
    }

    answer = client.post(f"{reverse(ADDRESS)}?from={source.pk}", sent)

    assert answer.status_code == 302, answer.context["faults"]
    made = Plan.objects.get(name=sent["name"])
    assert made.code != source.code
    assert set(made.diseases) == set(source.diseases)
    assert made.orders.count() == source.orders.count()
    assert made.orders.get(number=1).text == "先到考点核实。"
    source.refresh_from_db()
    assert source.in_force
    assert (
        Line.objects.get(kind="plan.made").details["copied"] == f"school_cluster {source.version}"
    )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"name": ""}, "名称"),
        ({"reason": ""}, "编制理由"),
        ({"phase-1-trigger": ""}, "第 1 阶段 · "),
        ({"order-0-standard": "no.such"}, "第 1 条指令 · "),
        ({"order-0-phase": "3"}, "第 3 阶段"),
        ({"form-1-fields_zh": ""}, "第 1 张表 · "),
        ({"order-0-text": "", "order-1-text": ""}, "至少"),
    ],
)
def test_what_is_wrong_is_told_by_its_field_and_nothing_is_lost(officer, client, fault, said):
    answer = client.post(reverse(ADDRESS), as_shown(client) | WRITTEN | fault)

    assert answer.status_code == 409
    page = answer.content.decode()
    assert said in page.split('class="error-summary"')[1].split("</div>")[0]
    assert WRITTEN["purpose"] in page
    assert not Plan.objects.filter(area=COUNTY).exists()


def test_a_plan_sent_twice_is_one_plan(officer, client):
    sent = as_shown(client) | WRITTEN

    first, second = (client.post(reverse(ADDRESS), sent)["location"] for _time in range(2))

    assert first == second


@pytest.mark.django_db(transaction=True)
def test_a_plan_sent_twice_at_the_same_moment_is_one_plan():
    staffed()
    officer, key = commander(area=Area.objects.get(pk=COUNTY)), uuid.uuid4()

    first, second = at_once(lambda _at: written(by=officer, key=key))

    assert first == second
    assert Plan.objects.filter(area=COUNTY).count() == 1


def test_a_role_that_keeps_no_plans_writes_none(officer, client):
    sent = as_shown(client) | WRITTEN
    client.force_login(UserFactory(role=Role.PRESS_OFFICER, area=officer.area))

    answer = client.post(reverse(ADDRESS), sent)

    assert answer.status_code in (403, 409)
    assert not Plan.objects.filter(area=COUNTY).exists()
    client.force_login(officer)
    assert client.post(reverse(ADDRESS), sent).status_code == 302  # nothing else was wrong
