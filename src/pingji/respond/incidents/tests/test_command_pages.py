"""The library of plans, the chain of command and the hand-over of duty on screen."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions.plans import text_of
from pingji.respond.incidents.models import Callout, GroupSeat, Handover, Plan
from pingji.respond.incidents.tests.factories import commander, opened, staffed

SOON = NOON + timedelta(minutes=10)


@pytest.fixture
def county(db):
    staffed()
    return Area.objects.get(pk=COUNTY)


@pytest.fixture
def officer(county, client):
    officer = commander(area=county)
    client.force_login(officer)
    return officer


def test_the_library_is_filtered_by_kind_and_place(officer, client):
    actions.open_reviews(area=officer.area, by=system_user(), at=timezone.now())

    everything = client.get(reverse("incidents:plans")).context["rows"]
    schools = client.get(reverse("incidents:plans"), {"place": "school"}).context["rows"]

    assert len(everything) == 9
    assert [plan.code for plan, _review, _clock in schools] == ["school_cluster"]
    assert all(clock.key == "plan.review" for _plan, _review, clock in everything)


def test_a_plan_shows_its_phases_clocks_and_forms(officer, client):
    plan = Plan.objects.get(code="food_poisoning")

    page = client.get(reverse("incidents:plan", args=[plan.pk])).content.decode()

    for words in ("抢救与控制", "现场处置组", "可疑食品及就餐人员调查表", "2 小时", "R16"):
        assert words in page


def answers(client, plan):
    """The form as it comes, as the browser would send it back."""
    page = client.get(reverse("incidents:change_plan", args=[plan.pk]))
    found = {}
    parts = [*page.context["phases"].rows, *page.context["papers"].rows]
    for form in [page.context["form"], *parts, *page.context["orders"].rows]:
        for field in form:
            value = field.value()
            found[field.html_name] = "" if value is None else value
    return found


def test_a_plan_is_changed_on_the_page_and_the_old_version_stays(officer, client):
    plan = Plan.objects.get(code="school_cluster")
    sent = answers(client, plan) | {
        "reason": "年度修订",
        "phase-2-trigger": "两个以上班级出现病例",
        "order-0-text": "先到学校核实。",
        "order-1-text": "",
    }

    answer = client.post(reverse("incidents:change_plan", args=[plan.pk]), sent)

    assert answer.status_code == 302, answer.context["form"].errors
    made = Plan.objects.get(code="school_cluster", area=officer.area)
    assert answer["location"] == made.get_absolute_url()
    assert made.orders.count() == plan.orders.count() - 1
    assert made.orders.get(number=1).text == "先到学校核实。"
    assert made.phases.get(number=2).trigger == "两个以上班级出现病例"
    assert plan.phases.get(number=2).trigger != "两个以上班级出现病例"


def test_phases_measures_and_forms_are_added_on_the_page(officer, client):
    plan = Plan.objects.get(code="school_cluster")
    before = text_of(plan)["phase"][0]["measures"]
    sent = answers(client, plan) | {
        "reason": "年度修订",
        "people": "any",
        "phase-1-measures": "\n".join([*(one["zh"] for one in before), "晨午检每日两次"]),
        "phase-1-measures_en": "\n".join([*(one["en"] for one in before), "Check twice a day"]),
        "phase-4-name": "复课",
        "phase-4-name_en": "Back to school",
        "phase-4-trigger": "末例后七天",
        "phase-4-trigger_en": "Seven days after the last case",
        "order-15-phase": "4",
        "order-15-text": "核验返校证明。",
        "order-15-text_en": "Check certificates of return.",
        "order-15-organisation_kind": "school",
        "order-15-reach": "township",
        "form-5-name": "复课核验表",
        "form-5-name_en": "Check before return",
        "form-5-fields_zh": "姓名\n班级",
        "form-5-fields_en": "Name\nClass",
    }

    answer = client.post(reverse("incidents:change_plan", args=[plan.pk]), sent)

    assert answer.status_code == 302, answer.content.decode()
    made = Plan.objects.get(code="school_cluster", area=officer.area)
    assert made.people == "any"
    assert made.phases.get(number=1).measures == [
        *before,
        {"zh": "晨午检每日两次", "en": "Check twice a day"},
    ]
    added = made.phases.get(number=4)
    assert (added.name, added.orders.get().text) == ("复课", "核验返校证明。")
    assert made.forms[-1]["fields"] == [
        {"zh": "姓名", "en": "Name"},
        {"zh": "班级", "en": "Class"},
    ]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"phase-1-name": ""}, "第 1 阶段"),
        ({"phase-1-measures_en": "one"}, "逐行对应"),
        ({"phase-4-name": "复课"}, "必填"),
    ],
)
def test_a_plan_whose_parts_do_not_fit_is_refused_and_what_was_typed_stays(
    officer, client, fault, said
):
    plan = Plan.objects.get(code="school_cluster")
    sent = answers(client, plan) | {"reason": "修订", "name": "改过的名称"} | fault

    answer = client.post(reverse("incidents:change_plan", args=[plan.pk]), sent)

    assert answer.status_code == 409
    assert said in answer.content.decode()
    assert "改过的名称" in answer.content.decode()


def test_a_change_without_a_reason_keeps_what_was_typed(officer, client):
    plan = Plan.objects.get(code="school_cluster")
    sent = answers(client, plan) | {"reason": "", "order-0-text": "改过的话"}

    answer = client.post(reverse("incidents:change_plan", args=[plan.pk]), sent)

    assert answer.status_code == 409
    assert "改过的话" in answer.content.decode()
    assert Plan.objects.filter(code="school_cluster").count() == 1


def test_a_review_is_closed_on_the_page(officer, client):
    [review] = [
        one
        for one in actions.open_reviews(area=officer.area, by=system_user(), at=NOON)
        if one.code == "class_a"
    ]
    plan = Plan.objects.get(code="class_a")

    answer = client.post(reverse("incidents:review_plan", args=[plan.pk]), {"findings": "无需修订"})

    assert answer.status_code == 302
    review.refresh_from_db()
    assert review.reviewed_by == officer


def test_activating_on_the_page_names_what_is_not_assigned(officer, client):
    incident = opened()
    plan = Plan.objects.get(code="class_a")

    client.post(reverse("incidents:activate", args=[incident.pk]), {"plan": plan.pk})
    page = client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()

    assert "未落实事项" in page
    assert "本县没有可承担的“物资储备库”" in page or "本县没有可承担的" in page
    assert "该小组没有成员" in page


def test_the_next_phase_is_entered_on_the_page(officer, client):
    incident = opened()
    plan = Plan.objects.get(code="class_a")
    client.post(reverse("incidents:activate", args=[incident.pk]), {"plan": plan.pk})

    answer = client.post(
        reverse("incidents:enter_phase", args=[incident.pk]),
        {"phase": plan.phases.get(number=2).pk, "reason": "确诊"},
    )

    assert answer.status_code == 302
    incident.refresh_from_db()
    assert incident.phase.number == 2


def test_somebody_gets_a_seat_and_leaves_it_on_the_page(officer, client):
    person = UserFactory(role=Role.LEADER, area=officer.area, phone="023-1")
    client.post(
        reverse("incidents:seat"),
        {"group": "press", "person": person.pk, "seat": "head", "duty": "发言人", "phone": "139"},
    )
    row = GroupSeat.objects.get()

    page = client.get(reverse("incidents:groups")).content.decode()
    assert "发言人" in page
    assert "tel:139" in page
    client.post(reverse("incidents:leave_seat", args=[row.pk]), {"reason": "调离"})

    row.refresh_from_db()
    assert row.withdrawn_by == officer


def test_who_was_called_answers_with_one_button(officer, client):
    head = UserFactory(role=Role.LEADER, area=officer.area)
    actions.seat_person(
        area=officer.area, group="office", person=head, seat="head", by=officer, at=NOON
    )
    incident = actions.grade_incident(
        incident=opened(), grade="IV", reason="依据", by=officer, at=SOON
    )
    client.force_login(head)
    address = reverse("incidents:incident_groups", args=[incident.pk])
    assert "收到，立即到位" in client.get(address).content.decode()

    call = Callout.objects.get(person=head)
    client.post(reverse("incidents:answer_call", args=[call.pk]))
    again = client.post(reverse("incidents:answer_call", args=[call.pk]))

    assert again.status_code == 409
    assert "收到，立即到位" not in client.get(address).content.decode()


def test_duty_is_handed_over_with_what_is_under_way_and_the_clocks(officer, client):
    incident = opened(by=officer)
    clock = standards.start_deadline(
        key="order.complete",
        subject=incident,
        area=officer.area,
        owner=officer,
        by=officer,
        at=NOON,
    )
    following = UserFactory(role=Role.EPIDEMIOLOGIST, area=officer.area)

    answer = client.post(
        reverse("incidents:handovers"), {"incoming": following.pk, "remarks": "夜间关注学校"}
    )

    row = Handover.objects.get()
    assert answer["location"] == row.get_absolute_url()
    assert {"kind": "orders", "count": 0} in row.matters
    assert incident.title in [one.get("label") for one in row.matters]
    assert Deadline.objects.of(row).get().owner == following
    client.force_login(following)
    assert "夜间关注学校" in client.get(answer["location"]).content.decode()
    client.post(reverse("incidents:accept_duty", args=[row.pk]))
    clock.refresh_from_db()
    row.refresh_from_db()
    assert (row.accepted_by, clock.owner) == (following, following)


def test_a_second_handover_waits_for_the_first_and_only_the_next_accepts(officer):
    following = UserFactory(role=Role.EPIDEMIOLOGIST, area=officer.area)
    row = actions.hand_over_duty(incoming=following, remarks="", by=officer, at=NOON)

    with pytest.raises(Refused, match="尚未确认"):
        actions.hand_over_duty(incoming=following, remarks="", by=officer, at=SOON)
    with pytest.raises(Refused, match="确认"):
        actions.accept_duty(handover=row, by=officer, at=SOON)
    actions.accept_duty(handover=row, by=following, at=SOON)
    with pytest.raises(Refused, match="已确认"):
        actions.accept_duty(handover=row, by=following, at=SOON)


@pytest.mark.django_db(transaction=True)
def test_of_two_handovers_at_once_the_second_is_told_why(officer):
    people = [UserFactory(role=Role.EPIDEMIOLOGIST, area=officer.area) for _ in range(2)]

    got = at_once(
        lambda n: actions.hand_over_duty(incoming=people[n], remarks="", by=officer, at=NOON)
    )

    (refused,) = [one for one in got if isinstance(one, Refused)]
    assert "交班" in str(refused)
    assert Handover.objects.count() == 1


def test_duty_goes_to_nobody_who_cannot_be_on_duty(officer):
    for person in (officer, UserFactory(role=Role.STORE_KEEPER, area=officer.area)):
        with pytest.raises(Refused):
            actions.hand_over_duty(incoming=person, remarks="", by=officer, at=NOON)


def test_who_may_not_be_on_duty_sees_no_form(county, client):
    client.force_login(UserFactory(role=Role.INSPECTOR, area=county))

    page = client.get(reverse("incidents:handovers"))

    assert page.context["form"] is None
    assert client.post(reverse("incidents:handovers"), {}).status_code == 409
