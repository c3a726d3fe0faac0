"""Everything that happened in an incident, from the first report to its closing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Model, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pingji.ground.directory.models import Organisation, Permission, User
from pingji.ground.notices.queries import visible_notices
from pingji.ground.record.models import Line
from pingji.ground.standards.models import Deadline
from pingji.monitor.surveillance.models import CaseReport
from pingji.respond.incidents.models import Incident
from pingji.warn.alerts.models import RiskAssessment

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
Rows = dict[str, dict[str, Model]]


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
        who: Who did it.
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


def timeline(incident: Incident, user: User, asked: Asked) -> list[Event]:
    """What the user may see of what happened, the first first."""
    found = [*_cases(incident, user), *_lines(incident, user)]
    kept = [event for event in found if _is_asked(event, asked)]
    return sorted(kept, key=lambda event: (event.at, event.line or 0))


def organisations_of(events: Iterable[Event]) -> list[Organisation]:
    """The organisations that occur, by name."""
    found = {one.organisation.pk: one.organisation for one in events if one.organisation}
    return sorted(found.values(), key=lambda one: one.label)


def _is_asked(event: Event, asked: Asked) -> bool:
    whose = event.organisation.pk if event.organisation else None
    return (
        (not asked.kind or event.kind == asked.kind)
        and (asked.organisation is None or whose == asked.organisation)
        and (asked.since is None or event.at >= asked.since)
        and (asked.until is None or event.at <= asked.until)
    )


def _rows_of(incident: Incident, user: User) -> Rows:
    """The incident, and every row that belongs to it, as far as the user may see them."""
    rows: Rows = {}
    _add(rows, [incident])
    for relation in Incident._meta.related_objects:
        table = relation.related_model
        if table._meta.app_label == Incident._meta.app_label:
            _add(rows, _seen(table, user).filter(**{relation.field.name: incident}))
    if user.holds(Permission.ALERT_VIEW):
        about = Q(event_type=Incident._meta.label_lower, event_id=str(incident.pk))
        if incident.alert is not None:
            _add(rows, [incident.alert])
            about |= Q(alert=incident.alert)
        _add(rows, RiskAssessment.objects.visible_to(user).filter(about))
    of_these = _about(rows)
    clocks = Deadline.objects.visible_to(user).filter(of_these)
    told = visible_notices(user).filter(of_these)
    _add(rows, clocks.select_related("standard", "organisation"))
    _add(rows, told.select_related("organisation"))
    return rows


def _seen(table: type[Model], user: User) -> Any:
    """The rows of a table that the user may see; all of an incident's where none is bound."""
    rows = table._default_manager.all()
    if hasattr(rows, "visible_to"):
        rows = rows.visible_to(user)
    names = {field.name for field in table._meta.get_fields()}
    return rows.select_related(*({"organisation", "person"} & names))


def _add(rows: Rows, found: Iterable[Model]) -> None:
    for row in found:
        rows.setdefault(row._meta.label_lower, {})[str(row.pk)] = row


def _about(rows: Rows) -> Q:
    which = Q()
    for table, found in rows.items():
        which |= Q(subject_type=table, subject_id__in=list(found))
    return which


def _lines(incident: Incident, user: User) -> Iterator[Event]:
    rows = _rows_of(incident, user)
    lines = Line.objects.visible_to(user).filter(_about(rows))
    for line in lines.select_related("by__organisation"):
        row = rows[line.subject_type][line.subject_id]
        whose = getattr(row, "organisation", None) or line.by.organisation
        page = getattr(row, "get_absolute_url", None)
        yield Event(
            at=line.at,
            kind=_kind_of(line.kind),
            what=line.said,
            subject="" if row == incident else str(row),
            who=line.by.display_name,
            organisation=whose,
            reason=line.reason,
            url=getattr(row, "subject_url", "") or (page() if page else ""),
            line=line.number,
        )


def _kind_of(kind: str) -> str:
    for name, (_label, beginnings) in KINDS.items():
        if kind.startswith(beginnings):
            return name
    return OTHER


def _cases(incident: Incident, user: User) -> Iterator[Event]:
    """The first report of a case, and how many came in on each day after it."""
    alert = incident.alert
    if alert is None or not user.holds(Permission.REPORT_VIEW):
        return
    cards = (
        CaseReport.objects.visible_to(user)
        .counted()
        .filter(
            disease=alert.disease_id,
            area__code__startswith=alert.area_id,
            onset_on__gte=alert.starts_on,
        )
        .order_by()
    )
    if incident.closed_at is not None:
        cards = cards.filter(known_at__lte=incident.closed_at)
    days = cards.annotate(day=TruncDate("known_at")).values("day")
    counted = days.annotate(n=Count("pk"), first=Min("known_at"), last=Max("known_at"))
    for place, day in enumerate(counted.order_by("day")):
        subject = f"{alert.disease.label} · {alert.area.label}"
        if not place:
            yield Event(day["first"], "report", _("First case reported"), subject, "", None)
        said = ngettext("%(n)s case reported", "%(n)s cases reported", day["n"]) % {"n": day["n"]}
        yield Event(day["last"], "report", said, subject, "", None)
