"""The wall on a screen of 1920 x 1080: nothing is cut off, and what does not fit turns its pages."""

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from pingji.console.tests.factories import open_incident, waiting_alert
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Role, WallScreen
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory, system_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALERTS = 9


@pytest.fixture
def wall(browser, live_server):
    """The wall page in a language, as a screen with a key of its own shows it."""
    contexts = []

    def show(language: str):
        admin, now = UserFactory(role=Role.ADMINISTRATOR), timezone.now()
        _screen, code = directory.add_wall_screen(name="大厅", by=admin, at=now)
        _screen, key = directory.join_wall_screen(code=code, by=system_user(), at=now)
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        contexts.append(context)
        kept = {settings.WALL_COOKIE_NAME: key, "language": language}
        context.add_cookies(
            [{"name": n, "value": v, "url": live_server.url} for n, v in kept.items()]
        )
        page = context.new_page()
        page.clock.install()
        page.route("**/events*", lambda route: route.abort())  # the test server has no streams
        page.goto(f"{live_server.url}/wall/")
        return page

    yield show
    for context in contexts:
        context.close()


def test_a_screen_taken_back_shows_nothing_old_though_nothing_happens_and_says_why(wall):
    page = wall("zh-hans")
    expect(page.locator("#wall-live")).to_be_visible()
    admin = UserFactory(role=Role.ADMINISTRATOR)
    directory.revoke_wall_screen(screen=WallScreen.objects.get(), by=admin, at=timezone.now())

    page.clock.run_for(61_000)

    expect(page.locator(".banner")).to_contain_text("密钥已失效")
    expect(page.locator("#wall-live")).to_have_count(0)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_fills_the_screen_and_shows_every_line_whole_one_page_after_another(wall, language):
    for number in range(ALERTS):
        waiting_alert(AreaFactory(code=f"500242{101 + number}"))
    open_incident(AreaFactory(code="500242"))
    page = wall(language)

    size = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size == [1920, 1080]
    mark = page.locator("[data-page-of=alerts]")
    expect(mark).to_contain_text("1/")
    lines = page.locator("[data-pages=alerts] > li:visible")
    cut = page.evaluate(
        """() => [...document.querySelectorAll("[data-pages]")].filter((list) => {
          const room = list.getBoundingClientRect().bottom + 1;
          return [...list.children].some((c) => !c.hidden && c.getBoundingClientRect().bottom > room);
        }).map((list) => list.dataset.pages)"""
    )
    assert cut == []
    shown = lines.count()
    assert 0 < shown < ALERTS
    page.clock.run_for(9500)
    expect(mark).to_contain_text("2/")
