"""Tell people of an alert: raised, risen, verified, dismissed, closed."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import Permission, User
from pingji.ground.notices import actions as notices
from pingji.ground.notices.models import Notice
from pingji.warn.alerts.models import Alert


@transaction.atomic
def tell_of(*, alert: Alert, kind: str, by: User, at: datetime) -> Notice:
    """Tell whom the plan names for this fact and the alert's level; the same fact once.

    Args:
        alert: The alert.
        kind: "alert_raised", "alert_rose", "alert_verified", "alert_dismissed", "alert_closed".
        by: Who made it a fact; they are not told of what they did.
        at: When.
    """
    return notices.notify(
        kind=kind,
        subject=alert,
        area=alert.area,
        variant=alert.level,
        needs=Permission.ALERT_VIEW,
        again=alert.level if kind == "alert_rose" else "",
        by=by,
        at=at,
    )
