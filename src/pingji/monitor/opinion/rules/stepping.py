"""Who may check, answer and close a rumour, and when."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.monitor.opinion.models import Rumour

State = Rumour.State
# The table is the state machine.
MOVES: dict[str, set[str]] = {
    State.FOUND: {State.CHECKING},
    State.CHECKING: {State.REPLIED, State.CLOSED},
    State.REPLIED: {State.CLOSED},
    State.CLOSED: set(),
}


def check_can_view(user: User) -> None:
    """Raise Refused unless the user's role includes public opinion."""
    if not user.holds(Permission.OPINION_VIEW):
        raise Refused(_("Your role does not include public opinion."))


def check_can_hand_in(user: User) -> None:
    """Raise Refused unless the user may hand posts in."""
    if not user.holds(Permission.OPINION_IMPORT):
        raise Refused(_("Only the press office or an epidemiologist may hand posts in."))


def check_can_move(user: User, rumour: Rumour, to: str) -> None:
    """Raise Refused unless the rumour may come to another state now, by this user."""
    checks = {
        State.CHECKING: (
            Permission.OPINION_CHECK,
            _("Only an epidemiologist or the duty officer may check a rumour."),
        ),
        State.REPLIED: (Permission.OPINION_REPLY, _("Only the press office answers the public.")),
    }
    if to in checks:
        permission, reason = checks[State(to)]
        if not user.holds(permission):
            raise Refused(reason)
    elif not (user.holds(Permission.OPINION_CHECK) or user.holds(Permission.OPINION_REPLY)):
        raise Refused(_("Only who checks or answers rumours may close one."))
    if to not in MOVES[rumour.state]:
        raise Refused(
            _("This rumour is “%(state)s” by now; somebody else was faster.")
            % {"state": rumour.get_state_display()}
        )
    if to in (State.REPLIED, State.CLOSED) and not rumour.verdict:
        raise Refused(_("Nobody has said yet whether it is true: check it first."))


def check_can_check(user: User, rumour: Rumour, was: str) -> None:
    """Raise Refused unless the user may say now whether the rumour is true.

    Args:
        was: The verdict the user saw when writing another; "" where there was none.
    """
    if not user.holds(Permission.OPINION_CHECK):
        raise Refused(_("Only an epidemiologist or the duty officer may check a rumour."))
    if rumour.state != State.CHECKING:
        raise Refused(
            _("A verdict is given while a rumour is being checked; this one is “%(state)s”.")
            % {"state": rumour.get_state_display()}
        )
    if rumour.verdict != was:
        raise Refused(
            _("%(who)s has given a verdict meanwhile: “%(verdict)s”.")
            % {"who": rumour.checked_by, "verdict": rumour.get_verdict_display()}
        )


def check_can_draft(user: User, rumour: Rumour, was: str) -> None:
    """Raise Refused unless the user may write on the reply now.

    Args:
        was: The draft the user saw when beginning to write.
    """
    if not user.holds(Permission.OPINION_REPLY):
        raise Refused(_("Only the press office answers the public."))
    if rumour.state not in (State.FOUND, State.CHECKING):
        raise Refused(_("The public has been answered already."))
    if rumour.reply != was:
        raise Refused(_("Somebody else has changed the draft meanwhile; look at it first."))


def check_can_hand_over(user: User, rumour: Rumour) -> None:
    """Raise Refused unless the rumour may go to the warning desk now."""
    if not user.holds(Permission.OPINION_CHECK):
        raise Refused(_("Only an epidemiologist or the duty officer may check a rumour."))
    if rumour.verdict not in Rumour.SOUND:
        raise Refused(_("Only what is true, or partly true, goes to the warning desk."))
    if rumour.handed_at is not None:
        raise Refused(
            _("%(who)s has handed it to the warning desk already.") % {"who": rumour.handed_by}
        )


def check_said(text: str, *, field: str) -> None:
    """Raise Refused unless something is said."""
    if not text.strip():
        raise Refused(_("Say why; it goes on record."), field=field)
