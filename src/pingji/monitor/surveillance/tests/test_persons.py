"""What a file says of the patients: read, sealed, found again, and never shown in full."""

import pytest
from django.test import Client
from django.urls import reverse

from pingji.ground.directory.models import Permission, Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.monitor.surveillance import actions, queries
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair, Import
from pingji.monitor.surveillance.rules import persons
from pingji.monitor.surveillance.tests.factories import (
    CASE_HEADINGS,
    NOON,
    case_row,
    imported,
    reporter,
    table,
    tally,
)

pytestmark = pytest.mark.django_db
ADA = "110101199003078021"  # of nobody: made up, with its right check character
HEADINGS = [*CASE_HEADINGS, "患者姓名", "有效证件号", "出生日期", "联系电话", "现住详细地址"]
HEADINGS += ["人群分类", "患者工作单位", "班级", "患儿家长姓名"]
WHO = {"name": "陈静", "identity": ADA, "born": "1990-03-07", "phone": "138 0000 1234"}
WHO |= {
    "address": "中心路 5 号",
    "occupation": "教师",
    "work": "第一小学",
    "klass": "",
    "parent": "",
}
FEMALE = {"sex": "女", "age": "35"}


@pytest.fixture(autouse=True)
def sender():
    return reporter()


def row(given: dict[str, str] | None = None, **who: str) -> list[str]:
    """A case line with its patient, right in every cell but those given."""
    return [*case_row(**(FEMALE | (given or {}))), *(WHO | who).values()]


def lines(*rows: list[str], encoding: str = "utf-8") -> bytes:
    """Case lines with their patients as a CSV file."""
    return table(HEADINGS, list(rows), encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_patient_is_kept_as_on_a_report_card(encoding):
    file = imported(lines(row(), encoding=encoding))

    case = CaseReport.objects.get()
    assert tally(file) == {"accepted": 1}
    assert (case.name, case.name_sound, case.identity_number) == ("陈静", "cenjin", ADA)
    assert (str(case.born_on), case.phone, case.occupation) == (
        "1990-03-07",
        "13800001234",
        "teacher",
    )
    assert (case.workplace, case.address) == ("第一小学", "中心路 5 号")
    assert ADA.encode() not in bytes(case.identity_encrypted)


def test_the_identity_number_fills_in_what_is_left_empty():
    imported(lines(row({"sex": "", "age": ""}, born="")))

    case = CaseReport.objects.get()
    assert (case.sex, case.age, str(case.born_on)) == ("F", 35, "1990-03-07")


@pytest.mark.parametrize(
    ("given", "who", "cell", "reason"),
    [
        ({}, {"identity": "11010119900307802X"}, "J2", "wrong_identity"),
        ({}, {"born": "1991-03-07"}, "K2", "birth_against_identity"),
        ({"sex": "男"}, {}, "F2", "sex_against_identity"),
        ({"age": "50"}, {}, "G2", "age_against_birth"),
        ({}, {"identity": "", "born": "2025-11-21"}, "K2", "born_after_onset"),
        ({}, {"phone": "12"}, "L2", "wrong_phone"),
        ({}, {"occupation": "宇航员"}, "N2", "unknown_word"),
        ({}, {"address": "长" * 201}, "M2", "longer_than"),
    ],
)
def test_a_wrong_cell_of_a_patient_is_refused_and_not_shown(given, who, cell, reason):
    answer = imported(lines(row(given, **who))).answers.get()

    assert (answer.cell, answer.verdict, answer.reason) == (cell, "refused", reason)
    assert "%(" not in queries.sentence(answer)
    if cell in {"J2", "K2", "L2", "M2"}:
        assert "*" in answer.value


def test_a_list_that_was_starred_brings_no_stars():
    file = imported(lines(row(name="陈*", identity="1" + "*" * 17, phone="138****1234")))

    case = CaseReport.objects.get()
    assert tally(file) == {"corrected": 1}
    assert (case.name, case.identity_hash, case.phone) == ("", "", "")
    assert {answer.reason for answer in file.answers.all()} == {"starred"}


def test_the_number_of_a_case_of_another_person_is_refused():
    imported(lines(row(identity="", born="")))
    assert tally(imported(lines(row(born="")))) == {"repeated": 1}  # nobody said who it was

    imported(lines(row({"key": "B1"})))
    other = imported(lines(row({"key": "B1"}, identity="110101199003074629", born="")))

    assert other.answers.get().reason == "number_taken"


def test_files_with_and_without_patients_are_the_same_case():
    imported(table(CASE_HEADINGS, [case_row(**FEMALE)]))

    assert tally(imported(lines(row()))) == {"repeated": 1}


def test_a_person_reported_twice_is_found():
    imported(lines(row()))
    file = imported(lines(row({"key": "B1", "onset": "2025-11-19"}, phone="")))

    actions.find_in_file(import_id=file.pk, at=NOON)

    pair = DuplicatePair.objects.get()
    assert "identity_same" in pair.reasons


def test_no_page_of_a_file_shows_a_patient_in_full(sender):
    own = ["号", "病", "住", "哪天", "谁", "证", "手机"]
    content = table(own, [["A1", "手口", "x", "2025-11-20", "陈静", ADA, "13800001234"]])
    file = imported(content, by=sender)
    assert file.state == Import.State.ASKS
    client = Client()
    client.force_login(sender)
    said = {"kind": "cases", "all-status": "clinical", "words_shown": "1"}
    meaning = ["key", "disease", "area", "onset_on", "name", "identity", "age"]
    said |= {f"col-{at}": name for at, name in enumerate(meaning)}
    asks = client.get(reverse("surveillance:file_columns", args=[file.pk])).content.decode()
    assert ADA not in asks
    assert "13800001234" not in asks  # known by how they look, though nobody said what they are

    client.post(reverse("surveillance:file_columns", args=[file.pk]), said)
    file = actions.read_file(import_id=file.pk, at=NOON)

    said_again = client.get(reverse("surveillance:file_columns", args=[file.pk])).content.decode()
    answers = client.get(reverse("surveillance:answers", args=[file.pk])).getvalue().decode()
    for shown in (said_again, answers):
        assert "陈静" not in shown
        assert ADA not in shown


def test_who_may_not_see_persons_sees_stars(sender):
    imported(lines(row()), by=sender)
    case = CaseReport.objects.get()
    leader = UserFactory(role=Role.LEADER, area=sender.area)
    client = Client()
    client.force_login(leader)

    card = client.get(reverse("surveillance:card", args=[case.pk])).content.decode()

    assert not leader.holds(Permission.PERSONAL_DATA_VIEW)
    assert case.key in card
    assert ADA not in card
    assert "陈静" not in card


@pytest.mark.parametrize(
    ("column", "text", "shown"),
    [
        ("name", "王小明", "王**"),
        ("phone", "13800001234", "138****1234"),
        ("identity", ADA, "11***************1"),
        ("address", "中心路", "***"),
        ("age", "13800001234", "13********4"),
        ("key", "110101199003078030", "110101199003078030"),
        ("disease", "麻疹", "麻疹"),
        ("name", "", ""),
    ],
)
def test_a_cell_is_starred_by_what_it_means(column, text, shown):
    assert persons.starred(column, text) == shown


def test_every_personal_column_has_its_sentence():
    assert persons.REASONS.keys() <= queries.REASONS.keys()
