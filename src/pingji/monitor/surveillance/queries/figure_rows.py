"""The rows behind a figure of any channel: visits, findings, sentinels' reports, counts sent in.

A figure of one channel may be made of several kinds of rows: of visits and of what sentinels count
by hand, say. Each kind has its list, and what the kinds add up to is the figure.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import (
    Case,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models import Count as CountOf
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from pingji.ground.directory.models import Area, User
from pingji.monitor.surveillance.models import (
    CaseReport,
    Channel,
    Count,
    Disease,
    Import,
    LabResult,
    Period,
    RowAnswer,
    SentinelItem,
    SentinelReport,
    SentinelValue,
    Visit,
)
from pingji.monitor.surveillance.queries.line_list import area_meant, how_many
from pingji.monitor.surveillance.queries.parts import sent_of, wholes, with_parts
from pingji.monitor.surveillance.queries.pictures import rows_address

VISITS, RESULTS, SENTINELS, COUNTS, CARDS, UNKNOWN = (
    "visits",
    "results",
    "sentinels",
    "counts",
    "cards",
    "unknown",
)
KINDS = {
    VISITS: gettext_lazy("Visits"),
    RESULTS: gettext_lazy("Laboratory results"),
    SENTINELS: gettext_lazy("Reports of sentinels"),
    COUNTS: gettext_lazy("Counts sent in"),
    CARDS: gettext_lazy("Report cards"),
    UNKNOWN: gettext_lazy("Rows of files with an unknown code"),
}
# What a channel's figures are made of; every channel has sentinels.
MADE_OF = {
    Channel.CASE: (CARDS, SENTINELS),
    Channel.SYNDROME: (VISITS, SENTINELS),
    Channel.PATHOGEN: (RESULTS, SENTINELS),
    Channel.VECTOR: (SENTINELS,),
    Channel.DEPARTMENT: (SENTINELS,),
}
# The day of each kind of row that its figure is counted on.
DAY_OF = {
    CARDS: F("onset_on"),
    VISITS: TruncDate("visited_at"),
    RESULTS: TruncDate("found_at"),
}
UNKNOWN_CODES = ("unknown_area", "unknown_disease", "unknown_organisation", "unknown_word")
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)
A_DAY = timedelta(days=1)
NAMES = {
    "channel": gettext_lazy("Channel"),
    "disease": gettext_lazy("Disease or syndrome"),
    "area": gettext_lazy("Area"),
    "since": pgettext_lazy("day", "From"),
    "until": pgettext_lazy("day", "To"),
    "kind": gettext_lazy("Kind of row"),
    "period": gettext_lazy("Period"),
    "by": gettext_lazy("By which day"),
}
RECEIVED = "received"


@dataclass(frozen=True)
class Asked:
    """Whose rows are wanted, each as it stands in an address; empty where it is not narrowed.

    Attributes:
        period: Of counts sent in, only those of days, of weeks or of months.
        by: "received" for sentinels' reports by the day they came, whatever period they are of;
            else rows go by the day that their figure is counted on.
    """

    channel: str = ""
    disease: str = ""
    area: str = ""
    since: str = ""
    until: str = ""
    kind: str = ""
    period: str = ""
    by: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Asked":
        """From an address."""
        texts = {f.name: str(given.get(f.name, "")).strip()[:120] for f in fields(cls)}
        return cls(**{name: text.replace("\0", "") for name, text in texts.items()})


def address(**asked: object) -> str:
    """Where the rows behind a figure are."""
    known = {name: value for name, value in asked.items() if value}
    return f"{reverse('surveillance:figure_rows')}?{urlencode(known)}"


def counted_by_sentinels() -> set[str]:
    """Diseases of which sentinels too report cases: their figures are more than report cards."""
    items = SentinelItem.objects.filter(type__channel=Channel.CASE, disease__isnull=False)
    found = set(items.order_by().values_list("disease_id", flat=True))
    return found | {whole for part, whole in wholes().items() if part in found}


def reports_in_force(user: User) -> QuerySet[SentinelReport]:
    """The latest version of every report of a sentinel that a reader may see."""
    return SentinelReport.objects.visible_to(user).filter(latest=True)


def reports_received(user: User, since: date, until: date) -> dict[str, int]:
    """How many reports of sentinels came in on some days, by channel."""
    asked = Asked(since=since.isoformat(), until=until.isoformat(), by=RECEIVED)
    rows = Behind(asked, user=user).reports().order_by()
    return dict(rows.values_list("sentinel__type__channel").annotate(n=CountOf("pk")))


def rows_of(
    channel: str,
    disease: str,
    since: date,
    until: date,
    area: str = "",
    *,
    mixed: Collection[str] = (),
) -> str:
    """Where the rows of one channel's figure of some days are.

    Args:
        channel: One of the five.
        disease: Its disease or syndrome; empty for all of them.
        since: First day.
        until: Last day.
        area: Code of the area whose figure it is; empty for all that the reader sees.
        mixed: Diseases whose cases are not in report cards alone, as `counted_by_sentinels` says.
    """
    if channel == Channel.CASE and disease and disease not in mixed:
        days = {"onset_from": since.isoformat(), "onset_to": until.isoformat()}
        return rows_address({"disease": disease, "area": area} | days)
    return address(
        channel=channel,
        disease=disease,
        since=since.isoformat(),
        until=until.isoformat(),
        area=area,
    )


@dataclass(frozen=True)
class Part:
    """How much of a figure one kind of rows makes.

    Attributes:
        rows: How many rows there are.
        counted: What they add to the figure.
        exact: Whether that was counted or, for want of time, guessed.
    """

    kind: str
    label: str
    rows: int
    counted: int
    exact: bool
    url: str


class Behind:
    """The rows of one figure that a reader may see."""

    def __init__(self, asked: Asked, *, user: User) -> None:
        self.user = user
        self.unusable: list[str] = []
        self.channel = self._among("channel", asked.channel, Channel.values)
        self.period = self._among("period", asked.period, Period.values)
        self.received = self._among("by", asked.by, [RECEIVED]) == RECEIVED
        self.disease = Disease.objects.filter(pk=asked.disease).first() if asked.disease else None
        if asked.disease and self.disease is None:
            self.unusable.append("disease")
        self.diseases = with_parts(self.disease.pk) if self.disease else []
        self.area: Area | None = area_meant(user, asked.area) if asked.area else None
        if asked.area and self.area is None:
            self.unusable.append("area")
        self.since = self._day("since", asked.since) or FIRST_DAY
        self.until = self._day("until", asked.until) or LAST_DAY
        kinds = self.kinds()
        self.kind = self._among("kind", asked.kind, [*kinds, UNKNOWN, COUNTS]) or kinds[0]
        self.asked = asked

    def _among(self, name: str, text: str, allowed: list[str]) -> str:
        if text and text not in allowed:
            self.unusable.append(name)
            return ""
        return text

    def _day(self, name: str, text: str) -> date | None:
        if not text:
            return None
        try:
            return min(max(date.fromisoformat(text), FIRST_DAY), LAST_DAY)
        except ValueError:
            self.unusable.append(name)
            return None

    def kinds(self) -> list[str]:
        """The kinds of rows that the channel's figures are made of; all where none is named."""
        if self.received:
            return [SENTINELS]
        if self.channel:
            return list(MADE_OF[Channel(self.channel)])
        return [VISITS, RESULTS, SENTINELS]

    @property
    def place(self) -> str:
        """The beginning of the codes that count."""
        return self.area.pk if self.area else ""

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first moment of the days, and the first after them."""
        begin = timezone.make_aware(datetime.combine(self.since, time.min))
        return begin, timezone.make_aware(datetime.combine(self.until + A_DAY, time.min))

    def visits(self) -> QuerySet[Visit]:
        """Visits that count for the disease or syndrome, the newest first."""
        begin, end = self.moments
        # What an index holds by time: visits that count for anything at all.
        rows = Visit.objects.visible_to(self.user).exclude(signs=[])
        rows = rows.filter(visited_at__gte=begin, visited_at__lt=end)
        if self.disease:
            rows = rows.filter(_any_sign_of(self.diseases))
        return self._here(rows, "area").order_by("-visited_at", "-id")

    def results(self) -> QuerySet[LabResult]:
        """Positive findings, by the day the specimen was taken, the newest first."""
        begin, end = self.moments
        rows = LabResult.objects.visible_to(self.user).filter(
            finding=LabResult.Finding.POSITIVE, disease__isnull=False
        )
        rows = rows.annotate(found_at=Coalesce("taken_at", "reported_at"))
        rows = rows.filter(found_at__gte=begin, found_at__lt=end)
        if self.disease:
            rows = rows.filter(disease__in=self.diseases)
        return self._here(rows, "area").order_by("-found_at", "-id")

    def reports(self) -> QuerySet[SentinelReport]:
        """Reports of sentinels in force; for one disease only those that say a figure of it."""
        rows = reports_in_force(self.user)
        if self.received:
            begin, end = self.moments
            rows = rows.filter(known_at__gte=begin, known_at__lt=end)
        else:
            rows = rows.filter(starts_on__range=(self.since, self.until))
        if self.channel:
            rows = rows.filter(sentinel__type__channel=self.channel)
        if self.disease:
            said = SentinelValue.objects.visible_to(self.user).order_by()
            said = said.filter(item__disease__in=self.diseases, value__gt=0)
            rows = rows.filter(pk__in=said.values("report"), counted=True)
        newest = "-known_at" if self.received else "-starts_on"
        return self._here(rows, "sentinel__area").order_by(newest, "-id")

    def values(self) -> QuerySet[SentinelValue]:
        """The figures of those reports that count for a disease or syndrome."""
        rows = SentinelValue.objects.visible_to(self.user).filter(
            report__in=self.reports().order_by().filter(counted=True), item__disease__isnull=False
        )
        return (rows.filter(item__disease__in=self.diseases) if self.disease else rows).order_by()

    def cards(self) -> QuerySet[CaseReport]:
        """Report cards that count, by onset, the newest first."""
        rows = CaseReport.objects.visible_to(self.user).counted()
        rows = rows.filter(onset_on__range=(self.since, self.until))
        if self.disease:
            rows = rows.filter(disease__in=self.diseases)
        return self._here(rows, "area").order_by("-onset_on", "-id")

    def counts(self) -> QuerySet[Count]:
        """Counts sent in, every version, the newest period first.

        Those of parts only for periods of which the whole itself was not sent.
        """
        rows = Count.objects.visible_to(self.user).filter(starts_on__range=(self.since, self.until))
        if self.channel:
            rows = rows.filter(channel=self.channel)
        if self.period:
            rows = rows.filter(period=self.period)
        if self.disease:
            rows = sent_of(rows, self.disease.pk)
        if self.area:  # a series is of one area, not of those inside it
            rows = rows.filter(area=self.area)
        return rows.order_by("-starts_on", "area_id", "disease_id", "-known_at")

    def unknown(self) -> QuerySet[RowAnswer]:
        """Rows of files handed in on those days that name what is not known here."""
        begin, end = self.moments
        files = Import.objects.visible_to(self.user).filter(
            handed_in_at__gte=begin, handed_in_at__lt=end
        )
        return RowAnswer.objects.filter(file__in=files, reason__in=UNKNOWN_CODES).order_by(
            "-file", "row", "id"
        )

    def _here(self, rows: Any, field: str) -> Any:
        return rows.filter(**{f"{field}__code__startswith": self.place}) if self.place else rows

    def rows(self) -> QuerySet[Any]:
        """The rows of the kind that is shown."""
        return {
            VISITS: self.visits,
            RESULTS: self.results,
            SENTINELS: self.reports,
            COUNTS: self.counts,
            CARDS: self.cards,
            UNKNOWN: self.unknown,
        }[self.kind]()

    def parts(self) -> list[Part]:
        """What each kind of rows adds to the figure."""
        kinds = [self.kind] if self.kind in (COUNTS, UNKNOWN) else self.kinds()
        return [self._part(kind) for kind in kinds]

    def _part(self, kind: str) -> Part:
        exact = True
        if kind == VISITS:
            rows, counted = _visits_counted(self.visits(), self.diseases)
        elif kind == SENTINELS:
            rows = self.reports().order_by().count()
            counted = rows if self.received else self._said()
        elif kind == COUNTS:
            which = {"area", "disease", "channel", "period", "starts_on"}
            which -= {"disease"} if self.disease else set()
            rows = counted = self.counts().order_by().values(*sorted(which)).distinct().count()
        else:
            found = {RESULTS: self.results, CARDS: self.cards, UNKNOWN: self.unknown}[kind]()
            rows, exact = how_many(found.order_by())
            counted = rows
        return Part(kind, str(KINDS[kind]), rows, counted, exact, self.address(kind=kind))

    def _said(self) -> int:
        return int(self.values().aggregate(sum=Sum("value"))["sum"] or 0)

    def address(self, **changes: str) -> str:
        """The same rows with some parts of the address changed."""
        if changes.get("kind") == CARDS:
            return rows_address(self._as_filters())
        return address(**(asdict(self.asked) | changes))

    def by_day(self) -> dict[date, int]:
        """How many on each day, counted from the rows that the reader may see."""
        found: Counter[date] = Counter()
        for kind in self.kinds():
            if kind == SENTINELS:
                days = self.values().values_list("report__starts_on").annotate(n=Sum("value"))
            else:
                rows = {CARDS: self.cards, VISITS: self.visits, RESULTS: self.results}[kind]()
                counted = rows.order_by().annotate(day=DAY_OF[kind]).values_list("day")
                times = _times(self.diseases) if kind == VISITS else Value(1)
                days = counted.annotate(n=Sum(times))
            for day, number in days:
                found[day] += int(number)
        return found

    def _as_filters(self) -> dict[str, str]:
        asked = self.asked
        return {
            "disease": asked.disease,
            "area": self.place,
            "onset_from": asked.since,
            "onset_to": asked.until,
        }


def _any_sign_of(diseases: Collection[str]) -> Q:
    return reduce(or_, (Q(signs__contains=[code]) for code in diseases))


def _times(diseases: Collection[str]) -> Any:
    """How often a visit counts: once for each disease and syndrome of those asked about, or of all."""
    if not diseases:
        return Func(F("signs"), function="jsonb_array_length", output_field=IntegerField())
    return sum(
        (Case(When(signs__contains=[code], then=1), default=0) for code in diseases), start=Value(0)
    )


def _visits_counted(visits: QuerySet[Visit], diseases: Collection[str]) -> tuple[int, int]:
    """How many visits, and how often they count."""
    rows = visits.order_by()
    if len(diseases) == 1:
        number = rows.count()
        return number, number
    found = rows.aggregate(rows=CountOf("pk"), counted=Sum(_times(diseases)))
    return found["rows"], found["counted"] or 0
