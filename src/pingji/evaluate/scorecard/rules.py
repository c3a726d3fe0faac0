"""Who may read the scorecard, and keep the ledger."""

from django.utils.translation import gettext as _

from pingji.evaluate.scorecard.models import LedgerEntry
from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User

State = LedgerEntry.State

# The table is the state machine.
# What was reported done may turn out not to be, or its evidence wrong; so "done" is no end.
MOVES = {
    State.NOT_BEGUN: {State.UNDER_WAY, State.DONE},
    State.UNDER_WAY: {State.UNDER_WAY, State.NOT_BEGUN, State.DONE},
    State.DONE: {State.DONE, State.UNDER_WAY},
}


def check_can_view(user: User) -> None:
    """Raise Refused unless the user may see the scorecard."""
    if not user.holds(Permission.SCORECARD_VIEW):
        raise Refused(_("Your role does not include the scorecard."))


def check_can_keep_ledger(user: User) -> None:
    """Raise Refused unless the user may report on tasks of the ledger."""
    if not user.holds(Permission.SCORECARD_EDIT):
        raise Refused(_("Only the duty officer or an administrator keeps the ledger."))


def check_can_update(user: User, before: str, to: str, evidence: str) -> None:
    """Raise Refused unless the user may move a task of the ledger so."""
    check_can_keep_ledger(user)
    if to not in MOVES[State(before)]:
        raise Refused(
            _("A task that is %(before)s cannot become %(to)s.")
            % {"before": State(before).label, "to": State(to).label},
            field="state",
        )
    if to == State.DONE and not evidence.strip():
        raise Refused(
            _("A task is done when something proves it: name the document or its number."),
            field="evidence",
        )
