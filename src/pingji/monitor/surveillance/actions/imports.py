"""Take a file in and answer every row: accepted, corrected, already known, or refused.

A batch of rows is one transaction, so a killed import goes on where it was when its job runs
again: a row that this very file brought in is counted as accepted, not as already known.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from pingji.ground.directory.models import Area, Organisation, User
from pingji.ground.record.actions import announce, note, publish
from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.actions import saving
from pingji.monitor.surveillance.actions.files import Table, Unreadable, read_table
from pingji.monitor.surveillance.models import Channel, Disease, Import, RowAnswer
from pingji.monitor.surveillance.rules import rows as row_rules
from pingji.monitor.surveillance.rules.rows import (
    CaseLine,
    CountLine,
    Directory,
    Fault,
    RowRefused,
    plain,
)

BATCH = 10_000
Line = CaseLine | CountLine


@transaction.atomic
def hand_in(
    *,
    name: str,
    content: bytes,
    by: User,
    at: datetime,
    channel: str = Channel.CASE,
    disease: str = "",
    area: str = "",
) -> Import:
    """Take a file in and queue its reading.

    Args:
        name: The file's name.
        content: Its bytes.
        by: Who hands it in; only areas in this user's sight are accepted.
        at: When.
        channel: The channel that counts in the file belong to.
        disease: Disease for every row, where the file has no such column.
        area: Area for every row, likewise.
    """
    rules.check_can_import(by)

    file = Import(
        area_id=by.area_id,
        organisation=by.organisation,
        file_name=name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        channel=channel,
        handed_in_by=by,
        handed_in_at=at,
    )
    file.file.save(f"{file.sha256[:16]}.dat", ContentFile(content), save=False)
    file.save()

    note("import.handed_in", subject=file, by=by, at=at, sha256=file.sha256, bytes=len(content))
    announce("file_handed_in", at=at, import_id=file.pk, disease=disease, area=area)
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return file


def read_file(*, import_id: int, at: datetime, disease: str = "", area: str = "") -> Import:
    """Read a file that was handed in and answer every row. Safe to run again."""
    file = Import.objects.select_related("handed_in_by").get(pk=import_id)
    if file.state == Import.State.DONE:
        return file
    rules.check_can_move(file, Import.State.RUNNING)
    given = {k: v for k, v in (("disease", disease), ("area", area)) if v}
    try:
        with file.file.open("rb") as handle, override(file.handed_in_by.language or None):
            table = read_table(handle.read())
            reader = Reader(file, table, given, at)
    except Unreadable as problem:
        return _unreadable(file, str(problem), at)
    return reader.read(at)


@transaction.atomic
def _unreadable(file: Import, why: str, at: datetime) -> Import:
    file = Import.objects.select_for_update().get(pk=file.pk)
    rules.check_can_move(file, Import.State.RUNNING)
    file.state, file.problem, file.finished_at = Import.State.UNREADABLE, why, at
    file.save(update_fields=["state", "problem", "finished_at"])
    note("import.unreadable", subject=file, by=file.handed_in_by, at=at, reason=why)
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return file


def directory_for(user: User, at: datetime) -> Directory:
    """What a row handed in by this user may name."""
    areas = Area.objects.visible_to(user).values_list("code", "name")
    names: dict[str, str] = {}
    twice: set[str] = set()
    for code, name in areas:
        if name in names:
            twice.add(name)
        names[name] = code
    diseases = {}
    for row in Disease.objects.all():
        for name in (row.code, row.name, row.name_en, *row.other_names):
            diseases[name.lower()] = row.code
    organisations = {}
    for pk, code, name in Organisation.objects.visible_to(user).values_list("pk", "code", "name"):
        organisations[code] = organisations[name] = pk
    return Directory(
        areas={code for code, _name in areas},
        area_names={name: code for name, code in names.items() if name not in twice},
        diseases=diseases,
        organisations=organisations,
        today=timezone.localtime(at).date(),
    )


@dataclass
class Batch:
    """The rows of one transaction."""

    lines: list[Line] = field(default_factory=list)
    answers: list[RowAnswer] = field(default_factory=list)
    corrected: set[int] = field(default_factory=set)
    rows: int = 0


class Reader:
    """Reads one table into cases or counts."""

    def __init__(self, file: Import, table: Table, given: dict[str, str], at: datetime) -> None:
        self.file = file
        self.table = table
        self.given = given
        self.directory = directory_for(file.handed_in_by, at)
        self.columns = row_rules.find_columns(table.headings)
        kind = row_rules.kind_of(self.columns, set(given))
        if kind is None:
            raise Unreadable(self._what_is_missing())
        self.kind = kind
        self.read_line: Callable[..., tuple[Line, list[Fault]]] = (
            row_rules.read_case if kind == "cases" else row_rules.read_count_line
        )

    def _what_is_missing(self) -> str:
        there = "、".join(str(plain(h)) for h in self.table.headings if plain(h)) or "-"
        return _(
            "The columns do not tell what the file holds. Case lines need 卡片编号, 疾病名称, "
            "现住地址国标 and 发病日期; counts need 日期 and 例数. Found: %(there)s."
        ) % {"there": there[:300]}

    def read(self, at: datetime) -> Import:
        """Read all batches, then close the file."""
        self._begin(at)
        read = 0
        for batch in self._batches():
            read += batch.rows
            self._save(batch, read, at)
        return self._finish(at)

    @transaction.atomic
    def _begin(self, at: datetime) -> None:
        file = Import.objects.select_for_update().get(pk=self.file.pk)
        rules.check_can_move(file, Import.State.RUNNING)
        file.answers.all().delete()  # a killed attempt's answers; its rows are met again below
        file.state, file.kind, file.encoding = Import.State.RUNNING, self.kind, self.table.encoding
        file.rows = file.accepted = file.corrected = file.repeated = file.refused = 0
        file.progress = 0
        file.save()
        note("import.started", subject=file, by=file.handed_in_by, at=at, content=self.kind)
        self.file = file

    def _batches(self) -> Iterator[Batch]:
        parsed = self._parsed()
        if self.kind == "counts":  # the period shows only when all dates are known
            yield from self._with_periods(list(parsed))
            return
        batch = Batch()
        for line, answers in parsed:
            self._add(batch, line, answers)
            if batch.rows == BATCH:
                yield batch
                batch = Batch()
        if batch.rows:
            yield batch

    def _parsed(self) -> Iterator[tuple[Line | None, list[RowAnswer]]]:
        for row, cells in self._cells():
            try:
                line, faults = self.read_line(row, cells, self.directory)
            except RowRefused as refused:
                yield None, [self._answer(row, refused.fault, RowAnswer.Verdict.REFUSED)]
            else:
                yield (
                    line,
                    [self._answer(row, fault, RowAnswer.Verdict.CORRECTED) for fault in faults],
                )

    def _with_periods(self, parsed: list[tuple[Line | None, list[RowAnswer]]]) -> Iterator[Batch]:
        days: dict[tuple[str, str], list[object]] = {}
        for line, _answers in parsed:
            if isinstance(line, CountLine) and not line.period:
                days.setdefault((line.disease, line.area), []).append(line.starts_on)
        periods = {series: row_rules.period_of(known) for series, known in days.items()}  # type: ignore[arg-type]
        for start in range(0, len(parsed), BATCH):
            batch = Batch()
            for line, answers in parsed[start : start + BATCH]:
                if isinstance(line, CountLine) and not line.period:
                    line.period = periods[line.disease, line.area]
                self._add(batch, line, answers)
            yield batch

    @staticmethod
    def _add(batch: Batch, line: Line | None, answers: list[RowAnswer]) -> None:
        batch.rows += 1
        batch.answers += answers
        if line is not None:
            batch.lines.append(line)
            if answers:
                batch.corrected.add(line.row)

    def _cells(self) -> Iterator[tuple[int, dict[str, str]]]:
        places = list(self.columns.items())
        for row, cells in enumerate(self.table.rows, self.table.first_row):
            found = {column: plain(cells[at]) if at < len(cells) else "" for column, at in places}
            if any(found.values()):
                yield row, self.given | found

    def _answer(self, row: int, fault: Fault, verdict: RowAnswer.Verdict) -> RowAnswer:
        at = self.columns.get(fault.column)
        return RowAnswer(
            file=self.file,
            row=row,
            verdict=verdict,
            column=str(plain(self.table.headings[at])) if at is not None else fault.column,
            cell=f"{column_letter(at)}{row}" if at is not None else "",
            value=fault.value[:200],
            reason=fault.reason,
            details=fault.details,
        )

    @transaction.atomic
    def _save(self, batch: Batch, read: int, at: datetime) -> None:
        save = saving.save_cases if self.kind == "cases" else saving.save_counts
        met: Sequence[tuple[int, str, dict[str, str]]] = save(
            self.file,
            batch.lines,  # type: ignore[arg-type]
            at,
        )
        known: set[int] = set()
        for row, reason, details in met:
            refused = reason == "number_taken"
            column = "key" if self.kind == "cases" else "date"
            batch.answers.append(
                self._answer(
                    row,
                    Fault(column, details.pop("value", ""), reason, details),
                    RowAnswer.Verdict.REFUSED if refused else RowAnswer.Verdict.REPEATED,
                )
            )
            known.add(row)
        RowAnswer.objects.bulk_create(batch.answers, batch_size=2000)
        refused_rows = {a.row for a in batch.answers if a.verdict == RowAnswer.Verdict.REFUSED}
        file = Import.objects.select_for_update().get(pk=self.file.pk)
        repeated = len(known - refused_rows)
        corrected = len(batch.corrected - known)
        file.rows += batch.rows
        file.refused += len(refused_rows)
        file.repeated += repeated
        file.corrected += corrected
        file.accepted += batch.rows - len(refused_rows) - repeated - corrected
        file.progress = read
        file.save()
        publish("imports", area=file.area_id, organisation=file.organisation_id)

    @transaction.atomic
    def _finish(self, at: datetime) -> Import:
        file = Import.objects.select_for_update().get(pk=self.file.pk)
        rules.check_can_move(file, Import.State.DONE)
        file.state, file.finished_at = Import.State.DONE, at
        file.save(update_fields=["state", "finished_at"])
        note(
            "import.finished",
            subject=file,
            by=file.handed_in_by,
            at=at,
            rows=file.rows,
            accepted=file.accepted,
            corrected=file.corrected,
            repeated=file.repeated,
            refused=file.refused,
        )
        if file.accepted or file.corrected:
            announce("reports_imported", at=at, import_id=file.pk, area=file.area_id)
        publish("imports", area=file.area_id, organisation=file.organisation_id)
        return file


def column_letter(at: int) -> str:
    """A column's letter as spreadsheets show it: 0 is A, 26 is AA."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
