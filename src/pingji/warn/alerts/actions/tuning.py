"""Set a detector otherwise, on record."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.queries.catalogue import latest_row
from pingji.warn.alerts.queries.tuning import OPTIONS


@transaction.atomic
def apply_setting(
    *,
    disease: Disease,
    channel: str,
    method: str,
    value: float,
    by: User,
    at: datetime,
    reason: str,
) -> None:
    """Let another setting of a method hold for a disease from today on where this person works.

    It becomes a dated row of the catalogue, whose change is on record with the reason.
    """
    option = OPTIONS[method]
    values = {"channel": channel, "area": by.area, "method": method}
    latest = latest_row(disease, "detectors", values)
    before = latest.options if latest else {}
    surveillance.set_row(
        disease=disease,
        kind="detectors",
        values=values | {"options": before | {option: value}},
        valid_from=timezone.localdate(at),
        seen=latest.pk if latest else None,
        by=by,
        at=at,
        reason=reason,
    )
    note(
        "detection.tuned",
        subject=disease,
        by=by,
        at=at,
        reason=reason,
        channel=channel,
        method=method,
        before=before.get(option),
        after=value,
    )
