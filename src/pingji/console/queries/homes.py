"""What each home page shows: what waits for the reader, what is late, how things stand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from pingji.ground.directory.models import (
    SCHEMATIC,
    Area,
    Organisation,
    Permission,
    Role,
    User,
)
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.models import Sentinel
from pingji.monitor.surveillance.queries.silence import silent
from pingji.respond.incidents.models import Incident, Order
from pingji.warn.alerts.models import Alert


class Home(StrEnum):
    """The kinds of home page; each is a template of its name."""

    COMMAND = "command"
    EPIDEMIOLOGY = "epidemiology"
    REPORTING = "reporting"
    ORDERS = "orders"
    INSPECTION = "inspection"
    ADMINISTRATION = "administration"


HOME_OF_ROLE = {
    Role.LEADER: Home.COMMAND,
    Role.DUTY_OFFICER: Home.COMMAND,
    Role.EPIDEMIOLOGIST: Home.EPIDEMIOLOGY,
    Role.HOSPITAL_REPORTER: Home.REPORTING,
    Role.LABORATORY: Home.REPORTING,
    Role.INSPECTOR: Home.INSPECTION,
    Role.ADMINISTRATOR: Home.ADMINISTRATION,
}

# Who answers for a clock that names neither a person nor an organisation.
ANSWERED_BY = {
    "alerts.alert": Permission.ALERT_DECIDE,
    "incidents.incident": Permission.INCIDENT_MANAGE,
}


@dataclass(frozen=True)
class Stat:
    """One figure at the head of a home page, with the way to the rows behind it."""

    label: str
    value: int
    unit: str
    note: str
    url: str
    state: str = ""


def home_of(user: User) -> Home:
    """The kind of home page this reader has; most people have a list of orders."""
    return HOME_OF_ROLE.get(Role(user.role), Home.ORDERS)


DONE = (Order.State.DONE, Order.State.VERIFIED)
# What a line about a clock shows. The rows beside it are wide (a plan's clauses, an area's outline)
# and would be read and thrown away.
OF_A_CLOCK = (
    *("key", "state", "subject_type", "subject_id", "subject_url"),
    *("subject_label", "subject_label_en", "escalates_to"),
    *("started_at", "warn_at", "due_at", "met_at", "cancelled_at"),
    *("standard__name", "standard__name_en", "area__name", "area__name_en"),
    *("organisation__name", "organisation__name_en", "owner__display_name"),
)


def _shown(clocks: QuerySet[Deadline]) -> QuerySet[Deadline]:
    """Clocks as lists show them, the nearest end first."""
    related = clocks.select_related("standard", "organisation", "owner", "area")
    return related.only(*OF_A_CLOCK).order_by("due_at", "pk")


def _waiting_for(user: User) -> QuerySet[Deadline]:
    theirs = Q(owner=user.pk)
    if user.organisation_id:
        theirs |= Q(owner=None, organisation=user.organisation_id)
    answered = [subject for subject, held in ANSWERED_BY.items() if user.holds(held)]
    if answered:
        theirs |= Q(owner=None, organisation=None, subject_type__in=answered)
    return Deadline.objects.visible_to(user).open().filter(theirs)


def tasks(user: User) -> QuerySet[Deadline]:
    """Clocks that run on this reader: their own, their organisation's, or their office's."""
    return _shown(_waiting_for(user))


def task_counts(user: User, *, at: datetime) -> dict[str, int]:
    """How many clocks run on this reader, and how many of them are late."""
    return (
        _waiting_for(user)
        .order_by()
        .aggregate(waiting=Count("pk"), late=Count("pk", filter=Q(due_at__lte=at)))
    )


def late(user: User, *, at: datetime) -> QuerySet[Deadline]:
    """What is late in the reader's area, the longest first."""
    return _shown(Deadline.objects.visible_to(user).overdue(at))


def most_urgent(user: User) -> QuerySet[Deadline]:
    """Every running clock in the reader's area, the nearest end first."""
    return _shown(Deadline.objects.visible_to(user).open())


def open_incidents(user: User) -> QuerySet[Incident]:
    """Incidents being answered, with how far their orders are."""
    return (
        Incident.objects.visible_to(user)
        .open()
        .select_related("area")
        .only("title", "grade", "state", "opened_at", "area__name", "area__name_en")
        .annotate(
            orders_all=Count("orders", filter=~Q(orders__state=Order.State.WITHDRAWN)),
            orders_done=Count("orders", filter=Q(orders__state__in=DONE)),
        )
        .order_by("-opened_at")
    )


