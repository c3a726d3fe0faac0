"""What joint prevention shows: who received what, what departments share, what is taken over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from pingji.ground import in_words
from pingji.ground.directory.models import Facility, Organisation, User
from pingji.ground.standards.queries import find_rule
from pingji.respond.incidents.models import (
    Circular,
    CircularReceiver,
    Incident,
    Inspection,
    Order,
    Requisition,
    SharedResource,
)
from pingji.respond.incidents.queries.orders import clocks_of
from pingji.respond.incidents.rules.moments import said

DEPARTMENTS = "joint.departments"
STALE_AFTER = "joint.resource_days"


@dataclass(frozen=True)
class Department:
    """A department that the plan names, and what it shares.

    Attributes:
        name: As the plan calls it.
        resources: What it offers.
        updated_at: When an entry was last brought up to date; None where it offers nothing.
        stale: Whether that is longer ago than the plan allows, or never.
    """

    name: str
    resources: list[SharedResource]
    updated_at: datetime | None
    stale: bool


def people_of(organisation: Organisation) -> QuerySet[User]:
    """Everybody of an organisation who signs in."""
    return User.objects.people().filter(organisation=organisation, is_active=True)


def resource_named(organisation: Organisation, name: str) -> SharedResource | None:
    """What an organisation offers under a name."""
    offered = SharedResource.objects.offered()
    return offered.filter(organisation=organisation, name=name.strip()).first()


def requisition_between(facility: Facility, starts: datetime, ends: datetime) -> Requisition | None:
    """Who has taken a facility over in a time."""
    standing = Requisition.objects.filter(facility=facility, released_at__isnull=True)
    return standing.filter(starts_at__lt=ends, ends_at__gt=starts).first()


def requisition_in_words(facility: Facility, use: str, starts: datetime, ends: datetime) -> str:
    """The order that takes a facility over."""
    return _("Hand over %(facility)s for “%(use)s”, from %(starts)s to %(ends)s.") % {
        "facility": facility,
        "use": Requisition.Use(use).label,
        "starts": said(starts),
        "ends": said(ends),
    }


def circulars_of(incident: Incident, user: User) -> QuerySet[Circular]:
    """An incident's circulars with how many received them and replied, the newest first."""
    return counted(Circular.objects.visible_to(user).filter(incident=incident))


def counted(rows: QuerySet[Circular]) -> QuerySet[Circular]:
    """Circulars with how many they went to, who received them, and who replied."""
    latest = rows.select_related("incident", "issued_by").order_by("-issued_at", "-pk")
    return latest.annotate(
        sent=Count("receivers"),
        arrived=Count("receivers", filter=Q(receivers__received_at__isnull=False)),
        answered=Count("receivers", filter=Q(receivers__replied_at__isnull=False)),
    )


def departments(user: User, *, at: datetime) -> list[Department]:
    """The departments that the plan names, each with what it shares; then all others that share."""
    named = find_rule(user.area_id, DEPARTMENTS, at)
    days = find_rule(user.area_id, STALE_AFTER, at)
    oldest = at - timedelta(days=int(days.value)) if days and days.value else None
    offered = SharedResource.objects.visible_in_area(user).offered()
    left = list(offered.select_related("organisation", "updated_by"))
    found = []
    for item in named.items if named else []:
        own = [row for row in left if _belongs(row.organisation, item["zh"])]
        left = [row for row in left if row not in own]
        found.append(_department(in_words(item["zh"], item["en"]), own, oldest))
    for organisation in sorted({row.organisation for row in left}, key=lambda one: one.label):
        own = [row for row in left if row.organisation == organisation]
        found.append(_department(organisation.label, own, oldest))
    return found


def _belongs(organisation: Organisation, name: str) -> bool:
    """Whether an organisation is the department that a plan names: 公安 is the 县公安局.

    Its name begins alike, or is the usual short form of it, as 医保局 is of 医疗保障: two characters
    tell departments apart, and their long forms differ.
    """
    kinds = (Organisation.Kind.DEPARTMENT, Organisation.Kind.HEALTH_COMMISSION)
    short = name[0] + name[2:3]
    said = organisation.name
    return organisation.kind in kinds and (name[:2] in said or (len(short) > 1 and short in said))


def _department(name: str, rows: list[SharedResource], oldest: datetime | None) -> Department:
    for row in rows:
        row.is_stale = oldest is not None and row.updated_at < oldest  # type: ignore[attr-defined]
    updated = min((row.updated_at for row in rows), default=None)
    stale = updated is None or (oldest is not None and updated < oldest)
    return Department(name, rows, updated, stale)


def requisitions_of(incident: Incident, user: User) -> list[Requisition]:
    """The facilities that an incident takes over, as far as the user sees their orders."""
    orders = Order.objects.visible_to(user).filter(incident=incident)
    rows = Requisition.objects.filter(order__in=orders)
    return list(rows.select_related("order__organisation", "facility__area"))


@dataclass(frozen=True)
class Operation:
    """Inspections that were ordered together, and what they found in all.

    Attributes:
        first: One of them, which says what is inspected.
        rows: All of them.
        reported: How many of them have reported.
        inspected: Places inspected in all, as reported; None before the first report.
        violations: Violations found in all, likewise.
        filed: Cases filed in all, likewise.
    """

    first: Inspection
    rows: list[Inspection]
    reported: int
    inspected: int | None
    violations: int | None
    filed: int | None

    @property
    def places(self) -> str:
        """All places; of a draw each department has others."""
        return _("; ").join(dict.fromkeys(name for row in self.rows for name in row.places))


def operations_of(incident: Incident, user: User) -> list[Operation]:
    """An incident's joint inspections, the newest first, each with its departments' results."""
    orders = Order.objects.visible_to(user).filter(incident=incident)
    rows = Inspection.objects.filter(order__in=orders).select_related("order__organisation", "draw")
    together: dict[object, list[Inspection]] = {}
    for row in rows:
        of_draw = ("draw", row.draw_id) if row.draw_id else row.order.key
        together.setdefault(of_draw, []).append(row)
    return [
        Operation(
            first=group[0],
            rows=group,
            reported=sum(1 for row in group if row.inspected is not None),
            inspected=_sum([row.inspected for row in group]),
            violations=_sum([row.violations for row in group]),
            filed=_sum([row.filed for row in group]),
        )
        for group in together.values()
    ]


def _sum(numbers: list[int | None]) -> int | None:
    """All that is known, or nothing."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def receivers_with_clocks(receivers: QuerySet[CircularReceiver]) -> list[CircularReceiver]:
    """Who a circular went to, each with the clocks that run or ran on it."""
    about = receivers.select_related("organisation", "circular", "received_by", "replied_by")
    rows = list(about.prefetch_related("proofs__by"))
    clocks = clocks_of(rows, CircularReceiver)
    for row in rows:
        row.clocks = clocks.get(row.pk, [])
    return rows
