"""Hand duty over, and accept it: what is under way, and every clock, goes to the next."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import Handover
from pingji.respond.incidents.queries.handovers import clocks_of_owner, matters
from pingji.respond.incidents.rules import handovers as rules

ACCEPT = "duty.handover"


@transaction.atomic
def hand_over_duty(*, incoming: User, remarks: str, by: User, at: datetime) -> Handover:
    """Write down what is under way and hand it to the next; it stays ours until they accept."""
    rules.check_can_hand_over(by, incoming)
    rules.check_no_open_one(by.area, by)

    row = Handover(
        area=by.area,
        outgoing=by,
        incoming=incoming,
        matters=matters(by.area, at),
        remarks=remarks.strip(),
        written_by=by,
        written_at=at,
    )
    waits = _("An earlier hand-over of yours waits to be accepted.")
    with refused_if_taken(waits, field="incoming"):
        row.save(force_insert=True)
    standards.start_deadline(key=ACCEPT, subject=row, area=by.area, owner=incoming, by=by, at=at)
    note("handover.written", subject=row, by=by, at=at, reason=remarks, to=incoming.username)
    notices.notify(
        kind="duty_handed_over",
        subject=row,
        area=row.area,
        people=[incoming],
        clock=False,  # the hand-over has its own
        by=by,
        at=at,
    )
    publish("duty", area=row.area_id)
    return row


@transaction.atomic
def accept_duty(*, handover: Handover, by: User, at: datetime) -> Handover:
    """Take duty over; the clocks that ran for the one before run for us now."""
    handover = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("outgoing", "incoming")
        .get(pk=handover.pk)
    )
    rules.check_can_accept(by, handover)

    handover.accepted_by, handover.accepted_at = by, at
    handover.save(update_fields=["accepted_by", "accepted_at"])
    standards.meet_deadline(key=ACCEPT, subject=handover, by=by, at=at)
    taken = [clock for clock in clocks_of_owner(handover.outgoing) if clock.key != ACCEPT]
    for clock in Deadline.objects.select_for_update(of=("self",)).filter(
        pk__in=[one.pk for one in taken]
    ):
        clock.owner = by
        clock.save(update_fields=["owner"])
        note("deadline.handed_over", subject=clock, by=by, at=at, key=clock.key, to=by.username)
    note("handover.accepted", subject=handover, by=by, at=at, clocks=len(taken))
    notices.acknowledge_about(subject=handover, by=by, at=at)
    publish("duty", area=handover.area_id)
    return handover
