"""Assess a risk: ask experts, each alone and then together, and sign what it comes to."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from pingji.ground.directory.models import Area, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import queries as standards
from pingji.ground.standards.models.deadline import key_of
from pingji.warn.alerts.models import Alert, Judgement, RiskAssessment
from pingji.warn.alerts.queries import assessments as queries
from pingji.warn.alerts.queries.criteria import criteria
from pingji.warn.alerts.rules import assessments as rules

State = RiskAssessment.State
EXPERTS_LEAST = "assessment.experts_least"


@transaction.atomic
def open_assessment(
    *, alert: Alert, scope: str, experts: Iterable[User], by: User, at: datetime
) -> RiskAssessment:
    """Open the next version of an alert's risk assessment, with the experts to be asked.

    Args:
        alert: What it is about.
        scope: The question in words: what may happen, where, until when.
        experts: Who is to judge; more may be asked until the answers lie open.
        by: Who leads it.
        at: When.
    """
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    rules.check_can_open(by, alert)

    assessment = RiskAssessment(
        alert=alert, area_id=alert.area_id, version=alert.assessments.count() + 1
    )
    return _open(assessment, scope, experts, by=by, at=at)


@transaction.atomic
def open_assessment_of_event(
    *, event: Model, area: Area, scope: str, experts: Iterable[User], by: User, at: datetime
) -> RiskAssessment:
    """Open the next version of the assessment of an event that no alert began.

    Args:
        event: A row of a later stage; it is named by its label and its page.
        area: Where it is.
        scope: The question in words: what may happen, where, until when.
        experts: Who is to judge.
        by: Who leads it.
        at: When.
    """
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)  # one is opened at a time
    earlier = queries.versions_of_event(event)
    rules.check_can_open_of_event(by, earlier)

    page = getattr(event, "get_absolute_url", None)
    key = key_of(event)
    assessment = RiskAssessment(
        event_type=key["subject_type"],
        event_id=key["subject_id"],
        event_label=str(event)[:200],
        event_url=page() if page else "",
        area=area,
        version=earlier.count() + 1,
    )
    return _open(assessment, scope, experts, by=by, at=at)


def _open(
    assessment: RiskAssessment, scope: str, experts: Iterable[User], *, by: User, at: datetime
) -> RiskAssessment:
    assessment.scope, assessment.criteria = scope.strip(), criteria()
    assessment.opened_by, assessment.opened_at = by, at
    assessment.save()
    _choose(assessment, experts, at)
    note(
        "assessment.opened",
        subject=assessment,
        by=by,
        at=at,
        reason=assessment.scope,
        experts=_names(assessment),
    )
    _tell(assessment)
    return assessment


@transaction.atomic
def choose_experts(
    *, assessment: RiskAssessment, experts: Iterable[User], by: User, at: datetime
) -> RiskAssessment:
    """Ask more experts; nobody who was asked is left out again."""
    assessment = _locked(assessment)
    rules.check_can_invite(by, assessment)

    new = _choose(assessment, experts, at)
    note(
        "assessment.experts_chosen",
        subject=assessment,
        by=by,
        at=at,
        experts=_names(assessment),
    )
    if assessment.state == State.INDIVIDUAL and new:  # in a draft nobody is asked yet
        _announce_asked(assessment, new, at)
    _tell(assessment)
    return assessment


@transaction.atomic
def ask_experts(*, assessment: RiskAssessment, by: User, at: datetime) -> RiskAssessment:
    """Let the experts judge, each alone."""
    assessment = _locked(assessment)
    rules.check_can_move(by, assessment, State.INDIVIDUAL)
    least = standards.number(assessment.area_id, EXPERTS_LEAST, timezone.localdate(at))
    rules.check_enough_experts(assessment.judgements.count(), int(least))

    assessment.state = State.INDIVIDUAL
    assessment.save(update_fields=["state"])
    note("assessment.asked", subject=assessment, by=by, at=at, experts=_names(assessment))
    _announce_asked(assessment, list(assessment.judgements.all()), at)
    _tell(assessment)
    return assessment


@transaction.atomic
def judge_alone(
    *,
    assessment: RiskAssessment,
    answers: dict[str, str],
    likelihood: int,
    impact: int,
    reasons: str,
    by: User,
    at: datetime,
) -> Judgement:
    """Keep what one expert makes of it. With the last one's, all answers are shown to all."""
    assessment = _locked(assessment)
    mine = assessment.judgements.filter(expert=by).first()
    rules.check_can_answer(by, assessment, mine)
    rules.check_answers(assessment.criteria, answers)
    rules.check_step(assessment.criteria, "likelihood", likelihood)
    rules.check_step(assessment.criteria, "impact", impact)
    rules.check_reasons(reasons)
    assert mine is not None

    mine.answers, mine.likelihood, mine.impact = answers, likelihood, impact
    mine.level = rules.level_of(assessment.criteria, likelihood, impact)
    mine.reasons, mine.answered_at = reasons.strip(), at
    mine.save()
    # What was judged stays out of the trail until all may see it; there it is told as a whole.
    note("assessment.judged", subject=assessment, by=by, at=at)
    notices.acknowledge_about(subject=assessment, by=by, at=at)
    if not assessment.judgements.filter(answered_at=None).exists():
        _lay_open(assessment, by=by, at=at, why="")
    _tell(assessment)
    return mine


