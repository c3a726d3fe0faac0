"""What joint prevention shows: who received what, what departments share, what is taken over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

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

    def moment(when: datetime) -> str:
        return date_format(timezone.localtime(when), "Y-m-d H:i")

    return _("Hand over %(facility)s for “%(use)s”, from %(starts)s to %(ends)s.") % {
        "facility": facility,
        "use": Requisition.Use(use).label,
        "starts": moment(starts),
        "ends": moment(ends),
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
    on = timezone.localdate(at)
    named = find_rule(user.area_id, DEPARTMENTS, on)
    days = find_rule(user.area_id, STALE_AFTER, on)
    oldest = at - timedelta(days=int(days.value)) if days and days.value else None
    chinese = (get_language() or "zh").startswith("zh")
    offered = SharedResource.objects.visible_in_area(user).offered()
    left = list(offered.select_related("organisation", "updated_by"))
    found = []
    for item in named.items if named else []:
        own = [row for row in left if _belongs(row.organisation, item["zh"])]
        left = [row for row in left if row not in own]
        found.append(_department(item["zh"] if chinese else item["en"], own, oldest))
    for organisation in sorted({row.organisation for row in left}, key=lambda one: one.label):
        own = [row for row in left if row.organisation == organisation]
        found.append(_department(organisation.label, own, oldest))
    return found


def _belongs(organisation: Organisation, name: str) -> bool:
    """Whether an organisation is the department that a plan names: 公安 is the 县公安局.

    Its name begins alike: two characters tell departments apart, and their long forms differ.
    """
    kinds = (Organisation.Kind.DEPARTMENT, Organisation.Kind.HEALTH_COMMISSION)
    return organisation.kind in kinds and name[:2] in organisation.name


def _department(name: str, rows: list[SharedResource], oldest: datetime | None) -> Department:
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
        first: One of them, which says what and where.
        rows: All of them.
        inspected: Places inspected in all.
        violations: Violations found in all.
        filed: Cases filed in all.
    """

    first: Inspection
    rows: list[Inspection]
    inspected: int
    violations: int
    filed: int


def operations_of(incident: Incident, user: User) -> list[Operation]:
    """An incident's joint inspections, the newest first, each with its departments' results."""
    orders = Order.objects.visible_to(user).filter(incident=incident)
    rows = Inspection.objects.filter(order__in=orders).select_related("order__organisation")
    together: dict[object, list[Inspection]] = {}
    for row in rows:
        together.setdefault(row.order.key, []).append(row)
    return [
        Operation(
            first=group[0],
            rows=group,
            inspected=sum(row.inspected or 0 for row in group),
            violations=sum(row.violations or 0 for row in group),
            filed=sum(row.filed or 0 for row in group),
        )
        for group in together.values()
    ]


def receivers_with_clocks(receivers: QuerySet[CircularReceiver]) -> list[CircularReceiver]:
    """Who a circular went to, each with the clocks that run or ran on it."""
    rows = list(receivers.select_related("organisation", "circular", "received_by", "replied_by"))
    clocks = clocks_of(rows, CircularReceiver)
    for row in rows:
        row.clocks = clocks.get(row.pk, [])
    return rows
