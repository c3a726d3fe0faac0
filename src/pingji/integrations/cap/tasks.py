"""On hearing of an alert, the worker issues its message."""

from datetime import datetime

from pingji.ground.directory.models import User
from pingji.ground.record.actions import hears
from pingji.integrations.cap import alerts
from pingji.warn.alerts.models import Alert


def _issue(alert_id: int, cause: str, at: datetime) -> None:
    alert = Alert.objects.select_related("area", "disease").get(pk=alert_id)
    alerts.issue(alert=alert, cause=cause, by=User.objects.system(), at=at)


@hears("alert_raised")
def issue_raised(*, at: datetime, alert_id: int) -> None:
    """The first message."""
    _issue(alert_id, "alert_raised", at)


@hears("alert_rose")
def issue_rose(*, at: datetime, alert_id: int) -> None:
    """An update."""
    _issue(alert_id, "alert_rose", at)


@hears("alert_verified")
def issue_verified(*, at: datetime, alert_id: int) -> None:
    """An update."""
    _issue(alert_id, "alert_verified", at)


@hears("alert_investigated")
def issue_investigated(*, at: datetime, alert_id: int) -> None:
    """An update."""
    _issue(alert_id, "alert_investigated", at)


@hears("alert_dismissed")
def issue_dismissed(*, at: datetime, alert_id: int) -> None:
    """The cancelling."""
    _issue(alert_id, "alert_dismissed", at)


@hears("alert_closed")
def issue_closed(*, at: datetime, alert_id: int, verdict: str) -> None:
    """The cancelling."""
    _issue(alert_id, "alert_closed", at)
