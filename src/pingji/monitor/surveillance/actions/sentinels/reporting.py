"""What sentinels report: kept once, corrected as a new version, counted for their diseases.

A report comes from a screen, from a file or in a message. However it comes, the sentinels it is
about are locked first, so that of two who report the same period at once the second finds the
first one's figures standing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from pingji.ground.directory.models import Organisation, User
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.models import (
    Message,
    Sentinel,
    SentinelItem,
    SentinelReport,
    SentinelValue,
    Source,
)
from pingji.monitor.surveillance.queries.calendars import Calendars
from pingji.monitor.surveillance.rules import sentinels as rules
from pingji.monitor.surveillance.rules.incoming import IncomingSentinelReport, Problem
from pingji.monitor.surveillance.rules.sentinels import ReportRefused, Usual

MANY = 2_000  # rows in one statement
MOST_CHOICES = 8  # sentinels of one name that a refusal tells apart


class Verdict(StrEnum):
    """What became of one report."""

    NEW = "new"
    CORRECTED = "corrected"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True)
class Figures:
    """What somebody says a sentinel counted in one period.

    Attributes:
        sentinel: Its number.
        starts_on: First day of the period.
        values: Figure by the item's code or name, as written.
        remark: In the writer's own words.
        seen: The version the writer saw standing, 0 for none; None where they saw nothing.
    """

    sentinel: int
    starts_on: date
    values: Mapping[str, object]
    remark: str = ""
    seen: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one report, and why if it was refused."""

    verdict: Verdict
    version: int = 0
    refused: ReportRefused | None = None


@dataclass
class Taken:
    """What a batch came to.

    Attributes:
        outcomes: One for each report, in their order.
        changes: What it adds to the figures; to be given to `tallies.add` in the same transaction.
        sentinels: Those that reported.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    changes: list[tallies.Change] = field(default_factory=list)
    sentinels: dict[int, Sentinel] = field(default_factory=dict)

    def number(self, verdict: Verdict) -> int:
        """How many got a verdict."""
        return sum(outcome.verdict == verdict for outcome in self.outcomes)


@transaction.atomic
def report(
    *,
    sentinel: Sentinel,
    starts_on: date,
    values: Mapping[str, object],
    by: User,
    at: datetime,
    seen: int | None = None,
    remark: str = "",
    sure: bool = False,
    source: str = Source.SCREEN,
) -> Outcome:
    """Report one period of one sentinel, or correct what was reported.

    Args:
        sentinel: Who reports.
        starts_on: First day of the period.
        values: Figure by the item's code.
        by: Who reports.
        at: When it arrived.
        seen: The version that stood when the form was opened, 0 for none.
        remark: Why the figures are what they are; needed where they are unusual.
        sure: The writer was asked about unusual figures and confirms them.
        source: How it came.

    Raises:
        ReportRefused: If it cannot stand; `Unusual` if it must be confirmed with a reason.
    """
    said = Figures(sentinel.pk, starts_on, values, remark, seen)
    usual = None if sure and remark else _usual(sentinel, at)
    taken = _take([said], by=by, at=at, source=source, message=None, usual=usual)
    (outcome,) = taken.outcomes
    if outcome.refused is not None:
        raise outcome.refused

    if outcome.verdict is not Verdict.SAME:
        tallies.add(taken.changes, at=at)
        note(
            "sentinel.corrected" if outcome.verdict is Verdict.CORRECTED else "sentinel.reported",
            subject=sentinel,
            by=by,
            at=at,
            reason=remark,
            starts_on=starts_on.isoformat(),
            version=outcome.version,
        )
        _tell(taken, at)
    return outcome


@transaction.atomic
def report_many(
    *, reports: Sequence[Figures], by: User, at: datetime, source: str = Source.FILE
) -> list[Outcome]:
    """Report many periods of many sentinels at once; each is answered by itself.

    Returns:
        One outcome for each report, in their order; what was refused was not kept.
    """
    taken = _take(reports, by=by, at=at, source=source, message=None)
    if taken.sentinels:
        tallies.add(taken.changes, at=at)
        note(
            "sentinels.reported",
            subject=None,
            by=by,
            at=at,
            new=taken.number(Verdict.NEW),
            corrected=taken.number(Verdict.CORRECTED),
            refused=taken.number(Verdict.REFUSED),
        )
        _tell(taken, at)
    return taken.outcomes


@transaction.atomic
def report_incoming(
    *,
    reports: Sequence[IncomingSentinelReport],
    organisation: Organisation,
    message: Message | None,
    at: datetime,
    source: str,
) -> tuple[Taken, list[Problem]]:
    """Keep what a message says of the sender's own sentinels. The same again changes nothing.

    The caller, which keeps the rest of the message too, gives `changes` to `tallies.add` together
    with its own, and puts the message on record; open pages and later stages are told here.

    Args:
        reports: What the message says, by name or number of the sentinel.
        organisation: Whose sentinels the sender may report for.
        message: The message.
        at: When it arrived.
        source: In what form it came.

    Returns:
        What was kept, and a problem for each report that was not.
    """
    mine = _by_name(organisation)
    said: list[Figures] = []
    asked: list[IncomingSentinelReport] = []
    problems: list[Problem] = []
    for one in reports:
        found = mine.get(one.sentinel.strip(), [])
        if len(found) == 1:
            said.append(Figures(found[0], one.starts_on, one.values, one.remark))
            asked.append(one)
        else:
            path = f"sentinel_reports[{one.item}].sentinel"
            problems.append(Problem(one.item, path, *why_not_one(found)))
    taken = _take(said, by=None, at=at, source=source, message=message)
    for one, outcome in zip(asked, taken.outcomes, strict=True):
        if outcome.refused is not None:
            problem = outcome.refused
            where = f"values.{problem.item}" if problem.item else "starts_on"
            path = f"sentinel_reports[{one.item}].{where}"
            problems.append(Problem(one.item, path, problem.code, problem.details))
    _tell(taken, at)
    return taken, problems


def _by_name(organisation: Organisation) -> dict[str, list[int]]:
    """An organisation's sentinels by their numbers and names."""
    found: dict[str, list[int]] = {}
    rows = Sentinel.objects.filter(organisation=organisation)
    for pk, *names in rows.values_list("pk", "name", "name_en"):
        for name in {str(pk), *names} - {""}:
            found.setdefault(name, []).append(pk)
    return found


