"""Plans: which hold in an area, whom their orders go to, and what could not be assigned."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pingji.ground.directory.models import (
    COUNTY_DIGITS,
    TOWNSHIP_DIGITS,
    Area,
    Organisation,
    Role,
    User,
)
from pingji.respond.incidents.models import (
    Incident,
    Plan,
    PlanOrder,
    PlanPhase,
    PlanReview,
)


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
    found: dict[str, Plan] = {}
    for plan in Plan.objects.filter(in_force=True).order_by("code", "-version"):
        here = plan.area_id is None or plan.area_id in area.around
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
    plan: Plan,
    area: Area,
    *,
    townships: Collection[str] = (),
    phase: PlanPhase | None = None,
    every: bool = True,
) -> list[Addressed]:
    """Who the orders of a plan go to for an event in an area.

    Args:
        plan: The plan.
        area: The event's.
        townships: Codes of those that orders to townships reach; none: all of the area.
        phase: Only the orders of this phase.
        every: The orders of all phases; without it and without a phase, those of none.
    """
    rows = plan.orders.all() if every else plan.orders.filter(phase=phase)
    here = Organisation.objects.filter(
        area__code__startswith=area.code[:COUNTY_DIGITS], closed_on__isnull=True
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
                    one.reach != PlanOrder.Reach.TOWNSHIP or _reached(organisation, area, townships)
                )
            ],
        )
        for one in plan_orders
    ]
    return with_owners(found)


def _reached(organisation: Organisation, area: Area, townships: Collection[str]) -> bool:
    if townships:
        return organisation.area_id[:TOWNSHIP_DIGITS] in townships
    return organisation.area_id.startswith(area.code[:TOWNSHIP_DIGITS])


def reached_by(incident: Incident) -> list[str]:
    """Codes of the townships that its plan reaches; none: every one of the county."""
    narrowed = townships_of(incident)
    own = incident.area.code[:TOWNSHIP_DIGITS]
    return narrowed or ([own] if len(own) == TOWNSHIP_DIGITS else [])


def extension(incident: Incident, townships: Collection[str]) -> list[Addressed]:
    """The orders that go out where an activated plan reaches further townships.

    Those to townships, of every phase that was entered; never one that an organisation has.
    """
    assert incident.plan is not None
    entered = incident.phase.number if incident.phase else 0
    sent = incident.orders.filter(plan_order__isnull=False)
    had = set(sent.values_list("plan_order", "organisation"))
    return [
        Addressed(
            each.plan_order,
            [one for one in each.organisations if (each.plan_order.pk, one.pk) not in had],
            each.owners,
        )
        for each in addressees(incident.plan, incident.area, townships=townships)
        if each.plan_order.reach == PlanOrder.Reach.TOWNSHIP
        and (each.plan_order.phase is None or each.plan_order.phase.number <= entered)
    ]


def townships_of(incident: Incident) -> list[str]:
    """Codes of the townships that the orders of its plan were narrowed to; none: not narrowed."""
    return list(incident.townships.order_by("code").values_list("code", flat=True))


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
            nobody = (
                _("the townships reached have no “%(kind)s” for it")
                if order.reach == PlanOrder.Reach.TOWNSHIP
                else _("the county has no “%(kind)s” for it")
            )
            gaps.append(Gap(named, nobody % {"kind": kind}))
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
        for each in addressees(incident.plan, incident.area, townships=townships_of(incident))
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
    rows = PlanReview.objects.filter(area=area.code[:COUNTY_DIGITS], reviewed_at__isnull=True)
    return {row.code: row for row in rows}