def stats(
    user: User,
    *,
    at: datetime,
    incidents: QuerySet[Incident] | None = None,
    late_ones: QuerySet[Deadline] | None = None,
) -> list[Stat]:
    """The figures at the head of the page that the reader's role may see.

    Args:
        user: The reader.
        at: Now.
        incidents: The first of `open_incidents`, if the page shows them too: asked for once.
        late_ones: The first of `late`, likewise.
    """
    found = []
    if user.holds(Permission.ALERT_VIEW):
        found.append(_alerts_waiting(user))
    if user.holds(Permission.INCIDENT_VIEW):
        found.append(
            _incidents_open(user, open_incidents(user)[:1] if incidents is None else incidents)
        )
    found.append(_orders_open(user))
    found.append(_late(user, at, late(user, at=at)[:1] if late_ones is None else late_ones))
    if user.holds(Permission.SENTINEL_EDIT) or user.holds(Permission.INCIDENT_MANAGE):
        found.append(_silent(user, at))
    return found


def _silent(user: User, at: datetime) -> Stat:
    quiet = silent(Sentinel.objects.visible_to(user), at=at)
    value = len(quiet)
    note = _("every report has come")
    if quiet:
        note = _("the longest since %(day)s") % {"day": _local(quiet[0].since)}
    return Stat(
        _("Sentinels that are silent"),
        value,
        npgettext("unit of a figure", "sentinel", "sentinels", value),
        note,
        reverse("surveillance:silent_sentinels"),
        "amber" if value else "green",
    )


def _count(first: QuerySet, every: QuerySet) -> int:
    """How many rows there are; asked only if the first ones may not be all."""
    whole = first.query.high_mark is not None and len(first) < first.query.high_mark
    return len(first) if whole else every.count()


def _alerts_waiting(user: User) -> Stat:
    alerts = Alert.objects.visible_to(user).undecided()
    found = alerts.order_by().aggregate(value=Count("pk"), oldest=Min("raised_at"))
    value, note = found["value"], _("none waits")
    if found["oldest"]:
        note = _("the oldest since %(day)s") % {"day": _local(found["oldest"])}
    url = reverse("alerts:list")
    return Stat(
        _("Alerts waiting for a verdict"),
        value,
        npgettext("unit of a figure", "alert", "alerts", value),
        note,
        url,
        "amber" if value else "",
    )


def _incidents_open(user: User, first: QuerySet[Incident]) -> Stat:
    value = _count(first, Incident.objects.visible_to(user).open())
    note = first[0].title if value else _("no incident is being answered")
    url = reverse("incidents:list")
    return Stat(
        _("Incidents being answered"),
        value,
        npgettext("unit of a figure", "incident", "incidents", value),
        note,
        url,
        "red" if value else "",
    )


def _orders_open(user: User) -> Stat:
    found = (
        Order.objects.visible_to(user)
        .open()
        .order_by()
        .aggregate(value=Count("pk"), unseen=Count("pk", filter=Q(state=Order.State.ISSUED)))
    )
    value, unseen = found["value"], found["unseen"]
    note = ngettext("%(n)s of them not acknowledged", "%(n)s of them not acknowledged", unseen) % {
        "n": unseen
    }
    url = reverse("incidents:orders")
    return Stat(
        _("Orders not yet done"),
        value,
        npgettext("unit of a figure", "order", "orders", value),
        note,
        url,
    )


def _late(user: User, at: datetime, first: QuerySet[Deadline]) -> Stat:
    value = _count(first, Deadline.objects.visible_to(user).overdue(at))
    note = _("every clock is in time")
    if value:
        note = _("the longest: %(label)s, due %(day)s") % {
            "label": first[0].label,
            "day": _local(first[0].due_at),
        }
    url = reverse("standards:deadlines") + "?state=late"
    return Stat(
        pgettext("figure", "Late"),
        value,
        npgettext("unit of a figure", "clock", "clocks", value),
        note,
        url,
        "red" if value else "green",
    )


def _local(at: datetime) -> str:
    return f"{localtime(at):%m-%d %H:%M}"


def counts(user: User) -> dict[str, int]:
    """How far the directory is filled: what an administrator looks after."""
    townships = Area.objects.visible_to(user).of_level("township")
    organisations = Organisation.objects.visible_to(user).filter(closed_on=None)
    return {
        "users": User.objects.visible_to(user).filter(is_active=True).count(),
        "organisations": organisations.count(),
        "connected": organisations.filter(connected=True).count(),
        "townships": townships.count(),
        "schematic": townships.filter(shape_source=SCHEMATIC).count(),
    }
