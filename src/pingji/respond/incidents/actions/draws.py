"""Draw at random which places are inspected and by whom, and order it."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.text import Truncator

from pingji.ground.directory.models import Organisation, User
from pingji.ground.record.actions import note, publish
from pingji.respond.incidents import rules
from pingji.respond.incidents.actions.orders import issue_orders
from pingji.respond.incidents.models import Incident, Inspection, InspectionDraw
from pingji.respond.incidents.rules import draws as draw_rules

COMPLETE = "order.complete"
NAMED = 160  # as long as the place of an inspection may be called


@transaction.atomic
def draw_inspection(
    *,
    incident: Incident,
    places: Sequence[str],
    inspectors: Mapping[str, Organisation],
    take: int,
    each: int,
    text: str,
    by: User,
    at: datetime,
    key: UUID,
    until: datetime | None = None,
) -> InspectionDraw:
    """Draw places and inspectors, keep the draw with its seed, and order each department its part.

    Args:
        incident: The event it is for.
        places: All places that may be inspected.
        inspectors: All who may inspect, each with the department that sends them.
        take: How many places are drawn.
        each: How many inspectors go to each.
        text: What is inspected.
        by: Who has it drawn; nobody chooses the seed.
        at: When.
        key: Of this sending; sent a second time, it gives the first draw back.
        until: To be done by.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    earlier = InspectionDraw.objects.filter(incident=incident, key=key).first()
    if earlier is not None:
        return earlier
    rules.check_can_order(by, incident)
    rules.check_text(text)
    draw_rules.check_draw(places, list(inspectors), take, each)

    seed = secrets.token_hex(16)
    pairs = draw_rules.drawn(places, list(inspectors), take=take, each=each, seed=seed)
    draw = InspectionDraw.objects.create(
        incident=incident,
        area=incident.area,
        places=list(places),
        inspectors=[
            {"name": name, "organisation": one.pk, "said": one.name, "said_en": one.name_en}
            for name, one in inspectors.items()
        ],
        take=take,
        each=each,
        seed=seed,
        pairs=[{"place": place, "inspectors": names} for place, names in pairs],
        key=key,
        drawn_by=by,
        drawn_at=at,
    )
    note(
        "inspection.drawn",
        subject=incident,
        by=by,
        at=at,
        seed=seed,
        places=len(places),
        inspectors=len(inspectors),
        drawn=draw.pairs,
    )
    sending = dict.fromkeys(inspectors[name] for _place, names in pairs for name in names)
    for organisation in sending:
        own = [
            (place, [name for name in names if inspectors[name] == organisation])
            for place, names in pairs
        ]
        _order(draw, organisation, [pair for pair in own if pair[1]], text, until, by=by, at=at)
    publish("incidents", area=incident.area_id)
    return draw


def _order(
    draw: InspectionDraw,
    organisation: Organisation,
    own: list[tuple[str, list[str]]],
    text: str,
    until: datetime | None,
    *,
    by: User,
    at: datetime,
) -> None:
    listed = "；".join(f"{place}（{'、'.join(names)}）" for place, names in own)
    (order,) = issue_orders(
        incident=draw.incident,
        organisations=[organisation],
        text=f"{text.strip()} {listed}",
        standard=COMPLETE,
        until=until,
        by=by,
        at=at,
    )
    Inspection.objects.create(
        order=order,
        draw=draw,
        matter=Inspection.Matter.RANDOM,
        place=Truncator("、".join(place for place, _names in own)).chars(NAMED),  # whole: the draw
    )
    note("inspection.ordered", subject=order, by=by, at=at, matter="random", draw=draw.pk)
