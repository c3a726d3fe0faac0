"""How good the data are: what is empty, late, doubted, waiting; each figure with its rows."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.db.models import Count, Func, IntegerField, QuerySet
from django.db.models.functions import TruncDate
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import npgettext

from pingji.ground.directory.models import Organisation, User
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.models import (
    CaseReport,
    DuplicatePair,
    Import,
    Message,
    RowAnswer,
)
from pingji.monitor.surveillance.queries import faults, tallies
from pingji.monitor.surveillance.queries.figure_rows import (
    UNKNOWN,
    UNKNOWN_CODES,
    address,
    rows_of,
)
from pingji.monitor.surveillance.queries.pictures import rows_address

USUAL_DAYS, LONGEST_DAYS = 30, 366
ORGANISATIONS_SHOWN = 25


@dataclass(frozen=True)
class Period:
    """The days on which the cards arrived.

    Attributes:
        since: First day.
        until: Last day.
    """

    since: date
    until: date

    @classmethod
    def read(cls, given: Any, today: date) -> "Period":
        """From an address; the last days where it says nothing."""
        until = _day(given.get("until")) or today
        since = _day(given.get("since")) or until - min(
            timedelta(days=USUAL_DAYS - 1), until - date.min
        )
        if until - since > timedelta(days=LONGEST_DAYS):
            since = until - timedelta(days=LONGEST_DAYS)
        return cls(min(since, until), min(until, date(9999, 12, 30)))

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Its first moment, and the first after it."""
        begin = timezone.make_aware(datetime.combine(max(self.since, date(2, 1, 1)), time.min))
        end = timezone.make_aware(datetime.combine(self.until + timedelta(days=1), time.min))
        return begin, end

    @property
    def query(self) -> dict[str, str]:
        """The filter of the line list."""
        return {"known_from": self.since.isoformat(), "known_to": self.until.isoformat()}

    @property
    def received(self) -> dict[str, str]:
        """The filter of the messages."""
        return {"from": self.since.isoformat(), "to": self.until.isoformat()}


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None


def arrived(user: User, period: Period) -> QuerySet[CaseReport]:
    """The cards that count and arrived in the period."""
    begin, end = period.moments
    return (
        CaseReport.objects.visible_to(user)
        .counted()
        .filter(known_at__gte=begin, known_at__lt=end)
        .order_by()
    )


@dataclass(frozen=True)
class Share:
    """How many of some cards have a field filled in.

    Attributes:
        percent: Of all of them, rounded down, so that 100 means every one.
        missing: How many lack it.
        url: The list of those that lack it.
    """

    percent: int
    missing: int
    url: str


@dataclass(frozen=True)
class Completeness:
    """One row of the table: an organisation, or all together."""

    label: str
    cards: int
    url: str
    shares: list[Share]


def fields() -> list[str]:
    """The headings of the table of completeness."""
    return [str(label) for label, _empty in faults.LACKS.values()]


@dataclass(frozen=True)
class Gathered:
    """What one reading of the cards gives.

    Attributes:
        rows: One for each organisation, the most cards first: its key, its cards, and how many of
            them lack each field or hold each implausible value.
        days: By organisation, days from onset to diagnosis and from diagnosis to report, and how
            many cards took so long; None where a card lacks one of the days.
    """

    rows: list[dict[str, Any]]
    days: list[tuple[int | None, int | None, int | None, int]]


