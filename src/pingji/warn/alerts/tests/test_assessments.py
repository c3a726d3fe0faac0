"""Risk assessment: experts alone, then together; who sees what, who may do what, what is kept."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import FOREIGN_COUNTY, AreaFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import NOON, county
from pingji.warn.alerts.actions import assessments as actions
from pingji.warn.alerts.models import Judgement, RiskAssessment, RiskLevel
from pingji.warn.alerts.queries import assessments as queries
from pingji.warn.alerts.queries.criteria import criteria
from pingji.warn.alerts.rules import assessments as rules
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
State = RiskAssessment.State
SCOPE = "两周内该校手足口病继续扩散的风险"
ALIKE = {row["key"]: "neutral" for row in criteria()["question"]}


class Room:
    """An alert, its chair and three experts."""

    def __init__(self):
        plan()
        county()
        self.chair = UserFactory(role=Role.EPIDEMIOLOGIST, display_name="林晓峰")
        self.duty = UserFactory(role=Role.DUTY_OFFICER, display_name="周值班")
        self.vet = UserFactory(role=Role.DEPARTMENT_LIAISON, display_name="农业农村局")
        self.alert = AlertFactory()

    def opened(self, *experts):
        return actions.open_assessment(
            alert=self.alert, scope=SCOPE, experts=experts, by=self.chair, at=NOON
        )

    def asked(self, *experts):
        experts = experts or (self.chair, self.duty)
        made = self.opened(*experts)
        return actions.ask_experts(assessment=made, by=self.chair, at=NOON)

    def joint(self):
        made = self.asked()
        judge(made, self.chair, 4, 3)
        judge(made, self.duty, 2, 2)
        made.refresh_from_db()
        return made

    def concluded(self):
        return actions.conclude(
            assessment=self.joint(),
            likelihood=3,
            impact=3,
            reasons="学校已停课，传染源减少。",
            advice="继续晨午检。",
            by=self.chair,
            at=NOON,
        )


@pytest.fixture
def room():
    return Room()


def judge(assessment, by, likelihood, impact, *, reasons="同校多班发病。", answers=None):
    return actions.judge_alone(
        assessment=assessment,
        answers=answers or ALIKE,
        likelihood=likelihood,
        impact=impact,
        reasons=reasons,
        by=by,
        at=NOON,
    )


# The matrix written out again, so that changing it takes two edits.
MATRIX = ["vvllm", "vllmm", "llmmh", "lmmhh", "lmhhh"]
LETTERS = {"v": "very_low", "l": "low", "m": "medium", "h": "high"}


@pytest.mark.parametrize("likelihood", range(1, 6))
@pytest.mark.parametrize("impact", range(1, 6))
def test_the_matrix_gives_the_risk(likelihood, impact):
    expected = LETTERS[MATRIX[likelihood - 1][impact - 1]]
    assert rules.level_of(criteria(), likelihood, impact) == expected


def test_more_likely_or_graver_is_never_less_of_a_risk():
    order = list(RiskLevel.values)
    rows = [[order.index(level) for level in row] for row in criteria()["matrix"]["rows"]]
    assert all(row == sorted(row) for row in rows)
    assert all(list(column) == sorted(column) for column in zip(*rows, strict=True))


def test_what_was_not_verified_says_so():
    assert criteria()["matrix"]["verified"] is False
    assert criteria()["questions"]["verified"] is False


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_these_moves_are_allowed(state, to):
    allowed = {
        ("draft", "individual"),
        ("individual", "joint"),
        ("joint", "signed"),
        ("draft", "withdrawn"),
        ("individual", "withdrawn"),
        ("joint", "withdrawn"),
    }
    assessment = RiskAssessment(state=state)
    if (state, to) in allowed:
        rules.check_move(assessment, to)
    else:
        with pytest.raises(Refused):
            rules.check_move(assessment, to)


def test_nobody_sees_anothers_answer_until_all_have_come(room):
    made = room.asked(room.chair, room.duty, room.vet)
    judge(made, room.duty, 5, 5)

    made.refresh_from_db()
    assert made.state == State.INDIVIDUAL
    assert queries.judgements_shown(made, room.chair)[0].likelihood is None
    assert [j.expert for j in queries.judgements_shown(made, room.duty)] == [room.duty]

    judge(made, room.chair, 2, 2)
    judge(made, room.vet, 3, 3)

    made.refresh_from_db()
    assert made.state == State.JOINT
    assert {j.likelihood for j in queries.judgements_shown(made, room.chair)} == {5, 2, 3}


def test_the_page_keeps_the_others_answer_from_a_reader(room, client):
    made = room.asked()
    judge(made, room.duty, 5, 5, reasons="只有值班员知道的理由")
    client.force_login(room.chair)

    page = client.get(made.get_absolute_url()).content.decode()
    assert "只有值班员知道的理由" not in page
    assert "周值班" in page  # that she has answered is no secret

    client.force_login(room.duty)
    assert "只有值班员知道的理由" in client.get(made.get_absolute_url()).content.decode()


def test_the_record_does_not_tell_a_judgement_before_it_lies_open(room):
    made = room.asked()
    judge(made, room.duty, 5, 5)
    line = Line.objects.get(kind="assessment.judged")
    assert (line.reason, line.details) == ("", {})

    judge(made, room.chair, 1, 1)
    told = Line.objects.get(kind="assessment.compared").details["judgements"]
    assert {(one["likelihood"], one["level"]) for one in told} == {(5, "high"), (1, "very_low")}


def test_an_expert_may_change_the_answer_until_all_have_come(room):
    made = room.asked()
    judge(made, room.duty, 5, 5)
    judge(made, room.duty, 2, 2)

    assert made.judgements.get(expert=room.duty).level == RiskLevel.LOW
    judge(made, room.chair, 1, 1)
    with pytest.raises(Refused):
        judge(made, room.duty, 5, 5)


def test_the_chair_may_open_the_answers_before_all_have_come_and_says_why(room):
    made = room.asked()
    with pytest.raises(Refused):  # nobody has answered
        actions.compare(assessment=made, reason="时间紧", by=room.chair, at=NOON)
    judge(made, room.duty, 4, 4)
    with pytest.raises(Refused):
        actions.compare(assessment=made, reason=" ", by=room.chair, at=NOON)

    made = actions.compare(assessment=made, reason="时间紧", by=room.chair, at=NOON)

    assert made.state == State.JOINT
    assert Line.objects.get(kind="assessment.compared").reason == "时间紧"


def test_too_few_experts_are_not_enough(room):
    made = room.opened(room.chair)
    with pytest.raises(Refused) as refused:
        actions.ask_experts(assessment=made, by=room.chair, at=NOON)
    assert refused.value.field == "experts"

    actions.choose_experts(assessment=made, experts=[room.vet], by=room.chair, at=NOON)
    assert actions.ask_experts(assessment=made, by=room.chair, at=NOON).state == State.INDIVIDUAL


def test_only_people_who_judge_and_see_the_area_are_asked(room):
    with pytest.raises(Refused):
        room.opened(UserFactory(role=Role.STORE_KEEPER))
    elsewhere = UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code=FOREIGN_COUNTY))
    with pytest.raises(Refused):
        room.opened(elsewhere)
    offered = set(queries.may_be_asked(room.alert.area_id))
    assert {room.chair, room.duty, room.vet} <= offered
    assert elsewhere not in offered


def test_who_was_not_asked_cannot_judge(room):
    made = room.asked()
    with pytest.raises(Refused):
        judge(made, room.vet, 3, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"likelihood": 6},
        {"impact": 0},
        {"reasons": "  "},
        {"answers": ALIKE | {"agent": "perhaps"}},
        {"answers": {"agent": "raises"}},
    ],
)
def test_a_judgement_that_is_not_whole_is_refused(room, wrong):
    made = room.asked()
    given = {"likelihood": 3, "impact": 3} | wrong
    with pytest.raises(Refused):
        judge(made, room.duty, given.pop("likelihood"), given.pop("impact"), **given)
    assert not Judgement.objects.exclude(answered_at=None).exists()


def test_a_joint_result_is_signed_with_its_reasons_and_the_dissent(room):
    made = room.concluded()
    assert made.level == RiskLevel.MEDIUM
    actions.differ(assessment=made, dissent="低估了托幼机构。", by=room.duty, at=NOON)

    made = actions.sign_assessment(assessment=made, by=room.chair, at=NOON + timedelta(hours=1))

    assert (made.state, made.signed_by) == (State.SIGNED, room.chair)
    assert made.judgements.get(expert=room.duty).dissent == "低估了托幼机构。"
    kinds = set(Line.objects.filter(kind__startswith="assessment").values_list("kind", flat=True))
    assert {"assessment.concluded", "assessment.differed", "assessment.signed"} <= kinds


def test_who_writes_or_signs_over_another_wording_is_told(room, client):
    made = room.joint()
    before = made.mark
    said = {"likelihood": 3, "impact": 3, "reasons": "两人同写", "advice": ""}
    client.force_login(room.chair)
    conclude = reverse("alerts:conclude", args=[made.pk])
    client.post(conclude, said | {"seen": before})

    second = client.post(conclude, said | {"impact": 5, "seen": before})
    signed = client.post(reverse("alerts:sign_assessment", args=[made.pk]), {"seen": before})

    made.refresh_from_db()
    assert (second.status_code, signed.status_code) == (409, 409)
    assert (made.impact, made.state) == (3, State.JOINT)
    assert f'name="seen" value="{made.mark}"' in second.text
    assert client.post(conclude, said | {"impact": 5, "seen": made.mark}).status_code == 302


def test_nothing_of_a_signed_assessment_changes(room):
    made = actions.sign_assessment(assessment=room.concluded(), by=room.chair, at=NOON)
    again = {"assessment": made, "by": room.chair, "at": NOON}
    for act in (
        lambda: actions.sign_assessment(**again),
        lambda: actions.withdraw_assessment(reason="作废", **again),
        lambda: actions.conclude(likelihood=5, impact=5, reasons="改", advice="", **again),
        lambda: actions.differ(dissent="改", **again),
        lambda: actions.choose_experts(experts=[room.vet], **again),
    ):
        with pytest.raises(Refused):
            act()


def test_it_cannot_be_signed_without_a_result(room):
    with pytest.raises(Refused):
        actions.sign_assessment(assessment=room.joint(), by=room.chair, at=NOON)


def test_nobody_differs_from_a_result_that_is_not_there(room):
    with pytest.raises(Refused):
        actions.differ(assessment=room.joint(), dissent="不同意", by=room.duty, at=NOON)


def test_one_assessment_at_a_time_and_versions_after_it(room):
    made = room.opened(room.chair)
    with pytest.raises(Refused):
        room.opened(room.duty)
    with pytest.raises(IntegrityError), transaction.atomic():
        RiskAssessment.objects.create(
            alert=room.alert,
            area=room.alert.area,
            version=9,
            scope="x",
            criteria={},
            opened_by=room.chair,
            opened_at=NOON,
        )
    actions.withdraw_assessment(assessment=made, reason="问题写错了", by=room.chair, at=NOON)

    assert room.opened(room.duty).version == 2


def test_a_changed_catalogue_does_not_change_what_was_asked(room, monkeypatch):
    made = room.asked()
    assert made.criteria == criteria()
    made.criteria["matrix"]["rows"] = [["high"] * 5] * 5  # as another file would have it
    RiskAssessment.objects.filter(pk=made.pk).update(criteria=made.criteria)
    assert judge(made, room.duty, 1, 1).level == RiskLevel.HIGH


def test_only_some_roles_lead(room):
    with pytest.raises(Refused):
        actions.open_assessment(alert=room.alert, scope=SCOPE, experts=[], by=room.vet, at=NOON)


def test_a_whole_assessment_through_the_pages(room, client):
    client.force_login(room.chair)
    alert = room.alert
    assert reverse("alerts:open_assessment", args=[alert.pk]) in (
        client.get(alert.get_absolute_url()).content.decode()
    )
    client.post(
        reverse("alerts:open_assessment", args=[alert.pk]),
        {"scope": SCOPE, "experts": [room.chair.pk, room.duty.pk]},
    )
    made = RiskAssessment.objects.get()
    client.post(reverse("alerts:ask_experts", args=[made.pk]))
    answers = {f"question-{key}": "raises" for key in ALIKE}
    body = answers | {"likelihood": 4, "impact": 4, "reasons": "扩散快"}
    judging = reverse("alerts:judge_alone", args=[made.pk])
    refused = client.post(judging, body | {"likelihood": ""})
    assert refused.status_code == 409
    assert "扩散快" in refused.content.decode()  # what was typed is not lost
    assert client.post(judging, body).status_code == 302
    client.force_login(room.duty)
    client.post(judging, body | {"likelihood": 2})
    client.force_login(room.chair)
    client.post(
        reverse("alerts:conclude", args=[made.pk]),
        {"likelihood": 4, "impact": 3, "reasons": "三个班已有病例", "advice": "停课"},
    )
    client.force_login(room.duty)
    client.post(reverse("alerts:differ", args=[made.pk]), {"dissent": "可能性没有那么高"})
    client.force_login(room.chair)
    client.post(reverse("alerts:sign_assessment", args=[made.pk]))

    made.refresh_from_db()
    assert (made.state, made.level) == (State.SIGNED, RiskLevel.MEDIUM)
    page = client.get(alert.get_absolute_url()).content.decode()
    assert SCOPE in page
    assert "中" in page
    shown = client.get(made.get_absolute_url()).content.decode()
    assert "可能性没有那么高" in shown
    assert "三个班已有病例" in shown


def test_people_next_door_find_nothing(room, client):
    made = room.asked()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code=FOREIGN_COUNTY)))
    assert client.get(made.get_absolute_url()).status_code == 404
    assert SCOPE not in client.get(reverse("alerts:assessments")).content.decode()


def test_the_list_shows_what_waits_for_me(room, client):
    room.asked()
    client.force_login(room.duty)
    assert SCOPE in client.get(reverse("alerts:assessments") + "?show=mine").content.decode()
    client.force_login(room.vet)
    assert SCOPE not in client.get(reverse("alerts:assessments") + "?show=mine").content.decode()
