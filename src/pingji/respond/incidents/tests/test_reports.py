"""Reports of an event: drafted from data, reviewed by somebody else, sent, never changed."""

import io
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from docx import Document as read_word

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    UserFactory,
    system_user,
)
from pingji.ground.notices.models import Delivery
from pingji.ground.record.tests.threads import at_once
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, case_row, cases, imported
from pingji.respond.incidents import actions as command
from pingji.respond.incidents.actions import reports as actions
from pingji.respond.incidents.models import EventReport
from pingji.respond.incidents.queries.event_document import texts_of
from pingji.respond.incidents.rules import reports as rules
from pingji.respond.incidents.tests.factories import SOON, clocks, commander, opened, staffed
from pingji.warn.alerts.tests.factories import AlertFactory

Kind, State = EventReport.Kind, EventReport.State
LATER = SOON + timedelta(hours=1)


class Desk:
    """An incident with cases, who writes, and who reviews."""

    def __init__(self):
        staffed()
        self.writer = UserFactory(role=Role.EPIDEMIOLOGIST, display_name="林晓峰")
        self.duty = commander(display_name="陈志远")
        self.leader = UserFactory(role=Role.LEADER, display_name="周正阳", area=county())
        self.bureau = UserFactory(
            role=Role.DUTY_OFFICER,
            display_name="卫健委值班",
            area=county(),
            organisation=Organisation.objects.get(name="县卫健委"),
        )
        imported(cases([case_row(key=f"A{n}", age="6") for n in range(3)]), by=self.writer)
        alert = AlertFactory(state="verified")
        self.incident = opened(by=self.duty, alert=alert, area=alert.area)

    def drafted(self, kind=Kind.INITIAL, at=SOON, **given):
        return actions.draft_report(
            incident=self.incident, kind=kind, by=self.writer, at=at, **given
        )

    def written(self, report):
        for section in rules.TO_BE_WRITTEN[Kind(report.kind)]:
            actions.write_report(
                report=report,
                section=section,
                text="发热、手足疱疹。",
                seen=1,
                by=self.writer,
                at=SOON,
            )
        return report

    def submitted(self, *kind, **given):
        report = self.written(self.drafted(*kind, **given))
        return actions.submit_report(report=report, by=self.writer, at=SOON)

    def sent(self, *kind, at=LATER, reference="", **given):
        report = self.submitted(*kind, **given)
        actions.approve_report(report=report, by=self.duty, at=at)
        return actions.send_report(report=report, by=self.writer, at=at, reference=reference)

    def closed(self, at=LATER):
        return command.close_incident(
            incident=self.incident, reason="末例后无新发", by=self.duty, at=at
        )

    def keep_clocks(self, at=LATER):
        actions.keep_report_clocks(incident=self.incident, by=system_user(), at=at)


def county():
    return Area.objects.get(pk=COUNTY)


@pytest.fixture
def desk(db):
    return Desk()


