"""Workbooks older than Excel 97, and what only calls itself a workbook."""

import io
from datetime import date

import pytest

from pingji.monitor.surveillance.actions.files import Unreadable, open_table
from pingji.monitor.surveillance.models import CaseReport, Import
from pingji.monitor.surveillance.tests import excel_95, old_workbook
from pingji.monitor.surveillance.tests.factories import TOWN, imported, reporter

HEADING: list[excel_95.Cell] = [
    "卡片编号",
    "疾病名称",
    "现住地址国标",
    "发病日期",
    "病例分类",
    "年龄",
]
DAYS = [3]
DAY = 45981.0  # 2025-11-20, as workbooks count


def a_case(key: str) -> list[excel_95.Cell]:
    return [key, "手足口病", float(TOWN), DAY, "临床诊断病例", 5.0]


def cells_of(content: bytes) -> list[list[object]]:
    return [cells for _row, cells in open_table(io.BytesIO(content)).rows()]


# As Excel named it; as many programs did that wrote Chinese and said nothing, or the Western page.
@pytest.mark.parametrize("page", [936, 54936, 0, 1252])
@pytest.mark.django_db
def test_case_lines_in_a_workbook_of_excel_95_are_read(page):
    content = excel_95.workbook([HEADING, a_case("X1"), a_case("X2")], days=DAYS, page=page)

    file = imported(content, by=reporter(), name="旧表.xls")

    assert (file.state, file.encoding, file.accepted) == (Import.State.DONE, "xls", 2)
    case = CaseReport.objects.get(key="X1")
    assert (case.disease_id, case.area_id) == ("hand_foot_mouth", TOWN)
    assert (case.onset_on, case.age, case.status) == (date(2025, 11, 20), 5, "clinical")


def test_rare_characters_and_names_in_it_stay_what_they_are():
    rows = [["姓名", "备注"], ["欧阳喆", "，。（）"], ["A·b", "〇"]]

    assert cells_of(excel_95.workbook(rows)) == rows


def test_western_texts_in_it_stay_western():
    rows = [["Café", "naïve"], ["Zoë", "Größe"]]

    assert cells_of(excel_95.workbook(rows, encoding="cp1252")) == rows


def test_the_newer_workbook_of_a_file_with_both_is_read():
    """Excel could save a workbook for both; its newer half needs no code page."""
    rows = cells_of(old_workbook.CASES)

    assert rows[0][0] == "卡片编号"


@pytest.mark.parametrize("length", [0, 60, 600, 2000])
def test_half_of_it_is_refused_with_a_reason(length):
    content = excel_95.workbook([HEADING, a_case("X1")], days=DAYS)

    with pytest.raises(Unreadable) as refused:
        cells_of(content[: 512 + length])

    assert "工作簿已损坏" in str(refused.value)


@pytest.mark.parametrize("version", [b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00"])
def test_workbooks_of_excel_4_and_older_are_refused_with_what_to_do(version):
    with pytest.raises(Unreadable, match="Excel 4 或更早"):
        cells_of(version + b"\x02\x00\x10\x00" + bytes(600))


def test_a_bare_stream_of_excel_5_is_refused_likewise():
    with pytest.raises(Unreadable, match="Excel 4 或更早"):
        cells_of(excel_95.stream([HEADING]))


@pytest.mark.parametrize(
    "content",
    [
        "<html><body><table><tr><td>卡片编号</td></tr></table></body></html>",
        '\ufeff<?xml version="1.0"?><Workbook></Workbook>',
        "\r\n<TABLE border=1><tr><td>卡片编号</td></tr></TABLE>",
    ],
)
def test_a_web_page_called_a_workbook_is_refused_with_what_to_do(content):
    with pytest.raises(Unreadable, match="网页或 XML"):
        cells_of(content.encode())
