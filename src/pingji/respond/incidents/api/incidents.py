"""Incidents for other programs."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.respond.incidents import rules
from pingji.respond.incidents.models import EventKind, Grade, Incident

router = Router()


class IncidentOut(Schema):
    """A public-health event that the county answers."""

    id: int
    area_id: str
    title: str
    event_kind: EventKind
    disease_id: str | None
    alert_id: int | None
    grade: Grade
    state: Incident.State
    opened_at: datetime
    activated_at: datetime | None
    closed_at: datetime | None


@router.get("", response=list[IncidentOut])
@paginate
def incidents(request: HttpRequest, state: Incident.State | None = None) -> QuerySet[Incident]:
    """Incidents you may see, the latest first, in one state or in all.

    409 when your role does not include incidents.
    """
    rules.check_can_view(request.user)
    found = Incident.objects.visible_to(request.user)
    return found.filter(state=state) if state else found
