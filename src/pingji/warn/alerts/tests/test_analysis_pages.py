"""Analyses on screen: asked for, edited, handed in, signed, taken away."""

import re
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import (
    FOREIGN_COUNTY,
    AreaFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.tests.factories import COUNTY, case_row, cases, county, imported
from pingji.warn.alerts import tasks
from pingji.warn.alerts.actions import analyses as actions
from pingji.warn.alerts.models import Analysis
from pingji.warn.alerts.queries import analyses as queries

pytestmark = pytest.mark.django_db
MONDAY = date(2025, 11, 17)
MORNING = datetime(2025, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def people():
    county()
    plan()
    return {
        "writer": UserFactory(role=Role.EPIDEMIOLOGIST, display_name="林晓峰"),
        "signer": UserFactory(role=Role.DUTY_OFFICER, display_name="陈志远"),
    }


@pytest.fixture
def analysis(people):
    imported(cases([case_row(key=f"A{n}", onset="2025-11-19") for n in range(5)]), at=MORNING)
    span = queries.around("weekly", MONDAY)
    return actions.draft(area=county(), span=span, by=system_user(), at=MORNING)


def post(client, name, analysis, **body):
    return client.post(reverse(f"alerts:{name}", args=[analysis.pk]), body)


def test_from_the_draft_to_the_signed_file(analysis, people, client):
    client.force_login(people["writer"])
    page = client.get(analysis.get_absolute_url()).content.decode()
    assert "手足口病" in page
    assert "data:image/svg+xml;base64," in page
    assert reverse("alerts:submit_analysis", args=[analysis.pk]) not in page  # no advice yet

    advice = "加强晨午检。\n做好消毒。"
    assert (
        post(client, "write_text", analysis, section="advice", seen=1, text=advice).status_code
        == 302
    )
    assert post(client, "submit_analysis", analysis).status_code == 302
    assert post(client, "sign_analysis", analysis).status_code == 409  # not the writer

    client.force_login(people["signer"])
    assert reverse("alerts:sign_analysis", args=[analysis.pk]) in (
        client.get(analysis.get_absolute_url()).content.decode()
    )
    assert post(client, "sign_analysis", analysis).status_code == 302

    files = [
        client.get(reverse(f"alerts:analysis_{form}", args=[analysis.pk]))
        for form in ("pdf", "word")
    ]
    assert [file.content[:4] for file in files] == [b"%PDF", b"PK\x03\x04"]
    kept = {bytes(one.content) for one in analysis.documents.all()}
    assert {file.content for file in files} == kept
    assert Line.objects.filter(kind="analysis.fetched", by=people["signer"]).count() == 2


def test_a_text_that_came_too_late_is_not_lost(analysis, people, client):
    client.force_login(people["writer"])
    post(client, "write_text", analysis, section="summary", seen=1, text="先到的文字")
    answer = post(client, "write_text", analysis, section="summary", seen=1, text="后到的文字")

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "后到的文字" in page
    assert "先到的文字" in page
    assert queries.texts_of(analysis)["summary"] == "先到的文字"


def test_who_was_told_of_another_text_keeps_their_own_knowing_both(analysis, people, client):
    client.force_login(people["writer"])
    post(client, "write_text", analysis, section="summary", seen=1, text="先到的文字")
    told = post(client, "write_text", analysis, section="summary", seen=1, text="后到的文字")
    seen = re.search(r'name="seen" value="(\d+)" id="id_seen"', told.content.decode())

    kept = post(
        client, "write_text", analysis, section="summary", seen=seen[1], text="两者合并的文字"
    )

    assert kept.status_code == 302
    assert queries.texts_of(analysis)["summary"] == "两者合并的文字"
    assert f"{people['writer']}" in told.content.decode().split("当前内容")[1]


def test_a_text_for_what_was_handed_in_meanwhile_is_shown_again_with_the_reason(
    analysis, people, client
):
    client.force_login(people["writer"])
    post(client, "write_text", analysis, section="advice", seen=1, text="建议")
    post(client, "submit_analysis", analysis)

    answer = post(
        client, "write_text", analysis, section="summary", seen=1, text="来不及保存的文字"
    )

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "来不及保存的文字" in page
    assert "只能修改草稿中的文字" in page


def test_the_page_names_the_period_of_the_last_analysis(analysis, people, client):
    span = queries.around("weekly", date(2025, 11, 24))
    following = actions.draft(area=analysis.area, span=span, by=system_user(), at=MORNING)
    client.force_login(people["writer"])

    page = client.get(following.get_absolute_url()).content.decode()

    assert following.previous == analysis
    assert f'<a href="{analysis.get_absolute_url()}">2025年第47周</a>' in page


def test_sent_back_the_page_says_why(analysis, people, client):
    client.force_login(people["writer"])
    post(client, "write_text", analysis, section="advice", seen=1, text="建议")
    post(client, "submit_analysis", analysis)
    client.force_login(people["signer"])
    assert post(client, "return_analysis", analysis, reason="").status_code == 409
    post(client, "return_analysis", analysis, reason="缺学校情况")

    client.force_login(people["writer"])
    assert "缺学校情况" in client.get(analysis.get_absolute_url()).content.decode()


def test_asked_for_on_the_page_it_is_drafted_by_the_worker(people, client):
    client.force_login(people["writer"])
    asked = {"area": COUNTY, "kind": "monthly", "day": "2025-10-15"}
    assert client.post(reverse("alerts:ask_for_analysis"), asked).status_code == 302
    assert not Analysis.objects.exists()

    tasks.draft_when_asked(
        at=timezone.now(),
        area=COUNTY,
        kind="monthly",
        starts_on="2025-10-01",
        by=people["writer"].pk,
        version=1,
    )
    made = Analysis.objects.get()
    assert (made.ends_on, made.drafted_by) == (date(2025, 10, 31), people["writer"])
    assert "2025年10月" in client.get(reverse("alerts:analyses")).content.decode()


def test_a_period_to_come_is_refused_beside_its_field(people, client):
    client.force_login(people["writer"])
    answer = client.post(
        reverse("alerts:ask_for_analysis"),
        {"area": COUNTY, "kind": "weekly", "day": "2999-01-01"},
    )
    assert answer.status_code == 409
    assert "该时段尚未开始" in answer.content.decode()


def test_every_monday_and_every_first_the_worker_drafts(people):
    tasks.draft_weekly(at=MORNING)
    tasks.draft_monthly(at=datetime(2025, 12, 1, 0, 40, tzinfo=UTC))
    made = Analysis.objects.order_by("kind").values_list("kind", "starts_on")
    assert list(made) == [("monthly", date(2025, 11, 1)), ("weekly", MONDAY)]


def test_people_next_door_find_nothing(analysis, client):
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code=FOREIGN_COUNTY)))
    assert client.get(analysis.get_absolute_url()).status_code == 404
    assert client.get(reverse("alerts:analysis_pdf", args=[analysis.pk])).status_code == 404