def why_not_one(found: Sequence[int]) -> tuple[str, dict[str, str]]:
    """Why a name does not lead to one sentinel; of several, the numbers to choose from."""
    if not found:
        return "unknown_sentinel", {}
    rows = Sentinel.objects.filter(pk__in=found[:MOST_CHOICES]).select_related("type", "area")
    choices = [f"{one.pk}（{one.type.label}，{one.area.label}）" for one in rows.order_by("pk")]
    if len(found) > MOST_CHOICES:
        choices.append("…")
    return "several_sentinels", {"choices": "、".join(choices)}


def _usual(sentinel: Sentinel, at: datetime) -> Usual:
    """What the plan of the sentinel's county calls unusual."""
    today = timezone.localdate(at)
    days, factor, least = (
        standards.number(sentinel.area_id, f"sentinel.unusual.{name}", today)
        for name in ("days", "factor", "at_least")
    )
    return Usual(int(days), factor, least)


def _tell(taken: Taken, at: datetime) -> None:
    """Tell later stages and open pages who reported."""
    if not taken.sentinels:
        return
    announce("sentinels_reported", at=at, sentinels=sorted(taken.sentinels))
    for area, organisations in sorted(by_area(taken.sentinels.values()).items()):
        only = organisations.pop() if len(organisations) == 1 else None
        publish("sentinels", area=area, organisation=only)
    above = {(s.area_id, s.organisation.parent_id) for s in taken.sentinels.values()}
    for area, centre in sorted(pair for pair in above if pair[1] is not None):
        publish("sentinels", area=area, organisation=centre)


def by_area(places: Iterable[Sentinel]) -> dict[str, set[int]]:
    """Organisations of some sentinels by their area: each area's pages are told once."""
    found: dict[str, set[int]] = {}
    for place in places:
        found.setdefault(place.area_id, set()).add(place.organisation_id)
    return found


