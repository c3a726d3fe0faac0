"""Who may nudge whoever owes an order."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import Order


def check_can_nudge(user: User, order: Order) -> None:
    """Raise Refused unless the user issues orders and this one is not done yet."""
    if not user.holds(Permission.ORDER_ISSUE):
        raise Refused(_("Only who issues orders reminds others of them."))
    if order.state not in (Order.State.ISSUED, Order.State.ACKNOWLEDGED):
        raise Refused(_("This order waits for nobody any more."))


def check_clock_runs(clock: Deadline | None) -> None:
    """Raise Refused unless a clock runs on the order."""
    if clock is None:
        raise Refused(_("No clock runs on this order."))


def check_somebody_answers(people: int) -> None:
    """Raise Refused where there is nobody to be told."""
    if not people:
        raise Refused(_("Nobody who answers this order signs in; telephone them."))
