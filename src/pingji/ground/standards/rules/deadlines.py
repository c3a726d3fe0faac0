"""The moves of a deadline, and what its clock shows at a given moment."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.ground.standards.models import Deadline

State = Deadline.State

# The table is the state machine. A missed deadline stays missed: meeting it afterwards makes it
# late, never in time, and letting it go leaves it missed.
MOVES: dict[State, set[State]] = {
    State.OPEN: {State.MET, State.MET_LATE, State.MISSED, State.CANCELLED},
    State.MET: set(),
    State.MET_LATE: set(),
    State.MISSED: {State.MET_LATE},
    State.CANCELLED: set(),
}
# What was met by something that turned out not to be done runs on; see `reopen_deadline`.
REOPENED = {State.MET, State.MET_LATE}


def check_can_move(deadline: Deadline, to: State) -> None:
    """Raise Refused unless the deadline may become `to`."""
    if to not in MOVES[State(deadline.state)] or not deadline.is_open:
        raise Refused(
            _("This deadline is “%(now)s” and cannot become “%(to)s”.")
            % {"now": deadline.get_state_display(), "to": to.label}
        )


def state_when_met(deadline: Deadline, at: datetime) -> State:
    """Say whether meeting it at this moment is in time; the last moment still is."""
    late = deadline.state == State.MISSED or at > deadline.due_at
    return State.MET_LATE if late else State.MET


def check_can_extend(
    user: User, deadline: Deadline, until: datetime, reason: str, at: datetime
) -> None:
    """Raise Refused, saying why, unless `user` may move the end of the deadline to `until`."""
    if not user.holds(Permission.ORDER_ISSUE):
        raise Refused(_("Only the command may extend a deadline."))
    if not deadline.area_id.startswith(user.area_id):
        raise Refused(_("This deadline is outside your area."))
    if deadline.state != State.OPEN or at > deadline.due_at:
        raise Refused(_("Only a deadline that still runs can be extended."))
    if until <= deadline.due_at:
        raise Refused(_("The new end must be later than the present one."), field="until")
    if not reason.strip():
        raise Refused(_("Say why the deadline is extended."), field="reason")


def check_new_end(deadline: Deadline, until: datetime | None, at: datetime) -> None:
    """Raise Refused unless a new end, where one is given, gives more time than there was."""
    if until is not None and until <= max(deadline.due_at, at):
        raise Refused(_("The new end must be later than the present one."), field="until")


def warn_at(started_at: datetime, due_at: datetime, share: Decimal) -> datetime:
    """Say from when on the clock warns: when `share` of the time is left."""
    return due_at - (due_at - started_at) * float(share)


def time_left(deadline: Deadline, at: datetime) -> timedelta:
    """Give the time left at a moment, below zero when it is over; frozen once the clock stopped."""
    return deadline.due_at - (deadline.ended_at or at)


def standing(deadline: Deadline, at: datetime) -> str:
    """Say what the clock shows: running, soon, late, or the state it ended in."""
    if not deadline.is_open:
        return str(deadline.state)
    if at > deadline.due_at:
        return "late"
    return "soon" if at >= deadline.warn_at else "running"
