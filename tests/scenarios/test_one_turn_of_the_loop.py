"""One turn of the loop through the pages: from a file to the scorecard."""

import csv
import gzip
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from pingji.config.testing import reference_data
from pingji.ground.record.queries import first_break
from pingji.respond.incidents.models import Order
from pingji.warn.alerts.models import Alert
from tests.scenarios.conftest import COUNTY, TOWNS, County, faults, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADINGS = ["卡片编号", "疾病名称", "现住地址国标", "发病日期", "年龄", "病例分类"]
QUIET_DAYS = 30
OUTBREAK = (4, 9, 14)
STANDS_OUT = date(2011, 5, 30)  # a week of campyDE in which every method alarms


def case_lines() -> list[list[str]]:
    """A quiet month and three days of an outbreak in one township, up to yesterday; one bad row."""
    yesterday = timezone.localdate() - timedelta(days=1)
    numbers = [(at % 3 == 0) * 1 for at in range(QUIET_DAYS)] + list(OUTBREAK)
    town = next(iter(TOWNS))
    lines = [
        [
            f"C{back:02d}-{n}",
            "诺如病毒感染",
            town,
            str(yesterday - timedelta(days=back)),
            "8",
            "确诊",
        ]
        for back, number in enumerate(reversed(numbers))
        for n in range(number)
    ]
    lines.append(["C-错", "诺如病毒感染", town, str(yesterday + timedelta(days=400)), "8", "确诊"])
    return lines


def written(folder: Path, name: str, headings: list[str], rows: list[list[str]]) -> Path:
    """A CSV file as a hospital's system writes it, in GBK."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    path = folder / name
    path.write_bytes(text.getvalue().encode("gbk"))
    return path


def hand_in(page: Page, path: Path, *, disease: str = "", area: str = "") -> None:
    """Hand a file in on the page, and let the worker read it."""
    page.goto("/surveillance/imports/")
    page.get_by_label("文件（CSV 或 Excel）").set_input_files(path)
    if disease:
        page.get_by_label("病种（文件中没有该列时选择）").select_option(disease)
        page.get_by_label("地区（文件中没有该列时选择）").select_option(area)
    page.get_by_role("button", name="提交该文件").click()
    page.wait_for_url(re.compile(r"/imports/\d+/"))
    work()
    page.reload()


def open_first_alert(page: Page) -> None:
    """From the list of what waits to the alert itself, whose curve is drawn."""
    page.goto("/alerts/")
    page.locator("table tbody tr").first.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/alerts/\d+/"))
    expect(page.locator("#curve canvas, canvas").first).to_be_visible()


def decide(page: Page, verdict: str, reason: str) -> None:
    """Give the verdict on the alert's page."""
    page.get_by_label(verdict).check()
    page.get_by_label("理由").fill(reason)
    page.get_by_role("button", name="提交核实结论").click()
    expect(page.get_by_text(reason).first).to_be_visible()


def answer_as_incident(page: Page, plan: str) -> None:
    """From the verified alert to an incident with a grade and a plan in force."""
    page.goto("/alerts/?state=verified")
    page.locator("table tbody tr").first.get_by_role("link").click()
    page.get_by_role("link", name="按突发事件处置").click()
    page.get_by_label("等级").select_option("IV")
    page.get_by_label("定级理由").fill("一周内同一地点病例达到报告标准。")
    assert faults(page) == []
    page.get_by_role("button", name="立案").click()
    page.wait_for_url(re.compile(r"/incidents/\d+/"))
    plans = page.get_by_label("预案", exact=True)
    offered = plans.locator("option").filter(has_text=plan)  # its version stands behind the name
    plans.select_option(value=offered.get_attribute("value"))
    page.get_by_role("button", name="查看下达对象").click()
    expect(page.get_by_text("县疾控中心").first).to_be_visible()
    page.get_by_role("button", name="启动该预案").click()
    page.wait_for_url(re.compile(r"/incidents/\d+/$"))
    expect(page.get_by_role("row", name=re.compile("县疾控中心")).first).to_be_visible()
    work()


def perform(page: Page, result: str, *, whose: str = "?mine=1") -> None:
    """Acknowledge every order of one's own, or all there are, and report it done."""
    while True:
        page.goto(f"/incidents/orders/{whose}")
        waiting = page.locator("#orders a[href^='/incidents/orders/']")
        if not waiting.count():
            return
        waiting.first.click()
        page.wait_for_url(re.compile(r"/orders/\d+/"))
        acknowledge = page.get_by_role("button", name="签收指令")
        if acknowledge.count():
            acknowledge.click()
        page.get_by_label("办理结果").fill(result)
        page.get_by_role("button", name="报告办结").click()
        expect(page.get_by_text(result).first).to_be_visible()


def verify(page: Page) -> None:
    """Say of everything reported done that it is done; never of what one did oneself."""
    while True:
        page.goto("/incidents/orders/?state=done")
        everything = page.get_by_label("全选本页")
        if not everything.count():
            return
        everything.check()
        page.get_by_role("button", name="核验所选指令").click()
        expect(page.get_by_text("已核验").first).to_be_visible()


