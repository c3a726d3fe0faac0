"""The pages and endpoints of surveillance."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import AreaFactory, OrganisationFactory, UserFactory
from pingji.monitor.surveillance import queries, tasks
from pingji.monitor.surveillance.models import CaseReport, Import
from pingji.monitor.surveillance.queries import SeriesKey
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    case_row,
    cases,
    counted,
    counts,
    imported,
    reporter,
    weeks,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    someone = reporter()
    client.force_login(someone)
    return someone


def read(client, name: str, *args, query: str = "") -> str:
    response = client.get(reverse(f"surveillance:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def upload(content: bytes, name: str = "病例.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/csv")


def test_a_file_is_handed_in_on_the_page_and_read_by_the_worker(client, user):
    content = cases([case_row(onset=str(date.today() - timedelta(days=1)), diagnosed="")])

    answer = client.post(
        reverse("surveillance:imports"), {"file": upload(content), "channel": "case"}
    )
    file = Import.objects.get()
    tasks.read_file(at=timezone.now(), import_id=file.pk)

    assert answer.url == reverse("surveillance:import", args=[file.pk])
    assert "每一行都已按原样接受" in read(client, "import", file.pk)


def test_disease_and_area_chosen_on_the_page_reach_the_reading(client, user, queued):
    client.post(
        reverse("surveillance:imports"),
        {"file": upload(counts(weeks([1, 2]))), "channel": "case"}
        | {"disease": "measles", "area": COUNTY},
    )

    assert queued()[0]["disease"] == "measles"
    assert queued()[0]["area"] == COUNTY


@pytest.fixture
def queued():
    from procrastinate.contrib.django.models import ProcrastinateJob

    return lambda: [
        job.args for job in ProcrastinateJob.objects.filter(task_name__contains="read_file")
    ]


def test_a_missing_file_is_asked_for_on_the_page(client, user):
    answer = client.post(reverse("surveillance:imports"), {"channel": "case"})

    assert answer.status_code == 200
    assert not Import.objects.exists()


def test_a_file_shows_each_refused_row_with_its_cell_and_sentence(client, user):
    file = imported(cases([case_row(age="x"), case_row(key="A2", area="桃花源街道")]))

    address = reverse("surveillance:import", args=[file.pk]) + "?verdict=refused"
    (shown,) = client.get(address).context["page"]

    assert (shown.cell, shown.sentence) == ("G2", "不是数字。")


def test_a_file_that_could_not_be_read_says_so(client, user):
    assert "文件为空" in read(client, "import", imported(b"").pk)


def test_another_organisations_file_is_not_found(client):
    county = AreaFactory()
    file = imported(cases([case_row()]), by=reporter(organisation=OrganisationFactory(area=county)))
    client.force_login(UserFactory(role=Role.HOSPITAL_REPORTER))

    assert client.get(reverse("surveillance:import", args=[file.pk])).status_code == 404
    assert client.get(reverse("surveillance:answers", args=[file.pk])).status_code == 404
    assert client.get(f"/api/surveillance/imports/{file.pk}").status_code == 404


def test_the_answers_download_holds_every_row_and_runs_no_formula(client, user):
    file = imported(cases([case_row(), case_row(key="A2", disease="=1+1")]))

    answer = client.get(reverse("surveillance:answers", args=[file.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))

    assert [row[0] for row in rows[1:]] == ["2", "3"]
    assert rows[2][4] == "'=1+1"


def test_the_overview_shows_the_last_two_weeks_of_each_disease(user):
    days = ["2025-11-20"] * 3 + ["2025-11-12"] * 2 + ["2025-11-01"]
    rows = [case_row(key=f"A{at}", onset=day, diagnosed="") for at, day in enumerate(days)]
    imported(cases(rows))

    last, (row,) = queries.last_weeks(CaseReport.objects.visible_to(user))

    assert (last, row.week, row.before) == (date(2025, 11, 20), 3, 2)


def test_the_overview_without_any_report_says_so(client, user):
    assert "暂无监测数据" in read(client, "series")


def test_the_overview_names_channel_and_period_of_counts_in_words(client, user):
    counted(weeks([1, 2]), channel="syndrome")
    imported(cases([case_row()]))

    page = read(client, "series")

    assert "<td>症候群</td>" in page
    assert "<td>周</td>" in page
    assert "is-selected" in page


def test_the_curve_of_a_disease_is_drawn_from_its_cases(client, user):
    imported(cases([case_row(), case_row(key="A2", onset="2025-11-18")]))

    drawn = client.get(reverse("surveillance:chart") + "?disease=hand_foot_mouth").json()

    assert drawn["dates"] == ["2025-11-18", "2025-11-19", "2025-11-20"]
    assert drawn["counts"] == [1, 0, 1]


def test_the_curve_of_counts_shows_a_gap_where_nothing_was_reported(client, user):
    counted([*weeks([4, 5]), ("2025-01-27", 6)])
    address = reverse("surveillance:chart")

    drawn = client.get(address + "?disease=campylobacteriosis&period=week").json()

    assert drawn["counts"] == [4, 5, None, 6]


def test_no_curve_is_drawn_of_an_area_out_of_sight(client, user):
    address = reverse("surveillance:chart") + "?disease=hand_foot_mouth&area=511723"

    assert client.get(address).json()["dates"] == []


@pytest.mark.parametrize(("area", "cases_there"), [("5002", 3), (COUNTY, 3), (TOWN, 2)])
def test_cases_are_counted_for_an_area_of_any_level(area, cases_there):
    rows = [case_row(), case_row(key="A2", area=OTHER_TOWN), case_row(key="A3", area=VILLAGE)]
    imported(cases(rows))
    AreaFactory(code="5002")

    key = SeriesKey("hand_foot_mouth", "case", area, "day")
    _dates, counts = queries.one_series(key=key, as_of=NOON)

    assert counts.tolist() == [cases_there]


def test_a_township_without_a_case_on_a_day_of_reporting_has_a_zero(user):
    rows = [case_row(), case_row(key="A2", area=OTHER_TOWN, onset="2025-11-18")]
    imported(cases(rows))

    key = SeriesKey("hand_foot_mouth", "case", TOWN, "day")

    assert queries.one_series(key=key, as_of=NOON)[1].tolist() == [0, 0, 1]


def test_months_follow_the_calendar(user):
    counted([("2025-01-01", 1), ("2025-02-01", 2), ("2025-04-01", 4)])

    series = queries.count_series(area=COUNTY, as_of=NOON, period="month")

    assert [str(day) for day in series.dates] == [f"2025-0{month}-01" for month in (1, 2, 3, 4)]


def test_the_line_list_is_filtered_by_disease_area_and_days(client, user):
    rows = [case_row(), case_row(key="B1", disease="水痘"), case_row(key="C1", area=OTHER_TOWN)]
    imported(cases([*rows, case_row(key="D1", onset="2025-11-01")]))
    query = f"?disease=hand_foot_mouth&area={TOWN}&since=2025-11-10&until=2025-11-21"

    shown = client.get(reverse("surveillance:cases") + query).context["rows"]

    assert [cells[0][0] for _url, cells in shown] == ["A1"]


def test_a_day_that_is_none_filters_nothing(client, user):
    imported(cases([case_row()]))

    shown = client.get(reverse("surveillance:cases") + "?since=gestern").context["rows"]

    assert [cells[0][0] for _url, cells in shown] == ["A1"]


def test_the_catalogue_shows_each_class(client, user):
    assert "鼠疫" in read(client, "diseases")


def test_the_list_of_files_shows_those_within_sight(client, user):
    imported(cases([case_row()]), name="上周.csv")

    assert "上周.csv" in read(client, "imports")


@pytest.mark.parametrize("name", ["series", "chart", "cases", "imports", "diseases"])
def test_who_has_nothing_to_do_with_reports_is_refused(client, name):
    client.force_login(UserFactory(role=Role.GRID_WORKER))

    assert client.get(reverse(f"surveillance:{name}")).status_code == 409


def test_a_program_hands_in_a_file_and_reads_its_answers(client, user):
    taken = client.post(
        "/api/surveillance/imports",
        {"file": upload(cases([case_row(age="x")])), "channel": "case"},
    )
    file = Import.objects.get()
    tasks.read_file(at=NOON, import_id=file.pk)

    answers = client.get(f"/api/surveillance/imports/{file.pk}/answers").json()["items"]

    assert (taken.status_code, taken.json()["state"]) == (201, "waiting")
    assert (answers[0]["cell"], answers[0]["reason"]) == ("G2", "not_a_number")


def test_a_program_reads_counts_as_they_were_known(client, user):
    counted(weeks([3, 4]))
    counted(weeks([3, 9]), at=NOON + timedelta(days=1))

    def numbers(**given: str) -> list[int]:
        answer = client.get("/api/surveillance/counts", given).json()
        return [count["count"] for count in answer["items"]]

    then = numbers(as_of=NOON.isoformat(), disease="campylobacteriosis", period="week")
    assert then == [3, 4]
    assert numbers(as_of=(NOON + timedelta(days=2)).isoformat()) == [3, 9]
    assert numbers(under="511723") == []
