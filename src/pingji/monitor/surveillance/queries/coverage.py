"""How completely and how timely sentinels report (R23): by kind and township, and one by one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from pingji.ground.directory.models import COUNTY_DIGITS, TOWNSHIP_DIGITS, Area, Organisation, User
from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.models import Sentinel, SentinelReport, SentinelType
from pingji.monitor.surveillance.queries.calendars import Calendars
from pingji.monitor.surveillance.queries.silence import number_between

COVERAGE_DAYS = "sentinel.coverage_days"
# Kinds of institution that the plan's indicator of connection is about.
MEDICAL = (Organisation.Kind.HOSPITAL, Organisation.Kind.TOWNSHIP_HEALTH_CENTRE)


@dataclass
class Kept:
    """How the reports of some sentinels came in.

    Attributes:
        sentinels: How many there are.
        due: Reports that were due.
        in_time: Of them, those that came in time.
        late: Those that came late.
    """

    sentinels: int = 0
    due: int = 0
    in_time: int = 0
    late: int = 0

    @property
    def missing(self) -> int:
        """Those that have not come."""
        return self.due - self.in_time - self.late

    @property
    def arrived(self) -> int:
        """Those that came, in time or late."""
        return self.in_time + self.late

    @property
    def complete(self) -> float | None:
        """Percent that came, in time or late; None where none was due."""
        return 100 * self.arrived / self.due if self.due else None

    @property
    def timely(self) -> float | None:
        """Percent that came in time; None where none was due."""
        return 100 * self.in_time / self.due if self.due else None

    def add(self, other: "Kept") -> None:
        """Take another's figures in."""
        self.sentinels += other.sentinels
        self.due += other.due
        self.in_time += other.in_time
        self.late += other.late


# Classes of a share on the map and in the matrix, in percent: below 50, 80, 95, 100, and all.
STEPS = (50, 80, 95, 100)


def class_of_share(share: float | None) -> int:
    """0 where nothing was due, 1 to 5 up the steps."""
    return 0 if share is None else 1 + sum(share >= step for step in STEPS)


@dataclass
class Coverage:
    """How sentinels reported over some days.

    Attributes:
        since: First day.
        until: Last day.
        kinds: Kinds that have a sentinel, in their order.
        places: Townships, and the county for what lies in none, by code.
        cells: By kind and place.
        by_kind: All places of a kind.
        by_place: All kinds of a place.
        whole: Everything.
    """

    since: date
    until: date
    kinds: list[SentinelType] = field(default_factory=list)
    places: list[Area] = field(default_factory=list)
    cells: dict[tuple[str, str], Kept] = field(default_factory=lambda: defaultdict(Kept))
    by_kind: dict[str, Kept] = field(default_factory=lambda: defaultdict(Kept))
    by_place: dict[str, Kept] = field(default_factory=lambda: defaultdict(Kept))
    whole: Kept = field(default_factory=Kept)


def coverage_days(area: str, at: datetime) -> int:
    """Over how many days the plan judges reporting."""
    return int(standards.number(area, COVERAGE_DAYS, timezone.localdate(at)))


def coverage(user: User, *, at: datetime, days: int) -> Coverage:
    """How the sentinels within a reader's sight reported over the last days, today not included."""
    until = timezone.localdate(at) - timedelta(days=1)
    found = Coverage(since=until - timedelta(days=days - 1), until=until)
    rows = Sentinel.objects.visible_to(user).order_by()
    due = _due(rows, found.since, at)
    for (kind, place), kept in due.cells(TOWNSHIP_DIGITS).items():
        found.cells[kind, place] = kept
    reports = due.reports(SentinelReport.objects.visible_to(user))
    for kind, place, in_time, late in (
        reports.annotate(place=Substr("sentinel__area_id", 1, TOWNSHIP_DIGITS))
        .values("sentinel__type", "place")
        .annotate(**_IN_TIME_AND_LATE)
        .values_list("sentinel__type", "place", "in_time", "late")
    ):
        found.cells[kind, place].in_time = in_time
        found.cells[kind, place].late = late
    for (kind, place), kept in found.cells.items():
        found.by_kind[kind].add(kept)
        found.by_place[place].add(kept)
        found.whole.add(kept)
    found.kinds = [kind for kind in due.calendars.types.values() if kind.pk in found.by_kind]
    found.places = list(Area.objects.visible_to(user).filter(pk__in=found.by_place))
    return found


