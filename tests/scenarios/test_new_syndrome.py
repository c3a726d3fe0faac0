"""A syndrome nobody watched until now: added on the pages, and the next complaint counts for it."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pingji.ground.directory.models import Organisation
from pingji.ground.directory.tests.factories import system_user
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import Tally, Visit
from pingji.monitor.surveillance.tests.sending import sender, sent, visit
from tests.scenarios.conftest import TOWNS, County, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fill(page: Page, button: str, **given: str) -> None:
    """Fill a form in by the labels of its fields, and send it."""
    for label, value in given.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name=button, exact=True).click()


def arrives(his: object, key: str, complaint: str) -> list[str]:
    """A visit from the hospital's system with a complaint; what it counts for."""
    now = timezone.now()
    one = visit(
        key=key,
        complaint=complaint,
        visited_at=now.isoformat(),
        area=next(iter(TOWNS)),
        diagnosis_code="",
        diagnosis="",
    )
    sent([one], key=f"M-{key}", by=his, at=now)
    return Visit.objects.get(key=key).signs


def test_a_new_syndrome_counts_the_next_complaint_without_a_restart(
    county: County, desk, tmp_path
) -> None:
    surveillance.load_symptoms(by=system_user(), at=timezone.now())
    his = sender(Organisation.objects.get(name="县人民医院"))
    assert arrives(his, "V1", "全身皮肤发蓝2天") == []
    page = desk("cdc")

    page.goto("/surveillance/diseases/new/")
    page.get_by_label("类别", exact=True).select_option("症候群")
    fill(
        page, "添加", 代码="blue_syndrome", 中文名称="蓝皮症候群", 英文名称="Blue skin", 理由="试点"
    )
    expect(page.get_by_role("heading", name="蓝皮症候群")).to_be_visible()
    page.goto("/surveillance/diseases/complaints/symptoms/new/")
    fill(
        page,
        "保存变更",
        代码="blue_skin",
        中文名称="皮肤发蓝",
        英文名称="Blue skin",
        理由="试点",
    )
    page.wait_for_url(re.compile(r"/complaints/$"))
    page.goto("/surveillance/diseases/complaints/rules/new/?syndrome=blue_syndrome")
    page.get_by_label("并至少具备其一").select_option("皮肤发蓝")
    page.get_by_role("button", name="用近期就诊试算").click()
    expect(page.locator("#effect")).to_contain_text("全身皮肤发蓝2天")
    page.get_by_label("并至少具备其一").select_option("皮肤发蓝")
    fill(page, "保存变更", 理由="试点")
    page.wait_for_url(re.compile(r"/complaints/$"))

    fill(page, "识别主诉", 主诉="皮肤发蓝1天,无发热")
    expect(page.locator("#reading")).to_contain_text("蓝皮症候群")
    assert faults(page) == []
    assert arrives(his, "V2", "皮肤发蓝1天") == ["blue_syndrome"]
    assert arrives(his, "V3", "无皮肤发蓝") == []
    assert Tally.objects.get(disease="blue_syndrome").count == 1
