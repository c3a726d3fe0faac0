"""The chain of command: who sits where, which groups form, who is called and who follows."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards
from pingji.ground.standards.queries import number
from pingji.respond.incidents import rules
from pingji.respond.incidents.models import (
    Callout,
    GroupSeat,
    Incident,
    IncidentGroup,
    IncidentGroupMember,
)
from pingji.respond.incidents.queries import groups as queries
from pingji.respond.incidents.queries.groups import Candidate
from pingji.respond.incidents.rules.gradings import ORDER

ACKNOWLEDGE = "chain.acknowledge"
ACTIVATION = "command.activation_grade"


@transaction.atomic
def seat_person(
    *,
    area: Area,
    group: str,
    person: User,
    seat: str,
    by: User,
    at: datetime,
    duty: str = "",
    phone: str = "",
) -> GroupSeat:
    """Give somebody a seat in a group of the area's chain of command.

    Where the group answers an open incident, they join it at once.
    """
    rules.check_can_seat(
        by, area, person, known=queries.names(area, timezone.localdate(at)), group=group
    )

    row = GroupSeat(
        area=area,
        group=group,
        person=person,
        seat=seat,
        duty=duty.strip(),
        phone=phone.strip(),
        seated_by=by,
        seated_at=at,
    )
    with refused_if_taken(rules.already_seated(), field="seat"):
        row.save(force_insert=True)
    note("group.seated", subject=row, by=by, at=at, person=person.username, seat=seat, group=group)
    follow_seats(area=area, key=group, by=by, at=at)
    publish("groups", area=area.code)
    return row


@transaction.atomic
def leave_seat(*, seat: GroupSeat, reason: str, by: User, at: datetime) -> GroupSeat:
    """Take somebody out of a group, and out of it where it answers an event; their deeds stay."""
    seat = GroupSeat.objects.select_for_update(of=("self",)).get(pk=seat.pk)
    rules.check_can_unseat(by, seat, reason)

    seat.withdrawn_by, seat.withdrawn_at = by, at
    seat.save(update_fields=["withdrawn_by", "withdrawn_at"])
    note("group.left", subject=seat, by=by, at=at, reason=reason, person=seat.person.username)
    follow_seats(area=seat.area, key=seat.group, by=by, at=at)
    publish("groups", area=seat.area_id)
    return seat


def form_groups(
    *, incident: Incident, keys: Iterable[str], by: User, at: datetime
) -> list[IncidentGroup]:
    """Form groups for an incident from whoever sits in them now, and call the first of each."""
    known = queries.names(incident.area, timezone.localdate(at))
    there = set(incident.groups.values_list("key", flat=True))
    made = []
    for key in keys:
        if key in there or key not in known:
            continue
        name, name_en = known[key]
        group = IncidentGroup(
            incident=incident, key=key, name=name, name_en=name_en, formed_by=by, formed_at=at
        )
        group.save(force_insert=True)
        seats = queries.seats(incident.area, key)
        IncidentGroupMember.objects.bulk_create(_member(group, one) for one in seats)
        note(
            "group.formed",
            subject=group,
            area=incident.area_id,
            by=by,
            at=at,
            group=key,
            members=len(seats),
        )
        if seats:
            one = seats[0]
            call(
                incident,
                Candidate(one.person, one.seat, one.reached_at),
                (key, name, name_en),
                by=by,
                at=at,
            )
        made.append(group)
    return made


def _member(
    group: IncidentGroup, seat: GroupSeat, at: datetime | None = None
) -> IncidentGroupMember:
    return IncidentGroupMember(
        group=group,
        person=seat.person,
        seat=seat.seat,
        duty=seat.duty,
        phone=seat.reached_at,
        joined_at=at,
    )


def follow_seats(*, area: Area, key: str, by: User, at: datetime) -> None:
    """Bring a group of every open incident up to whoever sits in it now.

    Who got a seat after the group formed joins it; the first of a group that had nobody is called.
    Who left the seat leaves the group too: it is on record that they were in it.
    """
    groups = IncidentGroup.objects.filter(
        key=key, incident__state=Incident.State.OPEN, incident__area__code__startswith=area.code
    )
    for group in groups.select_related("incident__area").select_for_update(of=("self",)):
        there = {one.person_id: one for one in group.members.select_related("person")}
        seats = queries.seats(group.incident.area, key)
        nobody = not any(one.left_at is None for one in there.values())
        for one in seats:
            _join(group, one, there.get(one.person_id), by=by, at=at)
        sitting = {one.person_id for one in seats}
        for member in there.values():
            if member.left_at is None and member.person_id not in sitting:
                _part(member, by=by, at=at)
        if nobody and seats:
            first = Candidate(seats[0].person, seats[0].seat, seats[0].reached_at)
            call(group.incident, first, (group.key, group.name, group.name_en), by=by, at=at)
        publish("incidents", area=group.incident.area_id)
    for incident in Incident.objects.filter(
        state=Incident.State.OPEN, area__code__startswith=area.code, callouts__isnull=False
    ).distinct():
        _call_missing(incident, key, by=by, at=at)


def _call_missing(incident: Incident, key: str, *, by: User, at: datetime) -> None:
    """Call whom the chain of command lacked when it was activated."""
    if incident.callouts.filter(group=key).exists():
        return
    for named, candidate in queries.chain(incident, at):
        if named[0] == key and candidate is not None:
            call(incident, candidate, named, by=by, at=at)


def _join(
    group: IncidentGroup,
    seat: GroupSeat,
    before: IncidentGroupMember | None,
    *,
    by: User,
    at: datetime,
) -> None:
    still = before if before is not None and before.left_at is None else None
    if still is not None and (still.seat, still.duty) == (seat.seat, seat.duty):
        return
    member = _member(group, seat, still.joined_at if still is not None else at)
    member.pk = before.pk if before is not None else None
    member.save()
    if still is None:
        note(
            "group.joined",
            subject=group,
            area=group.incident.area_id,
            by=by,
            at=at,
            group=group.key,
            person=seat.person.username,
            seat=seat.seat,
        )


def _part(member: IncidentGroupMember, *, by: User, at: datetime) -> None:
    member.left_at = at
    member.save(update_fields=["left_at"])
    note(
        "group.parted",
        subject=member.group,
        area=member.group.incident.area_id,
        by=by,
        at=at,
        group=member.group.key,
        person=member.person.username,
    )


def activate_chain(*, incident: Incident, by: User, at: datetime) -> list[Callout]:
    """Call the heads of the chain of command and who is on duty, once an event is grave enough.

    From which grade on the plan says. A second grading calls nobody twice.
    """
    grade = ORDER.get(incident.grade)  # type: ignore[call-overload]
    on = timezone.localdate(at)
    if grade is None or grade > number(incident.area_id, ACTIVATION, on):
        return []
    if incident.callouts.exists():
        return []
    called, empty = [], []
    for named, candidate in queries.chain(incident, at):
        if candidate is None:
            empty.append(named[0])
            continue
        called.append(call(incident, candidate, named, by=by, at=at))
    note(
        "incident.chain_activated",
        subject=incident,
        by=by,
        at=at,
        called=[one.person.username for one in called],
        empty=empty,
    )
    publish("incidents", area=incident.area_id)
    return called


def call(
    incident: Incident,
    candidate: Candidate,
    named: tuple[str, str, str],
    *,
    by: User,
    at: datetime,
    instead_of: Callout | None = None,
) -> Callout:
    """Call one person: told at once, and awaited by the plan's clock."""
    key, name, name_en = named
    there = Callout.objects.filter(incident=incident, group=key, person=candidate.person).first()
    if there is not None:
        return there
    row = Callout(
        incident=incident,
        area=incident.area,
        group=key,
        group_name=name,
        group_name_en=name_en,
        person=candidate.person,
        seat=candidate.seat,
        phone=candidate.phone,
        instead_of=instead_of,
        called_by=by,
        called_at=at,
    )
    row.save(force_insert=True)
    standards.start_deadline(
        key=ACKNOWLEDGE, subject=row, area=incident.area, owner=candidate.person, by=by, at=at
    )
    note("chain.called", subject=row, by=by, at=at, person=candidate.person.username, group=key)
    notices.notify(
        kind="chain_called" if instead_of is None else "chain_passed_on",
        subject=row,
        area=incident.area,
        people=[candidate.person],
        clock=False,  # the call has its own
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def answer_call(*, callout: Callout, by: User, at: datetime) -> Callout:
    """Say that one has heard the call and comes; nobody before whom it was passed on is awaited."""
    callout = (
        Callout.objects.select_for_update(of=("self",))
        .select_related("incident", "person", "instead_of")
        .get(pk=callout.pk)
    )
    rules.check_can_answer(by, callout)

    callout.acknowledged_by, callout.acknowledged_at = by, at
    callout.save(update_fields=["acknowledged_by", "acknowledged_at"])
    standards.meet_deadline(key=ACKNOWLEDGE, subject=callout, by=by, at=at)
    came = _("%(who)s came in their place.") % {"who": callout.person}
    before = callout.instead_of
    while before is not None:  # that they missed it stays
        standards.cancel_deadline(key=ACKNOWLEDGE, subject=before, by=by, at=at, reason=came)
        before = before.instead_of
    note("chain.answered", subject=callout, by=by, at=at, group=callout.group)
    notices.acknowledge_about(subject=callout, by=by, at=at)
    publish("incidents", area=callout.area_id)
    return callout


def stand_down(*, incident: Incident, by: User, at: datetime, reason: str) -> None:
    """Wait no longer for those who did not answer: the event is over.

    Whose call was passed on is late no longer, either; that they missed it stays.
    """
    for callout in incident.callouts.filter(acknowledged_at__isnull=True).order_by("pk"):
        standards.cancel_deadline(key=ACKNOWLEDGE, subject=callout, by=by, at=at, reason=reason)


@transaction.atomic
def pass_on(*, callout: Callout, by: User, at: datetime) -> Callout | None:
    """Call the next of the same group, or else who is on duty, because somebody did not answer.

    Nobody is called to an event that is over, and nobody twice; where nobody is left it is put on
    record, and the plan's role, who is told of the missed clock anyway, sees it on the page.
    """
    callout = (
        Callout.objects.select_for_update(of=("self",))
        .select_related("incident__area")
        .get(pk=callout.pk)
    )
    if callout.acknowledged_at is not None or hasattr(callout, "passed_on_to"):
        return None
    if callout.incident.state != Incident.State.OPEN:
        return None
    named = (callout.group, callout.group_name, callout.group_name_en)
    following = queries.following(callout, at)
    if following is None:
        note("chain.nobody_left", subject=callout, by=by, at=at, group=callout.group)
        publish("incidents", area=callout.area_id)
        return None
    made = call(callout.incident, following, named, by=by, at=at, instead_of=callout)
    publish("incidents", area=callout.area_id)
    return made
