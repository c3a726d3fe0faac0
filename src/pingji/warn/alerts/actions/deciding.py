"""Answer an alert: see it, decide on it."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.warn.alerts import rules
from pingji.warn.alerts.models import Alert


@transaction.atomic
def see(*, alert: Alert, by: User, at: datetime) -> Alert:
    """Note that somebody who may decide has opened the alert; the first one counts."""
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if alert.seen_at is not None:
        return alert
    rules.check_can_decide(by, alert, Alert.State.VERIFIED)

    _seen_by(alert, by=by, at=at)
    alert.save(update_fields=["seen_by", "seen_at"])
    publish("alerts", area=alert.area_id)
    return alert


def _seen_by(alert: Alert, *, by: User, at: datetime) -> None:
    alert.seen_by, alert.seen_at = by, at
    standards.meet_deadline(key="alert.see", subject=alert, by=by, at=at)
    note("alert.seen", subject=alert, by=by, at=at)


@transaction.atomic
def decide(*, alert: Alert, to: str, by: User, at: datetime, reason: str) -> Alert:
    """Verify or dismiss an alert, and put the decision on record.

    The row is locked first: of two people who decide at once, the second is refused.
    """
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    rules.check_can_decide(by, alert, to)
    rules.check_reason(reason)

    alert.state, alert.reason = to, reason.strip()
    alert.decided_by, alert.decided_at = by, at
    if alert.seen_at is None:
        _seen_by(alert, by=by, at=at)
    alert.save()
    standards.meet_deadline(key="alert.verify", subject=alert, by=by, at=at)
    note(f"alert.{to}", subject=alert, by=by, at=at, reason=alert.reason)
    announce(f"alert_{to}", at=at, alert_id=alert.pk)
    publish("alerts", area=alert.area_id)
    return alert
