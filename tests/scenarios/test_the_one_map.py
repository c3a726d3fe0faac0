"""The one map of an incident: layers, the past by the keyboard, and beds told from a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pingji.ground.directory.models import Area, Organisation
from pingji.ground.directory.tests.factories import FacilityFactory
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.models import FreeCount, Incident, RiskArea
from tests.scenarios.conftest import TOWNS, County, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def incident(county: County) -> Incident:
    """An incident of two days ago with a checkpoint, a team and a hospital on the map."""
    for at, code in enumerate(TOWNS):
        west = 108.6 + 0.2 * at
        ring = [[west, 28.7], [west + 0.2, 28.7], [west + 0.2, 28.9], [west, 28.9], [west, 28.7]]
        Area.objects.filter(pk=code).update(
            shape={"type": "Polygon", "coordinates": [ring]},
            longitude=west + 0.1,
            latitude=28.8,
        )
    duty = county.people["县卫健委"]
    begun = timezone.now() - timedelta(days=2)
    town = Area.objects.get(pk=next(iter(TOWNS)))
    incident = actions.open_incident(
        title="桃花源小学聚集性疫情",
        event_kind="infectious_disease",
        area=town,
        by=duty,
        at=begun,
    )
    market = Organisation.objects.get(name="县市场监督管理局")
    given = {"incident": incident, "area": town, "by": duty}
    field.open_checkpoint(
        name="东路口", organisation=market, at=begun + timedelta(hours=20), **given
    )
    actions.keep_resource(
        organisation=market,
        kind="people",
        name="转运队",
        amount=3,
        unit="支",
        free=2,
        contact="周强",
        phone="13800000002",
        by=duty,
        at=begun + timedelta(hours=1),
    )
    hospital = Organisation.objects.get(name="县人民医院")
    FacilityFactory(
        organisation=hospital,
        area=Area.objects.get(pk=town.pk),
        name="住院部",
        longitude=108.75,
        latitude=28.75,
    )
    return incident


def test_the_map_switches_layers_goes_back_in_time_and_hears_of_free_beds(incident, desk):
    page = desk("duty")
    page.goto(f"/incidents/{incident.pk}/map/")
    map_ = page.locator("[data-map]")
    expect(map_).to_have_attribute("data-drawn", "1", timeout=30_000)
    listed = page.locator("[data-picture-list]")
    checkpoints = listed.locator("[data-of-layer=checkpoints]")
    expect(checkpoints).to_contain_text("东路口")
    expect(listed.locator("[data-of-layer=teams]")).to_contain_text("转运队 2/3支")

    # A layer is switched off and on again; the address says so, and a reload shows the same.
    page.get_by_role("button", name="卡点", exact=True).click()
    expect(checkpoints).to_be_hidden()
    assert "checkpoints" not in page.url.split("on=")[1]
    page.reload()
    expect(listed.locator("[data-of-layer=teams]")).to_be_visible()
    expect(checkpoints).to_be_hidden()
    page.get_by_role("button", name="卡点", exact=True).click()
    expect(checkpoints).to_be_visible()

    # The slider goes back by the keyboard: on the first day there was no checkpoint.
    slider = page.get_by_label("查看时点")
    slider.focus()
    page.keyboard.press("Home")
    expect(checkpoints).not_to_contain_text("东路口")
    expect(page.locator(".picture-time output")).to_have_attribute("data-past", "")
    page.keyboard.press("End")
    expect(checkpoints).to_contain_text("东路口")
    expect(page.locator(".picture-time output")).to_have_text("现在")

    # The same as a table.
    page.get_by_role("button", name="表格", exact=True).click()
    expect(page.locator(".chart-table")).to_contain_text("东路口")
    page.get_by_role("button", name="表格", exact=True).click()
    assert faults(page) == []

    # A hospital tells its beds on a phone; the open map hears of it.
    phone = desk("hospital")
    phone.set_viewport_size(PHONE)
    phone.goto("/incidents/free/")
    phone.get_by_role("link", name="住院部").click()
    phone.locator("#id_free_beds").fill("12")
    phone.locator("#id_amount_beds").fill("40")
    assert faults(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.get_by_role("button", name="提交报告").click()
    phone.wait_for_url("**/free/")
    assert FreeCount.objects.get(kind="beds").free == 12
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:field'))")
    expect(listed.locator("[data-of-layer=facilities]")).to_contain_text("可用12/40")


def test_a_risk_area_is_set_changed_and_lifted_on_screen(incident, desk):
    page = desk("duty")
    page.goto(f"/incidents/{incident.pk}/map/")
    page.get_by_role("link", name="划定风险区").click()
    page.locator("#id_area").select_option(incident.area_id)
    page.locator("#id_level").select_option("high")
    page.locator("#id_reason").fill("病例集中")
    page.get_by_role("button", name="划定风险区").click()
    page.wait_for_url("**/map/")

    expect(page.locator("[data-of-layer=risk]")).to_contain_text("高风险区")
    page.get_by_role("link", name="调整或解除").click()
    page.locator("#id_level").select_option("low")
    page.locator("#id_reason").fill("无新发")
    page.get_by_role("button", name="调整级别").click()
    page.wait_for_url("**/map/")
    page.get_by_role("link", name="调整或解除").click()
    page.locator("#end_reason").fill("解除")
    page.get_by_role("button", name="解除风险区").click()
    page.wait_for_url("**/map/")

    history = list(RiskArea.objects.order_by("pk"))
    assert [row.level for row in history] == ["high", "low"]
    assert history[0].ends_at == history[1].starts_at
    assert history[1].ends_at is not None
    assert faults(page) == []
