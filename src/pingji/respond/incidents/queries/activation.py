"""What activating a plan would send to whom, before anybody activates it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from pingji.ground import in_words
from pingji.ground.directory.models import COUNTY_DIGITS, TOWNSHIP_DIGITS, Area, User
from pingji.respond.incidents.models import GroupSeat, Incident, Plan, PlanOrder
from pingji.respond.incidents.queries.groups import names, seats
from pingji.respond.incidents.queries.plans import (
    Addressed,
    Gap,
    addressees,
    extension,
    gaps_of,
    reached_by,
)


@dataclass(frozen=True)
class Preview:
    """What goes out at once, and what would be missing.

    Attributes:
        addressed: The orders that go out at once, each with whom it reaches.
        groups: The groups that form, each by its name with whoever sits in it.
        gaps: What nobody would take.
        by_township: Whether any order of the plan, of a later phase too, goes to townships.
    """

    addressed: list[Addressed]
    groups: list[tuple[str, list[GroupSeat]]]
    gaps: list[Gap]
    by_township: bool

    @property
    def orders(self) -> int:
        """How many orders go out."""
        return sum(len(each.organisations) for each in self.addressed)

    @property
    def organisations(self) -> int:
        """To how many organisations they go."""
        return len({one.pk for each in self.addressed for one in each.organisations})


def preview(
    plan: Plan, incident: Incident, *, on: date, townships: Collection[str] = ()
) -> Preview:
    """What activating the plan on a day would set in motion."""
    first = plan.phases.order_by("number").first()
    addressed = [
        each
        for phase in ([None, first] if first else [None])
        for each in addressees(plan, incident.area, townships=townships, phase=phase, every=False)
    ]
    known = names(incident.area, on)
    held = seats(incident.area)
    keys = dict.fromkeys(plan.orders.exclude(group="").values_list("group", flat=True))
    return Preview(
        addressed=addressed,
        groups=[
            (in_words(*known[key]), [one for one in held if one.group == key])
            for key in keys
            if key in known
        ],
        gaps=gaps_of(addressed),
        by_township=plan.orders.filter(reach=PlanOrder.Reach.TOWNSHIP).exists(),
    )


def preview_of_extension(incident: Incident, townships: Collection[str]) -> Preview:
    """What goes out where the plan reaches further townships."""
    addressed = extension(incident, townships)
    return Preview(addressed=addressed, groups=[], gaps=gaps_of(addressed), by_township=True)


def townships_left(incident: Incident, user: User) -> QuerySet[Area]:
    """The townships of the county that the plan of an incident does not reach yet."""
    reached = reached_by(incident)
    county = Area.objects.visible_to(user).filter(
        code__startswith=incident.area.code[:COUNTY_DIGITS], code__length=TOWNSHIP_DIGITS
    )
    return county.exclude(code__in=reached).order_by("code") if reached else county.none()


def townships_in(area: Area, user: User) -> QuerySet[Area]:
    """The townships of an event's area, by code; of one in a township just that."""
    inside = Area.objects.visible_to(user).filter(
        code__startswith=area.code[:TOWNSHIP_DIGITS], code__length=TOWNSHIP_DIGITS
    )
    return inside.order_by("code")