# The moves written out again, so that changing the law takes two edits.
ALLOWED = {
    ("draft", "review"),
    ("draft", "dropped"),
    ("review", "draft"),
    ("review", "approved"),
    ("approved", "sent"),
    ("approved", "draft"),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_these_moves_are_allowed(state, to):
    report = EventReport(state=state)
    if (state, to) in ALLOWED:
        rules.check_report_move(report, to)
    else:
        with pytest.raises(Refused):
            rules.check_report_move(report, to)


def test_an_initial_report_is_drafted_from_the_data_and_leaves_the_rest_to_people(desk):
    report = desk.drafted()

    texts = texts_of(report)
    assert "桃花源小学聚集性疫情" in texts["event"]
    assert "累计报告病例3例" in texts["cases"]
    assert "桃花源街道（3例）" in texts["cases"] or "桃花源街道（3）" in texts["cases"]
    assert "尚未启动应急预案" in texts["measures"]
    assert texts["symptoms"] == texts["causes"] == ""
    with pytest.raises(Refused):
        actions.submit_report(report=report, by=desk.writer, at=SOON)


def test_two_people_stand_for_a_report(desk):
    report = desk.written(desk.drafted())
    report = actions.submit_report(report=report, by=desk.writer, at=SOON)
    with pytest.raises(Refused):
        actions.approve_report(report=report, by=desk.writer, at=SOON)
    with pytest.raises(Refused):
        actions.send_report(report=report, by=desk.duty, at=SOON)
    report = actions.approve_report(report=report, by=desk.duty, at=SOON)

    assert (report.state, report.reviewed_by) == (State.APPROVED, desk.duty)


def test_who_handed_it_in_does_not_review_it(desk):
    report = actions.draft_report(
        incident=desk.incident, kind=Kind.SITUATION, by=desk.duty, at=SOON
    )
    report = actions.submit_report(report=report, by=desk.duty, at=SOON)
    with pytest.raises(Refused) as refused:
        actions.approve_report(report=report, by=desk.duty, at=SOON)
    assert "他人" in str(refused.value)


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_wins_and_the_other_is_told_of_the_first():
    desk = Desk()
    report = desk.submitted()

    got = at_once(
        lambda at: actions.approve_report(report=report, by=(desk.duty, desk.leader)[at], at=LATER)
    )

    (refused,) = [str(one) for one in got if isinstance(one, Refused)]
    report.refresh_from_db()
    assert str(report.reviewed_by) in refused


def test_a_report_goes_to_the_bodies_of_the_plan_and_its_clock_stops(desk):
    city = AreaFactory(code=COUNTY[:4], name="某市")
    office = OrganisationFactory(
        kind=Organisation.Kind.HEALTH_COMMISSION, area=city, name="市卫健委"
    )
    above = UserFactory(role=Role.DUTY_OFFICER, area=city, organisation=office)
    report = desk.sent(reference="2025-17")

    told = set(
        Delivery.objects.filter(notice__kind="event_report_sent", means="page").values_list(
            "receiver", flat=True
        )
    )
    people = {one.key: one.people for one in report.receivers.all()}
    assert told == {above.pk, desk.bureau.pk, desk.leader.pk}
    assert people == {
        "county_health_commission": 1,
        "prefecture_health_commission": 1,
        "prefecture_cdc": 0,
        "county_leader": 1,
    }
    assert clocks(desk.incident)["incident.initial_report"] == "met"
    assert (report.state, report.reference) == (State.SENT, "2025-17")


def test_what_was_sent_is_kept_byte_for_byte_and_refused_every_change(desk):
    report = desk.sent()

    kept = report.documents.get(language="zh-hans", form="docx")
    given = actions.fetch_report(
        report=report, language="zh-hans", form="docx", by=desk.leader, at=LATER
    )
    words = "\n".join(line.text for line in read_word(io.BytesIO(given)).paragraphs)
    assert given == bytes(kept.content)
    assert "发热、手足疱疹。" in words
    assert "草稿" not in words
    assert report.documents.count() == 4
    for change in (
        lambda: EventReport.objects.filter(pk=report.pk).update(reference="x"),
        lambda: report.texts.update(text="别的"),
        lambda: report.documents.update(size=1),
        lambda: kept.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(Refused) as refused:
        actions.write_report(
            report=report, section="event", text="x", seen=1, by=desk.writer, at=LATER
        )
    assert "林晓峰" in str(refused.value)


def test_the_english_file_says_in_english_what_the_program_wrote(desk):
    report = desk.sent()
    given = bytes(report.documents.get(language="en", form="docx").content)
    words = "\n".join(line.text for line in read_word(io.BytesIO(given)).paragraphs)
    assert "3 cases were reported" in words
    assert "Main symptoms" in words
    assert "发热、手足疱疹。" in words


def test_a_correction_is_a_new_version_with_its_reason(desk):
    first = desk.sent()
    imported(cases([case_row(key="B1")]), by=desk.writer, name="更多.csv")
    with pytest.raises(Refused):
        desk.drafted()
    with pytest.raises(Refused):
        actions.correct_report(report=first, why_again=" ", by=desk.writer, at=LATER)
    second = actions.correct_report(report=first, why_again="病例数更正", by=desk.writer, at=LATER)

    first.refresh_from_db()
    assert (second.number, second.version, second.previous) == (1, 2, first)
    assert second.figures["cases"]["total"] == 4
    assert first.figures["cases"]["total"] == 3
    assert texts_of(second)["symptoms"] == "发热、手足疱疹。"
    actions.submit_report(report=second, by=desk.writer, at=LATER)
    actions.approve_report(report=second, by=desk.duty, at=LATER)
    actions.send_report(report=second, by=desk.writer, at=LATER)
    with pytest.raises(Refused):
        actions.correct_report(report=first, why_again="再更正", by=desk.writer, at=LATER)


def test_a_progress_report_tells_what_moved_since_the_last_one(desk):
    desk.sent()
    imported(cases([case_row(key="B1")]), by=desk.writer, name="更多.csv")
    report = desk.drafted(Kind.PROGRESS, at=NOON + timedelta(days=1))
    assert "病例由3例变为4例（新增1例）" in texts_of(report)["development"]
    assert report.name == "进程报告第1期"


def test_a_grave_event_wants_a_report_each_day_and_a_first_bulletin_in_time(desk):
    desk.keep_clocks()
    assert "incident.progress_report" not in clocks(desk.incident)
    type(desk.incident).objects.filter(pk=desk.incident.pk).update(
        grade="II", grade_reason="死亡病例"
    )
    desk.keep_clocks()
    assert clocks(desk.incident)["public_bulletin.first"] == "open"
    assert "incident.progress_report" not in clocks(desk.incident)  # first comes the initial one
    desk.sent()
    assert clocks(desk.incident)["incident.progress_report"] == "open"
    desk.sent(Kind.PROGRESS, at=LATER + timedelta(hours=2))
    rows = list(desk.incident.reports.filter(kind=Kind.PROGRESS).values_list("number", "state"))
    assert rows == [(1, "sent")]
    progress = Deadline.objects.of(desk.incident).filter(key="incident.progress_report")
    assert sorted(progress.values_list("state", flat=True)) == ["met", "open"]


def test_after_the_end_only_the_closing_report_is_written_and_its_clock_runs(desk):
    waiting = desk.submitted()
    desk.closed()
    desk.keep_clocks()

    for kind in (Kind.PROGRESS, Kind.SITUATION):
        with pytest.raises(Refused) as refused:
            desk.drafted(kind)
        assert "结案报告" in str(refused.value)
    actions.approve_report(report=waiting, by=desk.duty, at=LATER)
    with pytest.raises(Refused):
        actions.send_report(report=waiting, by=desk.writer, at=LATER)
    assert clocks(desk.incident)["incident.closing_report"] == "open"
    report = desk.sent(Kind.CLOSING, at=LATER + timedelta(days=1))
    assert report.state == State.SENT
    assert "事件结束" in texts_of(report)["course"]
    assert clocks(desk.incident)["incident.closing_report"] == "met"
    desk.keep_clocks()
    assert clocks(desk.incident)["incident.closing_report"] == "met"


def test_the_closing_report_waits_for_the_end(desk):
    with pytest.raises(Refused):
        desk.drafted(Kind.CLOSING)


def test_a_situation_report_is_whole_in_one_click(desk):
    report = desk.drafted(Kind.SITUATION)
    report = actions.submit_report(report=report, by=desk.writer, at=SOON)
    assert report.state == State.REVIEW


def test_one_report_of_a_kind_is_written_at_a_time(desk):
    first = desk.drafted()
    with pytest.raises(Refused):
        desk.drafted()
    actions.drop_report(report=first, reason="重复", by=desk.writer, at=SOON)
    again = desk.drafted()
    assert again.pk != first.pk


def test_what_was_sent_back_says_why_and_is_handed_in_again(desk):
    report = desk.submitted()
    with pytest.raises(Refused):
        actions.return_report(report=report, reason="", by=desk.duty, at=SOON)
    report = actions.return_report(report=report, reason="补充症状", by=desk.duty, at=SOON)
    assert (report.state, report.returned_why) == (State.DRAFT, "补充症状")
    report = actions.submit_report(report=report, by=desk.writer, at=LATER)
    assert report.returned_why == ""
    told = Delivery.objects.filter(notice__kind="event_report_submitted", means="page")
    assert told.filter(receiver=desk.duty).count() == 2


def test_a_writer_who_did_not_see_the_latest_wording_is_told(desk):
    report = desk.drafted()
    given = {"report": report, "section": "symptoms", "by": desk.writer, "at": SOON}
    actions.write_report(text="呕吐", seen=1, **given)
    with pytest.raises(Refused):
        actions.write_report(text="腹泻", seen=1, **given)


@pytest.mark.parametrize("role", [Role.PRESS_OFFICER, Role.INSPECTOR, Role.LEADER])
def test_others_do_not_write_reports(desk, role):
    with pytest.raises(Refused):
        actions.draft_report(
            incident=desk.incident, kind=Kind.INITIAL, by=UserFactory(role=role), at=SOON
        )


def test_an_event_without_an_illness_is_reported_without_figures_of_cases(db):
    staffed()
    duty = commander()
    incident = opened(by=duty, event_kind="other")
    report = actions.draft_report(incident=incident, kind=Kind.INITIAL, by=duty, at=SOON)
    assert "尚未确定疾病" in texts_of(report)["cases"]


def test_a_report_from_draft_to_sent_on_screen(desk, client):
    client.force_login(desk.writer)
    where = reverse("incidents:reports", args=[desk.incident.pk])
    assert "起草初次报告" in client.get(where).content.decode()
    client.post(reverse("incidents:draft_report", args=[desk.incident.pk]), {"kind": "initial"})
    report = EventReport.objects.get()
    wrong = client.post(
        reverse("incidents:draft_report", args=[desk.incident.pk]), {"kind": "initial"}
    )
    for section in ("symptoms", "causes"):
        client.post(
            reverse("incidents:write_report", args=[report.pk]),
            {"section": section, "seen": 1, "text": "疱疹"},
        )
    late = client.post(
        reverse("incidents:write_report", args=[report.pk]),
        {"section": "causes", "seen": 1, "text": "另一说"},
    )
    client.post(reverse("incidents:submit_report", args=[report.pk]))
    client.force_login(desk.duty)
    waiting = client.get(report.get_absolute_url()).content.decode()
    client.post(reverse("incidents:approve_report", args=[report.pk]))
    again = client.post(reverse("incidents:approve_report", args=[report.pk]))
    client.post(reverse("incidents:send_report", args=[report.pk]), {"reference": "1号"})
    page = client.get(report.get_absolute_url()).content.decode()
    file = client.get(reverse("incidents:report_file", args=[report.pk, "zh-hans", "docx"]))

    assert wrong.status_code == late.status_code == again.status_code == 409
    assert "另一说" in late.content.decode()
    assert "已于" in again.content.decode()
    assert "审核通过" in waiting
    assert "已通知" in page
    assert "须以其他方式" not in page
    assert file.content.startswith(b"PK")
