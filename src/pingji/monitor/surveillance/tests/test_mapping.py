"""Files with headings of their own: asked once, remembered, changed, forgotten."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance import actions
from pingji.monitor.surveillance.models import CaseReport, ColumnMapping, Count, Import
from pingji.monitor.surveillance.rules.mapping import heading_print
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    OTHER_TOWN,
    TOWN,
    case_row,
    cases,
    imported,
    reporter,
    table,
)

pytestmark = pytest.mark.django_db
State = Import.State
OWN = ["门诊号", "病", "住哪", "哪天病的", "男女", "岁数"]
LATER = NOON + timedelta(hours=1)


def own_cases(*keys: str, encoding: str = "utf-8", heading: list[str] = OWN) -> bytes:
    """Case lines under headings that nobody knows, in words of their own."""
    rows = [[key, "手口", TOWN, "2025-11-20", "1", "5"] for key in keys]
    return table(heading, rows, encoding)


def workbook(*keys: str) -> bytes:
    """The same as an Excel file, with a title above the heading."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["某某医院登记表"])
    book.active.append(OWN)
    for key in keys:
        book.active.append([key, "手口", TOWN, "2025-11-20", "1", 5])
    text = io.BytesIO()
    book.save(text)
    return text.getvalue()


@pytest.fixture
def person():
    return reporter()


@pytest.fixture
def client(person) -> Client:
    signed_in = Client()
    signed_in.force_login(person)
    return signed_in


COLUMNS = {"col-0": "key", "col-1": "disease", "col-2": "area", "col-3": "onset_on"}
COLUMNS |= {"col-4": "sex", "col-5": "age", "kind": "cases", "all-status": "clinical"}
WORDS = {
    "words_shown": "1",
    "text-disease": "手口",
    "word-disease": "hand_foot_mouth",
    "text-sex": "1",
    "word-sex": "M",
}


def say(client: Client, file: Import, **given: str) -> str:
    """The page after what the columns mean is said; the file is read as the worker would."""
    response = client.post(reverse("surveillance:file_columns", args=[file.pk]), given, follow=True)
    assert response.status_code == 200
    file.refresh_from_db()
    if file.state == State.WAITING:
        actions.read_file(import_id=file.pk, at=LATER)
        file.refresh_from_db()
    return response.content.decode()


def test_a_file_with_unknown_headings_asks_and_is_then_read(client, person):
    file = imported(own_cases("A1", "A2"), by=person)
    assert (file.state, file.problem) == (State.ASKS, "本文件的表头尚未识别。")
    assert (
        "说明各列含义"
        in client.get(reverse("surveillance:import", args=[file.pk])).content.decode()
    )

    words = say(client, file, **COLUMNS)
    assert "手口" in words  # asked for, because the catalogue does not know it
    assert "还有一个问题" in words  # said at the top: the question itself stands far below
    assert file.state == State.ASKS
    say(client, file, **COLUMNS, **WORDS)

    assert (file.state, file.accepted, file.refused) == (State.DONE, 2, 0)
    case = CaseReport.objects.get(key="A1")
    assert (case.disease_id, case.area_id, case.sex, case.age) == ("hand_foot_mouth", TOWN, "M", 5)
    line = Line.objects.get(kind="mapping.said")
    assert (line.by, line.details["columns"]["key"]) == (person, 0)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-16"])
def test_the_next_file_goes_through_by_itself(client, person, encoding):
    say(client, imported(own_cases("A1"), by=person), **COLUMNS, **WORDS)

    file = imported(own_cases("B1", "B2", encoding=encoding), by=person, at=LATER)

    assert (file.state, file.accepted) == (State.DONE, 2)


def test_an_excel_file_with_a_title_above_the_heading(client, person):
    file = imported(workbook("X1"), by=person, name="登记.xlsx")
    assert file.state == State.ASKS

    say(client, file, **COLUMNS, **WORDS)
    again = imported(workbook("X2"), by=person, at=LATER)

    assert (file.accepted, again.state, again.accepted) == (1, State.DONE, 1)


def test_what_is_missing_or_said_twice_is_explained(client, person):
    file = imported(own_cases("A1"), by=person)

    assert "还缺少" in say(client, file, **(COLUMNS | {"col-3": ""}), **WORDS)
    assert "两列" in say(client, file, **(COLUMNS | {"col-5": "key"}), **WORDS)
    assert "个案还是汇总数" in say(client, file, **(COLUMNS | {"kind": "x"}), **WORDS)
    assert file.state == State.ASKS
    assert not ColumnMapping.objects.exists()


def test_disease_and_area_may_be_said_for_all_rows_of_counts(client, person):
    file = imported(table(["几号", "几个"], [["2025-11-20", "4"], ["2025-11-21", "6"]]), by=person)

    say(
        client,
        file,
        **{
            "kind": "counts",
            "col-0": "date",
            "col-1": "count",
            "all-disease": "norovirus",
            "all-area": OTHER_TOWN,
        },
    )

    assert file.state == State.DONE
    assert set(Count.objects.values_list("disease", "area", "count")) == {
        ("norovirus", OTHER_TOWN, 4),
        ("norovirus", OTHER_TOWN, 6),
    }


def test_words_that_were_refused_may_be_said_afterwards(client, person):
    file = imported(own_cases("A1", "A2"), by=person)
    say(client, file, **COLUMNS, words_shown="1")
    assert (file.state, file.refused) == (State.DONE, 2)

    say(client, file, **COLUMNS, **WORDS)

    assert (file.state, file.accepted, file.refused) == (State.DONE, 2, 0)
    assert CaseReport.objects.count() == 2


