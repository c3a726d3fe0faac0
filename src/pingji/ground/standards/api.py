"""The plans and the deadlines for machines; reading only."""

from datetime import date, datetime
from decimal import Decimal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema

from pingji.ground.standards import queries
from pingji.ground.standards.models import Deadline, Profile, StandardRow
from pingji.ground.standards.rules import editing as rules

router = Router()
MOST = 500


class ProfileOut(Schema):
    name: str
    title: str
    title_en: str
    everywhere: bool
    area_inferred: bool
    in_force_from: date
    document: str
    number: str
    areas: list[str]

    @staticmethod
    def resolve_areas(profile: Profile) -> list[str]:
        """Codes of the areas in which it holds."""
        return [area.code for area in profile.areas.all()]


class StandardOut(Schema):
    profile: str
    section: str
    key: str
    name: str
    name_en: str
    said: str
    value: Decimal | None
    unit: str
    comparison: str
    per_value: Decimal | None
    per_unit: str
    by_date: date | None
    present: Decimal | None
    present_year: int | None
    target_year: int | None
    every: str
    items: list[dict[str, str]]
    requirement: list[str]
    clause: str
    source: str
    verified: bool
    effective_from: date
    effective_to: date | None

    @staticmethod
    def resolve_profile(row: StandardRow) -> str:
        """Name of the plan it stands in."""
        return row.profile.name


class DeadlineOut(Schema):
    id: int
    key: str
    label: str
    subject_type: str
    subject_id: str
    subject: str
    area: str
    organisation: str | None
    state: str
    is_open: bool
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    met_at: datetime | None
    cancelled_at: datetime | None
    extended_from: datetime | None
    escalated_at: datetime | None

    @staticmethod
    def resolve_subject(deadline: Deadline) -> str:
        """What it runs on, in the caller's language."""
        return deadline.said_subject

    @staticmethod
    def resolve_area(deadline: Deadline) -> str:
        """Code of the area."""
        return deadline.area_id

    @staticmethod
    def resolve_organisation(deadline: Deadline) -> str | None:
        """Code of the organisation that has to meet it."""
        return deadline.organisation.code if deadline.organisation else None


@router.get("/profiles", response=list[ProfileOut])
def profiles(request: HttpRequest) -> list[Profile]:
    """List the plans."""
    rules.check_can_view(request.user)
    return list(Profile.objects.visible_to(request.user).prefetch_related("areas"))


@router.get("/profiles/{name}", response=list[StandardOut])
def profile(request: HttpRequest, name: str, on: date | None = None) -> list[StandardRow]:
    """Give every figure that holds under a plan on a day, its base's included; 404 for none."""
    rules.check_can_view(request.user)
    found = get_object_or_404(Profile.objects.visible_to(request.user), name=name)
    day = max(on or timezone.localdate(), found.in_force_from)
    return list(queries.rules_of(found, day).values())


@router.get("/deadlines", response=list[DeadlineOut])
def deadlines(request: HttpRequest, state: str = "", key: str = "") -> list[Deadline]:
    """List the latest deadlines in your areas, at most 500; filtered by state and key."""
    rows = Deadline.objects.visible_to(request.user).select_related("standard", "organisation")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(key=key) if key else rows
    return list(rows.order_by("-due_at")[:MOST])
