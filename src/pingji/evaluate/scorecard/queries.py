"""Every figure of the scorecard, computed from deadlines and registries, and the rows behind it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from urllib.parse import urlencode

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.evaluate.scorecard.models import LedgerEntry
from pingji.ground.directory.models import Area, User
from pingji.ground.standards import queries as standards
from pingji.ground.standards.models import Deadline, Profile, StandardRow, Task
from pingji.monitor.surveillance.models import Channel
from pingji.monitor.surveillance.queries import coverage as surveillance
from pingji.warn.alerts.models import Alert

VERIFY = "alert.verify"


@dataclass(frozen=True)
class Span:
    """The days a scorecard speaks of, in the county's calendar; the last one counts too."""

    since: date
    until: date

    @property
    def begins(self) -> datetime:
        """The moment the first day begins."""
        return timezone.make_aware(datetime.combine(self.since, time.min))

    @property
    def ends(self) -> datetime:
        """The moment the last day is over."""
        return timezone.make_aware(datetime.combine(self.until, time.max))

    @property
    def query(self) -> str:
        """The span as a part of an address."""
        return urlencode({"since": self.since, "until": self.until})


@dataclass(frozen=True)
class Part:
    """A figure's part: one channel of the answered signals."""

    label: str
    met: int
    of: int


@dataclass(frozen=True)
class Kpi:
    """A yearly indicator of the plan beside what the registries say.

    Attributes:
        row: The plan's row with its target.
        met: How many fulfil it; None where nothing is recorded that could tell.
        of: Out of how many.
        missing: Why there is no figure.
        url: The rows behind the figure.
        parts: The figure by channel, where the plan asks for it.
    """

    row: StandardRow
    met: int | None = None
    of: int | None = None
    missing: str = ""
    url: str = ""
    parts: list[Part] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        """Percent; None where there is nothing to count."""
        return None if not self.of or self.met is None else 100 * self.met / self.of

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is no figure or no target."""
        if self.share is None or self.row.value is None:
            return None
        if self.row.better == "lower":
            return self.share <= float(self.row.value)
        return self.share >= float(self.row.value)


def county_of(user: User) -> str:
    """The county whose plan a reader is measured by; a city's own where it has several."""
    return str(user.area_id)[:6]


def kpis(*, user: User, span: Span, at: datetime) -> list[Kpi]:
    """The plan's indicators, each with its figure or the reason why there is none."""
    profile = standards.profile_for(county_of(user), timezone.localdate(at))
    return kpis_of(profile, user=user, span=span, at=at) if profile else []


def kpis_of(profile: Profile, *, user: User, span: Span, at: datetime) -> list[Kpi]:
    """The indicators of a plan that is at hand."""
    indicators = standards.rules_of(
        profile, timezone.localdate(at), section=StandardRow.Section.INDICATOR
    )
    found = []
    for row in indicators.values():
        compute = COMPUTED.get(row.key)
        if compute:
            found.append(compute(row, user, span, at))
        else:
            found.append(Kpi(row, missing=_("What it counts is not recorded in this system yet.")))
    return sorted(found, key=lambda kpi: kpi.share is None)


def deadlines_in(user: User, span: Span) -> QuerySet[Deadline]:
    """The deadlines within sight that began in the span."""
    return Deadline.objects.visible_to(user).filter(started_at__range=(span.begins, span.ends))


def ended(deadlines: QuerySet[Deadline], at: datetime) -> QuerySet[Deadline]:
    """Those that were kept or not; neither let go nor still running in time."""
    still_running = Q(state=Deadline.State.OPEN, due_at__gt=at)
    return deadlines.exclude(state=Deadline.State.CANCELLED).exclude(still_running)


def answered_signals(row: StandardRow, user: User, span: Span, at: datetime) -> Kpi:
    """R24: signals whose verification was in time, of those that are answered or whose time is over."""
    clocks = list(
        ended(deadlines_in(user, span), at)
        .filter(key=VERIFY, subject_type=Alert._meta.label_lower)
        .values_list("subject_id", "state")
    )
    channel_of = dict(
        Alert.objects.filter(pk__in=[int(subject) for subject, _state in clocks]).values_list(
            "pk", "channel"
        )
    )
    of = Counter(channel_of[int(subject)] for subject, _state in clocks)
    met = Counter(
        channel_of[int(subject)] for subject, state in clocks if state == Deadline.State.MET
    )
    return Kpi(
        row,
        met=met.total(),
        of=of.total(),
        missing=_("No signal was due in these days."),
        url=f"{reverse('scorecard:deadlines')}?key={VERIFY}&ended=1&{span.query}",
        parts=[Part(str(Channel(c).label), met[c], of[c]) for c in Channel.values],
    )


