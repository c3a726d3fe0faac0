"""Assessments and analyses for other programs: what a reader may see, and the files."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import NOON, county
from pingji.warn.alerts.actions import analyses, assessments
from pingji.warn.alerts.models import Analysis
from pingji.warn.alerts.queries.analyses import around
from pingji.warn.alerts.queries.criteria import criteria
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
ALIKE = {row["key"]: "neutral" for row in criteria()["question"]}


@pytest.fixture
def cdc(db):
    plan()
    county()
    return UserFactory(role=Role.EPIDEMIOLOGIST, display_name="林晓峰")


@pytest.fixture
def duty(cdc):
    return UserFactory(role=Role.DUTY_OFFICER, display_name="周值班")


@pytest.fixture
def asked(cdc, duty):
    made = assessments.open_assessment(
        alert=AlertFactory(), scope="继续扩散的风险", experts=[cdc, duty], by=cdc, at=NOON
    )
    return assessments.ask_experts(assessment=made, by=cdc, at=NOON)


def judge(assessment, by):
    assessments.judge_alone(
        assessment=assessment,
        answers=ALIKE,
        likelihood=4,
        impact=3,
        reasons="同校多班发病。",
        by=by,
        at=NOON,
    )


@pytest.fixture
def ask(client):
    def one(by, path):
        client.force_login(by)
        return client.get(f"/api/alerts/{path}")

    return one


def test_judgements_of_others_come_out_when_all_lie_open(ask, asked, cdc, duty):
    judge(asked, cdc)
    path = f"assessments/{asked.pk}"
    assert [row["expert"] for row in ask(cdc, path).json()["judgements"]] == ["林晓峰"]
    assert [row["reasons"] for row in ask(duty, path).json()["judgements"]] == [""]

    judge(asked, duty)
    answer = ask(duty, path).json()
    assert (answer["state"], answer["experts"]) == ("joint", ["林晓峰", "周值班"])
    assert [row["level"] for row in answer["judgements"]] == ["medium"] * 2
    assert len(answer["questions"]) == len(ALIKE)


@pytest.mark.parametrize(("query", "number"), [("", 1), ("state=signed", 0), ("under=51", 0)])
def test_assessments_are_listed(ask, asked, cdc, query, number):
    answer = ask(cdc, f"assessments?{query}").json()
    assert answer["count"] == number
    assert ask(cdc, f"assessments?alert={asked.alert_id}").json()["items"][0]["id"] == asked.pk


@pytest.fixture
def signed(cdc):
    span = around("weekly", NOON.date())
    for one in (span.before, span):
        made = analyses.draft(area=county(), span=one, by=system_user(), at=NOON)
    analyses.write_text(
        analysis=made, section="advice", text="加强晨午检。", seen=1, by=cdc, at=NOON
    )
    analyses.submit(analysis=made, by=cdc, at=NOON)
    leader = UserFactory(role=Role.LEADER, display_name="王县长")
    return analyses.sign_analysis(analysis=made, by=leader, at=NOON + timedelta(hours=1))


def test_an_analysis_comes_with_figures_texts_changes_and_its_files(ask, signed, cdc):
    answer = ask(cdc, f"analyses/{signed.pk}").json()
    assert (answer["state"], answer["signed_by"]) == ("signed", "王县长")
    assert answer["texts"]["advice"] == "加强晨午检。"
    assert answer["figures"]["total"]["now"] == 0
    assert answer["changes"]["total"] == {"now": 0, "last": 0}
    assert answer["previous_id"] == signed.previous_id

    kept = {row.form: row for row in signed.documents.all()}
    for told in answer["documents"]:
        file = ask(cdc, f"analyses/{signed.pk}/{told['form']}")
        assert file.content == bytes(kept[told["form"]].content)
        assert (told["size"], told["digest"]) == (len(file.content), kept[told["form"]].digest)
    assert Line.objects.filter(kind="analysis.fetched").count() == 2


def test_a_draft_is_given_as_a_draft(ask, signed, cdc):
    draft = Analysis.objects.get(state="draft")
    file = ask(cdc, f"analyses/{draft.pk}/pdf")
    assert file["Content-Type"] == "application/pdf"
    assert "草稿" in PdfReader(io.BytesIO(file.content)).pages[0].extract_text()
    assert ask(cdc, f"analyses/{draft.pk}/odt").status_code == 422


@pytest.mark.parametrize(
    ("query", "number"),
    [("", 2), ("state=signed", 1), ("kind=monthly", 0), ("kind=weekly&under=50", 2)],
)
def test_analyses_are_listed(ask, signed, cdc, query, number):
    answer = ask(cdc, f"analyses?{query}").json()
    assert answer["count"] == number
    assert all("figures" not in row for row in answer["items"])


@pytest.mark.parametrize("path", ["assessments", "analyses"])
def test_who_may_not_see_alerts_is_refused(ask, asked, signed, path):
    hospital = UserFactory(role=Role.HOSPITAL_REPORTER)
    number = {"assessments": asked.pk, "analyses": signed.pk}[path]
    assert ask(hospital, path).status_code == 409
    assert ask(hospital, f"{path}/{number}").status_code == 409
    elsewhere = UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code=FOREIGN_COUNTY))
    assert ask(elsewhere, path).json()["count"] == 0
    assert ask(elsewhere, f"{path}/{number}").status_code == 404


def test_a_file_lies_behind_the_same_door(ask, signed):
    hospital = UserFactory(role=Role.HOSPITAL_REPORTER)
    assert ask(hospital, f"analyses/{signed.pk}/pdf").status_code == 409
    elsewhere = UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code=FOREIGN_COUNTY))
    assert ask(elsewhere, f"analyses/{signed.pk}/pdf").status_code == 404
