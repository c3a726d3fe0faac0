"""The line list, its pictures and its export in a real browser: keyboard, saved file, axe."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport, Export
from pingji.monitor.surveillance.tests.factories import TOWN, reporter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, live_server, client) -> Iterator[Page]:
    """A page of an epidemiologist; whatever the browser complains about fails the test."""
    user = reporter()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="zh-CN", accept_downloads=True
    )
    context.add_cookies(
        [
            {
                "name": "sessionid",
                "value": client.cookies["sessionid"].value,
                "url": live_server.url,
            }
        ]
    )
    shown = context.new_page()
    complaints: list[str] = []
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    yield shown
    context.close()
    assert complaints == []


def cards(number: int) -> None:
    today = timezone.localdate()
    for at in range(number):
        CaseReport.objects.create(
            key=f"A{at:03}",
            disease_id="influenza" if at % 2 else "measles",
            area_id=TOWN,
            status="clinical",
            name="王小明",
            sex="MF"[at % 2],
            age=at % 80,
            onset_on=today - timedelta(days=at // 3),
            known_at=timezone.now(),
        )


def find_faults(page: Page) -> list[str]:
    """What axe finds wrong with the page, by rule."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def test_a_list_is_filtered_walked_and_taken_away_as_a_file(page: Page, live_server):
    cards(60)
    page.goto(f"{live_server.url}/surveillance/cases/")
    expect(page.locator("#line-list tbody tr")).to_have_count(50)
    expect(page.locator("#cases-count")).to_contain_text("60 张卡片")
    expect(page.locator("#cases-count")).to_have_attribute("data-exact", "yes")

    page.get_by_role("link", name="下一页").click()
    expect(page.locator("#line-list tbody tr")).to_have_count(10)
    page.get_by_role("link", name="上一页").click()
    expect(page.locator("#line-list tbody tr")).to_have_count(50)

    page.select_option("#disease", "measles")
    page.get_by_role("button", name="筛选卡片").click()
    expect(page.locator("#line-list tbody tr")).to_have_count(30)
    expect(page.locator("#line-list")).to_contain_text("王**")
    assert find_faults(page) == []

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#line-list tr.is-selected")).to_contain_text("A000")

    page.get_by_text("导出名单").click()
    page.get_by_role("button", name="生成文件").click()
    expect(page.get_by_text("等待")).to_be_visible()
    actions.write_export(export_id=Export.objects.get().pk, at=timezone.now())
    page.reload()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载文件").click()
    text = fetched.value.path().read_text(encoding="utf-8-sig")

    assert len(text.splitlines()) == 31
    assert "王**" in text
    assert "王小明" not in text
    assert find_faults(page) == []


def test_a_bar_of_the_curve_opens_its_rows_from_the_table_too(page: Page, live_server):
    cards(9)
    page.goto(f"{live_server.url}/surveillance/cases/picture/")
    curve = page.locator("#curve")
    expect(curve.locator("canvas").first).to_be_visible()

    curve.get_by_role("button", name="表格", exact=True).click()
    today = timezone.localdate().isoformat()
    assert find_faults(page) == []
    curve.get_by_role("link", name=today).click()

    expect(page.locator("#line-list tbody tr")).to_have_count(3)


def test_the_quality_page_and_the_home_of_monitoring_read_well(page: Page, live_server):
    cards(9)
    for address in ("/surveillance/quality/", "/surveillance/"):
        page.goto(f"{live_server.url}{address}")
        assert find_faults(page) == []
