"""Plans: which hold in an area, whom their orders go to, and what could not be assigned."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Area, Organisation, Role, User
from pingji.respond.incidents.models import (
    Incident,
    Plan,
    PlanOrder,
    PlanPhase,
    PlanReview,
)

TOWNSHIP = 9
COUNTY = 6
CODE_LENGTHS = (15, 12, 9, 6, 4, 2)


@dataclass(frozen=True)
class Addressed:
    """One order of a plan and who it goes to; nobody where no such organisation exists.

    Attributes:
        plan_order: The order.
        organisations: Those it goes to.
        owners: Who holds the role that answers for it, by organisation.
    """

    plan_order: PlanOrder
    organisations: list[Organisation]
    owners: dict[int, list[User]] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """Something of a plan that could not be assigned, and why."""

    what: str
    why: str


def plans_for(area: Area) -> list[Plan]:
    """The plans in force for an area, each by its nearest version; own before those shipped."""
    around = [area.code[:length] for length in CODE_LENGTHS if length <= len(area.code)]
    found: dict[str, Plan] = {}
    for plan in Plan.objects.filter(in_force=True).order_by("code", "-version"):
        here = plan.area_id is None or plan.area_id in around
        before = found.get(plan.code)
        if here and (before is None or _nearness(plan) > _nearness(before)):
            found[plan.code] = plan
    return sorted(found.values(), key=lambda plan: plan.code)


def _nearness(plan: Plan) -> int:
    return len(plan.area_id or "")


def fitting(incident: Incident) -> list[Plan]:
    """The plans for an incident's area, those for its kind and illness first."""

    def unlike(plan: Plan) -> tuple[bool, bool, str]:
        other_kind = plan.event_kind != incident.event_kind
        return other_kind, incident.disease_id not in plan.diseases, plan.code

    return sorted(plans_for(incident.area), key=unlike)


def addressees(
    plan: Plan, area: Area, *, phase: PlanPhase | None = None, every: bool = True
) -> list[Addressed]:
    """Who the orders of a plan go to for an event in an area.

    Args:
        plan: The plan.
        area: The event's.
        phase: Only the orders of this phase.
        every: The orders of all phases; without it and without a phase, those of none.
    """
    rows = plan.orders.all() if every else plan.orders.filter(phase=phase)
    here = Organisation.objects.filter(
        area__code__startswith=area.code[:COUNTY], closed_on__isnull=True
    ).select_related("area")
    by_kind: dict[str, list[Organisation]] = defaultdict(list)
    plan_orders = list(rows)
    for organisation in here.filter(kind__in={one.organisation_kind for one in plan_orders}):
        by_kind[organisation.kind].append(organisation)
    found = [
        Addressed(
            one,
            [
                organisation
                for organisation in by_kind[one.organisation_kind]
                if one.organisation_name in organisation.name
                and (
                    one.reach != PlanOrder.Reach.TOWNSHIP
                    or organisation.area_id.startswith(area.code[:TOWNSHIP])
                )
            ],
        )
        for one in plan_orders
    ]
    return with_owners(found)


def with_owners(addressed: list[Addressed]) -> list[Addressed]:
    """Add who holds the role that answers for each order."""
    organisations = {one.pk for each in addressed for one in each.organisations}
    people: dict[tuple[int | None, str], list[User]] = defaultdict(list)
    for person in User.objects.people().filter(organisation__in=organisations, is_active=True):
        people[person.organisation_id, person.role].append(person)
    return [
        Addressed(
            each.plan_order,
            each.organisations,
            {
                one.pk: people[one.pk, each.plan_order.role]
                for one in each.organisations
                if each.plan_order.role
            },
        )
        for each in addressed
    ]


def gaps_of(addressed: Iterable[Addressed]) -> list[Gap]:
    """What of the orders nobody can take: no such organisation, or a role that nobody holds."""
    gaps = []
    for each in addressed:
        order = each.plan_order
        named = _("Order %(number)s: %(order)s") % {"number": order.number, "order": order.label}
        if not each.organisations:
            kind = " ".join(
                filter(None, [order.get_organisation_kind_display(), order.organisation_name])
            )
            gaps.append(Gap(named, _("the county has no “%(kind)s” for it") % {"kind": kind}))
        empty = [one for one in each.organisations if order.role and not each.owners[one.pk]]
        if empty:
            said = {
                "role": Role(order.role).label,
                "where": _(", ").join(one.label for one in empty),
            }
            gaps.append(Gap(named, _("nobody holds the role “%(role)s” in %(where)s") % said))
    return gaps


def gaps(incident: Incident) -> list[Gap]:
    """What of an activated plan is not assigned as things stand now."""
    if incident.plan is None:
        return []
    reached = incident.phase.number if incident.phase else 0
    found = [
        each
        for each in addressees(incident.plan, incident.area)
        if each.plan_order.phase is None or each.plan_order.phase.number <= reached
    ]
    silent = [
        Gap(group.label, _("the group has no members"))
        for group in incident.groups.prefetch_related("members")
        if not group.present
    ]
    return [*gaps_of(found), *silent]


def versions(plan: Plan) -> QuerySet[Plan]:
    """Every version of a plan, the newest first."""
    return Plan.objects.filter(code=plan.code).select_related("made_by", "area")


def reviews(area: Area) -> dict[str, PlanReview]:
    """The review that is due for each plan of a county."""
    rows = PlanReview.objects.filter(area=area.code[:COUNTY], reviewed_at__isnull=True)
    return {row.code: row for row in rows}
