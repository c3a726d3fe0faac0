"""Answer an alert: see it, verify it at the desk, investigate it in the field, close it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Permission, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.warn.alerts import rules
from pingji.warn.alerts.actions.fusing import start_clocks
from pingji.warn.alerts.models import Alert

# What a verified alert still asks for.
AFTERWARDS = ("investigate", "close")
CLOSING = "alert.close"


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
    alert.owner = alert.owner or by
    if to == Alert.State.DISMISSED:
        alert.verdict = Alert.Verdict.FALSE
    if alert.seen_at is None:
        _seen_by(alert, by=by, at=at)
    alert.save()
    standards.meet_deadline(key="alert.verify", subject=alert, by=by, at=at)
    if to == Alert.State.VERIFIED:
        start_clocks([alert], AFTERWARDS, by=by, at=at)
    note(f"alert.{to}", subject=alert, by=by, at=at, reason=alert.reason)
    announce(f"alert_{to}", at=at, alert_id=alert.pk)
    publish("alerts", area=alert.area_id)
    return alert


@transaction.atomic
def investigate(*, alert: Alert, findings: str, by: User, at: datetime) -> Alert:
    """Put on record what was found in the field; of two people at once the second is refused."""
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    rules.check_can_move(by, alert, Alert.State.INVESTIGATED)
    rules.check_findings(findings)

    alert.state, alert.findings = Alert.State.INVESTIGATED, findings.strip()
    alert.investigated_by, alert.investigated_at = by, at
    alert.save(update_fields=["state", "findings", "investigated_by", "investigated_at"])
    standards.meet_deadline(key="alert.investigate", subject=alert, by=by, at=at)
    note("alert.investigated", subject=alert, by=by, at=at, reason=alert.findings)
    announce("alert_investigated", at=at, alert_id=alert.pk)
    publish("alerts", area=alert.area_id)
    return alert


@transaction.atomic
def close(*, alert: Alert, verdict: str, reason: str, by: User, at: datetime) -> Alert:
    """Close an alert with what it was and why; without both, nobody can.

    An investigation that did not take place is let go with that reason.
    """
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    rules.check_can_move(by, alert, Alert.State.CLOSED)
    rules.check_verdict(verdict)
    rules.check_reason(reason)

    alert.state, alert.verdict = Alert.State.CLOSED, verdict
    alert.closing_reason = reason.strip()
    alert.closed_by, alert.closed_at = by, at
    alert.save(update_fields=["state", "verdict", "closing_reason", "closed_by", "closed_at"])
    standards.cancel_deadline(
        key="alert.investigate", subject=alert, by=by, at=at, reason=alert.closing_reason
    )
    standards.meet_deadline(key=CLOSING, subject=alert, by=by, at=at)
    note("alert.closed", subject=alert, by=by, at=at, reason=alert.closing_reason, verdict=verdict)
    announce("alert_closed", at=at, alert_id=alert.pk, verdict=verdict)
    publish("alerts", area=alert.area_id)
    return alert


@transaction.atomic
def await_incident(*, alert: Alert, by: User, at: datetime) -> None:
    """Let the clock of the closing go while an incident answers the alert: only its end shows."""
    reason = _("An incident answers it; it is closed when that is over.")
    standards.cancel_deadline(key=CLOSING, subject=alert, by=by, at=at, reason=reason)
    note("alert.awaits_incident", subject=alert, by=by, at=at)


@transaction.atomic
def ask_to_close(*, alert: Alert, by: User, at: datetime) -> None:
    """Start the clock of the closing anew once the incident is over, unless it is closed by then."""
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if alert.state in (Alert.State.VERIFIED, Alert.State.INVESTIGATED):
        start_clocks([alert], ["close"], by=by, at=at)


@transaction.atomic
def give_to(*, alert: Alert, owner: User, by: User, at: datetime) -> Alert:
    """Say who sees to an alert: oneself or another who decides here, who is told."""
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    rules.check_can_own(by, alert, owner)
    if alert.owner_id == owner.pk:
        return alert

    before, alert.owner = alert.owner, owner
    alert.save(update_fields=["owner"])
    standards.hand_over(subject=alert, owner=owner, by=by, at=at)
    note(
        "alert.given",
        subject=alert,
        by=by,
        at=at,
        to=owner.username,
        before=before.username if before else "",
    )
    if owner.pk != by.pk:
        notices.notify(
            kind="alert_given",
            subject=alert,
            area=alert.area,
            people=[owner],
            needs=Permission.ALERT_VIEW,
            again=f"{owner.pk}:{at:%Y%m%dT%H%M%S}",
            by=by,
            at=at,
        )
    publish("alerts", area=alert.area_id)
    return alert
