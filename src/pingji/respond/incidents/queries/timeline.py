"""Everything that happened in an incident, from the first report to its closing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.db.models import Count, Max, Min, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pingji.ground.directory.models import Organisation, Permission, User
from pingji.ground.directory.models.people import SYSTEM_USERNAME
from pingji.ground.record.models import Line
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.queries.belonging import Owners, about_rows, belonging, rows_of
from pingji.respond.incidents.queries.event_figures import cases_of_incident

# The kinds by which one filters, and how the lines of each begin.
KINDS = {
    "report": (gettext_lazy("Cases reported"), ("card.",)),
    "alert": (gettext_lazy("Alert and risk"), ("alert.", "assessment.", "bulletin.")),
    "command": (gettext_lazy("Command"), ("incident.",)),
    "order": (gettext_lazy("Orders"), ("order.",)),
    "deadline": (gettext_lazy("Deadlines"), ("deadline.",)),
    "notice": (gettext_lazy("Notices"), ("notice.", "delivery.")),
    "consultation": (gettext_lazy("Consultations"), ("consultation.",)),
    "paper": (
        gettext_lazy("Event reports"),
        ("event_report.", "public_bulletin."),
    ),
    "joint": (gettext_lazy("Joint prevention"), ("circular.", "requisition.", "inspection.")),
}
OTHER = "command"
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """Which part of the timeline somebody looks for; what is left open does not matter.

    Attributes:
        kind: One of `KINDS`.
        organisation: Key of an organisation.
        since: Not before.
        until: Not after.
    """

    kind: str = ""
    organisation: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        at: When.
        kind: One of `KINDS`.
        what: In words.
        subject: What it happened to.
        who: Who did it; empty where the program did.
        organisation: Whose matter it is, or who did it.
        reason: Why, or what was said.
        url: Where its subject stands; empty where it has no page.
        line: Its number on record; None for what is summed up.
    """

    at: datetime
    kind: str
    what: str
    subject: str
    who: str
    organisation: Organisation | None
    reason: str = ""
    url: str = ""
    line: int | None = None


class Happened:
    """What happened in an incident, as one list of which only the part that is asked for is read.

    Lines stay in the database; the few events that sum up a day's cases are put among them.
    """

    def __init__(
        self, incident: Incident, user: User, asked: Asked, *, newest: bool = False
    ) -> None:
        self.incident, self.user, self.newest = incident, user, newest
        self.owners = belonging(incident, user)
        every = Line.objects.visible_to(user).filter(about_rows(self.owners))
        self.every = every.order_by()
        order = ("-at", "-number") if newest else ("at", "number")
        self.lines = every.filter(self._asked_of_lines(asked)).order_by(*order)
        self.days = list(_cases(incident, user))
        cases = [event for event in self.days if _is_asked(event, asked)]
        self.cases = cases[::-1] if newest else cases

    @cached_property
    def _count(self) -> int:
        return self.lines.order_by().count() + len(self.cases)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> list[Event]:
        first = part.start or 0
        # So many lines may have been pushed back by days of cases that stand before them.
        begin = max(0, first - len(self.cases))
        lines = self.lines.select_related("by__organisation")[begin : part.stop]
        found = sorted([*self._events(list(lines)), *self.cases], key=_place, reverse=self.newest)
        stop = None if part.stop is None else part.stop - begin
        return found[first - begin : stop]

    def organisations(self) -> list[Organisation]:
        """The organisations that occur in all of it, by name."""
        theirs = {owner for keys in self.owners.values() for owner in keys.values() if owner}
        theirs |= set(self.every.values_list("by__organisation", flat=True).distinct()) - {None}
        found = Organisation.objects.in_bulk(theirs).values()
        return sorted(found, key=lambda one: one.label)

    def total(self) -> int:
        """How much happened in all, whatever is asked for."""
        return self.every.count() + len(self.days)

    def _asked_of_lines(self, asked: Asked) -> Q:
        which = _of_kind(asked.kind) if asked.kind else Q()
        if asked.since:
            which &= Q(at__gte=asked.since)
        if asked.until:
            which &= Q(at__lte=asked.until)
        if asked.organisation is not None:
            which &= self._of_organisation(asked.organisation)
        return which

    def _of_organisation(self, organisation: int) -> Q:
        """About one of its rows, or done by its people to a row that is nobody's."""
        theirs: Owners = {}
        nobodys: Owners = {}
        for table, keys in self.owners.items():
            theirs[table] = {key: one for key, one in keys.items() if one == organisation}
            nobodys[table] = {key: one for key, one in keys.items() if one is None}
        by_them = Q(by__organisation=organisation) & about_rows(nobodys)
        return about_rows(theirs) | by_them

    def _events(self, lines: list[Line]) -> Iterator[Event]:
        rows = rows_of(lines, self.user)
        for line in lines:
            row = rows.get((line.subject_type, line.subject_id))
            page = getattr(row, "get_absolute_url", None)
            yield Event(
                at=line.at,
                kind=_kind_of(line.kind),
                what=line.said,
                subject="" if row == self.incident else str(row or line.subject_label),
                who="" if line.by.username == SYSTEM_USERNAME else line.by.display_name,
                organisation=getattr(row, "organisation", None) or line.by.organisation,
                reason=line.reason,
                url=getattr(row, "subject_url", "") or (page() if page else ""),
                line=line.number,
            )


def timeline(incident: Incident, user: User, asked: Asked) -> list[Event]:
    """What the user may see of what happened, the first first."""
    return Happened(incident, user, asked)[:]


def _place(event: Event) -> tuple[datetime, int]:
    return event.at, event.line or 0


def _is_asked(event: Event, asked: Asked) -> bool:
    return (
        (not asked.kind or event.kind == asked.kind)
        and asked.organisation is None
        and (asked.since is None or event.at >= asked.since)
        and (asked.until is None or event.at <= asked.until)
    )


def _of_kind(kind: str) -> Q:
    """Lines of a kind; what belongs to no other is of `OTHER`."""
    which = _begins(kind)
    if kind == OTHER:
        others = Q()
        for name in KINDS:
            others |= _begins(name) if name != OTHER else Q()
        which |= ~others
    return which


def _begins(kind: str) -> Q:
    which = Q()
    for beginning in KINDS[kind][1]:
        which |= Q(kind__startswith=beginning)
    return which


def _kind_of(kind: str) -> str:
    for name, (_label, beginnings) in KINDS.items():
        if kind.startswith(beginnings):
            return name
    return OTHER


def _cases(incident: Incident, user: User) -> Iterator[Event]:
    """The first report of a case, and how many came in on each day after it."""
    if incident.disease is None or not user.holds(Permission.REPORT_VIEW):
        return
    known = cases_of_incident(incident, at=incident.closed_at or FOREVER)
    cards = known.visible_to(user).order_by()
    days = cards.annotate(day=TruncDate("known_at")).values("day")
    counted = days.annotate(n=Count("pk"), first=Min("known_at"), last=Max("known_at"))
    for place, day in enumerate(counted.order_by("day")):
        subject = f"{incident.disease.label} · {incident.area.label}"
        if not place:
            yield Event(day["first"], "report", _("First case reported"), subject, "", None)
        said = ngettext("%(n)s case reported", "%(n)s cases reported", day["n"]) % {"n": day["n"]}
        yield Event(day["last"], "report", said, subject, "", None)
