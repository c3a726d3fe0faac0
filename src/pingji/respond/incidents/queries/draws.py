"""Random draws of an event, each with whether its seed still gives the same result."""

from dataclasses import dataclass

from pingji.ground.directory.models import User
from pingji.respond.incidents.models import Incident, InspectionDraw
from pingji.respond.incidents.rules.draws import drawn


@dataclass(frozen=True)
class Drawn:
    """A draw, and whether drawing again from its lists with its seed gives the same."""

    draw: InspectionDraw
    agrees: bool


def draws_of(incident: Incident, user: User) -> list[Drawn]:
    """An event's draws, the newest first, each drawn again to see that it agrees."""
    rows = InspectionDraw.objects.visible_to(user).filter(incident=incident)
    return [Drawn(row, again(row) == row.pairs) for row in rows.select_related("drawn_by")]


def again(draw: InspectionDraw) -> list[dict[str, object]]:
    """What the lists and the seed of a draw give."""
    names = [one["name"] for one in draw.inspectors]
    pairs = drawn(draw.places, names, take=draw.take, each=draw.each, seed=draw.seed)
    return [{"place": place, "inspectors": chosen} for place, chosen in pairs]