def test_another_organisation_is_asked_for_itself(client, person):
    say(client, imported(own_cases("A1"), by=person), **COLUMNS, **WORDS)
    other = UserFactory(
        role=Role.HOSPITAL_REPORTER,
        area=person.area,
        organisation=OrganisationFactory(area=person.area),
    )

    assert imported(own_cases("C1"), by=other, at=LATER).state == State.ASKS


def test_only_who_handed_it_in_may_say_what_it_means(client, person):
    file = imported(own_cases("A1"), by=person)
    other = UserFactory(
        role=Role.EPIDEMIOLOGIST, area_id=COUNTY, organisation=OrganisationFactory(area_id=COUNTY)
    )

    with pytest.raises(Refused):
        actions.say_mapping(
            file=file, cells=OWN, kind="cases", columns={}, words={}, by=other, at=NOON
        )
    elsewhere = Client()
    elsewhere.force_login(other)
    page = elsewhere.get(reverse("surveillance:file_columns", args=[file.pk]))
    assert "门诊号" not in page.content.decode()


def test_a_mapping_is_seen_changed_and_forgotten(client, person):
    say(client, imported(own_cases("A1"), by=person), **COLUMNS, **WORDS)
    row = ColumnMapping.objects.get()
    assert "门诊号" in client.get(reverse("surveillance:mappings")).content.decode()

    changed = COLUMNS | WORDS | {"word-sex": "F"}
    client.post(reverse("surveillance:mapping", args=[row.pk]), changed)
    imported(own_cases("B1"), by=person, at=LATER)
    assert CaseReport.objects.get(key="B1").sex == "F"
    assert CaseReport.objects.get(key="A1").sex == "M"

    client.post(reverse("surveillance:forget_mapping", args=[row.pk]))
    assert imported(own_cases("D1"), by=person, at=LATER).state == State.ASKS
    assert Line.objects.filter(kind="mapping.forgotten").count() == 1


def test_a_known_heading_may_be_said_to_mean_something_else(client, person):
    known = ["卡片编号", "疾病名称", "现住地址国标", "发病日期", "性别", "年龄"]
    say(client, imported(own_cases("A1", heading=known), by=person), **COLUMNS, **WORDS)

    assert imported(own_cases("B1", heading=known), by=person, at=LATER).accepted == 1


def test_headings_are_the_same_however_they_are_spaced():
    assert heading_print(["门诊号", " 病 ", ""]) == heading_print(["门诊号", "病"])
    assert heading_print(["门诊号", "病"]) != heading_print(["病", "门诊号"])


def test_a_mapped_file_that_breaks_off_keeps_nothing(client, person):
    say(client, imported(own_cases("A1"), by=person), **COLUMNS, **WORDS)

    broken = imported(own_cases("E1", "E2")[:-20] + b'"\xe6', by=person, at=LATER)

    assert broken.state == State.UNREADABLE
    assert not CaseReport.objects.filter(key="E1").exists()


def test_files_that_wait_for_the_same_answer_are_read_together(client, person):
    first, second = imported(own_cases("A1"), by=person), imported(own_cases("B1"), by=person)
    other = imported(own_cases("C1", heading=["别", *OWN[1:]]), by=person)

    say(client, first, **COLUMNS, **WORDS)

    assert actions.read_file(import_id=second.pk, at=LATER).state == State.DONE
    assert actions.read_file(import_id=other.pk, at=LATER).state == State.ASKS
    assert CaseReport.objects.filter(key__in=["A1", "B1"], status="clinical").count() == 2


def test_what_was_said_before_is_asked_anew_where_it_lacks_a_column(client, person):
    say(client, imported(own_cases("A1"), by=person), **COLUMNS, **WORDS)
    row = ColumnMapping.objects.get()
    row.words = {name: words for name, words in row.words.items() if name != "*"}
    row.save()

    file = imported(own_cases("B1"), by=person, at=LATER)

    assert (file.state, file.answers.count()) == (State.ASKS, 0)
    assert "病例分类" in file.problem
    page = client.get(reverse("surveillance:file_columns", args=[file.pk])).content.decode()
    assert "病例分类" in page.split('<form class="stack"', 1)[0]


def test_what_was_given_with_the_file_need_not_be_said_again(client, person):
    rows = [["A1", TOWN, "2025-11-20"]]
    file = imported(
        table(["号", "住", "日"], rows), by=person, disease="measles", status="confirmed"
    )

    said = {"kind": "cases", "col-0": "key", "col-1": "area", "col-2": "onset_on"}
    say(client, file, **said)

    assert (file.state, file.accepted) == (State.DONE, 1)
    assert CaseReport.objects.get().status == "confirmed"


def test_waiting_files_are_told_apart_by_size_and_second(client, person):
    imported(own_cases("A1"), by=person)
    imported(own_cases("B1", "B2"), by=person, at=NOON + timedelta(seconds=5))

    page = client.get(reverse("surveillance:imports")).content.decode()

    sizes = {f"{len(own_cases(*keys))}" for keys in (["A1"], ["B1", "B2"])}
    assert all(f"{size}\xa0字节" in page for size in sizes)
    assert ":05</span>" in page


@pytest.mark.parametrize(
    ("word", "code"),
    [("甲型病毒性肝炎", "hepatitis_a"), ("甲肝", "hepatitis_a"), ("病毒性肝炎", "viral_hepatitis")],
)
def test_a_part_of_a_disease_is_known_by_its_own_names(word, code):
    imported(cases([case_row(disease=word)]), by=reporter())

    assert CaseReport.objects.get().disease_id == code
