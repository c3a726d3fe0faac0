"""A reader has read what changed; a leader nudges whoever is late."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note, publish
from pingji.respond.incidents import queries
from pingji.respond.incidents.actions.orders import locked
from pingji.respond.incidents.models import Incident, Order, Reading
from pingji.respond.incidents.queries.orders import REMINDER
from pingji.respond.incidents.rules import readings as rules


@transaction.atomic
def mark_read(*, until: datetime, by: User, at: datetime, incident: Incident | None = None) -> None:
    """Keep that somebody has read what changed, up to the moment at which their page was drawn.

    The mark never goes back: of two pages of the same reader the later one counts.

    Args:
        until: When the page they read was drawn.
        by: Who has read.
        at: When they say so.
        incident: The one they read of; without it, of all their area.
    """
    until = min(until, at)
    mark, new = Reading.objects.select_for_update().get_or_create(
        user=by, incident=incident, defaults={"read_until": until}
    )
    if not new and mark.read_until >= until:
        return
    mark.read_until = until
    mark.save(update_fields=["read_until"])
    note(
        "changes.read",
        subject=by,
        by=by,
        at=at,
        until=until.isoformat(),
        incident=incident.pk if incident else None,
    )


@transaction.atomic
def nudge(*, order: Order, by: User, at: datetime) -> int:
    """Remind whoever owes an order that it is waited for; how many people were told.

    Of each clock one person nudges once: pressing again tells nobody again.
    """
    order = locked(order)
    rules.check_can_nudge(by, order)
    clock = queries.with_clocks([order])[0].clock
    rules.check_clock_runs(clock)
    people = set(queries.performers(order))
    if order.escalated_to is not None:
        people.add(order.escalated_to)
    rules.check_somebody_answers(len(people))

    told = notices.notify(
        kind=REMINDER,
        subject=order,
        area=order.area,
        organisation=order.organisation,
        people=people,
        again=f"{clock.pk}:{by.pk}",
        clock=False,
        by=by,
        at=at,
    )
    if told.told_at == at:
        note("order.reminded", subject=order, by=by, at=at, key=clock.key, people=len(people))
        publish("orders", area=order.area_id, organisation=order.organisation_id)
    return len(people)
