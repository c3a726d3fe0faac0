"""What one row must say: each bad cell with its reason, each way of writing that is understood."""

from datetime import date, datetime

import pytest

from pingji.monitor.surveillance.rules import rows
from pingji.monitor.surveillance.rules.rows import Directory, RowRefused

TODAY = date(2025, 11, 21)
DIRECTORY = Directory(
    areas={"50", "5002", "500242", "500242101", "500242101201"},
    area_names={"桃花源街道": "500242101"},
    diseases={"手足口病": "hfmd", "hfmd": "hfmd"},
    organisations={"第一医院": 7, "h-1": 7},
    today=TODAY,
)
CASE = {"key": "A1", "disease": "手足口病", "area": "500242101", "onset_on": "2025-11-20"}
CASE |= {"status": "临床诊断病例"}
COUNT = {"disease": "hfmd", "area": "500242", "date": "2025-11-17", "count": "12"}


def case(**cells: str):
    line, faults = rows.read_case(2, CASE | cells, DIRECTORY)
    return line, faults


def refusal(read, *arguments) -> tuple[str, str]:
    with pytest.raises(RowRefused) as refused:
        read(*arguments)
    return refused.value.fault.column, refused.value.fault.reason


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"key": ""}, "key", "missing"),
        ({"key": "9" * 81}, "key", "too_long"),
        ({"disease": ""}, "disease", "missing"),
        ({"disease": "不明病"}, "disease", "unknown_disease"),
        ({"area": ""}, "area", "missing"),
        ({"area": "511723101"}, "area", "unknown_area"),
        ({"area": "远方镇"}, "area", "unknown_area"),
        ({"onset_on": ""}, "onset_on", "not_a_date"),
        ({"onset_on": "昨天"}, "onset_on", "not_a_date"),
        ({"onset_on": "2025-02-30"}, "onset_on", "not_a_date"),
        ({"onset_on": "፩፪፫፬፭"}, "onset_on", "not_a_date"),
        ({"onset_on": "2025-11-22"}, "onset_on", "in_the_future"),
        ({"onset_on": "1899-12-31"}, "onset_on", "too_long_ago"),
        ({"diagnosed_on": "2025-11-19"}, "diagnosed_on", "before_onset"),
        ({"diagnosed_on": "2026-01-01"}, "diagnosed_on", "in_the_future"),
        ({"sex": "不详"}, "sex", "unknown_word"),
        ({"status": "可能"}, "status", "unknown_word"),
        ({"status": ""}, "status", "missing"),
        ({"age": "五岁"}, "age", "not_a_number"),
        ({"age": "inf"}, "age", "not_a_number"),
        ({"age": "nan"}, "age", "not_a_number"),
        ({"age": "131"}, "age", "impossible_age"),
        ({"age": "-1"}, "age", "impossible_age"),
        ({"organisation": "别的医院"}, "organisation", "unknown_organisation"),
    ],
)
def test_a_bad_cell_of_a_case_is_refused_with_its_reason(cells, column, reason):
    assert refusal(rows.read_case, 2, CASE | cells, DIRECTORY) == (column, reason)


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"count": ""}, "count", "missing"),
        ({"count": "很多"}, "count", "not_a_number"),
        ({"count": "inf"}, "count", "not_a_number"),
        ({"count": "12,5"}, "count", "not_a_number"),
        ({"count": "1e3"}, "count", "not_a_number"),
        ({"count": "-1"}, "count", "not_a_count"),
        ({"count": "1.5"}, "count", "not_a_count"),
        ({"count": str(2**31)}, "count", "not_a_count"),
        ({"date": "2025-13-01"}, "date", "not_a_date"),
        ({"period": "季"}, "period", "unknown_word"),
    ],
)
def test_a_bad_cell_of_a_count_is_refused_with_its_reason(cells, column, reason):
    assert refusal(rows.read_count_line, 2, COUNT | cells, DIRECTORY) == (column, reason)


@pytest.mark.parametrize(
    "written",
    [
        "2025-11-20",
        "20251120",
        "2025/11/20",
        "2025/11/20 08:30",
        "2025-11-20T08:30:00",
        "2025.11.20",
        "2025年11月20日",
        "45981",
    ],
)
def test_a_day_is_read_in_every_usual_way_of_writing(written):
    assert rows.read_day("onset_on", written, TODAY) == date(2025, 11, 20)


