"""Answer every row of a file: accepted, corrected, already known, or refused.

The file is gone through twice. The first time proves it whole, so that nothing of a broken one is
kept, and finds headings and periods. The second time keeps its rows, a batch in one transaction:
a killed import goes on where it was when its job runs again, because a row that this very file
brought in counts as accepted, not as already known.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Area, Organisation, User
from pingji.ground.record.actions import announce, note, publish
from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.actions import saving
from pingji.monitor.surveillance.actions.files import Cells, Table, Unreadable
from pingji.monitor.surveillance.actions.mapping import mapped_heading
from pingji.monitor.surveillance.models import Count, Import, RowAnswer
from pingji.monitor.surveillance.queries.card_form import card_form, occupations
from pingji.monitor.surveillance.queries.catalogue import catalogue
from pingji.monitor.surveillance.rules import mapping as mapping_rules
from pingji.monitor.surveillance.rules import persons
from pingji.monitor.surveillance.rules import rows as row_rules
from pingji.monitor.surveillance.rules.mapping import ALL_ROWS
from pingji.monitor.surveillance.rules.rows import (
    CaseLine,
    CountLine,
    Directory,
    Fault,
    RowRefused,
    plain,
)

BATCH = 20_000
HEADINGS_WITHIN = 20
REFUSALS = {"number_taken", "period_taken"}
Line = CaseLine | CountLine
Verdict = RowAnswer.Verdict


def directory_for(user: User, at: datetime) -> Directory:
    """What a row handed in by this user may name."""
    areas = list(Area.objects.visible_to(user).values_list("code", "name"))
    names: dict[str, str] = {}
    twice: set[str] = set()
    for code, name in areas:
        if name in names:
            twice.add(name)
        names[name] = code
    watched = catalogue()
    diseases = {
        word: min(codes, key=lambda code: watched.diseases[code].part_of_id is None)
        for word, codes in watched.by_word.items()
    }
    organisations = {}
    for pk, code, name in Organisation.objects.visible_to(user).values_list("pk", "code", "name"):
        organisations[plain(code)] = organisations[plain(name)] = pk
    return Directory(
        areas={code for code, _name in areas},
        area_names={plain(name): code for name, code in names.items() if name not in twice},
        diseases=diseases,
        organisations=organisations,
        today=timezone.localdate(at),
        occupations={
            word.lower(): one.code
            for one in occupations()
            for word in (one.code, one.name, one.name_en)
        },
        phone_digits=card_form().phone_digits,
        followed={
            row.code: (row.watched_to, row.succeeded_by_id)
            for row in watched.diseases.values()
            if row.watched_to is not None and row.succeeded_by_id is not None
        },
    )


@dataclass(frozen=True)
class Headings:
    """The row that names the columns."""

    row: int
    cells: Cells
    columns: dict[str, int]
    kind: str
    words: dict[str, dict[str, str]] = field(default_factory=dict)


class AsksForColumns(Exception):
    """A person has to say what the columns mean; the message names those that were not found."""


def headings_of(file: Import, table: Table, given: set[str]) -> Headings:
    """The headings of a file: as its organisation said they are, or as they are known."""
    said = mapped_heading(file, table)
    if said is None:
        return find_headings(table, given)
    row, cells, mapping = said
    there = {*mapping.columns, *mapping.words.get(ALL_ROWS, ()), *given}
    if mapping_rules.missing(mapping.kind, there):
        raise AsksForColumns(_not_found(mapping.kind, there))
    return Headings(row, cells, mapping.columns, mapping.kind, mapping.words)


def _not_found(kind: str, there: set[str]) -> str:
    lacking = mapping_rules.in_words(mapping_rules.missing(kind, there))
    return _("The file has no column known as: %(columns)s.") % {"columns": lacking}


def find_headings(table: Table, given: set[str]) -> Headings:
    """The first row that names the columns of cases or of counts; titles may stand above it."""
    first: Cells = []
    best: set[str] = set()
    widest = 0
    for row, cells in islice(table.rows(), HEADINGS_WITHIN):
        widest = max(widest, sum(bool(plain(cell)) for cell in cells))
        columns = row_rules.find_columns(cells)
        kind = row_rules.kind_of(columns, given)
        if kind is not None:
            return Headings(row, cells, columns, kind)
        best = max(best, set(columns), key=len)
        if not first and any(plain(cell) for cell in cells):
            first = cells
    if not first:
        raise Unreadable(_("The file has no row with headings."))
    if widest > 1:
        if not best:
            raise AsksForColumns(_("The columns of this file are not known yet."))
        there = best | given
        raise AsksForColumns(_not_found(mapping_rules.likely_kind(there), there))
    found = "、".join(plain(cell) for cell in first if plain(cell))
    raise Unreadable(
        _(
            "The columns do not tell what the file holds. Case lines need 卡片编号, 疾病名称, "
            "现住地址国标, 发病日期 and 病例分类; counts need 日期 and 例数. Found: %(there)s."
        )
        % {"there": found[:300]}
    )


@dataclass
class Batch:
    """The rows of one transaction."""

    lines: list[Line] = field(default_factory=list)
    answers: list[saving.Answer] = field(default_factory=list)
    corrected: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    rows: int = 0


class Reader:
    """Reads one table into cases or counts.

    Raises:
        Unreadable: When made, if the table as a whole cannot be read.
        AsksForColumns: When made, if nobody has said what its columns mean.
    """

    def __init__(self, file: Import, table: Table, given: dict[str, str], at: datetime) -> None:
        self.file = file
        self.table = table
        self.directory = directory_for(file.handed_in_by, at)
        self.headings = headings_of(file, table, set(given))
        self.words = {
            column: {text.lower(): meaning for text, meaning in words.items()}
            for column, words in self.headings.words.items()
            if column != ALL_ROWS
        }
        self.given = given | self.headings.words.get(ALL_ROWS, {})
        self.is_cases = self.headings.kind == Import.Kind.CASES
        self.read_line = self._line_reader()
        self.periods: dict[tuple[str, str], str] = {}
        self._survey()

    def _line_reader(self) -> Callable[..., tuple[Line, list[Fault]]]:
        if not self.is_cases:
            return row_rules.read_count_line
        tells_who = any(column in self.headings.columns for column in persons.COLUMNS)
        return persons.read_case_of_person if tells_who else row_rules.read_case

    def _survey(self) -> None:
        """Go through the whole file; of counts, find out each series' period."""
        if self.is_cases:
            for _row in self.table.rows():
                pass
            return
        days: dict[tuple[str, str], set[date]] = {}
        for row, cells in self._cells():
            try:
                line, _faults = row_rules.read_count_line(row, cells, self.directory)
            except RowRefused:
                continue
            if not line.period:
                days.setdefault((line.disease, line.area), set()).add(line.starts_on)
        known = self._known_periods({area for _disease, area in days})
        self.periods = {
            series: row_rules.period_of(found, known.get(series, ""))
            for series, found in days.items()
        }

    def _known_periods(self, areas: set[str]) -> dict[tuple[str, str], str]:
        """The period of each series that has only ever had one."""
        found: dict[tuple[str, str], set[str]] = {}
        rows = Count.objects.filter(channel=self.file.channel, area__in=areas)
        for disease, area, period in (
            rows.order_by().values_list("disease_id", "area_id", "period").distinct()
        ):
            found.setdefault((disease, area), set()).add(period)
        return {series: periods.pop() for series, periods in found.items() if len(periods) == 1}

    def read(self, at: datetime) -> Import:
        """Read all batches, then close the file."""
        self._begin(at)
        batches = self._batches()
        # The next batch is read while the database keeps one; whatever fails, the file is let go.
        with closing(batches), ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self._next, batches, get_language())
            while (batch := coming.result()) is not None:
                coming = ahead.submit(self._next, batches, get_language())
                self._save(batch, at)
        return self._finish(at)

    @staticmethod
    def _next(batches: Iterator[Batch], language: str | None) -> Batch | None:
        with override(language):  # in which a file that breaks off is explained
            return next(batches, None)

    @transaction.atomic
    def _begin(self, at: datetime) -> None:
        file = Import.objects.select_for_update().get(pk=self.file.pk)
        rules.check_can_move(file, Import.State.RUNNING)

        file.answers.all().delete()  # a killed attempt's answers; its rows are met again below
        file.state, file.kind = Import.State.RUNNING, Import.Kind(self.headings.kind)
        file.encoding = self.table.encoding
        file.rows = file.accepted = file.corrected = file.repeated = file.refused = 0
        file.progress = 0
        file.save()
        note("import.started", subject=file, by=file.handed_in_by, at=at, content=file.kind)
        self.file = file

    def _batches(self) -> Generator[Batch, None, None]:
        batch = Batch()
        for row, cells in self._cells():
            self._take_in(batch, row, cells)
            if batch.rows == BATCH:
                yield batch
                batch = Batch()
        if batch.rows:
            yield batch

    def _cells(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows below the headings that hold anything in the known columns."""
        places = list(self.headings.columns.items())
        for row, cells in self.table.rows():
            if row <= self.headings.row:
                continue
            width = len(cells)
            found = {column: plain(cells[at]) if at < width else "" for column, at in places}
            if any(found.values()):
                yield row, self._as_meant(self._filled(found) if self.given else found)

    def _filled(self, cells: dict[str, str]) -> dict[str, str]:
        """The cells with what holds for all rows where they themselves say nothing."""
        return cells | {name: text for name, text in self.given.items() if not cells.get(name)}

    def _as_meant(self, cells: dict[str, str]) -> dict[str, str]:
        """The cells with the file's own words put into ours."""
        for column, words in self.words.items():
            if column in cells:
                cells[column] = words.get(cells[column].lower(), cells[column])
        return cells

    def _take_in(self, batch: Batch, row: int, cells: dict[str, str]) -> None:
        batch.rows += 1
        try:
            line, faults = self.read_line(row, cells, self.directory)
        except RowRefused as refused:
            batch.answers.append(self._answer(row, refused.fault, Verdict.REFUSED))
            batch.refused.add(row)
            return
        if isinstance(line, CountLine):
            faults = faults + self._settle_period(line)
        batch.lines.append(line)
        if faults:
            batch.answers += [self._answer(row, fault, Verdict.CORRECTED) for fault in faults]
            batch.corrected.add(row)

    def _settle_period(self, line: CountLine) -> list[Fault]:
        """Give the line its period and the day that begins it; say so where that moved it."""
        line.period = line.period or self.periods[line.disease, line.area]
        begins = row_rules.begin_of(line.period, line.starts_on, self.directory.today)
        if begins == line.starts_on:
            return []
        written = line.starts_on.isoformat()
        line.starts_on = begins
        return [Fault("date", written, f"{line.period}_begins", {"became": begins.isoformat()})]

    def _answer(self, row: int, fault: Fault, verdict: RowAnswer.Verdict) -> saving.Answer:
        at = self.headings.columns.get(fault.column)
        return saving.Answer(
            row=row,
            verdict=verdict.value,
            column=plain(self.headings.cells[at])[:60] if at is not None else fault.column,
            cell=f"{column_letter(at)}{row}" if at is not None else "",
            value=persons.starred(fault.column, fault.value)[:200],
            reason=fault.reason,
            details=fault.details,
        )

    @transaction.atomic
    def _save(self, batch: Batch, at: datetime) -> None:
        save: Callable[..., saving.Met] = saving.save_cases if self.is_cases else saving.save_counts
        met: Sequence[saving.MetRow] = save(self.file, batch.lines, at)
        column = "key" if self.is_cases else "date"
        known: set[int] = set()
        for row, reason, value, details in met:
            verdict = Verdict.REFUSED if reason in REFUSALS else Verdict.REPEATED
            batch.answers.append(self._answer(row, Fault(column, value, reason, details), verdict))
            (batch.refused if reason in REFUSALS else known).add(row)
        saving.save_answers(self.file, batch.answers)

        file = Import.objects.select_for_update().get(pk=self.file.pk)
        corrected = len(batch.corrected - known - batch.refused)
        file.rows += batch.rows
        file.refused += len(batch.refused)
        file.repeated += len(known)
        file.corrected += corrected
        file.accepted += batch.rows - len(batch.refused) - len(known) - corrected
        file.progress = file.rows
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