@dataclass
class _Standing:
    """The report of one period that is in force, and its figures."""

    report: SentinelReport
    values: dict[int, Decimal]


@dataclass
class _Row:
    """A report that was found right, on its way into the tables."""

    at: int
    said: Figures
    sentinel: Sentinel
    values: dict[int, Decimal]
    before: _Standing | None


def _take(
    reports: Sequence[Figures],
    *,
    by: User | None,
    at: datetime,
    source: str,
    message: Message | None,
    usual: Usual | None = None,
) -> Taken:
    """Lock the sentinels, check every report, keep those that can stand."""
    asked = {said.sentinel for said in reports}
    locked = Sentinel.objects.select_for_update(of=("self",)).filter(pk__in=asked).order_by("pk")
    batch = _Batch(
        sentinels={s.pk: s for s in locked.select_related("type", "organisation", "area")},
        calendars=Calendars(),
        by=by,
        at=at,
        source=source,
        message=message,
        usual=usual,
    )
    outcomes: dict[int, Outcome] = {}
    changes: list[tallies.Change] = []
    for wave in _waves(reports):
        changes += batch.keep(wave, outcomes)
    kept = [r.sentinel for i, r in enumerate(reports) if outcomes[i].verdict in _KEPT]
    return Taken(
        outcomes=[outcomes[i] for i in range(len(reports))],
        changes=changes,
        sentinels={pk: batch.sentinels[pk] for pk in kept},
    )


_KEPT = {Verdict.NEW, Verdict.CORRECTED}


def _waves(reports: Sequence[Figures]) -> Iterable[list[tuple[int, Figures]]]:
    """The reports so parted that none holds a period twice; a later one meets the earlier."""
    waves: list[list[tuple[int, Figures]]] = []
    times: dict[tuple[int, date], int] = {}
    for i, said in enumerate(reports):
        key = said.sentinel, said.starts_on
        wave = times[key] = times.get(key, -1) + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append((i, said))
    return waves


