"""What still stands in the way of closing an event: open orders, and what the plan asks besides."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import in_words
from pingji.ground.standards.queries import find_rule
from pingji.respond.incidents.models import Incident, Order

REQUIRES = "incident.closing_requires"
VERIFIED, ENDED = "orders_verified", "responses_ended"
LONGEST = 24  # signs of an order that name it
NAMED = 8  # in a sentence; more would not be read


@dataclass(frozen=True)
class Unsettled:
    """One condition that does not hold yet, and by whose fault."""

    condition: str
    names: list[str]

    def __str__(self) -> str:
        """In one sentence: the first by name, and how many more; the page lists them all."""
        named = _("; ").join(self.names[:NAMED])
        more = len(self.names) - NAMED
        if more > 0:
            named = ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", more) % {
                "names": named,
                "n": more,
            }
        return _("%(condition)s – not yet: %(names)s") % {
            "condition": self.condition,
            "names": named,
        }


def unsettled(incident: Incident, on: date) -> list[Unsettled]:
    """What must be settled before the event may be closed; nothing where all of it is.

    An order that is not done is always in the way: its clock would run on for nobody. The plan
    says what else is asked.
    """
    found = [Unsettled(_("Every order is done or withdrawn"), _named(incident.orders.open()))]
    row = find_rule(incident.area_id, REQUIRES, on)
    for item in row.items if row else []:
        names = []
        if item["key"] == VERIFIED:
            names = _named(incident.orders.filter(state=Order.State.DONE))
        elif item["key"] == ENDED:
            running = incident.responses.active().select_related("area")
            names = [f"{one.area.label} {one.get_level_display()}" for one in running]
        found.append(Unsettled(in_words(item["zh"], item["en"]), names))
    return [one for one in found if one.names]


def _named(orders: QuerySet[Order]) -> list[str]:
    rows = orders.select_related("organisation", "person", "group").order_by("pk")
    return [f"{order.addressee}“{_short(order.label)}”" for order in rows]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + "…"
