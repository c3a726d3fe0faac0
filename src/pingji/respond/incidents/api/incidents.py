"""Incidents for other programs."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.api.orders import DueOrderOut
from pingji.respond.incidents.models import (
    EventKind,
    Grade,
    Grading,
    Incident,
    Level,
    Order,
    Response,
    ResponseChange,
)

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


class GradingOut(Schema):
    """One decision on the grade, with what the rules gave and what they read."""

    suggested: Grade
    chosen: Grade
    rule: str
    origin: str
    figures: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    overrides: bool
    reason: str
    graded_at: datetime


class ChangeOut(Schema):
    """A response was started, raised, lowered or ended, by which body and under which number."""

    kind: ResponseChange.Kind
    before: str
    level: Level
    body: str
    reference: str
    reason: str
    decided_at: datetime


class ResponseOut(Schema):
    """The response to an event in one area."""

    id: int
    area_id: str
    level: Level
    started_at: datetime
    ended_at: datetime | None
    changes: list[ChangeOut]


class OneIncidentOut(IncidentOut):
    """An incident with why it has its grade, its plan and phase, and why it was closed."""

    grade_reason: str
    plan_code: str | None
    plan_version: int | None
    phase_number: int | None
    closing_reason: str

    @staticmethod
    def resolve_plan_code(row: Incident) -> str | None:
        """The plan that answers it."""
        return row.plan.code if row.plan else None

    @staticmethod
    def resolve_plan_version(row: Incident) -> int | None:
        """The version that was activated; a newer one changes nothing here."""
        return row.plan.version if row.plan else None

    @staticmethod
    def resolve_phase_number(row: Incident) -> int | None:
        """Where the plan stands."""
        return row.phase.number if row.phase else None


@router.get("", response=list[IncidentOut])
@paginate
def incidents(request: HttpRequest, state: Incident.State | None = None) -> QuerySet[Incident]:
    """Incidents you may see, the latest first, in one state or in all.

    409 when your role does not include incidents.
    """
    rules.check_can_view(request.user)
    found = Incident.objects.visible_to(request.user)
    return found.filter(state=state) if state else found


@router.get("/{int:incident_id}", response=OneIncidentOut)
def incident(request: HttpRequest, incident_id: int) -> Incident:
    """One incident.

    404 when it is not for you to see; 409 when your role does not include incidents.
    """
    rules.check_can_view(request.user)
    found = Incident.objects.visible_to(request.user).select_related("plan", "phase")
    return get_object_or_404(found, pk=incident_id)


@router.get("/{int:incident_id}/gradings", response=list[GradingOut])
def gradings(request: HttpRequest, incident_id: int) -> QuerySet[Grading]:
    """Every decision on its grade, the newest first, with the rule and the figures it read.

    404 when the incident is not for you to see; 409 when your role does not include incidents.
    """
    return incident(request, incident_id).gradings.all()


@router.get("/{int:incident_id}/responses", response=list[ResponseOut])
def responses(request: HttpRequest, incident_id: int) -> QuerySet[Response]:
    """The responses to it by area, with every change and the body that decided it.

    404 when the incident is not for you to see; 409 when your role does not include incidents.
    """
    return incident(request, incident_id).responses.prefetch_related("changes")


@router.get("/{int:incident_id}/orders", response=list[DueOrderOut])
@paginate
def orders_of(request: HttpRequest, incident_id: int) -> QuerySet[Order]:
    """Its orders that you may see, in every state, the most urgent first.

    404 when the incident is not for you to see; 409 when your role does not include incidents.
    """
    found = incident(request, incident_id)
    return queries.by_urgency(Order.objects.visible_to(request.user).filter(incident=found))