@dataclass
class _Batch:
    """Reports that arrive together."""

    sentinels: dict[int, Sentinel]
    calendars: Calendars
    by: User | None
    at: datetime
    source: str
    message: Message | None
    usual: Usual | None
    _items: dict[str, list[SentinelItem]] = field(default_factory=dict)

    def items_of(self, kind: str, starts_on: date) -> list[SentinelItem]:
        """What sentinels of a kind were asked for in a period."""
        if not self._items:
            kinds = {s.type_id for s in self.sentinels.values()}
            for item in SentinelItem.objects.filter(type__in=kinds):
                self._items.setdefault(item.type_id, []).append(item)
        return [
            item
            for item in self._items.get(kind, [])
            if item.ended_on is None or item.ended_on >= starts_on
        ]

    def keep(
        self, wave: list[tuple[int, Figures]], outcomes: dict[int, Outcome]
    ) -> list[tallies.Change]:
        """Check and keep reports of different periods; put what became of each in `outcomes`."""
        standing = self.standing([said for _i, said in wave])
        rows: list[_Row] = []
        for i, said in wave:
            before = standing.get((said.sentinel, said.starts_on))
            try:
                row = self.checked(i, said, before)
            except ReportRefused as refused:
                outcomes[i] = Outcome(Verdict.REFUSED, refused=refused)
                continue
            if before is not None and before.values == row.values:
                outcomes[i] = Outcome(Verdict.SAME, before.report.version)
                continue
            rows.append(row)
            version = before.report.version + 1 if before else 1
            outcomes[i] = Outcome(Verdict.CORRECTED if before else Verdict.NEW, version)
        self.save(rows)
        return [change for row in rows for change in self.changes_of(row)]

    def standing(self, reports: Collection[Figures]) -> dict[tuple[int, date], _Standing]:
        """What stands for the periods reported, by sentinel and first day."""
        rows = SentinelReport.objects.filter(
            latest=True,
            sentinel__in={said.sentinel for said in reports},
            starts_on__in={said.starts_on for said in reports},
        )
        wanted = {(said.sentinel, said.starts_on) for said in reports}
        found = {
            report.pk: _Standing(report, {})
            for report in rows.select_related("by")
            if (report.sentinel_id, report.starts_on) in wanted
        }
        values = SentinelValue.objects.filter(report__in=list(found)).order_by()
        for report, item, value in values.values_list("report_id", "item_id", "value"):
            found[report].values[item] = value
        return {(s.report.sentinel_id, s.report.starts_on): s for s in found.values()}

    def checked(self, i: int, said: Figures, before: _Standing | None) -> _Row:
        """The report, if it can stand.

        Raises:
            ReportRefused: If it cannot.
        """
        sentinel = self.sentinels.get(said.sentinel)
        if sentinel is None:
            raise ReportRefused("unknown_sentinel")
        if self.by is not None:
            rules.check_can_report(self.by, sentinel)
        rhythm = self.calendars.rhythm(sentinel.type_id, sentinel.area_id)
        rules.check_period(sentinel, rhythm, said.starts_on, timezone.localdate(self.at))
        items = self.items_of(sentinel.type_id, said.starts_on)
        values = rules.read_figures(items, said.values)
        if before is None or before.values != values:
            if before is not None and said.seen is not None and said.seen < before.report.version:
                raise ReportRefused("reported_meanwhile", None, **_who_when(before.report))
            if self.usual is not None:
                highest = _highest(sentinel, said.starts_on, self.usual.days)
                rules.check_usual(items, values, highest, self.usual)
        return _Row(i, said, sentinel, values, before)

    def save(self, rows: list[_Row]) -> None:
        """Put the reports into the tables; what stood before stays as an earlier version."""
        if not rows:
            return
        old = [row.before.report.pk for row in rows if row.before]
        SentinelReport.objects.filter(pk__in=old).update(latest=False)
        reports = SentinelReport.objects.bulk_create((self.made(r) for r in rows), MANY)
        SentinelValue.objects.bulk_create(
            (
                SentinelValue(report=report, item_id=item, value=value)
                for report, row in zip(reports, rows, strict=True)
                for item, value in row.values.items()
            ),
            MANY,
        )

    def made(self, row: _Row) -> SentinelReport:
        """The row of the table."""
        sentinel, before = row.sentinel, row.before
        rhythm = self.calendars.rhythm(sentinel.type_id, sentinel.area_id)
        by_visits = sentinel.type.seen_in_visits and sentinel.organisation.connected
        return SentinelReport(
            sentinel=sentinel,
            starts_on=row.said.starts_on,
            version=before.report.version + 1 if before else 1,
            source=self.source,
            by=self.by,
            message=self.message,
            known_at=self.at,
            due_at=rhythm.due_at(row.said.starts_on),
            remark=row.said.remark[:300],
            # A correction counts where what it corrects did, whatever is connected since.
            counted=before.report.counted if before else not by_visits,
        )

    def changes_of(self, row: _Row) -> Iterable[tallies.Change]:
        """What the report adds to the figures; a correction the difference."""
        sentinel, before = row.sentinel, row.before
        if before and not before.report.counted:
            return
        if not before and sentinel.type.seen_in_visits and sentinel.organisation.connected:
            return
        earlier = before.values if before else {}
        for item in self._items[sentinel.type_id]:
            if item.disease_id is None:
                continue
            difference = row.values.get(item.pk, Decimal()) - earlier.get(item.pk, Decimal())
            if difference:
                yield (
                    item.disease_id,
                    sentinel.type.channel,
                    sentinel.area_id,
                    row.said.starts_on,
                    int(difference),
                )


def _who_when(report: SentinelReport) -> dict[str, str]:
    who = report.by.display_name if report.by else report.get_source_display()
    return {"who": who, "when": f"{timezone.localtime(report.known_at):%Y-%m-%d %H:%M}"}


def _highest(sentinel: Sentinel, starts_on: date, days: int) -> dict[int, Decimal]:
    """The highest figure of each item in the days before a period."""
    first = date.fromordinal(starts_on.toordinal() - days)
    values = SentinelValue.objects.filter(
        report__sentinel=sentinel,
        report__latest=True,
        report__starts_on__gte=first,
        report__starts_on__lt=starts_on,
    )
    return dict(values.order_by().values_list("item").annotate(most=Max("value")))
