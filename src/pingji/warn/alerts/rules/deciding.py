"""Who may answer an alert, and when."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.warn.alerts.models import Alert, DetectionRun

State = Alert.State

# The table is the state machine.
MOVES = {
    State.NEW: {State.VERIFIED, State.DISMISSED},
    State.VERIFIED: {State.INVESTIGATED, State.CLOSED},
    State.INVESTIGATED: {State.CLOSED},
    State.CLOSED: set(),
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


def check_can_move(user: User, alert: Alert, to: str) -> None:
    """Raise Refused, saying who was first, unless `user` may take the alert on to `to` now."""
    if not user.holds(Permission.ALERT_DECIDE):
        raise Refused(_("Only an epidemiologist or the duty officer may decide on an alert."))
    if to in MOVES[State(alert.state)]:
        return
    if alert.state == State.NEW:
        raise Refused(_("Verify the alert at the desk first."))
    who, when = _last_move(alert)
    raise Refused(
        _("%(who)s already took this alert on at %(when)s: %(state)s.")
        % {
            "who": who,
            "when": date_format(timezone.localtime(when), "Y-m-d H:i"),
            "state": alert.get_state_display(),
        }
    )


def _last_move(alert: Alert) -> tuple[User, datetime]:
    moves = (
        (alert.closed_by, alert.closed_at),
        (alert.investigated_by, alert.investigated_at),
        (alert.decided_by, alert.decided_at),
    )
    return next((who, when) for who, when in moves if who is not None and when is not None)


def check_findings(text: str) -> None:
    """Raise Refused unless the investigation says what was found."""
    if not text.strip():
        raise Refused(_("Say what was found in the field."), field="findings")


def check_verdict(verdict: str) -> None:
    """Raise Refused unless the alert is closed with a verdict."""
    if verdict not in Alert.Verdict.values:
        raise Refused(_("Say what the alert was before closing it."), field="verdict")


def check_can_own(user: User, alert: Alert, owner: User) -> None:
    """Raise Refused unless `user` may hand the alert to `owner`."""
    if not user.holds(Permission.ALERT_DECIDE):
        raise Refused(_("Only an epidemiologist or the duty officer may decide on an alert."))
    if alert.state not in Alert.OPEN:
        raise Refused(_("This alert is closed; nobody has to see to it any more."))
    sees = owner.is_active and alert.area_id.startswith(owner.area_id)
    if not (sees and owner.holds(Permission.ALERT_DECIDE)):
        raise Refused(
            _("%(who)s cannot answer this alert: choose somebody of this area who decides.")
            % {"who": owner},
            field="owner",
        )


def check_reason(reason: str) -> None:
    """Raise Refused unless the verdict says why."""
    if not reason.strip():
        raise Refused(_("Say why: the reason goes on record."), field="reason")


def check_can_run(user: User) -> None:
    """Raise Refused unless the user may start a detection run by hand."""
    if not user.holds(Permission.ALERT_DECIDE):
        raise Refused(_("Only an epidemiologist or the duty officer may start a detection run."))


def check_is_past(day: date, at: datetime) -> None:
    """Raise Refused unless the day is over."""
    if day >= timezone.localdate(at):
        raise Refused(_("Choose a day that is over."), field="day")


def check_can_repeat(user: User, run: DetectionRun) -> None:
    """Raise Refused unless the user may have a run made again, and it is done."""
    check_can_run(user)
    if run.state != DetectionRun.State.DONE:
        raise Refused(_("Only a run that is done can be repeated."))
