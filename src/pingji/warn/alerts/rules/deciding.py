"""Who may answer an alert, and when."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.warn.alerts.models import Alert

State = Alert.State

# The table is the state machine; docs/reference/states.md is drawn from it.
MOVES = {
    State.NEW: {State.VERIFIED, State.DISMISSED},
    State.VERIFIED: set(),
    State.DISMISSED: set(),
}


def check_can_view(user: User) -> None:
    """Raise Refused unless the user may see alerts."""
    if not user.holds(Permission.ALERT_VIEW):
        raise Refused(_("Your role does not include alerts."))


def check_can_decide(user: User, alert: Alert, to: str) -> None:
    """Raise Refused, saying why, unless `user` may move `alert` to `to` now."""
    if not user.holds(Permission.ALERT_DECIDE):
        raise Refused(_("Only an epidemiologist or the duty officer may decide on an alert."))
    if alert.state != State.NEW:
        raise Refused(
            _("%(who)s already decided on this alert at %(when)s: %(state)s.")
            % {
                "who": alert.decided_by,
                "when": date_format(timezone.localtime(alert.decided_at), "Y-m-d H:i"),
                "state": alert.get_state_display(),
            }
        )
    if to not in MOVES[State(alert.state)]:
        raise Refused(_("A verdict either verifies the alert or dismisses it."), field="to")


def check_reason(reason: str) -> None:
    """Raise Refused unless the verdict says why."""
    if not reason.strip():
        raise Refused(_("Say why: the reason goes on record."), field="reason")


def check_can_run(user: User) -> None:
    """Raise Refused unless the user may start a detection run by hand."""
    if not user.holds(Permission.ALERT_DECIDE):
        raise Refused(_("Only an epidemiologist or the duty officer may start a detection run."))