def together(each: Iterable[Kept]) -> Kept:
    """The figures of several in one."""
    found = Kept()
    for kept in each:
        found.add(kept)
    return found


def kept_by(sentinels: Iterable[Sentinel], *, at: datetime, days: int) -> dict[int, Kept]:
    """How each of some sentinels reported over the last days."""
    numbers = [sentinel.pk for sentinel in sentinels]
    since = timezone.localdate(at) - timedelta(days=days)
    due = _due(Sentinel.objects.filter(pk__in=numbers).order_by(), since, at)
    found = due.each()
    reports = due.reports(SentinelReport.objects.filter(sentinel__in=numbers))
    for pk, in_time, late in (
        reports.values("sentinel")
        .annotate(**_IN_TIME_AND_LATE)
        .values_list("sentinel", "in_time", "late")
    ):
        found[pk].in_time, found[pk].late = in_time, late
    return found


_IN_TIME_AND_LATE = {
    "in_time": Count("pk", filter=Q(known_at__lte=F("due_at"))),
    "late": Count("pk", filter=Q(known_at__gt=F("due_at"))),
}


@dataclass
class _Due:
    """What was due of some sentinels: the periods of each kind and county, and who was open."""

    calendars: Calendars
    starts: dict[tuple[str, str], list[date]]
    rows: list[tuple[int, str, str, date, date | None]]

    def of(self, kind: str, area: str, opened: date, closed: date | None) -> int:
        """How many reports of one sentinel were due."""
        return number_between(self.starts[kind, area[:COUNTY_DIGITS]], opened, closed or date.max)

    def cells(self, digits: int) -> dict[tuple[str, str], Kept]:
        """Sentinels and reports due by kind and place."""
        found: dict[tuple[str, str], Kept] = defaultdict(Kept)
        for _pk, kind, area, opened, closed in self.rows:
            due = self.of(kind, area, opened, closed)
            found[kind, area[:digits]].add(Kept(sentinels=1, due=due))
        return found

    def each(self) -> dict[int, Kept]:
        """Reports due by sentinel."""
        return {
            pk: Kept(sentinels=1, due=self.of(kind, area, opened, closed))
            for pk, kind, area, opened, closed in self.rows
        }

    def reports(self, rows: QuerySet[SentinelReport]) -> QuerySet[SentinelReport]:
        """The first versions of reports that were due: a correction does not make them late."""
        alike: dict[tuple[str, tuple[date, ...]], list[str]] = defaultdict(list)
        for (kind, county), starts in self.starts.items():
            alike[county, tuple(starts)].append(kind)
        wanted = Q(pk__in=[])
        for (county, days), kinds in alike.items():
            wanted |= Q(
                sentinel__type__in=kinds,
                sentinel__area__code__startswith=county,
                starts_on__in=days,
            )
        return rows.filter(wanted, version=1).order_by()


def _due(sentinels: QuerySet[Sentinel], since: date, at: datetime) -> _Due:
    """What was due from a day on, of those sentinels that were open then or later."""
    calendars = Calendars()
    still_open = Q(closed_on__isnull=True) | Q(closed_on__gte=since)
    rows = list(
        sentinels.filter(still_open, opened_on__lte=timezone.localdate(at)).values_list(
            "pk", "type_id", "area_id", "opened_on", "closed_on"
        )
    )
    keys = {(kind, area[:COUNTY_DIGITS]) for _pk, kind, area, _opened, _closed in rows}
    starts = {key: calendars.rhythm(*key).due_starts(since, at) for key in keys}
    return _Due(calendars, starts, rows)


@dataclass(frozen=True)
class Covered:
    """How many organisations of one kind are sentinels of the kind that is to cover them."""

    kind: SentinelType
    met: int
    of: int

    @property
    def share(self) -> float | None:
        """Percent; None where there is no such organisation."""
        return 100 * self.met / self.of if self.of else None