def report_at_first(writer: Page, reviewer: Page, incident: str, reference: str) -> None:
    """The initial report: drafted by the program, completed by one, reviewed and sent by another."""
    writer.goto(f"{incident}reports/")
    writer.get_by_role("button", name=re.compile("初次报告")).click()
    writer.wait_for_url(re.compile(r"/reports/\d+/"))
    for section, text in (("symptoms", "呕吐、腹泻，无重症。"), ("causes", "疑似诺如病毒。")):
        panel = writer.locator(f"#{section}")
        panel.locator("textarea").fill(text)
        panel.get_by_role("button", name="保存文字").click()
        expect(writer.locator(f"#{section}").get_by_text("第 2 稿")).to_be_visible()
    assert faults(writer) == []
    writer.get_by_role("button", name="提交审核").click()
    expect(writer.get_by_text("待审核").first).to_be_visible()
    reviewer.goto(writer.url)
    reviewer.get_by_role("button", name="审核通过").click()
    reviewer.get_by_label("报告编号").fill(reference)
    reviewer.get_by_role("button", name="报送报告").click()
    expect(reviewer.get_by_text("已报送").first).to_be_visible()


def answered(page: Page) -> Locator:
    """The figure of the signals answered in time: one of one."""
    return page.locator("a.stat").filter(has_text="1/1")


def open_scorecard(page: Page) -> None:
    """The scorecard: every signal answered, each figure opening onto its rows."""
    work()
    page.goto("/scorecard/")
    expect(answered(page)).to_contain_text("100.0 %")
    assert faults(page) == []


def test_from_a_file_to_the_scorecard(county: County, desk, tmp_path):
    cdc = desk("cdc")
    hand_in(cdc, written(tmp_path, "诺如个案.csv", HEADINGS, case_lines()))
    expect(cdc.get_by_text("日期晚于今天").first).to_be_visible()
    expect(cdc.get_by_role("cell", name=re.compile(r"^D\d+$"))).to_be_visible()
    assert faults(cdc) == []

    open_first_alert(cdc)
    expect(cdc.get_by_role("heading", level=1)).to_contain_text("诺如病毒感染")
    expect(cdc.get_by_role("heading", level=1)).to_contain_text("桃花源街道")
    assert faults(cdc) == []
    decide(cdc, "属实：确有异常", "电话核实：一所小学多名学生呕吐腹泻。")
    work()

    duty = desk("duty")
    answer_as_incident(duty, "肠道传染病与食源性疾病暴发处置预案")
    incident = duty.url
    assert faults(duty) == []
    perform(cdc, "流调队已到现场。")
    perform(desk("health"), "已开展病例搜索。")
    perform(duty, "电话报告：已按要求完成。", whose="")  # the command answers for those who ring up
    assert not Order.objects.exclude(state="done").exists()
    verify(desk("leader"))
    assert not Order.objects.exclude(state="verified").exists()

    report_at_first(cdc, duty, incident, "酉卫报〔2025〕7号")
    duty.goto(incident)
    duty.get_by_label("理由", exact=True).fill("末例发病后七天无新发病例。")
    duty.get_by_role("button", name="结束该事件").click()
    expect(duty.get_by_text("末例发病后七天无新发病例。").first).to_be_visible()

    open_scorecard(duty)
    expect(duty.get_by_role("row", name=re.compile("指令签收.*100.0 %"))).to_be_visible()
    answered(duty).click()
    expect(duty.locator("table tbody tr")).to_have_count(1)
    assert faults(duty) == []
    duty.goto("/scorecard/ledger/")
    expect(duty.locator("table tbody tr").first).to_be_visible()
    assert faults(duty) == []
    assert first_break()[1] is None


def test_an_alert_that_is_no_outbreak_is_dismissed(county: County, desk, tmp_path):
    cdc = desk("cdc")
    hand_in(cdc, written(tmp_path, "诺如个案.csv", HEADINGS, case_lines()))
    open_first_alert(cdc)

    decide(cdc, "排除：不是疫情", "重复上报：同一批病例报了两次。")

    expect(cdc.get_by_role("link", name="按突发事件处置")).to_have_count(0)
    cdc.goto("/alerts/")
    expect(cdc.get_by_text("没有该状态的预警")).to_be_visible()
    cdc.goto("/alerts/?state=dismissed")
    expect(cdc.locator("table tbody tr")).to_have_count(1)
    open_scorecard(desk("duty"))


def real_weeks() -> list[list[str]]:
    """Campylobacter in Germany by week up to the week that stands out."""
    path = reference_data() / "detection" / "series" / "series.csv.gz"
    if not path.exists():
        pytest.skip(f"no reference data at {path}; set PINGJI_REFERENCE_DATA")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [
            [row["date"], row["count"]]
            for row in csv.DictReader(file)
            if row["series"] == "campyDE" and date.fromisoformat(row["date"]) <= STANDS_OUT
        ]


def test_the_loop_turns_on_a_real_series(county: County, desk, tmp_path):
    weeks = real_weeks()
    cdc = desk("cdc")

    hand_in(
        cdc,
        written(tmp_path, "弯曲菌周报.csv", ["日期", "例数"], weeks),
        disease="campylobacteriosis",
        area=COUNTY,
    )
    expect(cdc.get_by_text("每一行都已按原样接受")).to_be_visible()

    open_first_alert(cdc)
    alert = Alert.objects.get()
    assert (alert.period, alert.ends_on, alert.observed) == ("week", STANDS_OUT, int(weeks[-1][1]))
    assert set(alert.evidence.values_list("alarm", flat=True)) == {True}
    decide(cdc, "属实：确有异常", "实验室确认：检出率高于往年同期。")
    work()

    duty = desk("duty")
    answer_as_incident(duty, "肠道传染病与食源性疾病暴发处置预案")
    perform(duty, "初次报告已报。")
    perform(cdc, "已完成调查。")
    open_scorecard(duty)
    done = Order.objects.filter(state="done").count()
    assert 0 < done < Order.objects.count()
