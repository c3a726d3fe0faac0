"""The components in a real browser: keyboard, clocks, charts, the map, live panels, axe."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from pingji.console.tests.factories import epidemiologist, late_clock, waiting_alert
from pingji.ground.directory.models import User

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("pingji.console.tests.styleguide"),
]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def open_page(browser, live_server, client):
    """Open a page as a user; whatever the browser complains about fails the test."""
    contexts, complaints = [], []

    def visit(path: str, *, user: User | None = None, size=DESK, theme="light") -> Page:
        context = browser.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True
        )
        contexts.append(context)
        client.force_login(
            user or epidemiologist(), backend="django.contrib.auth.backends.ModelBackend"
        )
        cookies = {"sessionid": client.cookies["sessionid"].value, "theme": theme}
        context.add_cookies(
            [{"name": n, "value": v, "url": live_server.url} for n, v in cookies.items()]
        )
        page = context.new_page()
        page.route("**/events*", lambda route: route.abort())  # the test server has no streams
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type == "error" and "ERR_FAILED" not in said.text
                else None
            ),
        )
        page.on(
            "request",
            lambda asked: (
                complaints.append(f"asked elsewhere: {asked.url}")
                if urlsplit(asked.url).netloc not in ("", urlsplit(live_server.url).netloc)
                else None
            ),
        )
        page.goto(live_server.url + path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def faults(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")])
def test_every_component_can_be_used_by_everybody_and_fits(open_page, size, theme):
    page = open_page("/guide/", size=size, theme=theme)
    expect(page.locator("canvas").first).to_be_visible()

    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_clocks_say_how_much_is_left_and_change_colour(open_page):
    page = open_page("/guide/")
    clocks = page.locator("table .clock")

    expect(clocks.nth(0)).to_have_attribute("data-state", "running")
    expect(clocks.nth(1)).to_have_attribute("data-state", "soon")
    expect(clocks.nth(2)).to_have_attribute("data-state", "late")
    expect(clocks.nth(0)).to_contain_text("剩余 2 小时")
    expect(clocks.nth(2)).to_contain_text("已超时 1 小时 14 分")
    assert clocks.nth(0).locator(".clock-left").evaluate("bar => bar.style.transform") != ""


def test_a_chart_is_read_as_a_table_and_saved_as_csv(open_page):
    page = open_page("/guide/")
    chart = page.locator("figure.chart").first
    expect(chart.locator("canvas")).to_be_visible()
    assert "预警标记 2 个" in chart.locator(".chart-canvas").get_attribute("aria-label")

    chart.get_by_role("button", name="表格", exact=True).click()
    expect(chart.locator("table tbody tr")).to_have_count(40)
    expect(chart.locator("thead")).to_contain_text("期望值")
    with page.expect_download() as saved:
        chart.get_by_role("button", name="保存为 CSV 表格").click()

    text = saved.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "日期,病例,期望值,上限,预警标记,数据尚不完整"
    assert "2026-11-05,9,3.2,7.5,是," in text


def test_a_saved_cell_is_never_a_formula_and_a_picture_is_a_png(open_page):
    page = open_page("/guide/")
    chart = page.locator("figure.chart").nth(1)
    expect(chart.locator("canvas")).to_be_visible()

    with page.expect_download() as table:
        chart.get_by_role("button", name="保存为 CSV 表格").click()
    with page.expect_download() as picture:
        chart.get_by_role("button", name="保存为 PNG 图片").click()

    assert table.value.path().read_text(encoding="utf-8-sig").startswith(",'=病例")
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")


def test_a_chart_follows_the_arrow_keys(open_page):
    page = open_page("/guide/")
    canvas = page.locator(".chart-canvas").first
    expect(canvas.locator("canvas")).to_be_visible()

    canvas.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")

    expect(canvas).to_contain_text("2026-11-08")


def test_the_map_says_that_it_is_schematic_and_has_its_legend_and_table(open_page):
    page = open_page("/guide/")
    figure = page.locator(".map-figure")
    expect(figure.locator("[data-map]")).to_have_attribute("data-drawn", "1", timeout=20_000)

    expect(figure.locator(".map-schematic")).to_be_visible()
    expect(figure.locator(".legend")).to_contain_text("1–4 例")
    figure.get_by_role("button", name="表格", exact=True).click()
    expect(figure.locator("tbody tr")).to_have_count(2)
    expect(figure.locator("tbody tr").first).to_contain_text("麻旺镇")


def test_the_keyboard_searches_moves_opens_and_explains_itself(open_page):
    late_clock()
    page = open_page("/tasks/")

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#tasks .list a").first).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url("**/alerts/**")


def test_the_search_box_answers_while_typing_and_opens_by_key(open_page):
    waiting_alert()
    page = open_page("/tasks/")

    page.keyboard.press("/")
    page.keyboard.type("ltz")
    expect(page.locator("#search-results")).to_contain_text("龙潭镇")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url("**/areas/500242101/")


def test_enter_moves_on_in_a_form_and_what_was_typed_survives_a_reload(open_page):
    page = open_page("/guide/")
    page.locator("#g1").fill("500242102")
    page.keyboard.press("Enter")
    expect(page.locator("#g2")).to_be_focused()
    page.locator("#g3").fill("已电话核实")

    page.reload()

    expect(page.locator("#g1")).to_have_value("500242102")
    expect(page.locator("#g3")).to_have_value("已电话核实")
    page.get_by_role("button", name="清空重填").click()
    expect(page.locator("#g3")).to_have_value("")


def test_what_was_sent_is_not_kept(open_page):
    page = open_page("/guide/")
    page.locator("#g3").fill("已电话核实")

    page.locator("#guide-form").get_by_role("button", name="保存").click()
    page.wait_for_url("**/guide/?**")

    expect(page.locator("#g3")).to_have_value("")


def test_a_change_by_somebody_else_appears_but_not_while_one_types(open_page):
    page = open_page("/guide/")
    tell = "document.body.dispatchEvent(new CustomEvent('live:demo'))"
    panel = page.locator("#panel p")
    expect(panel).to_have_text("第 0 次")

    page.evaluate(tell)
    expect(panel).not_to_have_text("第 0 次")
    seen = panel.inner_text()
    page.locator("#panel-note").focus()
    page.evaluate(tell)
    page.wait_for_timeout(600)
    expect(panel).to_have_text(seen)
    page.locator("#panel-note").blur()

    expect(panel).not_to_have_text(seen)


def test_a_change_by_somebody_else_leaves_what_one_opened_typed_and_chose(open_page):
    page = open_page("/guide/")
    panel = page.locator("#panel")
    panel.locator("summary").click()
    panel.locator("#panel-note").fill("写了一半")
    panel.get_by_label("已看").check()
    panel.get_by_label("谁").select_option("乙")
    panel.get_by_role("button", name="送出").focus()
    page.mouse.move(0, 0)

    page.wait_for_timeout(1200)  # a panel that the pointer has just left waits a moment
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:demo'))")

    expect(panel.locator("p").first).not_to_have_text("第 0 次")
    expect(panel.locator("summary")).to_have_text("更多 (1)")
    assert panel.locator("details").get_attribute("open") is not None
    expect(panel.locator("#panel-note")).to_have_value("写了一半")
    expect(panel.get_by_label("已看")).to_be_checked()
    expect(panel.get_by_label("谁")).to_have_value("乙")
    expect(panel.get_by_role("button", name="送出")).to_be_focused()


def test_marks_at_one_place_lie_beside_each_other_and_not_on_names(open_page):
    page = open_page("/guide/")

    boxes = page.evaluate(
        """async () => {
          const path = document.querySelector("script[src*='console/app']").src;
          const { spread } = await import(path.replace(/app[^/]*$/, "spread.js"));
          const kinds = ["alerts", "incidents", "teams", "teams", "vehicles", "vehicles"];
          const points = kinds.map((layer) => ({ lon: 0, lat: 0, layer, near: true, free: "12",
            ...(layer === "alerts" ? { kind: "alert", free: "" } : { kind: layer, mark: "队" }) }));
          const still = (place) => place;
          return spread([...points, { lon: null, lat: null, layer: "teams", mark: "队" }],
            { size: 12, labels: [{ name: "龙潭镇", at: [0, 0] }], toScreen: still, toGround: still })
            .map(({ lon, lat }) => [lon, lat]);
        }"""
    )

    *placed, nowhere = boxes
    assert nowhere == [None, None]
    apart = [
        max(abs(a[0] - b[0]), abs(a[1] - b[1]))
        for at, a in enumerate(placed)
        for b in placed[at + 1 :]
    ]
    assert min(apart) >= 15  # no mark lies on another
    assert max(abs(n) for place in placed for n in place) < 120  # and none goes far


def test_on_a_phone_a_table_is_a_list_and_the_stages_lie_at_the_thumb(open_page):
    page = open_page("/guide/", size=PHONE)
    cell = page.locator("table.table:not(.table--dense) tbody td").nth(1)

    assert cell.get_attribute("data-label") == "地区"
    box = page.locator(".rail").bounding_box()
    assert box["y"] + box["height"] == PHONE["height"]
