"""Who may assess a risk, and when."""

from typing import Any

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.warn.alerts.models import Alert, Judgement, RiskAssessment, RiskLevel
from pingji.warn.alerts.models.assessments import RiskAssessmentQuerySet

State = RiskAssessment.State

# The table is the state machine.
MOVES = {
    State.DRAFT: {State.INDIVIDUAL, State.WITHDRAWN},
    State.INDIVIDUAL: {State.JOINT, State.WITHDRAWN},
    State.JOINT: {State.SIGNED, State.WITHDRAWN},
    State.SIGNED: set(),
    State.WITHDRAWN: set(),
}
# What an expert may say of each guiding question.
ANSWERS = ("raises", "neutral", "lowers", "unknown")


def level_of(criteria: dict[str, Any], likelihood: int, impact: int) -> str:
    """The risk that the matrix gives for two steps of the scales."""
    return str(criteria["matrix"]["rows"][likelihood - 1][impact - 1])


def check_can_chair(user: User) -> None:
    """Raise Refused unless the user may open, lead and sign risk assessments."""
    if not user.holds(Permission.ASSESSMENT_CHAIR):
        raise Refused(_("Only an epidemiologist or the duty officer may lead a risk assessment."))


def check_can_open(user: User, alert: Alert) -> None:
    """Raise Refused unless the user may open an assessment of this alert now."""
    check_can_chair(user)
    if alert.assessments.going_on().exists():
        raise Refused(_("An assessment of this alert is under way; finish or give that up first."))


def check_can_open_of_event(user: User, earlier: RiskAssessmentQuerySet) -> None:
    """Raise Refused unless the user may open an assessment of an event with these earlier ones."""
    check_can_chair(user)
    if earlier.going_on().exists():
        raise Refused(_("An assessment of this event is under way; finish or give that up first."))


def check_can_move(user: User, assessment: RiskAssessment, to: str) -> None:
    """Raise Refused unless the user may bring the assessment to this state now."""
    check_can_chair(user)
    check_move(assessment, to)


def check_move(assessment: RiskAssessment, to: str) -> None:
    """Raise Refused unless the assessment can come to this state from where it stands."""
    if State(to) not in MOVES[State(assessment.state)]:
        raise Refused(
            _("The assessment stands at “%(state)s”; look at it again.")
            % {"state": assessment.get_state_display()}
        )


def check_can_invite(user: User, assessment: RiskAssessment) -> None:
    """Raise Refused unless experts may still be asked."""
    check_can_chair(user)
    if assessment.state not in (State.DRAFT, State.INDIVIDUAL):
        raise Refused(_("The answers lie open already; nobody can judge alone any more."))


def check_expert(expert: User, assessment: RiskAssessment) -> None:
    """Raise Refused unless this person may be asked for a judgement."""
    if not expert.holds(Permission.ASSESSMENT_JUDGE):
        raise Refused(
            _("The role of %(who)s does not include judging risks.") % {"who": expert},
            field="experts",
        )
    if not assessment.area_id.startswith(expert.area_id):
        raise Refused(_("%(who)s works in another area.") % {"who": expert}, field="experts")


def check_enough_experts(experts: int, least: int) -> None:
    """Raise Refused unless as many experts are asked as the plan wants."""
    if experts < least:
        raise Refused(
            _("Ask at least %(least)s experts; %(asked)s chosen so far.")
            % {"least": least, "asked": experts},
            field="experts",
        )


def check_can_answer(user: User, assessment: RiskAssessment, mine: Judgement | None) -> None:
    """Raise Refused unless the user may judge alone now."""
    if not user.holds(Permission.ASSESSMENT_JUDGE):
        raise Refused(_("Your role does not include judging risks."))
    if mine is None:
        raise Refused(_("You were not asked for this assessment."))
    if assessment.state == State.DRAFT:
        raise Refused(_("The experts have not been asked yet."))
    if assessment.state != State.INDIVIDUAL:
        raise Refused(_("The answers lie open already; nobody can judge alone any more."))


def check_step(criteria: dict[str, Any], axis: str, value: int | None) -> None:
    """Raise Refused unless this is a step of the scale."""
    if value not in {row["value"] for row in criteria[axis]}:
        raise Refused(_("Choose a step of the scale."), field=axis)


def check_reasons(reasons: str) -> None:
    """Raise Refused unless a judgement says why."""
    if not reasons.strip():
        raise Refused(_("Say why: the reason goes on record."), field="reasons")


def check_answers(criteria: dict[str, Any], answers: dict[str, str]) -> None:
    """Raise Refused unless every guiding question has one of the four answers."""
    asked = {row["key"] for row in criteria["question"]}
    if set(answers) != asked or not set(answers.values()) <= set(ANSWERS):
        raise Refused(_("Answer every guiding question; “cannot be said” is an answer too."))


def check_can_compare(user: User, assessment: RiskAssessment, answered: int) -> None:
    """Raise Refused unless the chair may open the answers before all have come."""
    check_can_move(user, assessment, State.JOINT)
    if not answered:
        raise Refused(_("Nobody has answered yet."))


def check_can_conclude(user: User, assessment: RiskAssessment) -> None:
    """Raise Refused unless the joint result may be written now."""
    check_can_chair(user)
    if assessment.state != State.JOINT:
        raise Refused(_("The joint result is written when the answers lie open."))


def check_seen(assessment: RiskAssessment, seen: str) -> None:
    """Raise Refused if the joint result is another by now than the one that was read."""
    if seen and seen != assessment.mark:
        raise Refused(
            _("Somebody else has changed the joint result meanwhile; look at it before you go on.")
        )


def check_can_differ(user: User, assessment: RiskAssessment, mine: Judgement | None) -> None:
    """Raise Refused unless the user may say that they see it otherwise."""
    if not user.holds(Permission.ASSESSMENT_JUDGE):
        raise Refused(_("Your role does not include judging risks."))
    if mine is None:
        raise Refused(_("You were not asked for this assessment."))
    if assessment.state != State.JOINT or not assessment.level:
        raise Refused(_("There is no joint result yet from which to differ."))


def check_can_sign(user: User, assessment: RiskAssessment) -> None:
    """Raise Refused unless the assessment has its result and may be signed."""
    check_can_move(user, assessment, State.SIGNED)
    if assessment.level not in RiskLevel.values:
        raise Refused(_("Write the joint result before signing."))
