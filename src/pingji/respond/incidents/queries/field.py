"""The field of incidents: levels of risk by the plan, and everything as it stood at a moment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused, in_words
from pingji.ground.directory.models import (
    COUNTY_DIGITS,
    TOWNSHIP_DIGITS,
    Area,
    Facility,
    Organisation,
    User,
)
from pingji.ground.standards.models import StandardRow
from pingji.ground.standards.queries import find_rule, rules_for
from pingji.respond.incidents.models import (
    Checkpoint,
    FreeCount,
    Incident,
    Requisition,
    RiskArea,
    SharedResource,
)
from pingji.respond.incidents.queries.event_figures import begins_on

LEVELS, SET_BY = "field.risk_levels", "field.risk_set_by"
COUNTED, STALE = "field.facility_counts", "field.stale_hours"
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Named:
    """Something that the plan names: a level of risk, or what is counted in a facility.

    Attributes:
        key: Its key in the plan.
        zh: Its name in Chinese.
        en: Its name in English.
        rank: Its place in the plan's list, 1 the first.
    """

    key: str
    zh: str
    en: str
    rank: int

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return in_words(self.zh, self.en)


def risk_levels(area: str, on: date) -> list[Named]:
    """The levels of risk areas that the plan knows, the highest first.

    Raises:
        Refused: The plan names none.
    """
    return _named(rules_for(area, on, key=LEVELS), LEVELS)


def risk_roles(area: str, on: date) -> list[str]:
    """The roles that set risk areas by the plan.

    Raises:
        Refused: The plan names none.
    """
    return [one.key for one in _named(rules_for(area, on, key=SET_BY), SET_BY)]


def facility_counts(area: str, on: date) -> list[Named]:
    """What is counted in a facility by the plan.

    Raises:
        Refused: The plan names nothing.
    """
    return _named(rules_for(area, on, key=COUNTED), COUNTED)


def _named(rows: dict[str, StandardRow], key: str) -> list[Named]:
    if key not in rows or not rows[key].items:
        raise Refused(_("The plan does not say “%(key)s”.") % {"key": key})
    return [
        Named(item["key"], item["zh"], item["en"], rank)
        for rank, item in enumerate(rows[key].items, start=1)
    ]


def stale_before(area: str, at: datetime) -> datetime | None:
    """A figure older than this is out of date; None where the plan sets no limit."""
    row = find_rule(area, STALE, timezone.localdate(at))
    return at - timedelta(hours=float(row.value)) if row and row.value is not None else None


def life_of(incident: Incident, at: datetime) -> tuple[datetime, datetime]:
    """From the first day of an incident to its closing, or to now."""
    begin = timezone.make_aware(datetime.combine(begins_on(incident), datetime.min.time()))
    begin = min(begin, incident.opened_at)
    return begin, min(incident.closed_at or at, at)


def risk_area_of(incident: Incident, area: Area) -> RiskArea | None:
    """The level that an area has now, in an incident."""
    return RiskArea.objects.filter(incident=incident, area=area, ends_at__isnull=True).first()


def checkpoint_named(incident: Incident, name: str) -> Checkpoint | None:
    """The open checkpoint of a name, in an incident."""
    rows = Checkpoint.objects.filter(incident=incident, name=name.strip(), ends_at__isnull=True)
    return rows.first()


def latest_count(
    *, resource: SharedResource | None = None, facility: Facility | None = None, kind: str = ""
) -> FreeCount | None:
    """The last that was told of one thing."""
    rows = FreeCount.objects.filter(resource=resource, facility=facility, kind=kind)
    return rows.order_by("-as_of", "-pk").first()


def areas_of_risk(incident: Incident, user: User) -> QuerySet[Area]:
    """The townships and villages that may be risk areas of an incident."""
    county = incident.area_id[:COUNTY_DIGITS]
    return Area.objects.visible_to(user).filter(
        code__startswith=county, code__length__in=(TOWNSHIP_DIGITS, 12)
    )


def risk_areas(incident: Incident, user: User) -> list[RiskArea]:
    """Every level that an area had in an incident, those that hold first, then the latest."""
    rows = RiskArea.objects.visible_to(user).filter(incident=incident)
    rows = rows.select_related("area", "set_by", "lifted_by")
    return sorted(rows.order_by("-starts_at", "-pk"), key=lambda row: _order(row, row.rank))


def checkpoints(incident: Incident, user: User) -> list[Checkpoint]:
    """Every opening of a checkpoint in an incident, those that are open first, then the latest."""
    rows = Checkpoint.objects.visible_to(user).filter(incident=incident)
    rows = rows.select_related("area", "organisation", "opened_by", "closed_by")
    return sorted(rows.order_by("-starts_at", "-pk"), key=lambda row: _order(row, 0))


def _order(row: RiskArea | Checkpoint, rank: int) -> tuple[bool, int]:
    over = row.ends_at is not None
    return over, 0 if over else rank


def risk_areas_as_of(user: User, at: datetime, incident: Incident | None) -> QuerySet[RiskArea]:
    """The risk areas in sight as they stood at a moment, of one incident or of all."""
    rows = RiskArea.objects.visible_to(user).as_of(at)
    rows = rows.filter(incident=incident) if incident else rows
    return rows.select_related("area", "set_by", "incident").order_by("rank", "area_id", "pk")


def checkpoints_as_of(user: User, at: datetime, incident: Incident | None) -> QuerySet[Checkpoint]:
    """The checkpoints in sight that were open at a moment, of one incident or of all."""
    rows = Checkpoint.objects.visible_to(user).as_of(at)
    rows = rows.filter(incident=incident) if incident else rows
    return rows.select_related("area", "organisation", "incident").order_by("name", "pk")


def resources_as_of(
    user: User, at: datetime, kinds: Collection[str], county: str
) -> QuerySet[FreeCount]:
    """What was told last, by a moment, of each shared resource of some kinds in a county."""
    told = FreeCount.objects.visible_in_area(user).as_of(at)
    offered = Q(resource__withdrawn_at__isnull=True) | Q(resource__withdrawn_at__gt=at)
    return told.filter(
        offered, resource__kind__in=kinds, resource__area__code__startswith=county
    ).select_related("resource__organisation")


def free_in_facilities(user: User, at: datetime, county: str) -> QuerySet[FreeCount]:
    """What was told last, by a moment, of each kind of place in each facility in sight."""
    told = FreeCount.objects.visible_to(user).as_of(at)
    return told.filter(facility__isnull=False, area__code__startswith=county)


def taken_over(facilities: Collection[int], at: datetime) -> dict[int, Requisition]:
    """The facilities, of some that the reader sees, that were taken over at a moment."""
    rows = Requisition.objects.filter(
        Q(released_at__isnull=True) | Q(released_at__gt=at),
        facility__in=facilities,
        order__issued_at__lte=at,
        starts_at__lte=at,
        ends_at__gt=at,
    )
    return {row.facility_id: row for row in rows}


@dataclass(frozen=True)
class Own:
    """What somebody may bring up to date on a phone.

    Attributes:
        facilities: Facilities of theirs, each with what was told last (`row.told`).
        resources: Shared resources of theirs.
        checkpoints: Checkpoints that their organisation mans, open ones first.
    """

    facilities: list[Facility]
    resources: list[SharedResource]
    checkpoints: list[Checkpoint]


def own(user: User, organisation: Organisation | None, at: datetime) -> Own:
    """What somebody of an organisation keeps up to date; of all in sight where none is given."""
    facilities = Facility.objects.visible_to(user).filter(closed_on__isnull=True)
    resources = SharedResource.objects.visible_to(user).offered()
    points = Checkpoint.objects.visible_to(user).filter(incident__closed_at__isnull=True)
    if organisation is not None:
        facilities = facilities.filter(organisation=organisation)
        resources = resources.filter(organisation=organisation)
        points = points.filter(organisation=organisation)
    told: dict[int, list[FreeCount]] = {}
    counts = FreeCount.objects.visible_to(user).as_of(at)
    for row in counts.filter(facility__in=facilities):
        told.setdefault(row.facility_id, []).append(row)
    shown = list(facilities.select_related("organisation").order_by("organisation_id", "name"))
    for facility in shown:
        facility.told = told.get(facility.pk, [])
    latest: dict[tuple[int, str], Checkpoint] = {}
    for point in points.select_related("incident", "area").order_by("starts_at", "pk"):
        latest[point.incident_id, point.name] = point
    return Own(
        facilities=shown,
        resources=list(resources.select_related("organisation").order_by("kind", "name")),
        checkpoints=sorted(latest.values(), key=lambda row: (row.ends_at is not None, row.name)),
    )
