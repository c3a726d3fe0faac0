"""Alerts for other programs: which wait, what was seen, and the verdict."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.monitor.surveillance.models import Channel, Period
from pingji.warn.alerts import actions, queries, rules
from pingji.warn.alerts.models import Alert, Evidence

router = Router()


class AlertOut(Schema):
    """More cases than expected of one disease in one area."""

    id: int
    area_id: str
    disease_id: str
    channel: Channel
    period: Period
    state: Alert.State
    starts_on: date
    ends_on: date
    observed: int
    expected: float | None
    upper_bound: float | None
    raised_at: datetime
    seen_at: datetime | None
    decided_at: datetime | None
    reason: str


class EvidenceOut(Schema):
    """What one method saw in the alert's latest period."""

    method: str
    starts_on: date
    alarm: bool
    note: str
    observed: int | None
    expected: float | None
    upper_bound: float | None
    score: float | None
    settings: dict[str, Any]


class AlertDetail(AlertOut):
    """An alert with its evidence."""

    evidence: list[EvidenceOut]

    @staticmethod
    def resolve_evidence(alert: Alert) -> list[Evidence]:
        """What the latest run saw."""
        return queries.latest_evidence(alert)


class DecisionIn(Schema):
    """A verdict and its reason."""

    to: Alert.State
    reason: str


@router.get("", response=list[AlertOut])
@paginate
def alerts(
    request: HttpRequest, state: Alert.State | None = None, under: str = ""
) -> QuerySet[Alert]:
    """Alerts you may see, the latest first, in one state or in all, inside the area `under`.

    409 when your role does not include alerts.
    """
    rules.check_can_view(request.user)
    found = Alert.objects.visible_to(request.user).filter(area__code__startswith=under)
    return found.filter(state=state) if state else found


@router.get("/{alert_id}", response=AlertDetail)
def alert(request: HttpRequest, alert_id: int) -> Alert:
    """One alert with what each method saw; 404 when it lies outside your area.

    Reading it here is not its being seen: that is a person opening its page.
    """
    rules.check_can_view(request.user)
    return get_object_or_404(Alert.objects.visible_to(request.user), pk=alert_id)


@router.post("/{alert_id}/decisions", response=AlertOut)
def decide(request: HttpRequest, alert_id: int, body: DecisionIn) -> Alert:
    """Verify or dismiss an alert.

    404 when it lies outside your area; 409, with the reason, when your role does not decide, when
    somebody has decided already, or when you do not say why.
    """
    found = alert(request, alert_id)
    return actions.decide(
        alert=found, to=body.to, by=request.user, at=timezone.now(), reason=body.reason
    )
