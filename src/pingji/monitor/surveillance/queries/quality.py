"""How good the data are: what is empty, late, doubted, waiting; each figure with its rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

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
from pingji.monitor.surveillance.queries.pictures import rows_address

USUAL_DAYS, LONGEST_DAYS = 30, 3 * 366
ORGANISATIONS_SHOWN = 25
UNKNOWN = ("unknown_area", "unknown_disease", "unknown_organisation", "unknown_word")


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


def completeness(cards: QuerySet[CaseReport], period: Period) -> list[Completeness]:
    """All together first, then the organisations that reported most."""
    missing = {f"lacks_{name}": Count("pk", filter=q) for name, (_l, q) in faults.LACKS.items()}
    rows = list(
        cards.values("organisation_id")
        .annotate(cards=Count("pk"), **missing)
        .order_by("-cards", "organisation_id")
    )
    names = Organisation.objects.in_bulk(
        [row["organisation_id"] for row in rows[:ORGANISATIONS_SHOWN] if row["organisation_id"]]
    )
    total = {name: sum(row[name] for row in rows) for name in ("cards", *missing)}
    found = [_complete(_("All together"), total, period.query)] if rows else []
    for row in rows[:ORGANISATIONS_SHOWN]:
        one = names.get(row["organisation_id"])
        if one is None:
            query = period.query | {"quality": "lacks:organisation"}
            found.append(_complete(_("Not named"), row, query))
        else:
            found.append(_complete(one.label, row, period.query | {"organisation": one.code}))
    return found


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


def delays(cards: QuerySet[CaseReport], period: Period) -> list[Delay]:
    """All together first, then the organisations that reported most."""
    days = cards.annotate(arrived=TruncDate("known_at")).values_list(
        "organisation_id", "onset_on", "diagnosed_on", "arrived"
    )
    inner, values = days.query.sql_with_params()
    spread = [
        f"percentile_disc({share}) within group (order by {days})"
        for days in ("diagnosed - onset", "arrived - diagnosed")
        for share in (0.5, 0.9)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select grouping(organisation), organisation, count(*), {", ".join(spread)}
            from ({inner}) cards (organisation, onset, diagnosed, arrived)
            group by grouping sets ((), (organisation)) order by 1 desc, 3 desc, 2
            limit {ORGANISATIONS_SHOWN + 1}
            """,  # noqa: S608 - made of constants and of the ORM's own text
            values,
        )
        rows = cursor.fetchall()
    names = Organisation.objects.in_bulk([row[1] for row in rows if row[1]])
    found = []
    for whole, key, number, *figures in rows:
        if not number:
            continue
        query = dict(period.query)
        if whole:
            label = _("All together")
        elif key in names:
            label = names[key].label
            query["organisation"] = names[key].code
        else:
            label = _("Not named")
            query["quality"] = "lacks:organisation"
        found.append(
            Delay(label, number, rows_address(query), _pair(figures[:2]), _pair(figures[2:]))
        )
    return found


def _pair(figures: list[int | None]) -> tuple[int, int] | None:
    median, ninetieth = figures
    return None if median is None or ninetieth is None else (median, ninetieth)


@dataclass(frozen=True)
class Figure:
    """One number, what it counts, and the way to its rows."""

    label: str
    value: int
    unit: str
    note: str
    url: str
    state: str = ""


def doubted(
    cards: QuerySet[CaseReport], period: Period, *, user: User, today: date
) -> list[Figure]:
    """How many cards hold an implausible value of each kind."""
    kinds = {
        kind: Count("pk", filter=faults.odd(kind, area=user.area_id, on=today))
        for kind in faults.ODD
    }
    counted = cards.aggregate(**kinds)
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
    unknown = RowAnswer.objects.filter(file__in=files, reason__in=UNKNOWN).count()
    card, row, message = (
        pgettext("unit of a figure", "cards"),
        pgettext("unit of a figure", "rows"),
        pgettext("unit of a figure", "messages"),
    )
    mail = _address("surveillance:messages")
    found = [
        (_("Sent back, not yet corrected"), returned, card, _("now"),
         rows_address({"state": "returned"})),
        (_("Late, of those started in the period"), late, card, _("deadlines of the plan"),
         rows_address({"quality": faults.LATE, "state": "every"})),
        (_("Pairs that may be one case"), pairs, pgettext("unit of a figure", "pairs"), _("now"),
         _address("surveillance:pairs")),
        (_("Messages held for a person"), held, message, _("now"), f"{mail}?state=held"),
        (_("Messages refused in whole or in part"), partly, message, _("in the period"),
         f"{mail}?state=refused"),
        (_("Rows with a code that is not known"), unknown, row, _("files of the period"),
         _address("surveillance:imports")),
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


def unlike_their_rows(user: User, period: Period) -> list[tallies.Difference]:
    """Figures of the period's days that are not what their rows say; none when all is well."""
    return tallies.differences(area=user.area_id, since=period.since, most=50)
