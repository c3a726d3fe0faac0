"""What a leader reads of one incident on one page: where it stands, who owes what, what is free."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pingji.console.queries.homes import OF_A_CLOCK
from pingji.ground.directory.models import (
    TOWNSHIP_DIGITS,
    Area,
    Organisation,
    Permission,
    User,
)
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import (
    CircularReceiver,
    Consultation,
    EventReport,
    Incident,
    IncidentGroup,
    IncidentGroupMember,
    Invitation,
    Order,
    Response,
    Seat,
    SharedResource,
    SwitchStep,
)
from pingji.respond.incidents.queries.belonging import seen
from pingji.respond.incidents.queries.event_figures import cases_of_incident
from pingji.respond.incidents.queries.orders import late_clocks
from pingji.warn.alerts.models import Alert

A_DAY = timedelta(days=1)
DAYS_DRAWN = 28  # of the curve; the figures count all
STATE = Order.State


@dataclass(frozen=True)
class Township:
    """A township's cases, and how many of them became known since yesterday."""

    name: str
    n: int
    new: int


@dataclass(frozen=True)
class Cases:
    """The cases of an incident as the reader may count them.

    Attributes:
        total: All.
        new: Those that became known since the same hour yesterday.
        severe: Of all.
        died: Of all.
        townships: The most first.
        curve: As chart.js draws it, by day of onset.
    """

    total: int
    new: int
    severe: int
    died: int
    townships: list[Township]
    curve: dict[str, Any]


def cases(incident: Incident, user: User, *, at: datetime) -> Cases | None:
    """Cases by day and township; nothing for who may not count them, or where no illness is named."""
    if incident.disease_id is None or not user.holds(Permission.REPORT_VIEW):
        return None
    cards = cases_of_incident(incident, at=at).visible_to(user)
    counted = (
        cards.order_by()
        .annotate(township=Substr("area_id", 1, TOWNSHIP_DIGITS))
        .values_list("township", "onset_on")
        .annotate(
            n=Count("pk"),
            new=Count("pk", filter=Q(known_at__gt=at - A_DAY)),
            severe=Count("pk", filter=Q(severe=True)),
            died=Count("pk", filter=Q(died_on__isnull=False)),
        )
    )
    total = [0, 0, 0, 0]
    by_place: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    by_day: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for place, day, *numbers in counted:
        total = [before + more for before, more in zip(total, numbers, strict=True)]
        for kept in (by_place[place], by_day[day]):
            kept[0] += numbers[0]
            kept[1] += numbers[1]
    names = Area.objects.visible_to(user).only("name", "name_en").in_bulk(list(by_place))
    townships = [
        Township(names[code].label, n, new)
        for code, (n, new) in sorted(by_place.items(), key=lambda one: (-one[1][0], one[0]))
        if code in names
    ]
    n, new, severe, died = total
    return Cases(n, new, severe, died, townships, _curve(by_day, timezone.localdate(at)))


def _curve(by_day: dict[date, list[int]], today: date) -> dict[str, Any]:
    last = max([today, *by_day])
    first = max(min(by_day, default=today), last - (DAYS_DRAWN - 1) * A_DAY)
    days = [first + A_DAY * step for step in range((last - first).days + 1)]
    known = [by_day.get(day, [0, 0]) for day in days]
    return {
        "kind": "bars",
        "title": _("Cases by day of onset"),
        "unit": pgettext("unit of a chart", "cases"),
        "labels": [f"{day:%m-%d}" for day in days],
        "stacked": True,
        "series": [
            {"name": _("known until yesterday"), "values": [n - new for n, new in known]},
            {"name": _("known since yesterday"), "values": [new for _n, new in known]},
        ],
    }


@dataclass
class Owner:
    """An organisation's orders of an incident, and how far they are."""

    organisation: Organisation
    total: int = 0
    done: int = 0
    unseen: int = 0
    late: list[Deadline] = field(default_factory=list)

    @property
    def share(self) -> str:
        """How much of it is done, between 0 and 1."""
        return f"{self.done / self.total:.2f}"


@dataclass(frozen=True)
class Late:
    """What is late: its clock, the order where it runs on one, and others alike with their owners.

    Attributes:
        clock: The longest.
        order: The order that it runs on.
        n: How many clocks alike it stands for, such as the calls to a chain of command.
        owners: Whose they are, where there are several.
    """

    clock: Deadline
    order: Order | None = None
    n: int = 1
    owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Orders:
    """The orders of an incident.

    Attributes:
        total: Without those withdrawn.
        done: Done or verified.
        unseen: Not acknowledged yet.
        late: Those that are late, the longest first.
        owners: By organisation, those who are late first, then those with most to do.
    """

    total: int
    done: int
    unseen: int
    late: list[Late]
    owners: list[Owner]


