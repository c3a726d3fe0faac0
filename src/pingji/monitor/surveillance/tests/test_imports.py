"""A file from being handed in to the answer to every row."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import FOREIGN_COUNTY, AreaFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance import actions, queries, rules
from pingji.monitor.surveillance.actions import reading, saving
from pingji.monitor.surveillance.models import (
    CaseReport,
    Count,
    DiseaseClass,
    Import,
    RowAnswer,
)
from pingji.monitor.surveillance.tests import old_workbook
from pingji.monitor.surveillance.tests.factories import (
    CASE_HEADINGS,
    NOON,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    answer_of,
    case_row,
    cases,
    counted,
    imported,
    reporter,
    table,
    tally,
    weeks,
)

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=3)
State = Import.State


@pytest.fixture(autouse=True)
def sender():
    return reporter()


def test_a_right_line_becomes_a_case_known_when_the_file_was_handed_in():
    file = imported(cases([case_row(area=VILLAGE)]))

    case = CaseReport.objects.get()
    assert tally(file) == {"accepted": 1}
    assert (case.key, case.disease_id, case.area_id) == ("A1", "hand_foot_mouth", VILLAGE)
    assert (case.known_at, case.file, case.row) == (NOON, file, 2)


@pytest.mark.parametrize(
    ("row", "cell", "reason"),
    [
        (case_row(key=""), "A2", "missing"),
        (case_row(disease="不明病"), "B2", "unknown_disease"),
        (case_row(area="999999"), "C2", "unknown_area"),
        (case_row(onset="2025-11-22"), "D2", "in_the_future"),
        (case_row(diagnosed="2025-11-01"), "E2", "before_onset"),
        (case_row(age="200"), "G2", "impossible_age"),
    ],
)
def test_a_refused_row_is_answered_with_its_cell_and_reason(row, cell, reason):
    answer = answer_of(imported(cases([row])))

    assert (answer.row, answer.cell, answer.verdict, answer.reason) == (2, cell, "refused", reason)
    assert "%(" not in queries.sentence(answer)


def test_an_area_outside_the_senders_sight_is_unknown():
    AreaFactory(code=FOREIGN_COUNTY + "101", name="普安镇")
    doctor = UserFactory(role=Role.TOWNSHIP_DOCTOR, area=AreaFactory(code=TOWN))

    file = imported(
        cases([case_row(), case_row(key="A2", area=OTHER_TOWN), case_row(key="A3", area="普安镇")]),
        by=doctor,
    )

    assert tally(file) == {"accepted": 1, "refused": 2}
    assert {answer.reason for answer in file.answers.all()} == {"unknown_area"}


def test_an_area_by_its_name_is_accepted_as_corrected():
    file = imported(cases([case_row(area="桃花源街道")]))

    assert tally(file) == {"corrected": 1}
    assert answer_of(file).details == {"became": TOWN}


def test_a_name_that_two_areas_bear_is_not_guessed():
    AreaFactory(code="500242103", name="桃花源街道")

    assert answer_of(imported(cases([case_row(area="桃花源街道")]))).reason == "unknown_area"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_text_is_read_in_every_usual_encoding(encoding):
    file = imported(cases([case_row(), case_row(key="A2")], encoding))

    assert tally(file) == {"accepted": 2}
    assert file.encoding == {"utf-8-sig": "utf-8"}.get(encoding, encoding)


def test_an_old_workbook_is_read():
    file = imported(old_workbook.CASES, name="病例.xls", status="clinical")

    assert (file.encoding, tally(file)) == ("xls", {"accepted": 2})


def test_a_workbook_is_read_with_its_own_row_and_column_numbers(workbook):
    file = imported(
        workbook(
            {"B4": "卡片编号", "C4": "疾病名称", "D4": "现住地址国标", "E4": "发病日期"}
            | {"B5": "X1", "C5": "手足口病", "D5": int(TOWN), "E5": NOON.date()}
            | {"B7": "X2", "C7": "不明病", "D7": int(TOWN), "E7": NOON.date()}
        ),
        status="confirmed",
    )

    assert (file.encoding, tally(file)) == ("xlsx", {"accepted": 1, "refused": 1})
    assert (answer_of(file).row, answer_of(file).cell) == (7, "C7")


@pytest.fixture
def workbook():
    openpyxl = pytest.importorskip("openpyxl")

    def make(cells: dict[str, object]) -> bytes:
        import io

        book, out = openpyxl.Workbook(), io.BytesIO()
        for place, value in cells.items():
            book.active[place] = value
        book.save(out)
        return out.getvalue()

    return make


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_separators_are_found(delimiter):
    content = cases([case_row()]).decode().replace(",", delimiter).encode()

    assert tally(imported(content)) == {"accepted": 1}


def test_titles_and_empty_rows_may_stand_above_the_headings():
    content = b"2025\xe5\xb9\xb4\xe7\x97\x85\xe4\xbe\x8b\r\n\r\n" + cases([case_row(age="x")])

    assert answer_of(imported(content)).cell == "G4"


def test_rows_without_anything_in_the_known_columns_are_passed_over():
    file = imported(cases([[""] * 8, case_row(), []]))

    assert file.rows == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "空"),
        (b" \r\n ", "空"),
        (b",,\r\n,,\r\n", "表头"),
        ("甲\r\n1\r\n".encode(), "甲"),
        (bytes(range(256)) * 40, "第 2 行"),
        (b"PK\x03\x04" + b"\0" * 100, "工作簿"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "工作簿"),
        (cases([case_row(), case_row(key="A2")])[:-60] + b"\xe6\x89", "第 3 行"),
        (cases([case_row()], "utf-16")[:-1], "第 2 行"),
        (cases([case_row(age="77"), case_row(key="A2")]).replace(b"77", b'"77'), "损坏"),
        (cases([case_row()]) + b"A2,\0\0\0\0", "第"),
    ],
    ids=["empty", "blank", "no headings", "other columns", "binary", "broken xlsx", "broken xls"]
    + ["cut within a character", "cut utf-16", "quote never closed", "nul bytes"],
)
def test_a_file_that_cannot_be_read_says_why_and_leaves_nothing(content, problem):
    file = imported(content)

    assert file.state == State.UNREADABLE
    assert problem in file.problem
    assert not CaseReport.objects.exists()
    assert Line.objects.filter(kind="import.unreadable").count() == 1


def test_an_unreadable_file_stays_so_when_its_job_runs_again():
    file = imported(b"")

    again = actions.read_file(import_id=file.pk, at=LATER)

    assert again.finished_at == NOON
    assert Line.objects.filter(kind="import.unreadable").count() == 1


def test_a_row_twice_in_a_file_counts_once():
    file = imported(cases([case_row(), case_row()]))

    assert tally(file) == {"accepted": 1, "repeated": 1}
    assert (answer_of(file).reason, answer_of(file).details) == ("same_row", {"row": "2"})


def test_the_same_file_twice_changes_nothing():
    content = cases([case_row(), case_row(key="A2")])
    imported(content)

    again = imported(content, at=LATER)

    assert tally(again) == {"repeated": 2}
    assert {answer.reason for answer in again.answers.all()} == {"known_before"}
    assert set(CaseReport.objects.values_list("known_at", flat=True)) == {NOON}


def test_a_file_that_was_read_is_not_read_again():
    file = imported(cases([case_row()]))

    actions.read_file(import_id=file.pk, at=LATER)

    assert Line.objects.filter(kind="import.finished").count() == 1


def test_the_number_of_another_case_is_refused():
    imported(cases([case_row()]))

    file = imported(cases([case_row(disease="水痘")]), at=LATER)

    assert (answer_of(file).reason, answer_of(file).value) == ("number_taken", "A1")
    assert CaseReport.objects.get().disease_id == "hand_foot_mouth"


def test_two_cases_with_one_number_in_a_file_are_not_both_taken():
    file = imported(cases([case_row(), case_row(age="44")]))

    assert tally(file) == {"accepted": 1, "refused": 1}
    assert CaseReport.objects.get().age == 5


def test_a_corrected_row_that_was_known_before_counts_as_known():
    content = cases([case_row(area="桃花源街道")])
    imported(content)

    assert tally(imported(content, at=LATER)) == {"repeated": 1}


def test_disease_and_area_may_be_given_with_the_file():
    content = table(["卡片编号", "发病日期"], [["A1", "2025-11-20"]])

    file = imported(content, disease="measles", area=TOWN, status="suspected")

    assert tally(file) == {"accepted": 1}
    case = CaseReport.objects.get()
    assert (case.disease_id, case.status) == ("measles", "suspected")


def test_a_column_that_every_row_needs_is_asked_for_once():
    rows = [case_row()[:-1], case_row(key="A2")[:-1]]

    file = imported(table(CASE_HEADINGS[:-1], rows))

    assert (file.state, file.answers.count()) == (State.ASKS, 0)
    assert "病例分类" in file.problem
    assert not CaseReport.objects.exists()


def test_counts_without_a_disease_are_asked_about_once():
    file = imported(table(["日期", "例数"], [["2025-11-20", "4"]]), area=TOWN)

    assert (file.state, file.answers.count()) == (State.ASKS, 0)
    assert "病种" in file.problem


def test_what_holds_for_all_rows_fills_only_empty_cells():
    rows = [case_row(), case_row(key="A2", status="")]

    imported(cases(rows), status="confirmed")

    assert dict(CaseReport.objects.values_list("key", "status")) == {
        "A1": "clinical",
        "A2": "confirmed",
    }


def test_a_large_file_is_kept_in_several_batches(monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 10)

    file = imported(cases([case_row(key=f"A{at}") for at in range(35)]))

    assert (tally(file), file.progress) == ({"accepted": 35}, 35)


def test_a_killed_import_goes_on_without_counting_twice(monkeypatch, sender):
    monkeypatch.setattr(reading, "BATCH", 10)
    rows = [case_row(key=f"A{at}") for at in range(25)] + [case_row(key="A3"), case_row(age="x")]
    file = actions.hand_in(name="a.csv", content=cases(rows), by=sender, at=NOON)
    save = saving.save_cases
    calls = iter([save, save])
    monkeypatch.setattr(saving, "save_cases", lambda *given: next(calls)(*given))
    with pytest.raises(StopIteration):  # the third batch never comes
        actions.read_file(import_id=file.pk, at=NOON)
    broken = Import.objects.get()
    assert (broken.state, broken.progress, CaseReport.objects.count()) == (State.RUNNING, 20, 20)

    monkeypatch.setattr(saving, "save_cases", save)
    done = actions.read_file(import_id=file.pk, at=NOON)

    assert tally(done) == {"accepted": 25, "repeated": 1, "refused": 1}
    assert CaseReport.objects.count() == 25
    assert done.answers.count() == 2


def test_a_file_is_taken_in_as_it_is_uploaded(sender):
    content = cases([case_row()])

    file = actions.hand_in(name="a.csv", content=ContentFile(content), by=sender, at=NOON)

    assert file.size == len(content)
    with file.file.open() as kept:
        assert kept.read() == content
    assert content not in Path(file.file.path).read_bytes()  # it names patients


def test_the_database_does_not_let_a_row_go_unanswered():
    file = imported(cases([case_row()]))

    with pytest.raises(IntegrityError, match="answers_every_row"), transaction.atomic():
        Import.objects.filter(pk=file.pk).update(rows=2)


def test_handing_in_and_reading_are_on_record():
    imported(cases([case_row()]))

    kinds = list(Line.objects.filter(kind__startswith="import.").values_list("kind", flat=True))
    assert sorted(kinds) == ["import.finished", "import.handed_in", "import.started"]


@pytest.mark.parametrize("role", Role)
def test_only_these_roles_hand_in_files(role):
    user = UserFactory(role=role)
    may = {Role.EPIDEMIOLOGIST, Role.HOSPITAL_REPORTER, Role.LABORATORY, Role.TOWNSHIP_DOCTOR}

    if role in may:
        assert actions.hand_in(name="a.csv", content=b"x", by=user, at=NOON).pk
    else:
        with pytest.raises(Refused):
            actions.hand_in(name="a.csv", content=b"x", by=user, at=NOON)


@pytest.mark.parametrize("to", State)
@pytest.mark.parametrize("state", State)
def test_a_file_moves_only_so(state, to):
    allowed = {
        ("waiting", "running"),
        ("waiting", "asks"),
        ("waiting", "unreadable"),
        ("running", "asks"),
        ("asks", "waiting"),
        ("done", "waiting"),
        ("running", "running"),
        ("running", "done"),
        ("running", "unreadable"),
    }

    if (state, to) in allowed:
        rules.check_can_move(Import(state=state), to)
    else:
        with pytest.raises(Refused):
            rules.check_can_move(Import(state=state), to)


def test_every_row_is_in_the_answers_in_its_order():
    file = imported(
        cases([case_row(), case_row(key="A2", age="x"), case_row(), case_row(key="A4")])
    )

    rows = list(queries.answers_as_rows(file))[1:]

    assert [(row[0], row[1]) for row in rows] == [
        ("2", "接受"),
        ("3", "退回"),
        ("4", "已有"),
        ("5", "接受"),
    ]


def test_a_corrected_and_repeated_row_has_both_answers():
    content = cases([case_row(area="桃花源街道")])
    imported(content)

    rows = list(queries.answers_as_rows(imported(content, at=LATER)))[1:]

    assert len(rows) == 2


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\t=1", "\n=1"])
def test_no_spreadsheet_runs_what_a_cell_holds(cell):
    assert queries.harmless(cell) == f"'{cell}"


def test_every_reason_has_its_sentence():
    found = {"missing": {}, "in_the_future": {"today": "2025-11-21"}}

    for reason, details in found.items():
        sentence = queries.sentence(RowAnswer(reason=reason, details=details))
        assert "%(" not in sentence


def test_headings_are_looked_for_in_the_first_rows_only():
    content = b"x\r\n" * 30 + cases([case_row()])

    assert imported(content).state == State.UNREADABLE


@pytest.mark.parametrize(("at", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ")])
def test_columns_are_lettered_as_spreadsheets_do(at, letters):
    assert reading.column_letter(at) == letters


def test_memory_does_not_grow_with_the_file(sender, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(reading, "BATCH", 500)

    def peak(rows: int) -> int:
        lines = (case_row(key=f"{rows}-{at}") for at in range(rows))
        file = actions.hand_in(name="a.csv", content=cases(list(lines)), by=sender, at=NOON)
        tracemalloc.start()
        actions.read_file(import_id=file.pk, at=NOON)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few = peak(2_000)

    assert peak(8_000) < 2 * few


def test_columns_of_cases_are_the_ones_the_national_system_writes():
    assert rules.rows.kind_of(rules.rows.find_columns(CASE_HEADINGS), set()) == "cases"


def test_a_batch_of_refused_rows_alone_keeps_nothing():
    assert tally(imported(cases([case_row(age="x")]))) == {"refused": 1}
    assert tally(counted([("2025-01-06", "x"), ("2025-01-13", "y")])) == {"refused": 2}


def test_a_workbook_without_a_sheet_says_so(monkeypatch, workbook):
    import python_calamine

    class Empty:
        sheet_names = ()

    monkeypatch.setattr(python_calamine.CalamineWorkbook, "from_filelike", lambda _handle: Empty())

    assert "工作表" in imported(workbook({"A1": "x"})).problem


def test_the_catalogue_is_loaded_once():
    before = Line.objects.filter(kind="diseases.loaded").count()

    assert actions.load_diseases(by=reporter(), at=LATER) == 0
    assert Line.objects.filter(kind="diseases.loaded").count() == before


def test_things_are_called_by_their_own_words():
    file = imported(cases([case_row(), case_row(key="A2", age="x")]), name="上周.csv")
    counted(weeks([3, 4]))

    plague = DiseaseClass.objects.filter(disease_id="plague").latest("valid_from")
    assert (str(file), str(file.answers.get())) == ("上周.csv", "3: refused")
    assert str(CaseReport.objects.get()) == "手足口病 2025-11-20"
    assert str(Count.objects.first()) == "弯曲菌病 2025-01-06: 3"
    assert str(plague) == "鼠疫 甲类"


def test_a_reader_whose_connection_broke_lets_go_of_the_file(sender, monkeypatch):
    file = actions.hand_in(name="a.csv", content=cases([case_row()]), by=sender, at=NOON)

    def broken(*_given):
        raise IntegrityError("gone")

    monkeypatch.setattr(saving, "save_cases", broken)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.read_file(import_id=file.pk, at=NOON)

    monkeypatch.undo()
    assert actions.read_file(import_id=file.pk, at=NOON).state == State.DONE
