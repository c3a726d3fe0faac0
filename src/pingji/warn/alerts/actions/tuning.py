"""Set a detector otherwise, on record."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.queries.catalogue import latest_row


@transaction.atomic
def apply_percentile(
    *, disease: Disease, channel: str, percentile: int, by: User, at: datetime, reason: str
) -> None:
    """Let a cut point of the moving percentile hold from today on where this person works.

    It becomes a dated row of the catalogue, whose change is on record with the reason.
    """
    values = {
        "channel": channel,
        "area": by.area,
        "method": "moving_percentile",
        "options": {"percentile": percentile},
    }
    latest = latest_row(disease, "detectors", values)
    surveillance.set_row(
        disease=disease,
        kind="detectors",
        values=values,
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
        percentile=percentile,
        before=latest.options if latest else None,
    )
