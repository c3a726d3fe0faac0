"""What the pages about sentinels show: the places, what is to be reported, figures over time."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pingji.ground.directory.models import Area, Organisation, User, codes_around
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import (
    CalendarEntry,
    Period,
    Sentinel,
    SentinelItem,
    SentinelReport,
    SentinelType,
    SentinelValue,
    Silence,
)
from pingji.monitor.surveillance.queries.calendars import Calendars
from pingji.monitor.surveillance.queries.silence import Silent, silent
from pingji.monitor.surveillance.rules.periods import A_DAY, Rhythm, after_period
from pingji.monitor.surveillance.rules.sentinels import plain_figure

LATE_ENTRY = "sentinel.late_entry"
MOST_DIGITS = 9  # of the number of a sentinel that is looked for
# How many periods a sentinel's page shows.
STRIP = {Period.DAY: 84, Period.WEEK: 52, Period.MONTH: 24}

MARKS = {"in_time": "✓", "late": "△", "missing": "✕", "open": "", "off": ""}
STATES = {
    "in_time": gettext_lazy("in time"),
    "late": gettext_lazy("came late"),
    "missing": gettext_lazy("missing"),
    "open": gettext_lazy("still to come"),
    "off": gettext_lazy("day off"),
}


def sentinels_found(
    rows: QuerySet[Sentinel],
    *,
    word: str = "",
    kind: str = "",
    channel: str = "",
    area: str = "",
    own: bool = False,
    on: date,
    closed: bool,
) -> QuerySet[Sentinel]:
    """Sentinels by word or number, kind, channel and area; those open on a day, or the closed.

    Args:
        rows: Among which.
        word: In the name, or the number.
        kind: Code of a kind.
        channel: One of the five.
        area: Code of an area.
        own: Only those of the area itself, not of the areas within it.
        on: Those that had stopped before this day are closed.
        closed: Whether the closed are wanted, or the others.
    """
    if word:
        named = Q(name__icontains=word) | Q(name_en__icontains=word)
        if word.isdecimal() and len(word) <= MOST_DIGITS:
            named |= Q(pk=int(word))
        rows = rows.filter(named | Q(organisation__initials__startswith=word.lower()))
    if channel:
        rows = rows.filter(type__channel=channel)
    if kind:
        rows = rows.filter(type=kind)
    if area:
        rows = rows.filter(area=area) if own else rows.filter(area__code__startswith=area)
    ended = Q(closed_on__lt=on)
    return rows.filter(ended) if closed else rows.exclude(ended)


def said_period(period: str, starts_on: date) -> str:
    """A period in the reader's words: a day, a week, a month."""
    if period == Period.WEEK:
        year, week, _day = starts_on.isocalendar()
        return _("week %(week)s of %(year)s") % {"week": week, "year": year}
    return f"{starts_on:%Y-%m}" if period == Period.MONTH else f"{starts_on:%Y-%m-%d}"


@dataclass(frozen=True)
class Slot:
    """One period of a sentinel that may be reported."""

    starts_on: date
    words: str
    due_at: datetime
    reported: bool
    is_late: bool

    @property
    def short(self) -> str:
        """The period without its year, for a row of days on a phone."""
        return self.words[5:] if self.words == self.starts_on.isoformat() else self.words


def slots(sentinel: Sentinel, *, at: datetime) -> list[Slot]:
    """The latest periods that may be reported, the newest first, as many as the plan offers."""
    rhythm = Calendars().rhythm(sentinel.type_id, sentinel.area_id)
    most = int(standards.number(sentinel.area_id, LATE_ENTRY, timezone.localdate(at)))
    starts = _open_to(sentinel, rhythm, at=at, most=most + 1)
    there = reported_since([sentinel.pk], min(starts)) if starts else set()
    return _slots(sentinel, rhythm, starts, there, at)


def reported_since(numbers: list[int], since: date) -> set[tuple[int, date]]:
    """Which sentinels reported which periods from a day on."""
    rows = SentinelReport.objects.filter(sentinel__in=numbers, latest=True, starts_on__gte=since)
    return set(rows.order_by().values_list("sentinel_id", "starts_on"))


