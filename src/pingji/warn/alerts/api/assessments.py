"""Risk assessments for other programs: what was asked, what experts said, what it came to."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.pagination import paginate

from pingji.warn.alerts.models import Judgement, RiskAssessment, RiskLevel
from pingji.warn.alerts.queries import assessments as queries
from pingji.warn.alerts.rules import check_can_view

router = Router()


class AssessmentOut(Schema):
    """One version of the assessment of a risk; empty where there is no result yet.

    It is of an alert, or of an event that no alert began.
    """

    id: int
    alert_id: int | None
    event_label: str
    area_id: str
    version: int
    state: RiskAssessment.State
    scope: str
    likelihood: int | None
    impact: int | None
    level: RiskLevel | str
    reasons: str
    advice: str
    opened_at: datetime
    compared_at: datetime | None
    signed_at: datetime | None


class JudgementOut(Schema):
    """What one expert said alone, and where they differ from the joint result."""

    expert: str
    answered_at: datetime | None
    answers: dict[str, str]
    likelihood: int | None
    impact: int | None
    level: RiskLevel | str
    reasons: str
    dissent: str

    @staticmethod
    def resolve_expert(judgement: Judgement) -> str:
        """The expert's name."""
        return str(judgement.expert)


class QuestionOut(Schema):
    """A guiding question."""

    key: str
    axis: str
    said: str


class AssessmentDetail(AssessmentOut):
    """An assessment with its questions, and the judgements that you may see."""

    opened_by: str
    signed_by: str
    experts: list[str]
    questions: list[QuestionOut]
    judgements: list[JudgementOut]

    @staticmethod
    def resolve_opened_by(assessment: RiskAssessment) -> str:
        """Who leads it."""
        return str(assessment.opened_by)

    @staticmethod
    def resolve_signed_by(assessment: RiskAssessment) -> str:
        """Who signed it; empty where nobody has."""
        return str(assessment.signed_by or "")

    @staticmethod
    def resolve_experts(assessment: RiskAssessment) -> list[str]:
        """Who was asked."""
        return [str(one.expert) for one in assessment.judgements.select_related("expert")]

    @staticmethod
    def resolve_questions(assessment: RiskAssessment) -> list[dict[str, str]]:
        """As they were asked, in the language of the reader."""
        asked = queries.question_fields(assessment.criteria)
        return [{"key": key, "axis": axis, "said": said} for key, axis, said in asked]

    @staticmethod
    def resolve_judgements(assessment: RiskAssessment, context: dict[str, Any]) -> list[Judgement]:
        """Those that whoever asks may see."""
        return queries.judgements_shown(assessment, context["request"].user)


@router.get("", response=list[AssessmentOut])
@paginate
def assessments(
    request: HttpRequest,
    state: RiskAssessment.State | None = None,
    alert: int | None = None,
    under: str = "",
) -> QuerySet[RiskAssessment]:
    """Risk assessments you may see, the latest first: of one alert, in one state, inside `under`.

    409 when your role does not include alerts.
    """
    check_can_view(request.user)
    found = RiskAssessment.objects.visible_to(request.user).filter(area__code__startswith=under)
    if state:
        found = found.filter(state=state)
    return found.filter(alert=alert) if alert is not None else found


@router.get("/{assessment_id}", response=AssessmentDetail)
def assessment(request: HttpRequest, assessment_id: int) -> RiskAssessment:
    """One assessment; of the judgements only your own until all lie open.

    404 when it lies outside your area.
    """
    check_can_view(request.user)
    found = RiskAssessment.objects.visible_to(request.user).select_related("opened_by", "signed_by")
    return get_object_or_404(found, pk=assessment_id)
