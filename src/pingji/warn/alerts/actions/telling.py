"""Tell people of alerts, of risk assessments and of analyses."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import Permission, User
from pingji.ground.notices import actions as notices
from pingji.ground.notices.models import Notice
from pingji.ground.notices.queries import holders_of
from pingji.warn.alerts.models import Alert, Analysis, Judgement, RiskAssessment


@transaction.atomic
def tell_of(*, alert: Alert, kind: str, by: User, at: datetime) -> Notice:
    """Tell whom the plan names for this fact and the alert's level, and its owner; once.

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
        also=[alert.owner] if alert.owner and alert.owner.is_active else [],
        needs=Permission.ALERT_VIEW,
        again=alert.level if kind == "alert_rose" else "",
        by=by,
        at=at,
    )


@transaction.atomic
def tell_experts(
    *, assessment: RiskAssessment, judgements: list[int], by: User, at: datetime
) -> Notice | None:
    """Tell experts that their judgement is asked for; those asked later hear of it then.

    Who has answered already, or can no longer, is not asked any more.
    """
    asked = Judgement.objects.filter(pk__in=judgements, answered_at=None).select_related("expert")
    if assessment.state != RiskAssessment.State.INDIVIDUAL or not asked:
        return None
    return notices.notify(
        kind="assessment_asked",
        subject=assessment,
        area=assessment.area,
        people=[one.expert for one in asked],
        needs=Permission.ASSESSMENT_JUDGE,
        again=str(min(judgements)),
        by=by,
        at=at,
    )


@transaction.atomic
def tell_of_assessment(*, assessment: RiskAssessment, kind: str, by: User, at: datetime) -> Notice:
    """Tell who takes part that the judgements lie open; whom the plan names, too, of the result.

    Args:
        assessment: With who leads it at hand.
        kind: "assessment_compared" or "assessment_signed".
        by: Who made it a fact.
        at: When.
    """
    taking_part = [one.expert for one in assessment.judgements.select_related("expert")]
    signed = kind == "assessment_signed"
    return notices.notify(
        kind=kind,
        subject=assessment,
        area=assessment.area,
        variant=assessment.level if signed else "",
        people=None if signed else [*taking_part, assessment.opened_by],
        also=taking_part,
        needs=Permission.ALERT_VIEW,
        by=by,
        at=at,
    )


@transaction.atomic
def tell_of_analysis(*, analysis: Analysis, kind: str, by: User, at: datetime) -> Notice:
    """Tell who has to do with an analysis next, or whom the plan names once it is signed.

    Args:
        analysis: With its area and its people at hand.
        kind: "analysis_drafted", "analysis_submitted", "analysis_returned" or "analysis_signed".
        by: Who made it a fact.
        at: When; a draft that is handed in twice is told twice.
    """
    again = f"{at:%Y%m%dT%H%M%S}" if kind in ("analysis_submitted", "analysis_returned") else ""
    return notices.notify(
        kind=kind,
        subject=analysis,
        area=analysis.area,
        people=_next_at(analysis, kind),
        also=[analysis.submitted_by] if analysis.submitted_by else [],
        needs=Permission.ALERT_VIEW,
        again=again,
        by=by,
        at=at,
    )


def _next_at(analysis: Analysis, kind: str) -> list[User] | None:
    """Whose turn it is; None where the plan says who is told."""
    drafted_by = analysis.drafted_by
    if kind == "analysis_drafted" and drafted_by.holds(Permission.ANALYSIS_EDIT):
        return [drafted_by]  # who asked for it waits for it
    if kind == "analysis_drafted":
        return list(holders_of(Permission.ANALYSIS_EDIT, area=analysis.area))
    if kind == "analysis_submitted":
        return list(holders_of(Permission.ANALYSIS_SIGN, area=analysis.area))
    return [] if kind == "analysis_returned" else None