def _open_to(sentinel: Sentinel, rhythm: Rhythm, *, at: datetime, most: int) -> list[date]:
    """The latest periods that a sentinel may report, the newest first."""
    return [
        start
        for start in rhythm.open_at(at, most)
        if after_period(rhythm.period, start) > sentinel.opened_on
        and (sentinel.closed_on is None or start <= sentinel.closed_on)
    ]


def _slots(
    sentinel: Sentinel,
    rhythm: Rhythm,
    starts: list[date],
    there: set[tuple[int, date]],
    at: datetime,
) -> list[Slot]:
    found = []
    for start in starts:
        due = rhythm.due_at(start)
        missing = (sentinel.pk, start) not in there
        words = said_period(rhythm.period, start)
        found.append(Slot(start, words, due, not missing, missing and due <= at))
    return found


@dataclass(frozen=True)
class Box:
    """One large field of the form.

    Attributes:
        item: What is asked.
        value: What stands in the field.
        last: The last figure reported before this period; None where there is none.
        in_all: Others are part of it.
    """

    item: SentinelItem
    value: str
    last: str | None
    in_all: bool


@dataclass
class Form:
    """What the form for one period shows."""

    slot: Slot | None
    standing: SentinelReport | None
    boxes: list[Box] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """The version that stands while the form is filled in."""
        return self.standing.version if self.standing else 0

    @property
    def may_be_nothing(self) -> bool:
        """Whether one tap can report that nothing happened: what is asked in all is known."""
        return self.standing is None and all(
            box.value or not box.item.required for box in self.boxes if box.in_all
        )


def form_for(sentinel: Sentinel, starts_on: date, found: list[Slot]) -> Form:
    """The form for a period, with what stands and the last figures."""
    standing = (
        SentinelReport.objects.filter(sentinel=sentinel, starts_on=starts_on, latest=True)
        .select_related("by")
        .first()
    )
    before = SentinelReport.objects.filter(sentinel=sentinel, latest=True, starts_on__lt=starts_on)
    last = _values(before.order_by("-starts_on").first())
    now = _values(standing)
    items = items_on(sentinel, starts_on)
    of_some = {item.part_of_id for item in items}
    boxes = []
    for item in items:
        in_all = item.pk in of_some and item.part_of_id is None
        proposed = last.get(item.pk, "") if item.steady and standing is None else ""
        value = now.get(item.pk, proposed)
        boxes.append(Box(item, value, last.get(item.pk), in_all))
    slot = next((slot for slot in found if slot.starts_on == starts_on), None)
    return Form(slot, standing, boxes)


def items_on(sentinel: Sentinel, starts_on: date) -> list[SentinelItem]:
    """What a sentinel is asked for in a period, in order."""
    return items_of(sentinel.type, starts_on)


def items_of(kind: SentinelType, starts_on: date) -> list[SentinelItem]:
    """What sentinels of a kind are asked for in a period, in order."""
    asked = Q(ended_on__isnull=True) | Q(ended_on__gte=starts_on)
    return list(kind.items.filter(asked).order_by("order", "code"))


def _values(report: SentinelReport | None) -> dict[int, str]:
    if report is None:
        return {}
    rows = SentinelValue.objects.filter(report=report).values_list("item_id", "value")
    return {item: plain_figure(value) for item, value in rows}


@dataclass(frozen=True)
class Mine:
    """One of a reader's own sentinels and what is to be reported for it."""

    sentinel: Sentinel
    to_do: list[Slot]
    latest: Slot | None
    silent: Silent | None
    reminded_at: datetime | None

    @property
    def next(self) -> Slot | None:
        """What to report first: the newest period that is missing."""
        return self.to_do[0] if self.to_do else None


