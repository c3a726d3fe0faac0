"""A school nurse reports on a phone: in a few taps, with nothing, late, and corrected."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pingji.ground.directory.models import Organisation, Role
from pingji.ground.directory.tests.factories import system_user
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import Sentinel, SentinelReport, SentinelType
from tests.scenarios.conftest import TOWNS, County, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
SCHOOL = "桃花源小学"


@pytest.fixture
def school(county: County) -> Sentinel:
    """A school that has reported since last week, every day of it."""
    now = timezone.now()
    sentinels.load_sentinel_types(by=system_user(), at=now)
    SentinelType.objects.filter(pk="school").update(workdays_only=False)  # whatever today is
    county.employ(
        "nurse", Role.DEPARTMENT_LIAISON, Organisation.Kind.SCHOOL, SCHOOL, next(iter(TOWNS))
    )
    return sentinels.add_sentinel(
        kind=SentinelType.objects.get(pk="school"),
        organisation=Organisation.objects.get(name=SCHOOL),
        opened_on=timezone.localdate(now) - timedelta(days=3),
        by=county.people["县疾控中心"],
        at=now,
    )


def fill(page: Page, **figures: int) -> None:
    """Type figures; what is not given is 0."""
    for box in page.locator("input[name^='item-']").all():
        code = (box.get_attribute("name") or "").removeprefix("item-")
        box.fill(str(figures.get(code, 0)))


def test_a_nurse_reports_nothing_late_and_corrects_on_a_phone(school, desk):
    page = desk("nurse")
    page.set_viewport_size(PHONE)
    today = timezone.localdate()

    # The home page leads to today's form with one tap; the first time it asks for all figures.
    page.get_by_role("link", name=re.compile("报告 ")).first.click()
    expect(page.get_by_role("button", name="无异常，一键零报告")).to_have_count(0)
    fill(page, enrolled=500, absent=6, absent_ill=9)
    page.get_by_role("button", name="提交报告").click()
    expect(page.locator(".error-summary")).to_contain_text("不能多于")
    expect(page.locator("#item-enrolled")).to_have_value("500")  # nothing typed is lost
    page.locator("#item-absent_ill").fill("4")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="提交报告").click()
    page.wait_for_url("**/mine/")
    expect(page.get_by_text("已报告，谢谢")).to_be_visible()

    # Yesterday is offered next; what was reported today can be corrected.
    page.get_by_role("link", name=re.compile("报告 ")).first.click()
    fill(page, enrolled=500)
    page.get_by_role("button", name="提交报告").click()
    page.wait_for_url("**/mine/")
    page.goto(f"/surveillance/sentinels/{school.pk}/report/?starts_on={today}")
    page.locator("#item-absent_ill").fill("5")
    page.get_by_role("button", name="提交订正").click()
    page.wait_for_url("**/mine/")
    assert sorted(SentinelReport.objects.values_list("starts_on", "version", "latest")) == [
        (today - timedelta(days=1), 1, True),
        (today, 1, False),
        (today, 2, True),
    ]


def test_one_tap_reports_that_there_was_nothing(school, desk):
    nurse = Organisation.objects.get(name=SCHOOL).users.get()
    yesterday = timezone.localdate() - timedelta(days=1)
    items = school.type.items.values_list("code", flat=True)
    sentinels.report(
        sentinel=school,
        starts_on=yesterday,
        values=dict.fromkeys(items, 0) | {"enrolled": 480},
        by=nurse,
        at=timezone.now(),
    )
    page = desk("nurse")
    page.set_viewport_size(PHONE)

    page.get_by_role("link", name=re.compile("报告 ")).first.click()
    page.get_by_role("button", name="无异常，一键零报告").click()

    page.wait_for_url("**/mine/")
    report = SentinelReport.objects.get(starts_on=timezone.localdate())
    figures = {v.item.code: int(v.value) for v in report.values.select_related("item")}
    assert figures == dict.fromkeys(items, 0) | {"enrolled": 480}


def test_two_who_report_at_once_one_wins_and_the_other_is_told(school, county, desk):
    address = f"/surveillance/sentinels/{school.pk}/report/?starts_on={timezone.localdate()}"
    first, second = desk("nurse"), desk("cdc")
    for page in (first, second):
        page.goto(address)

    fill(first, enrolled=500, absent=3)
    first.get_by_role("button", name="提交报告").click()
    first.wait_for_url("**/mine/")
    fill(second, enrolled=500, absent=7)
    second.get_by_role("button", name="提交报告").click()

    expect(second.locator(".error-summary")).to_contain_text(f"{SCHOOL}值班员")
    expect(second.locator("#item-absent")).to_have_value("3")
    assert SentinelReport.objects.count() == 1


def test_a_reminder_reaches_the_nurse_and_silence_ends_with_the_report(school, desk):
    page = desk("cdc")
    page.goto("/surveillance/sentinels/silent/")
    page.get_by_role("button", name="催报", exact=True).click()
    expect(page.get_by_text("已催报 1 个哨点")).to_be_visible()

    phone = desk("nurse")
    phone.set_viewport_size(PHONE)
    phone.goto("/surveillance/sentinels/mine/")

    expect(phone.get_by_text("疾控中心已于")).to_be_visible()
