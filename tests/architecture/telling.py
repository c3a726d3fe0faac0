"""Notices of the county, for the walk of every address."""

from datetime import datetime
from typing import Any

from pingji.ground.directory.models import Area, User
from pingji.ground.directory.tests.factories import COUNTY, system_user
from pingji.ground.notices import actions as notices
from pingji.integrations.cap import alerts as cap
from pingji.warn.alerts.models import Alert


def notice_rows(about: Alert, duty: User, keeper: User, mark: str, now: datetime) -> dict[str, Any]:
    """A notice of an alert to the duty officer, who has no number; a system; a CAP message."""
    notice = notices.notify(
        kind="alert_raised", subject=about, area=about.area, by=system_user(), at=now
    )
    system, _secret = notices.add_subscriber(
        name=f"{mark}系统",
        url="https://203.0.113.9/in",
        area=Area.objects.get(pk=COUNTY),
        least_level=1,
        by=keeper,
        at=now,
    )
    message = cap.issue(alert=about, cause="alert_raised", by=system_user(), at=now)
    assert message is not None
    return {
        "bulletin_id": message.pk,
        "notice_id": notice.pk,
        "delivery_id": notice.deliveries.get(receiver=duty, means="page").pk,
        "unsent_delivery_id": notice.deliveries.get(receiver=duty, means="sms").pk,
        "subscriber_id": system.pk,
    }
