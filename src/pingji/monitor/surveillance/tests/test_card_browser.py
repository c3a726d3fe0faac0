"""A whole report card by keyboard alone, and by thumb, in a real browser."""

import time

import pytest
from playwright.sync_api import Page, expect

from pingji.ground.directory.tests.factories import ResidentFactory
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.tests.card_factories import IDENTITY, VILLAGE, facts, home, sent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEYS_A_MINUTE = 120  # of somebody who does not type for a living


@pytest.fixture
def open_form(browser, live_server, client):
    """The empty form as its reader; whatever the browser complains about fails the test."""
    complaints: list[str] = []

    def visit(user, size) -> Page:
        context = browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        context.add_cookies(
            [
                {
                    "name": "sessionid",
                    "value": client.cookies["sessionid"].value,
                    "url": live_server.url,
                }
            ]
        )
        page = context.new_page()
        page.route("**/events*", lambda route: route.abort())
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
        )
        page.goto(f"{live_server.url}/surveillance/cards/new/")
        return page

    yield visit
    assert complaints == []


class Typist:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def at(self, name: str) -> None:
        """Wait until the focus is in a field."""
        self.page.wait_for_function(
            "name => document.activeElement?.name === name", arg=name, timeout=30_000
        )

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def choose(self, text: str) -> None:
        """Type the beginning of a name and take the first that is offered."""
        self.type(text)
        expect(self.page.locator(".suggest-list:not([hidden]) li").first).to_be_visible()
        self.press("Enter")


def test_a_whole_card_is_typed_by_keyboard_alone_within_a_minute(open_form):
    here = home()
    ResidentFactory(
        identity_number=IDENTITY, name="冉秀英", phone="13700000000", area_id=VILLAGE, address="3组"
    )
    page = open_form(here.reporter, {"width": 1440, "height": 900})
    typist = Typist(page)
    began = time.monotonic()

    typist.at("identity_number")
    typist.type(IDENTITY)
    expect(page.locator("#id_name")).to_have_value("冉秀英")
    expect(page.locator("#id_age")).not_to_have_value("")
    for name in ("name", "sex", "born_on", "age", "guardian", "occupation"):
        typist.press("Enter")
        typist.at(name)
    typist.choose("nm")
    for name in ("phone", "patient", "area", "address", "institution", "workplace"):
        typist.at(name)
        typist.press("Enter")
    typist.at("school_class")
    typist.press("Enter")
    typist.at("disease")
    typist.choose("lxxgm")
    typist.at("status")
    typist.press("2")
    typist.at("onset_on")
    typist.type("t")
    typist.press("Control+Enter")
    page.wait_for_url("**/cards/new/")
    expect(page.locator("#notice")).to_contain_text("已报出")
    seconds = time.monotonic() - began

    card = CaseReport.objects.get()
    print(f"\n{typist.keys} keys, {seconds:.1f} s at machine speed")  # noqa: T201
    assert (card.name, card.disease_id, card.status) == ("冉秀英", "influenza", "clinical")
    assert (card.sex, card.area_id, card.occupation) == ("F", VILLAGE, "farmer")
    assert typist.keys < KEYS_A_MINUTE
    typist.at("identity_number")  # ready for the next


def test_a_mistake_is_said_beside_its_field_while_one_types_and_focused_after_sending(open_form):
    here = home()
    page = open_form(here.reporter, {"width": 1440, "height": 900})
    typist = Typist(page)

    typist.at("identity_number")
    typist.type(f"{IDENTITY[:-1]}1")
    expect(page.locator("#said-identity_number .error")).to_contain_text("校验")
    page.fill("#id_onset_on", "2月30")
    page.keyboard.press("Tab")
    expect(page.locator("#said-onset_on .error")).to_contain_text("不是日期")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("#id_onset_on")).to_have_value("2月30")
    typist.at("identity_number")


def test_who_reported_before_is_hinted_while_one_types(open_form):
    here = home()
    sent(here)
    page = open_form(here.elsewhere, {"width": 1440, "height": 900})
    given = facts()
    for name, value in (
        ("name", given["name"]),
        ("born_on", "2018-05-06"),
        ("disease", "流行性感冒"),
        ("onset_on", "2025-11-20"),
        ("area", VILLAGE),
    ):
        page.fill(f"#id_{name}", value)
    page.keyboard.press("Tab")

    expect(page.locator("#reported")).to_contain_text("县人民医院")
    expect(page.locator("#reported")).not_to_contain_text("王")


def test_a_village_doctor_chooses_with_the_thumb(open_form):
    here = home()
    page = open_form(here.reporter, {"width": 390, "height": 844})

    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    heights = page.evaluate(
        "[...document.querySelectorAll('.card-form .pick, .card-form .field input:not([type=radio],"
        "[type=checkbox])')].map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
    page.locator(".pick", has_text="男").click()
    assert page.locator("input[name=sex][value=M]").is_checked()
    page.fill("#id_disease", "")
    page.locator("#id_disease").press_sequentially("hl")
    page.locator(".suggest-list:not([hidden]) li").first.click()
    expect(page.locator("#id_disease")).to_have_value("霍乱")
