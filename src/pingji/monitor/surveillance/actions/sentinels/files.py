"""Reports of sentinels from a spreadsheet: one row for each sentinel and period, each answered."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note, publish
from pingji.monitor.surveillance import rules as file_rules
from pingji.monitor.surveillance.actions import saving
from pingji.monitor.surveillance.actions.files import Table, Unreadable, kept_table
from pingji.monitor.surveillance.actions.imports import language_of
from pingji.monitor.surveillance.actions.reading import column_letter
from pingji.monitor.surveillance.actions.sentinels.reporting import (
    Figures,
    Outcome,
    Verdict,
    report_many,
    why_not_one,
)
from pingji.monitor.surveillance.models import Import, RowAnswer, Sentinel, SentinelItem
from pingji.monitor.surveillance.rules import sentinels as rules
from pingji.monitor.surveillance.rules.periods import begin_of_period
from pingji.monitor.surveillance.rules.rows import RowRefused, plain, read_day

HEADINGS_WITHIN = 20
WORDS = {
    "sentinel": {"哨点", "哨点名称", "哨点编号", "编号", "sentinel", "number"},
    "day": {"日期", "报告日期", "开始日期", "date", "day", "week"},
    "remark": {"备注", "remark"},
    "name": {"名称", "name"},
}
ANSWER = {
    Verdict.CORRECTED: (RowAnswer.Verdict.CORRECTED, "sentinel_corrected"),
    Verdict.SAME: (RowAnswer.Verdict.REPEATED, "sentinel_repeated"),
}


@transaction.atomic
def hand_in_reports(*, name: str, content: bytes | File, by: User, at: datetime) -> Import:
    """Take a spreadsheet of sentinels' reports in and queue its reading.

    Args:
        name: The file's name.
        content: Its bytes, or the file itself.
        by: Who hands it in; only this user's sentinels are reported for.
        at: When.
    """
    rules.check_can_report_for_sentinels(by)

    upload = ContentFile(content) if isinstance(content, bytes) else content
    digest = hashlib.sha256()
    for piece in upload.chunks():
        digest.update(piece)
    file = Import(
        area_id=by.area_id,
        organisation=by.organisation,
        file_name=name[:200],
        sha256=digest.hexdigest(),
        size=upload.size,
        kind=Import.Kind.SENTINELS,
        handed_in_by=by,
        handed_in_at=at,
    )
    file.file.save(f"{file.sha256[:16]}.dat", upload, save=False)
    file.save()
    note("import.handed_in", subject=file, by=by, at=at, sha256=file.sha256, bytes=file.size)
    announce("sentinel_file_handed_in", at=at, import_id=file.pk)
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return file


@transaction.atomic
def read_report_file(*, import_id: int, at: datetime) -> Import:
    """Read a spreadsheet of reports and answer every row: all of it in one transaction, or nothing.

    A file that was read stays as it is.
    """
    rows = Import.objects.select_for_update(of=("self",)).select_related("handed_in_by")
    file = rows.get(pk=import_id)
    if file.state in {Import.State.DONE, Import.State.UNREADABLE}:
        return file
    with override(language_of(file.handed_in_by)):
        try:
            with kept_table(file) as table:
                reading = _Reading(file.handed_in_by, table, at)
                reading.read()
        except Unreadable as problem:
            return _unreadable(file, str(problem), at)
        outcomes = report_many(reports=reading.said, by=file.handed_in_by, at=file.handed_in_at)
        reading.answer(outcomes)
    file_rules.check_can_move(file, Import.State.RUNNING)  # and done at once, for all to see

    saving.save_answers(file, reading.answers)
    file.state, file.finished_at = Import.State.DONE, at
    file.encoding = reading.table.encoding
    file.rows = file.progress = reading.rows
    file.corrected, file.repeated = reading.corrected, reading.repeated
    file.refused = reading.refused
    file.accepted = file.rows - file.corrected - file.repeated - file.refused
    file.save()
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
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return file


def _unreadable(file: Import, why: str, at: datetime) -> Import:
    file_rules.check_can_move(file, Import.State.UNREADABLE)

    file.state, file.problem, file.finished_at = Import.State.UNREADABLE, why, at
    file.save(update_fields=["state", "problem", "finished_at"])
    note("import.unreadable", subject=file, by=file.handed_in_by, at=at, reason=why)
    publish("imports", area=file.area_id, organisation=file.organisation_id)
    return file


@dataclass
class _Reading:
    """One file on its way to reports.

    Raises:
        Unreadable: If it is no table of sentinels' reports.
    """

    by: User
    table: Table
    at: datetime
    said: list[Figures] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    answers: list[saving.Answer] = field(default_factory=list)
    rows: int = 0
    corrected: int = 0
    repeated: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        self.today = timezone.localdate(self.at)
        self.heading, self.cells, self.columns = self._headings()
        self.numbers, self.rhythms = self._sentinels()

    def _headings(self) -> tuple[int, list[str], dict[str, int]]:
        """The row that names the columns, its cells, and where sentinel, day and remark stand."""
        for row, cells in islice(self.table.rows(), HEADINGS_WITHIN):
            names = [plain(cell) for cell in cells]
            found = {
                key: at
                for key, words in WORDS.items()
                for at, name in reversed(list(enumerate(names)))
                if name.lower() in words
            }
            if {"sentinel", "day"} <= found.keys():
                self._check_columns(names, set(found.values()))
                return row, names, found
        raise Unreadable(
            _(
                "A row with the headings 哨点 and 日期 is missing. Take the empty table offered here."
            )
        )

    def _check_columns(self, names: Sequence[str], known: set[int]) -> None:
        figures = SentinelItem.objects.values_list("code", "name", "name_en")
        words = {plain(name).lower() for item in figures for name in item}
        strange = [
            name
            for at, name in enumerate(names)
            if name and at not in known and name.lower() not in words
        ]
        if strange:
            raise Unreadable(
                _("No sentinel reports these columns: %(columns)s. Correct or remove them.")
                % {"columns": "、".join(strange)[:300]}
            )

    def _sentinels(self) -> tuple[dict[str, list[int]], dict[int, str]]:
        numbers: dict[str, list[int]] = {}
        rhythms: dict[int, str] = {}
        mine = Sentinel.objects.visible_to(self.by)
        for pk, rhythm, name, name_en in mine.values_list("pk", "type__rhythm", "name", "name_en"):
            rhythms[pk] = rhythm
            for word in {str(pk), plain(name), plain(name_en)} - {""}:
                numbers.setdefault(word, []).append(pk)
        return numbers, rhythms

    def read(self) -> None:
        """Make a report of every row, or refuse it."""
        first: dict[tuple[int, date], int] = {}
        for row, cells in self._filled():
            self.rows += 1
            try:
                said = self._figures(cells)
            except rules.ReportRefused as refused:
                self._refuse(row, refused)
                continue
            except RowRefused as refused:
                fault = refused.fault
                self._say(row, "day", fault.value, fault.reason, fault.details)
                continue
            earlier = first.setdefault((said.sentinel, said.starts_on), row)
            if earlier != row:
                self._say(
                    row,
                    "sentinel",
                    cells[self.columns["sentinel"]],
                    "said_twice",
                    {"row": str(earlier)},
                )
                continue
            self.said.append(said)
            self.places.append(row)

    def _filled(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.cells)
        for row, cells in self.table.rows():
            texts = [plain(cell) for cell in cells[:width]]
            if row > self.heading and any(texts):
                yield row, texts + [""] * (width - len(texts))

    def _figures(self, cells: list[str]) -> Figures:
        named = self.numbers.get(cells[self.columns["sentinel"]], [])
        if len(named) != 1:
            code, details = why_not_one(named)
            raise rules.ReportRefused(code, None, **details)
        day = read_day("day", cells[self.columns["day"]], self.today)
        fixed = set(self.columns.values())
        values = {
            name: cells[at]
            for at, name in enumerate(self.cells)
            if name and at not in fixed and cells[at]
        }
        remark = cells[self.columns["remark"]] if "remark" in self.columns else ""
        return Figures(named[0], begin_of_period(self.rhythms[named[0]], day), values, remark)

    def answer(self, outcomes: list[Outcome]) -> None:
        """Answer every row that became a report."""
        for row, said, outcome in zip(self.places, self.said, outcomes, strict=True):
            if outcome.refused is not None:
                self._refuse(row, outcome.refused)
            elif outcome.verdict in ANSWER:
                verdict, reason = ANSWER[outcome.verdict]
                self.corrected += verdict is RowAnswer.Verdict.CORRECTED
                self.repeated += verdict is RowAnswer.Verdict.REPEATED
                details = {"version": str(outcome.version - 1)}
                day = said.starts_on.isoformat()
                self._add(row, "day", day, reason, details, verdict)

    def _refuse(self, row: int, refused: rules.ReportRefused) -> None:
        column = {"unknown_sentinel": "sentinel", "several_sentinels": "sentinel"}
        where = refused.item or column.get(refused.code, "day")
        self._say(row, where, "", refused.code, refused.details)

    def _say(self, row: int, column: str, value: str, reason: str, details: dict[str, str]) -> None:
        self.refused += 1
        self._add(row, column, value, reason, details, RowAnswer.Verdict.REFUSED)

    def _add(
        self,
        row: int,
        column: str,
        value: str,
        reason: str,
        details: dict[str, str],
        verdict: RowAnswer.Verdict,
    ) -> None:
        at = self.columns.get(column)
        self.answers.append(
            saving.Answer(
                row=row,
                verdict=verdict.value,
                column=self.cells[at] if at is not None else details.get("item", column),
                cell=f"{column_letter(at)}{row}" if at is not None else "",
                value=value[:200],
                reason=reason,
                details=details,
            )
        )
