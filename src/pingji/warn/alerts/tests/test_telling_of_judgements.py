"""Who is told of risk assessments and of analyses: whose turn it is, and once for each fact."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.ground.notices.models import Delivery, Notice
from pingji.ground.record.actions.jobs import listeners
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import NOON, county
from pingji.warn.alerts.actions import analyses, assessments
from pingji.warn.alerts.queries.analyses import around
from pingji.warn.alerts.queries.criteria import criteria
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
ALIKE = {row["key"]: "neutral" for row in criteria()["question"]}


class Office:
    """A county's people who judge, write and sign."""

    def __init__(self):
        plan()
        county()
        system_user()
        self.cdc = UserFactory(role=Role.EPIDEMIOLOGIST)
        self.duty = UserFactory(role=Role.DUTY_OFFICER)
        self.vet = UserFactory(role=Role.DEPARTMENT_LIAISON)
        self.leader = UserFactory(role=Role.LEADER)
        self.hospital = UserFactory(role=Role.HOSPITAL_REPORTER)

    def asked(self, *experts):
        made = assessments.open_assessment(
            alert=AlertFactory(), scope="继续扩散的风险", experts=experts, by=self.cdc, at=NOON
        )
        return assessments.ask_experts(assessment=made, by=self.cdc, at=NOON)

    def concluded(self, step):
        made = self.asked(self.duty, self.vet)
        for expert in (self.duty, self.vet):
            assessments.judge_alone(
                assessment=made,
                answers=ALIKE,
                likelihood=step,
                impact=step,
                reasons="同校多班发病。",
                by=expert,
                at=NOON,
            )
        assessments.conclude(
            assessment=made,
            likelihood=step,
            impact=step,
            reasons="已停课。",
            advice="",
            by=self.cdc,
            at=NOON,
        )
        return assessments.sign_assessment(assessment=made, by=self.cdc, at=NOON)

    def drafted(self, *, at=NOON):
        span = around("weekly", NOON.date() - timedelta(days=7))
        return analyses.draft(area=county(), span=span, by=system_user(), at=at)

    def submitted(self, *, at=NOON):
        made = self.drafted(at=at)
        analyses.write_text(
            analysis=made, section="advice", text="加强晨午检。", seen=1, by=self.cdc, at=at
        )
        return analyses.submit(analysis=made, by=self.cdc, at=at)


@pytest.fixture
def office():
    return Office()


def heard(fact):
    """Do what was queued for a fact, each job twice: it runs at least once."""
    for listener in listeners(fact):
        for queued in ProcrastinateJob.objects.filter(task_name=listener.task.name).order_by("id"):
            for _run in range(2):
                listener._run(**queued.args)


def told(kind):
    """Whom each notice of a kind was told to, in order."""
    return [
        {row.receiver for row in notice.deliveries.filter(means="page")}
        for notice in Notice.objects.filter(kind=kind).order_by("pk")
    ]


def test_experts_are_asked_and_nobody_else(office):
    made = office.asked(office.duty, office.vet)
    heard("assessment_asked")
    assert told("assessment_asked") == [{office.duty, office.vet}]
    assert Notice.objects.get().subject_url == made.get_absolute_url()


def test_who_is_asked_later_hears_of_it_then(office):
    made = office.asked(office.duty, office.vet)
    assessments.choose_experts(assessment=made, experts=[office.cdc], by=office.cdc, at=NOON)
    heard("assessment_asked")
    assert told("assessment_asked") == [{office.duty, office.vet}, {office.cdc}]


def test_open_judgements_are_told_to_who_takes_part(office):
    office.concluded(3)
    heard("assessment_compared")
    # The vet laid them open with the last answer.
    assert told("assessment_compared") == [{office.duty, office.cdc}]


@pytest.mark.parametrize(
    ("step", "risk", "level", "others"),
    [(1, "very_low", 1, set()), (3, "medium", 2, set()), (5, "high", 3, {"leader"})],
)
def test_the_risk_says_how_urgent_its_notice_is_and_who_hears_it(office, step, risk, level, others):
    made = office.concluded(step)
    heard("assessment_signed")
    assert (made.level, Notice.objects.get().level) == (risk, level)
    assert told("assessment_signed") == [
        {office.duty, office.vet} | {getattr(office, name) for name in others}
    ]


def test_a_draft_of_the_machine_waits_for_who_edits_analyses(office):
    office.drafted()
    heard("analysis_drafted")
    assert told("analysis_drafted") == [{office.cdc}]


def test_nobody_is_asked_for_what_has_been_done_already(office):
    office.concluded(3)
    made = office.submitted()
    analyses.sign_analysis(analysis=made, by=office.leader, at=NOON)
    for fact in ("assessment_asked", "analysis_drafted", "analysis_submitted"):
        heard(fact)
    assert not Notice.objects.exists()


def test_a_draft_that_somebody_asked_for_is_told_to_them_alone(office):
    UserFactory(role=Role.EPIDEMIOLOGIST)
    span = around("monthly", NOON.date())
    analyses.draft(area=county(), span=span, by=office.cdc, at=NOON)
    heard("analysis_drafted")
    assert told("analysis_drafted") == [{office.cdc}]


def test_handing_in_asks_for_a_signature_each_time_and_sending_back_tells_the_writer(office):
    made = office.submitted()
    heard("analysis_submitted")
    analyses.return_analysis(analysis=made, reason="缺少建议。", by=office.leader, at=NOON)
    heard("analysis_returned")
    analyses.submit(analysis=made, by=office.cdc, at=NOON + timedelta(hours=1))
    heard("analysis_submitted")

    assert told("analysis_submitted") == [{office.duty, office.leader}] * 2
    assert told("analysis_returned") == [{office.cdc}]


def test_a_signed_analysis_is_told_to_whom_the_plan_names(office):
    made = office.submitted()
    analyses.sign_analysis(analysis=made, by=office.leader, at=NOON)
    heard("analysis_signed")
    assert told("analysis_signed") == [{office.cdc, office.duty}]


def test_who_does_what_a_notice_asks_for_has_acknowledged_it(office):
    made = office.asked(office.duty, office.vet)
    heard("assessment_asked")
    assessments.judge_alone(
        assessment=made,
        answers=ALIKE,
        likelihood=2,
        impact=2,
        reasons="已停课。",
        by=office.vet,
        at=NOON,
    )
    analysis = office.submitted()
    heard("analysis_submitted")
    analyses.sign_analysis(analysis=analysis, by=office.leader, at=NOON)

    pages = Delivery.objects.filter(means="page")
    done = {row.receiver for row in pages.filter(state="acknowledged")}
    assert done == {office.vet, office.leader}
    assert {row.receiver for row in pages.exclude(state="acknowledged")} == {office.duty}
