"""The chain of command: who sits where, which groups form, who is called and who follows."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

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
    """Give somebody a seat in a group of the area's chain of command."""
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
    publish("groups", area=area.code)
    return row


@transaction.atomic
def leave_seat(*, seat: GroupSeat, reason: str, by: User, at: datetime) -> GroupSeat:
    """Take somebody out of a group; what they did as a member stays theirs."""
    seat = GroupSeat.objects.select_for_update(of=("self",)).get(pk=seat.pk)
    rules.check_can_unseat(by, seat, reason)

    seat.withdrawn_by, seat.withdrawn_at = by, at
    seat.save(update_fields=["withdrawn_by", "withdrawn_at"])
    note("group.left", subject=seat, by=by, at=at, reason=reason, person=seat.person.username)
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
        IncidentGroupMember.objects.bulk_create(
            IncidentGroupMember(
                group=group, person=one.person, seat=one.seat, duty=one.duty, phone=one.reached_at
            )
            for one in seats
        )
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
    """Say that one has heard the call and comes."""
    callout = (
        Callout.objects.select_for_update(of=("self",))
        .select_related("incident", "person")
        .get(pk=callout.pk)
    )
    rules.check_can_answer(by, callout)

    callout.acknowledged_by, callout.acknowledged_at = by, at
    callout.save(update_fields=["acknowledged_by", "acknowledged_at"])
    standards.meet_deadline(key=ACKNOWLEDGE, subject=callout, by=by, at=at)
    note("chain.answered", subject=callout, by=by, at=at, group=callout.group)
    notices.acknowledge_about(subject=callout, by=by, at=at)
    publish("incidents", area=callout.area_id)
    return callout


@transaction.atomic
def pass_on(*, callout: Callout, by: User, at: datetime) -> Callout | None:
    """Call the next of the same group, or else who is on duty, because somebody did not answer.

    Nobody is called twice; where nobody is left it is put on record, and the plan's role, who is
    told of the missed clock anyway, sees it on the page.
    """
    callout = (
        Callout.objects.select_for_update(of=("self",))
        .select_related("incident__area")
        .get(pk=callout.pk)
    )
    if callout.acknowledged_at is not None or hasattr(callout, "passed_on_to"):
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
