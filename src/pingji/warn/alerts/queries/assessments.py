"""What a risk assessment shows, and to whom."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from pingji.ground import may
from pingji.ground.directory.models import Permission, User, codes_around
from pingji.ground.standards.models.deadline import key_of
from pingji.warn.alerts.models import Alert, Judgement, RiskAssessment, RiskLevel
from pingji.warn.alerts.models.assessments import RiskAssessmentQuerySet
from pingji.warn.alerts.queries.criteria import said, scale, step
from pingji.warn.alerts.rules.assessments import check_can_open, check_can_open_of_event, level_of

State = RiskAssessment.State
ANSWER_WORDS = {
    "raises": _("raises it"),
    "neutral": _("makes no difference"),
    "lowers": _("lowers it"),
    "unknown": _("cannot be said"),
}
# How a level looks on screen, from calm to alarming.
LOOKS = {
    RiskLevel.VERY_LOW: "grey",
    RiskLevel.LOW: "green",
    RiskLevel.MEDIUM: "amber",
    RiskLevel.HIGH: "red",
}


def look(level: str) -> str:
    """The colour of a level's chip."""
    return LOOKS[RiskLevel(level)] if level else "grey"


def of_alert(alert: Alert, user: User) -> list[RiskAssessment]:
    """The assessments of an alert, the newest first."""
    found = RiskAssessment.objects.visible_to(user).filter(alert=alert).order_by("-version")
    shown = list(found)
    for one in shown:
        one.look = look(one.level)
    return shown


def versions_of_event(event: Model) -> RiskAssessmentQuerySet:
    """Every version of the assessment of an event that no alert began."""
    key = key_of(event)
    return RiskAssessment.objects.filter(event_type=key["subject_type"], event_id=key["subject_id"])


def of_event(event: Model, user: User) -> list[RiskAssessment]:
    """The same as a reader may see them, the newest first."""
    shown = list(versions_of_event(event).visible_to(user).order_by("-version"))
    for one in shown:
        one.look = look(one.level)
    return shown


def may_assess_event(event: Model, user: User) -> bool:
    """Whether the reader may open one now."""
    return may(check_can_open_of_event, user, versions_of_event(event))


def may_assess(alert: Alert, user: User) -> bool:
    """Whether the reader may open one of an alert now."""
    return may(check_can_open, user, alert)


def may_be_asked(area: str) -> QuerySet[User]:
    """Who may be asked to judge a risk in an area: it lies in their own, and their role judges."""
    experts = User.objects.holding(Permission.ASSESSMENT_JUDGE)
    experts = experts.filter(area_id__in=codes_around(area))
    return experts.select_related("organisation").order_by("role", "username")


def judgements_shown(assessment: RiskAssessment, user: User) -> list[Judgement]:
    """The judgements this reader may see: only their own until all lie open."""
    found = assessment.judgements.select_related("expert")
    if assessment.compared_at is None:
        found = found.filter(expert=user)
    shown = list(found)
    for one in shown:
        one.look = look(one.level)
        one.likelihood_words = step(assessment.criteria, "likelihood", one.likelihood)
        one.impact_words = step(assessment.criteria, "impact", one.impact)
    return shown


@dataclass(frozen=True)
class Cell:
    """One field of the matrix, and who chose it."""

    level: str
    label: str
    look: str
    experts: list[str]
    joint: bool


def matrix(
    assessment: RiskAssessment, shown: list[Judgement]
) -> tuple[list[str], list[tuple[str, list[Cell]]]]:
    """Steps of impact, and a row for each step of likelihood from the highest down."""
    asked = assessment.criteria
    impacts = [words for _value, words in scale(asked, "impact")]
    rows = []
    for likelihood, words in reversed(scale(asked, "likelihood")):
        cells = []
        for impact, _words in scale(asked, "impact"):
            level = level_of(asked, likelihood, impact)
            here = (likelihood, impact)
            cells.append(
                Cell(
                    level,
                    str(RiskLevel(level).label),
                    look(level),
                    [str(o.expert) for o in shown if (o.likelihood, o.impact) == here],
                    (assessment.likelihood, assessment.impact) == here,
                )
            )
        rows.append((words, cells))
    return impacts, rows


def questions_answered(
    assessment: RiskAssessment, shown: list[Judgement]
) -> list[tuple[str, str, list[str]]]:
    """Every guiding question: its axis, its words, and what each expert shown said to it."""
    return [
        (
            question["axis"],
            said(question),
            [str(ANSWER_WORDS.get(one.answers.get(question["key"], ""), "–")) for one in shown],
        )
        for question in assessment.criteria["question"]
    ]


def question_fields(asked: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Key, axis and words of every guiding question."""
    return [(row["key"], row["axis"], said(row)) for row in asked["question"]]