@pytest.mark.parametrize(
    ("written", "years"),
    [
        ("", None),
        ("5", 5),
        ("5.9", 5),
        ("5岁", 5),
        ("5周岁", 5),
        ("5Y", 5),
        ("6月", 0),
        ("30个月", 2),
        ("18 个月", 1),
        ("12天", 0),
        ("130", 130),
    ],
)
def test_an_age_is_read_in_years_months_and_days(written, years):
    assert rows.read_age(written) == years


@pytest.mark.parametrize(("written", "number"), [("0", 0), ("12.0", 12), ("1,234", 1234)])
def test_a_count_is_read_with_and_without_separators(written, number):
    assert rows.read_count(written) == number


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("500242101000", "500242101"),
        ("500242000000", "500242"),
        ("500200", "5002"),
        ("500000", "50"),
        ("桃花源街道", "500242101"),
    ],
)
def test_an_area_written_otherwise_is_found_and_the_row_says_how(written, code):
    line, (fault,) = case(area=written)

    assert line.area == code
    assert (fault.value, fault.details["became"]) == (written, code)


def test_a_plain_case_needs_no_correction():
    line, faults = case(organisation="第一医院", sex="女", status="确诊病例", diagnosed_on="")

    assert faults == []
    assert (line.organisation, line.sex, line.status, line.diagnosed_on) == (
        7,
        "F",
        "confirmed",
        None,
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (" Ａ１２ ", "A12"),
        (45982.0, "45982"),
        (1.5, "1.5"),
        (True, "True"),
        (datetime(2025, 11, 20, 8), "2025-11-20"),
        (date(2025, 11, 20), "2025-11-20"),
        ("A\0B", "AB"),
    ],
)
def test_a_cell_of_any_kind_becomes_plain_text(cell, text):
    assert rows.plain(cell) == text


def test_columns_are_found_by_any_of_their_headings():
    found = rows.find_columns(["ID", "疾 病", None, "Onset Date", "地区代码"])

    assert found == {"key": 0, "disease": 1, "onset_on": 3, "area": 4}


@pytest.mark.parametrize(
    ("columns", "given", "kind"),
    [
        ({"date": 0, "count": 1}, {"disease", "area"}, "counts"),
        ({"date": 0, "count": 1}, {"disease"}, None),
        ({"key": 0, "onset_on": 1}, {"disease", "area", "status"}, "cases"),
        ({"key": 0, "onset_on": 1}, {"disease", "area"}, None),
        ({"key": 0, "onset_on": 1}, {"disease"}, None),
        ({}, set(), None),
    ],
)
def test_the_columns_tell_what_a_file_holds(columns, given, kind):
    assert rows.kind_of(columns, given) == kind


@pytest.mark.parametrize(
    ("days", "known", "period"),
    [
        (["2025-11-17", "2025-11-18", "2025-11-20"], "", "day"),
        (["2025-11-03", "2025-11-10", "2025-11-24"], "", "week"),
        (["2025-09-01", "2025-10-01", "2025-11-01"], "", "month"),
        (["2025-02-01", "2025-03-01"], "", "month"),
        (["2025-11-17"], "", "day"),
        (["2025-11-17"], "week", "week"),
        (["2025-11-01"], "month", "month"),
        (["2025-11-17"], "month", "day"),
        (["2025-11-10", "2025-11-17"], "day", "day"),
        (["2025-11-10", "2025-11-12"], "week", "day"),
    ],
)
def test_the_period_shows_in_the_dates_and_keeps_to_what_is_known(days, known, period):
    assert rows.period_of([date.fromisoformat(day) for day in days], known) == period


@pytest.mark.parametrize(
    ("period", "day", "begins"),
    [
        ("day", "2025-11-19", "2025-11-19"),
        ("month", "2025-11-19", "2025-11-01"),
        ("week", "2025-11-17", "2025-11-17"),
        ("week", "2025-11-20", "2025-11-17"),
        ("week", "2025-11-16", "2025-11-17"),
        ("week", "2025-11-21", "2025-11-17"),  # its nearest Monday lies after today
    ],
)
def test_a_period_begins_on_its_own_first_day(period, day, begins):
    found = rows.begin_of(period, date.fromisoformat(day), TODAY)

    assert found == date.fromisoformat(begins)