def my_sentinels(user: User, *, at: datetime, most: int) -> list[Mine]:
    """A reader's own sentinels, those with something to report first."""
    rows = Sentinel.objects.visible_to(user).open_on(timezone.localdate(at))
    rows = rows.filter(organisation=user.organisation_id)
    quiet = {one.sentinel: one for one in silent(rows, at=at)}
    acted = Silence.objects.filter(sentinel__in=quiet)
    reminded = {
        row.sentinel_id: row.reminded_at
        for row in acted
        if row.first_missing == quiet[row.sentinel_id].first_missing
    }
    offered = int(standards.number(user.area_id, LATE_ENTRY, timezone.localdate(at))) + 1
    calendars = Calendars()
    own = []
    for sentinel in rows.select_related("type", "area", "organisation")[:most]:
        rhythm = calendars.rhythm(sentinel.type_id, sentinel.area_id)
        own.append((sentinel, rhythm, _open_to(sentinel, rhythm, at=at, most=offered)))
    first = min((start for *_rest, starts in own for start in starts), default=date.max)
    there = reported_since([sentinel.pk for sentinel, *_rest in own], first)
    found = []
    for sentinel, rhythm, starts in own:
        all_slots = _slots(sentinel, rhythm, starts, there, at)
        found.append(
            Mine(
                sentinel,
                [slot for slot in all_slots if not slot.reported],
                all_slots[0] if all_slots else None,
                quiet.get(sentinel.pk),
                reminded.get(sentinel.pk),
            )
        )
    return sorted(found, key=lambda mine: (not mine.to_do, mine.silent is None))


@dataclass(frozen=True)
class Day:
    """One period in the strip of a sentinel's page."""

    starts_on: date
    words: str
    state: str
    version: int

    @property
    def mark(self) -> str:
        """The sign on the square, so that colour is not all that tells."""
        return MARKS[self.state]

    @property
    def said(self) -> str:
        """What the square says."""
        words = f"{self.words} · {STATES[self.state]}"
        corrected = _("corrected %(n)s times") % {"n": self.version - 1}
        return f"{words} · {corrected}" if self.version > 1 else words


def strip(sentinel: Sentinel, *, at: datetime) -> list[Day]:
    """The last periods of a sentinel, the oldest first: in time, late, missing, off."""
    rhythm = Calendars().rhythm(sentinel.type_id, sentinel.area_id)
    today = timezone.localdate(at)
    first = max(_back(rhythm.period, today), sentinel.opened_on)
    arrived: dict[date, tuple[bool, int]] = {}
    rows = SentinelReport.objects.filter(sentinel=sentinel, starts_on__gte=first)
    for start, version, known, due in rows.order_by("starts_on", "-version").values_list(
        "starts_on", "version", "known_at", "due_at"
    ):
        most = arrived[start][1] if start in arrived else version
        arrived[start] = known <= due, most
    found = []
    start = (
        first if rhythm.period == Period.DAY else next(rhythm.starts(first, today), today + A_DAY)
    )
    while start <= (sentinel.closed_on or today) and start <= today:
        in_time, version = arrived.get(start, (False, 0))
        if version:
            state = "in_time" if in_time else "late"
        elif not rhythm.is_expected(start):
            state = "off"
        else:
            state = "missing" if rhythm.due_at(start) <= at else "open"
        found.append(Day(start, said_period(rhythm.period, start), state, version))
        start = after_period(rhythm.period, start)
    return found


def _back(period: str, today: date) -> date:
    days = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}[Period(period)]
    return today - timedelta(days=days * STRIP[Period(period)] - 1)