@transaction.atomic
def compare(*, assessment: RiskAssessment, reason: str, by: User, at: datetime) -> RiskAssessment:
    """Lay the answers open before all have come."""
    assessment = _locked(assessment)
    answered = assessment.judgements.exclude(answered_at=None).count()
    rules.check_can_compare(by, assessment, answered)
    rules.check_reasons(reason)

    _lay_open(assessment, by=by, at=at, why=reason.strip())
    _tell(assessment)
    return assessment


def _lay_open(assessment: RiskAssessment, *, by: User, at: datetime, why: str) -> None:
    rules.check_move(assessment, State.JOINT)
    assessment.state, assessment.compared_by, assessment.compared_at = State.JOINT, by, at
    assessment.save(update_fields=["state", "compared_by", "compared_at"])
    note(
        "assessment.compared",
        subject=assessment,
        by=by,
        at=at,
        reason=why,
        judgements=[
            {
                "expert": str(one.expert),
                "likelihood": one.likelihood,
                "impact": one.impact,
                "level": one.level,
            }
            for one in assessment.judgements.select_related("expert")
        ],
    )
    announce("assessment_compared", at=at, assessment_id=assessment.pk)


@transaction.atomic
def conclude(
    *,
    assessment: RiskAssessment,
    likelihood: int,
    impact: int,
    reasons: str,
    advice: str,
    by: User,
    at: datetime,
    seen: str = "",
) -> RiskAssessment:
    """Write the joint result; what stood before is on record.

    Args:
        seen: The mark of the result that stood there when this one was written; another one
            meanwhile refuses it.
    """
    assessment = _locked(assessment)
    rules.check_can_conclude(by, assessment)
    rules.check_seen(assessment, seen)
    rules.check_step(assessment.criteria, "likelihood", likelihood)
    rules.check_step(assessment.criteria, "impact", impact)
    rules.check_reasons(reasons)

    assessment.likelihood, assessment.impact = likelihood, impact
    assessment.level = rules.level_of(assessment.criteria, likelihood, impact)
    assessment.reasons, assessment.advice = reasons.strip(), advice.strip()
    assessment.save(update_fields=["likelihood", "impact", "level", "reasons", "advice"])
    note(
        "assessment.concluded",
        subject=assessment,
        by=by,
        at=at,
        reason=assessment.reasons,
        likelihood=likelihood,
        impact=impact,
        level=assessment.level,
        advice=assessment.advice,
    )
    _tell(assessment)
    return assessment


@transaction.atomic
def differ(*, assessment: RiskAssessment, dissent: str, by: User, at: datetime) -> Judgement:
    """Keep where one expert differs from the joint result; it is signed with it."""
    assessment = _locked(assessment)
    mine = assessment.judgements.filter(expert=by).first()
    rules.check_can_differ(by, assessment, mine)
    rules.check_reasons(dissent)
    assert mine is not None

    mine.dissent, mine.dissent_at = dissent.strip(), at
    mine.save(update_fields=["dissent", "dissent_at"])
    note("assessment.differed", subject=assessment, by=by, at=at, reason=mine.dissent)
    _tell(assessment)
    return mine


@transaction.atomic
def sign_assessment(
    *, assessment: RiskAssessment, by: User, at: datetime, seen: str = ""
) -> RiskAssessment:
    """Sign the joint result; from then on nothing of it changes.

    Args:
        seen: The mark of the result that the signer read; another one meanwhile refuses it.
    """
    assessment = _locked(assessment)
    rules.check_can_sign(by, assessment)
    rules.check_seen(assessment, seen)

    assessment.state, assessment.signed_by, assessment.signed_at = State.SIGNED, by, at
    assessment.save(update_fields=["state", "signed_by", "signed_at"])
    note("assessment.signed", subject=assessment, by=by, at=at, level=assessment.level)
    notices.acknowledge_about(subject=assessment, by=by, at=at)
    announce("assessment_signed", at=at, assessment_id=assessment.pk)
    _tell(assessment)
    return assessment


@transaction.atomic
def withdraw_assessment(
    *, assessment: RiskAssessment, reason: str, by: User, at: datetime
) -> RiskAssessment:
    """Give an assessment up, saying why; another may then be opened."""
    assessment = _locked(assessment)
    rules.check_can_move(by, assessment, State.WITHDRAWN)
    rules.check_reasons(reason)

    assessment.state = State.WITHDRAWN
    assessment.save(update_fields=["state"])
    note("assessment.withdrawn", subject=assessment, by=by, at=at, reason=reason.strip())
    _tell(assessment)
    return assessment


def _locked(assessment: RiskAssessment) -> RiskAssessment:
    return RiskAssessment.objects.select_for_update().get(pk=assessment.pk)


def _announce_asked(assessment: RiskAssessment, asked: list[Judgement], at: datetime) -> None:
    judgements = [one.pk for one in asked]
    announce("assessment_asked", at=at, assessment_id=assessment.pk, judgements=judgements)


def _choose(assessment: RiskAssessment, experts: Iterable[User], at: datetime) -> list[Judgement]:
    """Put experts on the list; those who were not on it before."""
    new = []
    there = set(assessment.judgements.values_list("expert_id", flat=True))
    for expert in experts:
        if expert.pk in there:
            continue
        rules.check_expert(expert, assessment)
        new.append(Judgement.objects.create(assessment=assessment, expert=expert, asked_at=at))
    return new


def _names(assessment: RiskAssessment) -> list[str]:
    return [str(one.expert) for one in assessment.judgements.select_related("expert")]


def _tell(assessment: RiskAssessment) -> None:
    publish("assessments", area=assessment.area_id)
