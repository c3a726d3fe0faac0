"""The incident's orders by urgency, and the way to more."""

from django.utils.translation import ngettext

from pingji.ground import may
from pingji.ground.directory.models import User
from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.models import Incident, Order

FINISHED = (Order.State.DONE, Order.State.VERIFIED)


def shown(user: User, incident: Incident) -> dict[str, object]:
    """The orders the user may see, how many are done, and whether more may be issued."""
    mine = Order.objects.visible_to(user).filter(incident=incident)
    rows = queries.with_clocks(queries.by_urgency(mine))
    done = sum(1 for order in rows if order.state in FINISHED)
    return {
        "orders": rows,
        "progress": ngettext(
            "%(done)s of %(n)s order done", "%(done)s of %(n)s orders done", len(rows)
        )
        % {"done": done, "n": len(rows)},
        "share": round(done / len(rows), 3) if rows else 0,
        "may_order": may(rules.check_can_order, user, incident),
    }
