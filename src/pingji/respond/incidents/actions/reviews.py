"""The yearly review of each plan, with its clock."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards
from pingji.respond.incidents import rules
from pingji.respond.incidents.models import Plan, PlanReview
from pingji.respond.incidents.queries.plans import plans_for, reviews

REVIEW = "plan.review"


@transaction.atomic
def open_reviews(*, area: Area, by: User, at: datetime) -> list[PlanReview]:
    """Start the clock of the next review of every plan of a county that has none running."""
    running = reviews(area)
    return [_open(plan, area, by=by, at=at) for plan in plans_for(area) if plan.code not in running]


def _open(plan: Plan, area: Area, *, by: User, at: datetime) -> PlanReview:
    review = PlanReview(
        area=area, code=plan.code, name=plan.name, name_en=plan.name_en, opened_at=at
    )
    review.save(force_insert=True)
    standards.start_deadline(key=REVIEW, subject=review, area=area, by=by, at=at)
    note("plan.review_due", subject=review, by=by, at=at)
    return review


@transaction.atomic
def review_plan(*, review: PlanReview, findings: str, by: User, at: datetime) -> PlanReview:
    """Say that a plan was reviewed and stays as it is; the clock of the next review starts."""
    review = PlanReview.objects.select_for_update(of=("self",)).get(pk=review.pk)
    rules.check_can_review(by, review, findings)

    return _close(review, PlanReview.Outcome.KEPT, findings, by=by, at=at)


def plan_was_changed(*, plan: Plan, by: User, at: datetime) -> None:
    """A new version is a review of the plan before it."""
    for review in PlanReview.objects.select_for_update(of=("self",)).filter(
        area=plan.area, code=plan.code, reviewed_at__isnull=True
    ):
        _close(review, PlanReview.Outcome.CHANGED, plan.reason, by=by, at=at)


def plan_was_withdrawn(*, plan: Plan, by: User, at: datetime) -> None:
    """Nobody reviews a plan that holds no longer; where another version holds, its clock runs.

    The plan of a city is reviewed by its counties, each with a clock of its own.
    """
    running = PlanReview.objects.select_for_update(of=("self",)).filter(
        area__code__startswith=plan.area_id, code=plan.code, reviewed_at__isnull=True
    )
    for review in running.select_related("area").order_by("area"):
        if any(one.code == plan.code for one in plans_for(review.area)):
            continue
        why = plan.withdrawn_why
        standards.cancel_deadline(key=REVIEW, subject=review, by=by, at=at, reason=why)
        _close(review, PlanReview.Outcome.ENDED, why, by=by, at=at)


def _close(
    review: PlanReview, outcome: str, findings: str, *, by: User, at: datetime
) -> PlanReview:
    review.outcome, review.findings = outcome, findings.strip()
    review.reviewed_by, review.reviewed_at = by, at
    review.save(update_fields=["outcome", "findings", "reviewed_by", "reviewed_at"])
    standards.meet_deadline(key=REVIEW, subject=review, by=by, at=at)
    note("plan.reviewed", subject=review, by=by, at=at, reason=findings, outcome=outcome)
    open_reviews(area=review.area, by=by, at=at)
    publish("plans", area=review.area_id)
    return review