def covered_organisations(user: User, *, on: date) -> list[Covered]:
    """How far each kind that is to cover a kind of organisation does so."""
    organisations = Organisation.objects.visible_to(user).open().order_by()
    number = dict(organisations.values_list("kind").annotate(n=Count("pk")))
    places = Sentinel.objects.visible_to(user).open_on(on).order_by()
    same = places.filter(
        organisation__kind=F("type__organisation_kind"), organisation__closed_on=None
    )
    met = dict(same.values_list("type").annotate(n=Count("organisation", distinct=True)))
    return [
        Covered(kind, met.get(kind.pk, 0), number.get(kind.organisation_kind, 0))
        for kind in SentinelType.objects.exclude(organisation_kind="")
        if number.get(kind.organisation_kind)
    ]


@dataclass
class Reach:
    """Of how many organisations somebody reports, by kind of sentinel and township.

    Attributes:
        kinds: Kinds that are to cover a kind of organisation.
        places: Townships, and the county for what lies in none.
        cells: Organisations that are a sentinel, and all there are, by kind and place.
        connected: Public institutions whose system sends, and all there are, by place.
    """

    kinds: list[SentinelType] = field(default_factory=list)
    places: list[Area] = field(default_factory=list)
    cells: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    connected: dict[str, tuple[int, int]] = field(default_factory=dict)


def reach(user: User, *, on: date) -> Reach:
    """How far sentinels and connected systems reach within a reader's sight, by township."""
    here = Substr("area_id", 1, TOWNSHIP_DIGITS)
    organisations = Organisation.objects.visible_to(user).open().order_by().annotate(place=here)
    there = {
        (kind, place): n
        for kind, place, n in organisations.values("kind", "place")
        .annotate(n=Count("pk"))
        .values_list("kind", "place", "n")
    }
    same = Sentinel.objects.visible_to(user).open_on(on).order_by()
    same = same.filter(
        organisation__kind=F("type__organisation_kind"), organisation__closed_on=None
    )
    met = {
        (kind, place): n
        for kind, place, n in same.annotate(
            place=Substr("organisation__area_id", 1, TOWNSHIP_DIGITS)
        )
        .values("type", "place")
        .annotate(n=Count("organisation", distinct=True))
        .values_list("type", "place", "n")
    }
    found = Reach()
    kinds_there = {kind for kind, _place in there}
    for kind in SentinelType.objects.exclude(organisation_kind=""):
        if kind.organisation_kind not in kinds_there:
            continue
        found.kinds.append(kind)
        for (of_kind, place), number in there.items():
            if of_kind == kind.organisation_kind:
                found.cells[kind.pk, place] = met.get((kind.pk, place), 0), number
    found.connected = connected_by_place(user)
    named = {place for _kind, place in found.cells} | set(found.connected)
    found.places = list(Area.objects.visible_to(user).filter(pk__in=named))
    return found


def connected_by_place(user: User) -> dict[str, tuple[int, int]]:
    """Public institutions whose own system sends, and all there are, by township."""
    rows = (
        public_institutions(user).order_by().annotate(place=Substr("area_id", 1, TOWNSHIP_DIGITS))
    )
    counted = rows.values("place").annotate(
        of=Count("pk"), met=Count("pk", filter=Q(connected=True))
    )
    return {row["place"]: (row["met"], row["of"]) for row in counted}


@dataclass(frozen=True)
class Connected:
    """Public medical institutions that send their data, of all there are (R23)."""

    met: int
    of: int

    @property
    def share(self) -> float | None:
        """Percent; None where there is none."""
        return 100 * self.met / self.of if self.of else None


def public_institutions(user: User) -> QuerySet[Organisation]:
    """The public hospitals and township health centres within sight."""
    rows = Organisation.objects.visible_to(user).open()
    return rows.filter(kind__in=MEDICAL, public=True)


def connected_institutions(user: User) -> Connected:
    """How many public institutions send their data."""
    counts = public_institutions(user).aggregate(
        of=Count("pk"), met=Count("pk", filter=Q(connected=True))
    )
    return Connected(counts["met"], counts["of"])
