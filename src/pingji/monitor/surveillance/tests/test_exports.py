"""Lists written to files: whole, masked, once, for their asker alone, and read back unchanged."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone, translation

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance import actions, tasks
from pingji.monitor.surveillance.actions import export_files, exports
from pingji.monitor.surveillance.actions.files import open_table
from pingji.monitor.surveillance.models import CaseReport, Export
from pingji.monitor.surveillance.queries import columns
from pingji.monitor.surveillance.rules.rows import plain
from pingji.monitor.surveillance.tests.factories import (
    NOON,
    TOWN,
    case_row,
    cases,
    imported,
    reporter,
    tally,
)

pytestmark = pytest.mark.django_db
EVERY_COLUMN = [column.key for column in columns.COLUMNS]
PERSONAL = {"name": "王小明", "phone": "13800001234", "born_on": date(2001, 5, 6)}
PERSONAL |= {"guardian": "李大姐", "address": "幸福路7号", "workplace": "幸福小学"}


def card(key, **given):
    given = {"disease_id": "influenza", "area_id": TOWN, "status": "clinical"} | given
    return CaseReport.objects.create(key=key, onset_on=date(2025, 11, 20), known_at=NOON, **given)


@pytest.fixture
def user(client):
    someone = reporter()
    client.force_login(someone)
    return someone


def ask(user, **given):
    given = {"filters": {}, "keys": EVERY_COLUMN, "form": "csv"} | given
    return actions.ask_export(by=user, at=NOON, **given)


def written(user, **given):
    return actions.write_export(export_id=ask(user, **given).pk, at=NOON)


def text_of(export):
    with export.file.open("rb") as file:
        return file.read().decode("utf-8-sig")


def rows_of(export):
    if export.form == "csv":
        return list(csv.reader(io.StringIO(text_of(export))))
    with export.file.open("rb") as file:
        return [[plain(cell) for cell in row] for _number, row in open_table(file).rows()]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_the_list_shows_is_written_starred_and_in_order(client, user, form):
    card("A1", **PERSONAL)
    card("A2", name="李明", age=7)
    client.post(
        reverse("surveillance:ask_export"),
        {"form": form, "columns": ["key", "name", "phone", "born", "address", "age"]},
    )
    tasks.write_export(at=timezone.now(), export_id=Export.objects.get().pk)

    export = Export.objects.get()
    _head, *rows = rows_of(export)

    assert (export.state, export.rows) == ("done", 2)
    assert [row[0] for row in rows] == ["A2", "A1"]
    assert rows[1][1] == "王**"
    whole = str(rows)
    for told in ("王小明", "13800001234", "2001-05-06", "幸福"):
        assert told not in whole
    assert rows[0][2] == "7"


def test_names_in_full_need_the_right_and_a_reason_and_are_on_record(user):
    card("A1", **PERSONAL)

    for reason in ("", "  x "):
        with pytest.raises(Refused):
            ask(user, unmasked=True, reason=reason)
    inspector = UserFactory(role=Role.INSPECTOR)
    with pytest.raises(Refused):
        ask(inspector)

    export = written(user, unmasked=True, reason="流调需要联系患者")

    assert "王小明" in text_of(export)
    assert "13800001234" in text_of(export)
    line = Line.objects.get(kind="export.asked")
    assert (line.reason, line.details["unmasked"]) == ("流调需要联系患者", True)


def test_who_lost_the_right_meanwhile_gets_no_file(user):
    export = ask(user)
    user.role = Role.INSPECTOR
    user.save()

    export = actions.write_export(export_id=export.pk, at=NOON)

    assert export.state == "failed"
    assert export.problem
    assert not export.file


def test_only_rows_within_sight_are_written(user):
    reporter()
    hospital = OrganisationFactory()
    card("ours", organisation=hospital)
    card("theirs")
    someone = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital)

    assert [row[0] for row in rows_of(written(someone))[1:]] == ["ours"]


def test_only_the_asker_may_fetch_the_file_and_each_time_is_on_record(client, user):
    card("A1")
    export = written(user)
    address = reverse("surveillance:export_file", args=[export.pk])

    answer = client.get(address)
    content = b"".join(answer.streaming_content)
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    other = client.get(address)

    assert content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer["Content-Disposition"]
    assert other.status_code == 404
    (line,) = Line.objects.filter(kind="export.fetched")
    assert line.details["rows"] == 1
    with pytest.raises(Refused):
        actions.fetch_export(export=export, by=UserFactory(role=Role.EPIDEMIOLOGIST), at=NOON)


def test_a_file_that_is_not_ready_is_not_given(client, user):
    export = ask(user)

    assert client.get(reverse("surveillance:export_file", args=[export.pk])).status_code == 409
    assert "等待" in client.get(reverse("surveillance:exports")).content.decode()


def test_a_writer_that_was_killed_offers_nothing_and_the_next_writes_it_whole(user, monkeypatch):
    monkeypatch.setattr(exports, "BLOCK", 2)
    for number in range(9):
        card(f"A{number}")
    export = ask(user)

    class Killed(BaseException):
        pass

    write = export_files.CsvWriter.rows
    calls = iter(range(99))

    def dies(self, rows):
        if next(calls) == 2:
            self.file.flush()
            raise Killed
        write(self, rows)

    monkeypatch.setattr(export_files.CsvWriter, "rows", dies)
    with pytest.raises(Killed):
        actions.write_export(export_id=export.pk, at=NOON)
    export.refresh_from_db()
    assert (export.state, export.file.name) == ("running", "")

    monkeypatch.setattr(export_files.CsvWriter, "rows", write)
    done = actions.write_export(export_id=export.pk, at=NOON)
    again = actions.write_export(export_id=export.pk, at=NOON + timedelta(hours=1))

    assert len(rows_of(done)) == 10
    assert again.file.name == done.file.name
    assert again.finished_at == NOON
    folder = default_storage.listdir("exports/2025/11")[1]
    assert len(folder) == 1


def test_how_far_the_file_is_shows_on_the_way(user, monkeypatch):
    monkeypatch.setattr(exports, "BLOCK", 2)
    monkeypatch.setattr(exports, "TELL_EVERY", 4)
    for number in range(9):
        card(f"A{number}")
    seen = []
    monkeypatch.setattr(exports, "_progress", lambda _export, rows: seen.append(rows))

    written(user)

    assert seen == [4, 8]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_is_a_formula(user, form):
    card("A1", remark="x", doctor="y", workplace="=1+1", occupation="+cmd|' /C calc'!A0")
    card("@SUM(A1)")

    export = written(user, form=form, keys=["key", "occupation"])
    if form == "csv":
        assert "\r\n'@SUM(A1)" in text_of(export)
        assert "'+cmd" in text_of(export)
    else:
        with export.file.open("rb") as file:
            import zipfile

            sheet = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert 't="inlineStr"><is><t>@SUM(A1)' in sheet


def test_odd_characters_make_no_broken_workbook(user):
    card("A1", name="王\x07<&>\"'", occupation=" \ud7ff ")

    export = written(user, form="xlsx", unmasked=True, reason="核对姓名", keys=["key", "name"])

    assert rows_of(export)[1][1] == "王<&>\"'"


def test_a_long_list_goes_on_on_the_next_sheet(user, monkeypatch):
    monkeypatch.setattr(export_files, "SHEET_ROWS", 4)
    for number in range(7):
        card(f"A{number}")

    export = written(user, form="xlsx", keys=["key"])

    import python_calamine

    with export.file.open("rb") as file:
        book = python_calamine.load_workbook(io.BytesIO(file.read()))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(sheet) for sheet in sheets] == [4, 4, 2]
    assert {sheet[0][0] for sheet in sheets} == {"卡片编号"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_exported_file_read_in_again_changes_nothing(user, form, language):
    rows = [case_row(key=f"A{n}", age=str(n), sex="男女"[n % 2]) for n in range(6)]
    rows += [case_row(key="=B1", diagnosed=""), case_row(key="-7", age="", sex="")]
    imported(cases(rows))
    before = list(CaseReport.objects.order_by("pk").values())
    user.language = language
    user.save()
    export = written(user, form=form)
    with export.file.open("rb") as file:
        content = file.read()

    with translation.override(language):
        again = imported(content, by=user, at=NOON + timedelta(hours=1), name=f"a.{form}")

    assert tally(again) == {"repeated": 8}
    assert list(CaseReport.objects.order_by("pk").values()) == before


def test_files_are_deleted_after_the_days_the_plan_says(client, user):
    plan()
    card("A1")
    export = written(user)

    assert actions.delete_old_exports(by=system_user(), at=NOON + timedelta(days=2)) == 0
    tasks.delete_old_exports(at=NOON + timedelta(days=4))
    export.refresh_from_db()

    assert export.deleted_at == NOON + timedelta(days=4)
    assert not default_storage.exists(export.file.name)
    assert actions.delete_old_exports(by=system_user(), at=NOON + timedelta(days=9)) == 0
    answer = client.get(reverse("surveillance:export_file", args=[export.pk]))
    assert answer.status_code == 409
    assert "已删除" in client.get(reverse("surveillance:exports")).content.decode()


def test_who_may_not_export_is_refused(client):
    reporter()
    client.force_login(UserFactory(role=Role.INSPECTOR))

    assert client.get(reverse("surveillance:exports")).status_code == 409
    assert client.post(reverse("surveillance:ask_export"), {"form": "csv"}).status_code == 409
    assert not Export.objects.exists()


def test_a_refused_export_says_why_on_the_list(client, user):
    answer = client.post(
        reverse("surveillance:ask_export"), {"form": "csv", "unmasked": "1"}, follow=True
    )

    assert "写入审计记录" in answer.content.decode()
    assert not Export.objects.exists()