def orders(incident: Incident, user: User, *, at: datetime) -> Orders:
    """Who owes what, and how late it is."""
    rows = (
        Order.objects.visible_to(user)
        .filter(incident=incident)
        .exclude(state=STATE.WITHDRAWN)
        .select_related("organisation", "person", "group")
        .only(
            *("text", "text_en", "state", "organisation__name", "organisation__name_en"),
            *("person__display_name", "group__name", "group__name_en"),
        )
    )
    overdue = late_clocks(rows, at=at)
    owners: dict[int, Owner] = {}
    late = []
    for order in rows:
        owner = owners.setdefault(order.organisation_id, Owner(order.organisation))
        owner.total += 1
        owner.done += order.state in (STATE.DONE, STATE.VERIFIED)
        owner.unseen += order.state == STATE.ISSUED
        clock = overdue.get(order.pk)
        if clock is not None:
            owner.late.append(clock)
            late.append(Late(clock, order))
    return Orders(
        total=sum(one.total for one in owners.values()),
        done=sum(one.done for one in owners.values()),
        unseen=sum(one.unseen for one in owners.values()),
        late=sorted(late, key=lambda one: one.clock.due_at),
        owners=sorted(
            owners.values(),
            key=lambda one: (-len(one.late), one.done - one.total, one.organisation.pk),
        ),
    )


def late(found: Orders, clocks: Iterable[Deadline], *, at: datetime) -> list[Late]:
    """All that is late in an incident, the longest first: orders, and reports, calls, replies.

    An order is told once, whichever of its clocks are over.
    """
    label = Order._meta.label_lower
    told = {(label, str(one.order.pk)) for one in found.late if one.order is not None}
    alike: dict[tuple[str, str], list[Deadline]] = {}
    for clock in sorted(clocks, key=lambda one: one.due_at):
        if clock.due_at <= at and (clock.subject_type, clock.subject_id) not in told:
            alike.setdefault((clock.key, clock.subject_type), []).append(clock)
    others = [Late(rows[0], None, len(rows), _owners(rows)) for rows in alike.values()]
    return sorted([*found.late, *others], key=lambda one: one.clock.due_at)


def _owners(rows: list[Deadline]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_owner(row) for row in rows))


def _owner(row: Deadline) -> str:
    if row.owner:
        return row.owner.display_name
    return row.organisation.label if row.organisation else row.get_escalates_to_display()


def clocks(incident: Incident, user: User) -> list[Deadline]:
    """Every clock that runs on the incident or what belongs to it, the nearest end first."""
    which = Q(subject_type=incident._meta.label_lower, subject_id=str(incident.pk))
    if incident.alert_id:
        which |= Q(subject_type=Alert._meta.label_lower, subject_id=str(incident.alert_id))
    for rows in _with_clocks(incident, user):
        keys = [str(key) for key in rows.order_by().values_list("pk", flat=True)]
        if keys:
            which |= Q(subject_type=rows.model._meta.label_lower, subject_id__in=keys)
    related = ("standard", "organisation", "owner", "area")
    rows = Deadline.objects.visible_to(user).open().filter(which)
    return list(rows.select_related(*related).only(*OF_A_CLOCK).order_by("due_at", "pk"))


def _with_clocks(incident: Incident, user: User) -> list[QuerySet[Any]]:
    """The rows of an incident on which clocks run; only their keys are read."""
    own = ("orders", "callouts", "reports", "consultations", "bulletins")
    return [
        *(getattr(incident, relation).all() for relation in own),
        seen(CircularReceiver, user).filter(circular__incident=incident),
        seen(Invitation, user).filter(consultation__incident=incident),
        seen(SwitchStep, user).filter(switch__incident=incident),
    ]


@dataclass(frozen=True)
class Led:
    """A group of the incident and who leads it; nobody where it has no members."""

    group: IncidentGroup
    head: IncidentGroupMember | None
    members: int


def groups(incident: Incident) -> list[Led]:
    """The groups that answer the incident, each with its head, else who stands in for them."""
    seats = list(Seat)
    found = []
    for group in incident.groups.prefetch_related("members__person"):
        present = sorted(group.present, key=lambda one: (seats.index(Seat(one.seat)), one.pk))
        found.append(Led(group, present[0] if present else None, len(present)))
    return found


@dataclass(frozen=True)
class Free:
    """What is free of a kind of shared resources."""

    label: str
    unit: str
    free: int
    amount: int


def resources(user: User) -> list[Free]:
    """What the departments of the reader's area share, by kind and unit, and how much is free."""
    rows = SharedResource.objects.visible_to(user).offered().order_by()
    summed = rows.values("kind", "unit").annotate(given=Sum("free"), whole=Sum("amount"))
    kinds = dict(SharedResource.Kind.choices)
    return [
        Free(str(kinds.get(row["kind"], row["kind"])), row["unit"], row["given"], row["whole"])
        for row in summed.order_by("kind", "unit")
    ]


def responses(incident: Incident, user: User) -> QuerySet[Response]:
    """The responses to the incident that hold now."""
    rows = Response.objects.visible_to(user).active().filter(incident=incident)
    return rows.select_related("area").order_by("area_id")


def reports(incident: Incident, user: User) -> QuerySet[EventReport]:
    """The incident's reports that were not given up, the newest first."""
    rows = EventReport.objects.visible_to(user).standing().filter(incident=incident)
    return rows.defer("figures").order_by("-drafted_at", "-pk")


def decisions(incident: Incident, user: User) -> QuerySet[Consultation]:
    """Consultations whose minutes are signed, with what they decided."""
    rows = Consultation.objects.visible_to(user).filter(incident=incident)
    signed = rows.filter(state=Consultation.State.SIGNED)
    return signed.defer("material").prefetch_related("agenda").order_by("-number")
