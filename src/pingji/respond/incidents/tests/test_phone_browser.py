"""Pages of command on a phone, in a browser: what is compared stands side by side on the screen."""

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Area
from pingji.monitor.surveillance.tests.factories import COUNTY
from pingji.respond.incidents.tests.factories import commander, staffed
from pingji.respond.incidents.tests.test_modes import in_emergency

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def phone(browser, live_server, client):
    """Open a page on a phone as a user, in a language."""
    contexts = []

    def show(path: str, user, language: str):
        context = browser.new_context(viewport={"width": 390, "height": 844})
        contexts.append(context)
        client.force_login(user, backend=BACKEND)
        kept = {"sessionid": client.cookies["sessionid"].value, "language": language}
        context.add_cookies(
            [{"name": n, "value": v, "url": live_server.url} for n, v in kept.items()]
        )
        page = context.new_page()
        page.route("**/events*", lambda route: route.abort())  # the test server has no streams
        page.goto(live_server.url + path)
        return page

    yield show
    for context in contexts:
        context.close()


CUT_OFF = """() => [...document.querySelectorAll("main td, main th")]
  .filter((cell) => cell.getBoundingClientRect().right > innerWidth)
  .map((cell) => cell.innerText)"""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("page", "before"), [("area_mode", False), ("area_mode", True), ("switch_area", False)]
)
def test_what_a_switch_changes_is_read_without_moving_the_table(phone, page, before, language):
    staffed()
    if before:
        in_emergency(Area.objects.get(pk=COUNTY), way="county")
    way = {"conversion": "county"} if page == "switch_area" else {}
    path = reverse(f"incidents:{page}", kwargs={"code": COUNTY} | way)

    shown = phone(path, commander(area_id=COUNTY), language)

    assert shown.locator("table").count()
    assert shown.evaluate(CUT_OFF) == []
