"""What changed since a reader last looked, whichever stage it happened in, the newest first.

What happened is what stands on record: every act of command has its line there, so nothing that
happens in an incident can be left out here. A line counts from when it was written, not from when
it says that it happened: what is told late of yesterday is new today. Of many alike, such as the
orders of a plan, one change is told, with their number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from pingji.ground.directory.models import BOUND_TO_ORGANISATION, Permission, User
from pingji.ground.directory.models.people import SYSTEM_USERNAME
from pingji.ground.record.models import KINDS, Line
from pingji.monitor.surveillance.models import Import
from pingji.respond.incidents.models import Incident, Reading
from pingji.respond.incidents.queries.belonging import about_rows, belonging, rows_of

A_DAY = timedelta(days=1)
# How the lines begin of which a reader is told, by what the reader must be allowed to see.
TOLD = {
    Permission.ALERT_VIEW: ("alert.", "assessment."),
    Permission.INCIDENT_VIEW: (
        *("incident.", "response.", "group.", "chain.", "consultation.", "risk_area."),
        *("event_report.", "public_bulletin.", "circular.", "requisition.", "inspection."),
        *("checkpoint.", "handover."),
    ),
    Permission.ORDER_VIEW: ("order.", "switch."),
}
# What changes nothing for who reads: upkeep, looks, copies, reminders by a clock.
SILENT = (
    ".seated",
    "group.left",
    "alert.extended",
    "fetched",
    ".seen",
    ".reminded",
    ".edited",
    ".compared",
    ".proved",
    "switch.step_done",
)
MISSED = "deadline.missed"
SORTED_OUT = 300  # of the newest lines, for who sees no more than one organisation
Alike = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One thing that happened: when, what, to what, by whom.

    Attributes:
        at: When it happened.
        what: In words.
        title: To what.
        who: Who did it.
        url: Where it stands.
        n: How many alike it stands for.
    """

    at: datetime
    what: str
    title: str
    who: str
    url: str
    n: int = 1


@dataclass(frozen=True)
class News:
    """What changed for a reader.

    Attributes:
        since: Since when: their mark, else yesterday or the incident's beginning.
        marked: Whether they ever said that they have read.
        until: When this was found out; the mark moves here when they say so.
        count: How many changes there are.
        changes: The newest of them.
    """

    since: datetime
    marked: bool
    until: datetime
    count: int
    changes: list[Change]

    @property
    def more(self) -> int:
        """How many of them are not shown."""
        return self.count - len(self.changes)


def news(user: User, *, at: datetime, most: int, incident: Incident | None = None) -> News:
    """What changed since this reader last said that they have read: in all, or in one incident."""
    mark = Reading.objects.visible_to(user).filter(user=user, incident=incident).first()
    begun = incident.opened_at if incident else at - A_DAY
    since = mark.read_until if mark else begun
    found, count = _newest(user, since, incident, most)
    return News(since, mark is not None, at, count, found)


def changes(user: User, *, since: datetime, most: int) -> list[Change]:
    """The latest changes this reader may see, newest first."""
    return _newest(user, since, None, most)[0]


def _newest(
    user: User, since: datetime, incident: Incident | None, most: int
) -> tuple[list[Change], int]:
    """The newest changes, lines on record and files that arrived, and how many there are in all."""
    told, count = _told(user, since, incident, most)
    arrived = [] if incident else _files(user, since, most)
    found = [*_changes(told, user, incident), *arrived]
    found.sort(key=lambda change: change.at, reverse=True)
    return found[:most], count + len(arrived)


def kinds_told(user: User) -> list[str]:
    """The kinds of lines of which a reader is told."""
    begin = tuple(word for held, words in TOLD.items() if user.holds(held) for word in words)
    kinds = [kind for kind in KINDS if kind.startswith(begin) and not kind.endswith(SILENT)]
    return [*kinds, MISSED] if begin else []


def _lines(user: User, since: datetime, incident: Incident | None) -> QuerySet[Line]:
    """Lines written after a moment. Their numbers grow with time, so the last ones are found first."""
    lines = Line.objects.visible_to(user)
    before = Line.objects.visible_to(user).filter(known_at__lte=since).order_by("-number")
    last = before.values_list("number", flat=True).first()
    lines = lines.filter(kind__in=kinds_told(user), number__gt=last or 0)
    return lines if incident is None else lines.filter(about_rows(belonging(incident, user)))


def _told(
    user: User, since: datetime, incident: Incident | None, most: int
) -> tuple[list[Alike], int]:
    """The newest lines to tell of, and how many there are in all.

    Who sees no more than one organisation is told only of its rows, which the lines do not name:
    the newest lines are sorted out here.
    """
    lines = _lines(user, since, incident)
    if user.role not in BOUND_TO_ORGANISATION:
        found = _grouped(lines)
        return list(found[:most]), found.count()
    newest = list(lines.order_by("-number")[:SORTED_OUT])
    rows = rows_of(newest, user)
    alike: dict[tuple[Any, ...], Alike] = {}
    for line in newest:
        if (line.subject_type, line.subject_id) in rows:
            key = (line.kind, line.at, line.by_id)
            alike.setdefault(key, {"last": line.number, "n": 0})["n"] += 1
    return list(alike.values())[:most], len(alike)


def _grouped(lines: QuerySet[Line]) -> QuerySet[Any]:
    """Of lines that one person wrote at one moment of one kind, the last, and how many there are."""
    alike = lines.order_by().values("kind", "at", "by")
    return alike.annotate(n=Count("pk"), last=Max("number")).order_by("-at", "-last")


def _changes(told: Iterable[Alike], user: User, incident: Incident | None) -> list[Change]:
    how_many = {group["last"]: group["n"] for group in told}
    lines = Line.objects.visible_to(user).filter(pk__in=how_many).select_related("by")
    rows = rows_of(lines, user)
    found = []
    for line in lines:
        row = rows.get((line.subject_type, line.subject_id))
        if row is not None:  # what the reader does not see, they are not told of
            found.append(_change(line, row, how_many[line.pk], incident))
    return found


def _change(line: Line, row: Model, n: int, incident: Incident | None) -> Change:
    of = getattr(row, "incident", None)
    page = getattr(row, "get_absolute_url", None)
    url = getattr(row, "subject_url", "") or (page() if page else "")
    title = getattr(row, "said_subject", "") or str(row)
    if n > 1 and of is not None:
        url = reverse("console:leader", args=[of.pk])
        title = of.title if incident is None else ""
    elif isinstance(row, Incident):
        url = reverse("console:leader", args=[row.pk])
        title = "" if row == incident else row.title
    who = "" if line.by.username == SYSTEM_USERNAME else line.by.display_name
    return Change(line.at, line.said, title, who, url, n)


def _files(user: User, since: datetime, most: int) -> list[Change]:
    if not user.holds(Permission.REPORT_VIEW):
        return []
    rows = Import.objects.visible_to(user).filter(finished_at__gt=since)
    return [
        Change(
            file.finished_at,
            _("Reports arrived"),
            _("%(file)s: %(n)s rows") % {"file": file.file_name, "n": file.rows},
            file.handed_in_by.display_name,
            reverse("surveillance:import", args=[file.pk]),
        )
        for file in rows.select_related("handed_in_by")
        .only("finished_at", "file_name", "rows", "handed_in_by__display_name")
        .order_by("-finished_at", "-pk")[:most]
    ]