def connected_institutions(row: StandardRow, user: User, span: Span, at: datetime) -> Kpi:
    """R23: public hospitals and township health centres that send their data."""
    counts = surveillance.connected_institutions(user)
    return Kpi(
        row,
        met=counts.met,
        of=counts.of,
        missing=_("No public institution is registered."),
        url=reverse("scorecard:institutions"),
    )


COMPUTED: dict[str, Callable[[StandardRow, User, Span, datetime], Kpi]] = {
    "signal.answered_share": answered_signals,
    "institutions.connected_share": connected_institutions,
}


@dataclass(frozen=True)
class Promise:
    """One kind of deadline and how it was kept."""

    key: str
    label: str
    origin: str
    demand: str
    met: int
    met_late: int
    missed: int
    open: int
    cancelled: int
    url: str
    verified: bool = True

    @property
    def ended(self) -> int:
        """Deadlines that were kept or not; those still running do not count yet."""
        return self.met + self.met_late + self.missed

    @property
    def share(self) -> float | None:
        """Percent kept in time."""
        return 100 * self.met / self.ended if self.ended else None


def promises(*, user: User, span: Span, at: datetime) -> list[Promise]:
    """Every kind of deadline with its count by state, the worst kept first.

    One whose time is over counts as missed, even before the sweep has said so.
    """
    over = When(state=Deadline.State.OPEN, due_at__lte=at, then=Value(Deadline.State.MISSED.value))
    counted: dict[str, dict[str, int]] = {}
    for key, state, number in (
        deadlines_in(user, span)
        .order_by()
        .annotate(stands=Case(over, default="state"))
        .values_list("key", "stands")
        .annotate(n=Count("pk"))
    ):
        counted.setdefault(key, {})[state] = number
    in_force = standards.rules_for(county_of(user), span.until, key__in=counted) if counted else {}
    found = []
    for key, states in counted.items():
        row = in_force.get(key) or _latest_rule(key)
        found.append(
            Promise(
                key=key,
                label=row.label,
                origin=row.origin,
                verified=row.verified,
                demand=row.said,
                url=f"{reverse('scorecard:deadlines')}?key={key}&{span.query}",
                **{state: states.get(state, 0) for state in Deadline.State.values},
            )
        )
    return sorted(found, key=lambda p: (p.share is None, p.share or 0, p.key))


def _latest_rule(key: str) -> StandardRow:
    """A figure that no plan sets any longer, as the deadlines that run by it know it."""
    rows = StandardRow.objects.filter(key=key, deadlines__isnull=False).select_related("profile")
    return rows.latest("effective_from")


@dataclass(frozen=True)
class LedgerLine:
    """A task of the plan and how far it is."""

    task: Task
    entry: LedgerEntry | None
    state: str
    state_label: str
    late: bool


def ledger(*, user: User, at: datetime) -> list[LedgerLine]:
    """The plan's task ledger with the state of each task (R119)."""
    today = timezone.localdate(at)
    county = county_of(user)
    tasks = standards.tasks_for(county, today)
    entries = LedgerEntry.objects.visible_to(user).filter(area_id=county)
    return _lines(tasks, entries.select_related("updated_by"), today)


def ledger_counts(profile: Profile | None, *, user: User, at: datetime) -> dict[str, int]:
    """How many tasks the plan's ledger has, how many are done and how many past their date."""
    tasks = standards.tasks_of(profile).prefetch_related(None).only("due_on")
    entries = LedgerEntry.objects.visible_to(user).filter(area_id=county_of(user))
    lines = _lines(tasks, entries.only("task", "state"), timezone.localdate(at))
    return {
        "all": len(lines),
        "done": sum(line.state == LedgerEntry.State.DONE for line in lines),
        "late": sum(line.late for line in lines),
    }


def _lines(tasks: QuerySet[Task], entries: QuerySet[LedgerEntry], today: date) -> list[LedgerLine]:
    of_task = {entry.task_id: entry for entry in entries}
    labels = {state: str(state.label) for state in LedgerEntry.State}
    lines = []
    for task in tasks:
        entry = of_task.get(task.pk)
        state = LedgerEntry.State(entry.state if entry else LedgerEntry.State.NOT_BEGUN)
        late = bool(task.due_on and task.due_on < today and state != LedgerEntry.State.DONE)
        lines.append(LedgerLine(task, entry, state.value, labels[state], late))
    return lines


def county_area(user: User) -> Area | None:
    """The county's own area, if the reader sees it."""
    return Area.objects.visible_to(user).filter(pk=county_of(user)).first()