def figures_over_time(sentinel: Sentinel, *, at: datetime, in_all: bool) -> dict[str, Any]:
    """The figures of a sentinel's page, as the chart component takes them.

    Args:
        sentinel: Whose.
        at: Now.
        in_all: The figures that others are part of, instead of the others.
    """
    items = list(SentinelItem.objects.filter(type=sentinel.type_id).order_by("order", "code"))
    of_some = {item.part_of_id for item in items}
    tops = {item.pk for item in items if item.pk in of_some and item.part_of_id is None}
    shown = [item for item in items if (item.pk in tops) == in_all]
    since = _back(sentinel.type.rhythm, timezone.localdate(at))
    values: dict[tuple[date, int], Decimal] = {}
    rows = SentinelValue.objects.filter(
        report__sentinel=sentinel, report__latest=True, report__starts_on__gte=since
    )
    for start, item, value in rows.order_by().values_list("report__starts_on", "item_id", "value"):
        values[start, item] = value
    days = [day.starts_on for day in strip(sentinel, at=at) if day.state != "off"]
    return {
        "kind": "lines",
        "title": sentinel.label,
        "labels": [str(day) for day in days],
        "series": [
            {
                "name": f"{item.label}（{item.unit_label}）" if item.unit else item.label,
                "values": [_number(values.get((day, item.pk))) for day in days],
            }
            for item in shown
        ],
        "note": _("A gap is a period without a report."),
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


@dataclass(frozen=True)
class Told:
    """One version of a report with its figures.

    Attributes:
        report: The version.
        words: The period it is about.
        figures: Names and values of those that are not 0.
        zeros: How many are 0.
        in_time: Whether it came in time.
    """

    report: SentinelReport
    words: str
    figures: list[tuple[str, str]]
    zeros: int
    in_time: bool


def told(reports: list[SentinelReport], period: str) -> list[Told]:
    """Reports with their figures in words."""
    figures: dict[int, list[tuple[str, str]]] = {report.pk: [] for report in reports}
    rows = SentinelValue.objects.filter(report__in=list(figures)).select_related("item")
    for value in rows.order_by("item__order", "item__code"):
        figures[value.report_id].append((value.item.label, plain_figure(value.value)))
    return [
        Told(
            report=r,
            words=said_period(period, r.starts_on),
            figures=[(name, value) for name, value in figures[r.pk] if value != "0"],
            zeros=sum(value == "0" for _name, value in figures[r.pk]),
            in_time=r.known_at <= r.due_at,
        )
        for r in reports
    ]


def points(sentinels: QuerySet[Sentinel], *, at: datetime, url: Any) -> list[dict[str, Any]]:
    """Open sentinels as points of the map, silent ones told apart."""
    rows = sentinels.open_on(timezone.localdate(at)).select_related("type", "area")  # type: ignore[attr-defined]
    quiet = {one.sentinel: one for one in silent(sentinels, at=at)}
    found = []
    for sentinel in rows:
        longitude, latitude = position(sentinel)
        if longitude is None or latitude is None:
            continue
        number = pgettext("of a sentinel", "Number")
        words = f"{sentinel.type.label} · {number} {sentinel.pk}"
        if one := quiet.get(sentinel.pk):
            since = f"{timezone.localtime(one.since):%Y-%m-%d %H:%M}"
            words += " · " + _("silent since %(since)s") % {"since": since}
        found.append(
            {
                "lon": longitude,
                "lat": latitude,
                "kind": "silent" if sentinel.pk in quiet else "sentinel",
                "name": sentinel.label,
                "words": words,
                "url": url(sentinel.pk),
            }
        )
    return found


def position(sentinel: Sentinel) -> tuple[float | None, float | None]:
    """Where a sentinel is drawn: its own place, else the point of its area."""
    if sentinel.longitude is not None:
        return sentinel.longitude, sentinel.latitude
    area: Area = sentinel.area
    return area.longitude, area.latitude


def organisations_inside(rows: QuerySet[Organisation], areas: list[str]) -> list[int]:
    """Those of some organisations that stand in one of the areas."""
    inside = Q(pk__in=[])
    for code in areas:
        inside |= Q(area__code__startswith=code)
    return list(rows.filter(inside).values_list("pk", flat=True))


def calendar_for(user: User) -> QuerySet[CalendarEntry]:
    """The calendar's entries that hold for a reader's area, or for a part of it."""
    around = codes_around(user.area_id)
    theirs = Q(area__isnull=True) | Q(area__in=around) | Q(area__code__startswith=user.area_id)
    return CalendarEntry.objects.filter(theirs).select_related("type", "area")
