"""The field of the county that is walked: a risk area, checkpoints, a resource that says its place."""

from datetime import datetime
from typing import Any

from pingji.ground.directory.models import Organisation, User
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.models import Incident


def field_rows(
    hospital: Organisation, incident: Incident, *, duty: User, now: datetime
) -> dict[str, Any]:
    """A risk area, a checkpoint that is open and one that was closed, of one incident.

    Everybody of the county sees them: they bear the mark of the incident's title.
    """
    mark = incident.title
    area = incident.area
    risk = field.set_risk_area(
        incident=incident, area=area, level="high", reason=f"{mark}理由", by=duty, at=now
    )
    given = {"incident": incident, "area": area, "organisation": hospital, "by": duty, "at": now}
    point = field.open_checkpoint(name=f"{mark}东路口", **given)
    closed = field.open_checkpoint(name=f"{mark}北路口", **given)
    field.close_checkpoint(checkpoint=closed, reason=f"{mark}撤卡", by=duty, at=now)
    return {
        "field_area": f"{area.code}001",
        "risk_id": risk.pk,
        "checkpoint_id": point.pk,
        "closed_checkpoint_id": closed.pk,
    }
