"""Orders acknowledged, told of, done, and verified by another."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.waiting.orders import who_answer
from pingji.ground.directory.models import COUNTY_DIGITS, User
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Order

State = Order.State
HALF_WAY = 50


def _asked(due: Due, state: str) -> tuple[Order, User] | None:
    """The order, if it still stands there, and who answers it."""
    order = Order.objects.select_related("organisation", "group", "escalated_to").get(
        pk=due.subject
    )
    person = who_answer([order])[order.pk]
    return (order, person) if order.state == state and person is not None else None


def _words(order: Order, by: User) -> dict[str, object]:
    return {"who": by, "whom": order.organisation.label, "order": order.label}


def acknowledge(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Say that the order has arrived."""
    asked = _asked(due, State.ISSUED)
    if asked is None:
        return None
    order, by = asked
    actions.acknowledge(order=order, by=by, at=at)
    return in_both(lambda: _("%(who)s (%(whom)s) acknowledged “%(order)s”.") % _words(order, by))


def progress(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Say how far it is."""
    asked = _asked(due, State.ACKNOWLEDGED)
    if asked is None:
        return None
    order, by = asked
    actions.report_progress(
        order=order, text=_("People are at work on it."), share=HALF_WAY, by=by, at=at
    )
    return in_both(lambda: _("%(who)s (%(whom)s) told how far “%(order)s” is.") % _words(order, by))


def finish(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Say that it is done."""
    asked = _asked(due, State.ACKNOWLEDGED)
    if asked is None:
        return None
    order, by = asked
    actions.finish(order=order, result=_("Done as ordered."), by=by, at=at)
    return in_both(lambda: _("%(who)s (%(whom)s) finished “%(order)s”.") % _words(order, by))


def verify(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Somebody else of the command says that it is so."""
    order = Order.objects.select_related("organisation", "done_by", "incident").get(pk=due.subject)
    if order.state != State.DONE:
        return None
    inside = order.area_id.startswith(order.incident.area_id)
    sees_both = order.area_id if inside else order.area_id[:COUNTY_DIGITS]
    by = one_of(due.payload["role"], sees_both, but=order.done_by)
    actions.verify(order=order, by=by, at=at)
    return in_both(lambda: _("%(who)s verified “%(order)s” of %(whom)s.") % _words(order, by))


HANDLERS = {
    "order.acknowledge": acknowledge,
    "order.progress": progress,
    "order.finish": finish,
    "order.verify": verify,
}