class DaysBetween(Func):
    """Whole days from one date to another."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


def gathered(cards: QuerySet[CaseReport], *, user: User, today: date) -> Gathered:
    """Everything the page says of the cards, in two readings of them."""
    wanted = {f"lacks_{name}": Count("pk", filter=q) for name, (_l, q) in faults.LACKS.items()}
    wanted |= {
        f"odd_{kind}": Count("pk", filter=faults.odd(kind, area=user.area_id, on=today))
        for kind in faults.ODD
    }
    rows = cards.values("organisation_id").annotate(cards=Count("pk"), **wanted)
    days = (
        cards.annotate(
            to_diagnosis=DaysBetween("diagnosed_on", "onset_on"),
            to_report=DaysBetween(TruncDate("known_at"), "diagnosed_on"),
        )
        .values_list("organisation_id", "to_diagnosis", "to_report")
        .annotate(n=Count("pk"))
    )
    return Gathered(list(rows.order_by("-cards", "organisation_id")), list(days))


def completeness(found: Gathered, period: Period) -> list[Completeness]:
    """All together first, then the organisations that reported most."""
    rows = found.rows
    names = _named(rows)
    counted = ("cards", *(f"lacks_{name}" for name in faults.LACKS))
    total = {name: sum(row[name] for row in rows) for name in counted}
    lines = [_complete(_("All together"), total, period.query)] if rows else []
    for row in rows[:ORGANISATIONS_SHOWN]:
        label, query = _who(names.get(row["organisation_id"]), period)
        lines.append(_complete(label, row, query))
    return lines


def _named(rows: list[dict[str, Any]]) -> dict[int, Organisation]:
    return Organisation.objects.in_bulk(
        [row["organisation_id"] for row in rows[:ORGANISATIONS_SHOWN] if row["organisation_id"]]
    )


def _who(one: Organisation | None, period: Period) -> tuple[str, dict[str, str]]:
    """What a row of a table is called, and the filter of its cards."""
    if one is None:
        return _("Not named"), period.query | {"quality": "lacks:organisation"}
    return one.label, period.query | {"organisation": one.code}


def _complete(label: str, row: dict[str, Any], query: dict[str, str]) -> Completeness:
    shares = [
        Share(
            100 * (row["cards"] - row[f"lacks_{name}"]) // row["cards"],
            row[f"lacks_{name}"],
            rows_address(query | {"quality": f"lacks:{name}"}),
        )
        for name in faults.LACKS
    ]
    return Completeness(label, row["cards"], rows_address(query), shares)


@dataclass(frozen=True)
class Delay:
    """Days from onset to diagnosis and from diagnosis to report, of one organisation or of all.

    Attributes:
        to_diagnosis: Median and 90th percentile; None where no card has both days.
        to_report: Likewise.
    """

    label: str
    cards: int
    url: str
    to_diagnosis: tuple[int, int] | None
    to_report: tuple[int, int] | None


def delays(found: Gathered, period: Period) -> list[Delay]:
    """All together first, then the organisations that reported most."""
    if not found.rows:
        return []
    names = _named(found.rows)
    every: tuple[Spread, Spread] = Counter(), Counter()
    of: dict[int | None, tuple[Spread, Spread]] = defaultdict(lambda: (Counter(), Counter()))
    for organisation, to_diagnosis, to_report, number in found.days:
        for spread in (every, of[organisation]):
            if to_diagnosis is not None:
                spread[0][to_diagnosis] += number
            if to_report is not None:
                spread[1][to_report] += number
    cards = sum(row["cards"] for row in found.rows)
    lines = [_delay(_("All together"), cards, period.query, every)]
    for row in found.rows[:ORGANISATIONS_SHOWN]:
        key = row["organisation_id"]
        label, query = _who(names.get(key), period)
        lines.append(_delay(label, row["cards"], query, of[key]))
    return lines


Spread = Counter[int]


def _delay(label: str, cards: int, query: dict[str, str], days: tuple[Spread, Spread]) -> Delay:
    return Delay(label, cards, rows_address(query), *(_pair(spread) for spread in days))


def _pair(spread: Spread) -> tuple[int, int] | None:
    """Median and 90th percentile: the least number of days within which so many were done."""
    if not spread:
        return None
    days = sorted(spread)
    reached = np.cumsum([spread[day] for day in days])
    median, ninetieth = (
        days[int(np.searchsorted(reached, share * reached[-1]))] for share in (0.5, 0.9)
    )
    return median, ninetieth


@dataclass(frozen=True)
class Figure:
    """One number, what it counts, and the way to its rows."""

    label: str
    value: int
    unit: str
    note: str
    url: str
    state: str = ""


def doubted(found: Gathered, period: Period) -> list[Figure]:
    """How many cards hold an implausible value of each kind."""
    counted = {kind: sum(row[f"odd_{kind}"] for row in found.rows) for kind in faults.ODD}
    return [
        Figure(
            str(faults.ODD[kind]),
            counted[kind],
            "",
            "",
            rows_address(period.query | {"quality": f"odd:{kind}"}),
            "amber" if counted[kind] else "",
        )
        for kind in faults.ODD
    ]


def cards_in_words(number: int) -> str:
    """What a number of report cards is counted in."""
    return npgettext("unit of a figure", "card", "cards", number)


def pairs_in_words(number: int) -> str:
    """What a number of pairs of cards is counted in."""
    return npgettext("unit of a figure", "pair", "pairs", number)


def messages_in_words(number: int) -> str:
    """What a number of messages is counted in."""
    return npgettext("unit of a figure", "message", "messages", number)


def waiting(user: User, period: Period, *, at: datetime) -> list[Figure]:
    """What waits for a person or came too late."""
    begin, end = period.moments
    cards = CaseReport.objects.visible_to(user)
    returned = cards.filter(state=CaseReport.State.RETURNED).count()
    clocks = Deadline.objects.visible_to(user).filter(
        subject_type=CaseReport._meta.label_lower, started_at__gte=begin, started_at__lt=end
    )
    late = clocks.late().values("subject_id").distinct().count()
    pairs = DuplicatePair.objects.visible_to(user).filter(state=DuplicatePair.State.OPEN).count()
    messages = Message.objects.visible_to(user)
    held = messages.filter(state=Message.State.HELD).count()
    partly = messages.filter(
        state__in=[Message.State.PARTLY, Message.State.REFUSED],
        received_at__gte=begin,
        received_at__lt=end,
    ).count()
    files = Import.objects.visible_to(user).filter(handed_in_at__gte=begin, handed_in_at__lt=end)
    unknown = RowAnswer.objects.filter(file__in=files, reason__in=UNKNOWN_CODES).count()
    mail = _address("surveillance:messages")
    found = [
        (_("Sent back, not yet corrected"), returned, cards_in_words(returned), _("now"),
         rows_address({"state": "returned"})),
        (_("Late, of those started in the period"), late, cards_in_words(late), _("deadlines of the plan"),
         rows_address({"quality": faults.late_of(period.since, period.until), "state": "every"})),
        (_("Pairs that may be one case"), pairs, pairs_in_words(pairs), _("now"),
         _address("surveillance:pairs")),
        (_("Messages held for a person"), held, messages_in_words(held), _("now"), f"{mail}?state=held"),
        (_("Messages refused in whole or in part"), partly, messages_in_words(partly), _("in the period"),
         f"{mail}?{urlencode({'state': 'not_whole'} | period.received)}"),
        (_("Rows with a code that is not known"), unknown,
         npgettext("unit of a figure", "row", "rows", unknown), _("files of the period"),
         address(kind=UNKNOWN, since=period.since, until=period.until)),
    ]  # fmt: skip
    return [
        Figure(label, value, unit, note, url, "amber" if value else "")
        for label, value, unit, note, url in found
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse("surveillance:imports")


def unlike_their_rows(user: User, period: Period) -> list[tuple[tallies.Difference, str]]:
    """Figures of the period's days that are not what their rows say, with the way to the rows."""
    found = tallies.differences(area=user.area_id, since=period.since, most=50)
    return [(one, rows_of(one.channel, one.disease, one.day, one.day, one.area)) for one in found]
