"""In a browser: the guided tour by mouse and by keyboard, and the page that directs an exercise."""

import re

import pytest
from playwright.sync_api import expect

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.tests.control_factories import exercise
from pingji.ground.directory.models import User
from tests.scenarios.conftest import faults

ALERTS = re.compile(r"/alerts/(\?state=\w+)?$")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def played(county, settings, tmp_path) -> Exercise:
    """An exercise in the county of the scenarios."""
    settings.EXERCISE = True
    settings.EXERCISE_REQUESTS = tmp_path / "requests"
    User.objects.update(demo=True)
    return exercise(area=county.area, made_by=county.people["县卫健委"])


def test_the_tour_goes_over_the_pages_ends_and_begins_again(played, desk):
    page = desk("leader")
    card = page.locator("#tour")
    expect(card).to_be_hidden()
    page.locator(".menu summary[aria-label*=账号], .menu summary:has(.avatar)").first.click()
    page.get_by_role("button", name="导览", exact=True).click()
    page.wait_for_url(ALERTS)
    expect(card.get_by_role("heading")).to_have_text("预警：哪些情况异常")
    expect(card).to_contain_text("第 1 步，共 7 步")
    assert faults(page) == []

    for step in range(2, 8):  # by the keyboard: the button that leads on has the focus
        expect(card.locator("[data-tour-does=next]")).to_be_focused()
        page.keyboard.press("Enter")
        expect(card).to_contain_text(f"第 {step} 步，共 7 步")
    page.wait_for_url("**/scorecard/")
    expect(card).to_contain_text("第 7 步，共 7 步")
    card.get_by_role("button", name="上一步").click()
    page.wait_for_url("**/map/")
    card.get_by_role("button", name="下一步").click()
    page.wait_for_url("**/scorecard/")
    card.get_by_role("button", name="完成").click()
    expect(card).to_be_hidden()

    page.locator(".menu summary:has(.avatar)").click()
    page.get_by_role("button", name="导览", exact=True).click()
    page.wait_for_url(ALERTS)
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.reload()
    expect(card).to_be_hidden()


def test_who_is_new_is_shown_where_to_look_until_they_have_seen_it(played, desk):
    page = desk("leader")
    welcome = page.locator("#welcome")
    expect(welcome).to_contain_text("这是一个会自己运转的演练县。")
    expect(welcome.get_by_role("link", name="暂停、调速、接手角色")).to_be_visible()
    welcome.get_by_role("button", name="开始导览（共 7 步）").click()
    page.wait_for_url(ALERTS)
    page.goto("/")
    expect(page.locator("#tour")).to_be_visible()
    expect(welcome).to_be_hidden()  # the tour itself is there
    page.locator("#tour").get_by_role("button", name="结束导览").click()
    page.reload()
    expect(page.locator("#home")).to_be_visible()
    expect(welcome).to_be_hidden()


def test_on_a_phone_no_step_lies_behind_its_card(played, desk):
    page = desk("leader")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#welcome").get_by_role("button", name="开始导览").click()
    card = page.locator("#tour")
    for step in range(1, 8):
        expect(card).to_contain_text(f"第 {step} 步，共 7 步")
        page.wait_for_load_state()
        over = card.bounding_box()["y"]
        target = page.locator(".tour-target")
        if target.count():
            assert target.bounding_box()["y"] < over - 20
        if step < 7:
            card.get_by_role("button", name="下一步").click()


def test_who_directs_lets_time_stand_takes_a_role_and_sees_the_mark_change(played, desk):
    page = desk("leader")
    mark = page.locator("#exercise-mark")
    expect(mark).to_contain_text("演练")
    expect(mark).to_contain_text("1 小时/秒")
    mark.click()
    page.wait_for_url("**/exercises/")
    page.get_by_role("button", name="暂停").click()
    expect(mark).to_contain_text("已暂停")
    page.get_by_role("row", name="疾控流调人员").get_by_role("button", name="由人接手").click()
    expect(page.get_by_role("row", name="疾控流调人员")).to_contain_text("交给机器")
    page.get_by_role("button", name="10 分钟/秒").click()
    expect(mark).to_contain_text("10 分钟/秒")
    played.refresh_from_db()
    assert (played.state, played.speed, played.people_play) == ("running", 600, ["epidemiologist"])
    assert faults(page) == []


def test_the_clock_on_a_page_goes_as_fast_as_the_exercise_and_stands_with_it(played, desk):
    page = desk("leader")
    page.goto("/exercises/")
    shown = page.locator("#exercise-mark .exercise-time")
    first = shown.inner_text()
    page.wait_for_function(
        "first => document.querySelector('#exercise-mark .exercise-time').textContent !== first",
        arg=first,
    )
    page.get_by_role("button", name="暂停").click()
    expect(page.locator("#exercise-mark")).to_have_attribute("data-pace", "0")
    stands = shown.inner_text()
    page.wait_for_timeout(2500)
    assert shown.inner_text() == stands


def test_who_looks_on_is_told_that_the_exercise_was_turned_back(played, desk):
    page = desk("leader")
    page.evaluate(
        """() => {
          const mark = document.getElementById("exercise-mark");
          mark.dataset.moment = "2026-01-02T03:04:00+08:00";
          document.body.dispatchEvent(
            new CustomEvent("htmx:afterSettle", { detail: { elt: mark } }));
        }"""
    )
    expect(page.locator("#notice")).to_contain_text("演练已退回到 2026-01-02 03:04")
    page.locator("#notice").get_by_role("button", name="重新载入").click()
    expect(page.locator("#notice")).to_be_empty()
    expect(page.locator("#home")).to_be_visible()
