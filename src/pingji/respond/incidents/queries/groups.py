"""Who sits in which group, who is called first, and who follows whom."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from pingji.ground.directory.models import Area, User
from pingji.ground.directory.queries import on_duty
from pingji.ground.standards.models import Deadline, Group
from pingji.ground.standards.queries import groups_for
from pingji.respond.incidents.models import Callout, GroupSeat, Incident, Seat
from pingji.respond.incidents.queries.orders import clocks_of

SEATS = {Seat.HEAD: 0, Seat.DEPUTY: 1, Seat.MEMBER: 2}
OFFICE = "office"
# The roster is called as a group of its own.
DUTY = ("duty", "值班", "Duty roster")


@dataclass(frozen=True)
class Candidate:
    """Somebody who can be called, as what, and under which number."""

    person: User
    seat: str
    phone: str


@dataclass(frozen=True)
class Standing:
    """A group of the plan with whoever sits in it now."""

    group: Group
    seats: list[GroupSeat]

    @property
    def heads(self) -> list[GroupSeat]:
        """Head and deputies."""
        return [one for one in self.seats if one.seat != Seat.MEMBER]


def names(area: Area, on: date) -> dict[str, tuple[str, str]]:
    """The groups that the plan names for an area, in both languages."""
    return {group.key: (group.name, group.name_en) for group in groups_for(area.code, on)}


def seats(area: Area, key: str | None = None) -> list[GroupSeat]:
    """Who sits in a group of an area now, the head first; of the nearest area that has anybody."""
    rows = GroupSeat.objects.held().filter(area__in=area.around, person__is_active=True)
    if key is not None:
        rows = rows.filter(group=key)
    found = list(rows.select_related("person__organisation"))
    nearest = {
        group: max(len(one.area_id) for one in found if one.group == group)
        for group in {one.group for one in found}
    }
    here = [one for one in found if len(one.area_id) == nearest[one.group]]
    return sorted(here, key=lambda one: (SEATS[Seat(one.seat)], one.pk))


def standing(area: Area, on: date) -> list[Standing]:
    """Every group of the plan in its order, with whoever sits in it."""
    held = seats(area)
    return [
        Standing(group, [one for one in held if one.group == group.key])
        for group in groups_for(area.code, on)
    ]


def chain(incident: Incident, at: datetime) -> list[tuple[tuple[str, str, str], Candidate | None]]:
    """Whom an event calls first: the head of each leading body, of its office, and the duty."""
    found: list[tuple[tuple[str, str, str], Candidate | None]] = []
    for one in standing(incident.area, timezone.localdate(at)):
        if one.group.under_id is not None and one.group.key != OFFICE:
            continue
        first = one.seats[0] if one.seats else None
        candidate = Candidate(first.person, first.seat, first.reached_at) if first else None
        found.append(((one.group.key, one.group.name, one.group.name_en), candidate))
    called = on_duty(incident.area_id, at)
    first_on_duty = Candidate(called[0], "", called[0].phone) if called else None
    return [*found, (DUTY, first_on_duty)]


def following(callout: Callout, at: datetime) -> Candidate | None:
    """Who is called after somebody who did not answer: of the same group, else on duty."""
    incident = callout.incident
    silent = set(incident.callouts.filter(group=callout.group).values_list("person_id", flat=True))
    for one in seats(incident.area, callout.group):
        if one.person_id not in silent:
            return Candidate(one.person, one.seat, one.reached_at)
    for person in on_duty(incident.area_id, at):
        if person.pk not in silent:
            return Candidate(person, "", person.phone)
    return None


def callouts(incident: Incident) -> list[Callout]:
    """Everybody who was called to an incident, with the clock of the call and who followed."""
    rows = list(
        incident.callouts.select_related(
            "person", "acknowledged_by", "instead_of__person"
        ).prefetch_related("passed_on_to__person")
    )
    clocks = clocks_of(rows, Callout)
    for row in rows:
        row.clock = next(iter(clocks.get(row.pk, [])), None)
        row.followed_by = getattr(row, "passed_on_to", None)
        row.late = row.clock is not None and row.clock.state == Deadline.State.MISSED
    return rows


def open_call(incident: Incident, user: User) -> Callout | None:
    """The call to an incident that somebody has not answered yet."""
    return incident.callouts.filter(person=user, acknowledged_at__isnull=True).first()
