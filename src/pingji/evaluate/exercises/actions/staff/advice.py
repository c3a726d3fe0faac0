"""Experts asked for the risk and for advice, and bulletins for the public."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.picture import Picture, picture
from pingji.evaluate.exercises.rules.conduct import conduct_of, drawn
from pingji.ground import Refused
from pingji.ground.directory.models import Role, User
from pingji.ground.directory.queries import experts_for
from pingji.respond.incidents.actions import bulletins, consultations
from pingji.respond.incidents.models import Consultation, Incident, Invitation, PublicBulletin
from pingji.warn.alerts.actions import assessments
from pingji.warn.alerts.models import Judgement, RiskAssessment
from pingji.warn.alerts.queries.assessments import may_be_asked

AN_HOUR = timedelta(hours=1)
POSSIBLE, LIKELY, VERY_LIKELY = 3, 4, 5  # steps of the scale of likelihood
MINOR, MODERATE = 2, 3  # steps of that of impact


def open_assessment(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The CDC asks several experts, each alone, what the risk is."""
    incident = _open(due)
    if incident is None or incident.alert is None or incident.alert.assessments.exists():
        return None
    by = one_of(Role.EPIDEMIOLOGIST, incident.area_id)
    experts = list(may_be_asked(incident.alert.area_id)[: conduct_of(exercise.scenario).experts])
    made = assessments.open_assessment(
        alert=incident.alert,
        scope=_("Whether it goes on and spreads within the next two weeks."),
        experts=experts,
        by=by,
        at=at,
    )
    assessments.ask_experts(assessment=made, by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s asked %(number)s experts for the risk of “%(incident)s”.")
            % {"who": by, "number": len(experts), "incident": incident}
        )
    )


def judge(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """An expert judges alone; not all see it alike."""
    mine = Judgement.objects.select_related("assessment__alert__incident", "expert").get(
        pk=due.subject
    )
    asked = mine.assessment
    if mine.answered_at is not None or asked.state != RiskAssessment.State.INDIVIDUAL:
        return None
    likelihood, impact = _risk(picture(exercise, asked.alert.incident, at))
    doubting = conduct_of(exercise.scenario).doubting_share
    if drawn(exercise.seed, "assessment.opinion", due.key) < doubting:
        likelihood = max(likelihood - 1, 1)
    answers = {row["key"]: "neutral" for row in asked.criteria["question"]}
    assessments.judge_alone(
        assessment=asked,
        answers=answers,
        likelihood=likelihood,
        impact=impact,
        reasons=_grounds(picture(exercise, asked.alert.incident, at)),
        by=mine.expert,
        at=at,
    )
    return in_both(lambda: _("%(who)s judged the risk alone.") % {"who": mine.expert})


def _risk(seen: Picture) -> tuple[int, int]:
    """How likely it goes on, and how grave that would be."""
    likelihood = VERY_LIKELY if seen.rising else LIKELY if seen.spread else POSSIBLE
    return likelihood, MODERATE if seen.severe else MINOR


def _grounds(seen: Picture) -> str:
    return _("%(cases)s cases are reported, %(lately)s of them lately.") % {
        "cases": len(seen.cards),
        "lately": len(seen.since(seen.days)),
    }


def sign_assessment(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer writes what they agreed on, and signs it."""
    row = RiskAssessment.objects.select_related("alert__incident").get(pk=due.subject)
    if row.state != RiskAssessment.State.JOINT:
        return None
    by = one_of(Role.DUTY_OFFICER, row.area_id)
    seen = picture(exercise, row.alert.incident, at)
    likelihood, impact = _risk(seen)
    row = assessments.conclude(
        assessment=row,
        likelihood=likelihood,
        impact=impact,
        reasons=_grounds(seen),
        advice=_("Go on with the measures of the plan, and look at it again with new figures."),
        by=by,
        at=at,
    )
    assessments.sign_assessment(assessment=row, by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s signed the risk assessment: %(level)s.")
            % {"who": by, "level": row.get_level_display()}
        )
    )


def call(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer asks experts of the pool what else is to be done."""
    incident = _open(due)
    if incident is None or incident.consultations.exists():
        return None
    by = one_of(Role.DUTY_OFFICER, incident.area_id)
    found = list(experts_for(incident.area_id)[: conduct_of(exercise.scenario).experts])
    if not found:
        raise Refused(_("The county has no experts to be asked."))
    consultations.call_consultation(
        incident=incident,
        subject=_("Which further measures are needed"),
        starts_at=at + AN_HOUR,
        agenda=[_("Are the measures enough?")],
        experts=found,
        by=by,
        at=at,
    )
    return in_both(
        lambda: (
            _("%(who)s called a consultation on “%(incident)s”.")
            % {"who": by, "incident": incident}
        )
    )


def give_opinion(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """An expert answers every question."""
    mine = Invitation.objects.select_related("consultation__incident", "expert").get(pk=due.subject)
    asked = mine.consultation
    if mine.answered_at is not None or asked.state != Consultation.State.CALLED:
        return None
    text = _advice(picture(exercise, asked.incident, at))
    opinions = dict.fromkeys(asked.agenda.values_list("number", flat=True), text)
    consultations.give_opinion(consultation=asked, opinions=opinions, by=mine.expert, at=at)
    return in_both(
        lambda: (
            _("%(who)s gave an opinion on “%(incident)s”.")
            % {"who": mine.expert, "incident": asked.incident}
        )
    )


def _advice(seen: Picture) -> str:
    if seen.rising:
        return _("Cases keep rising: contacts have to be reduced further, in schools first.")
    return _("Cases rise no longer: keep to the measures until it is quiet.")


def sign_minutes(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The leader decides every question by the opinions, and signs the minutes."""
    row = Consultation.objects.select_related("incident").get(pk=due.subject)
    if row.state != Consultation.State.OPENED:
        return None
    by = one_of(Role.LEADER, row.area_id)
    seen = picture(exercise, row.incident, at)
    for item in row.agenda.order_by("number"):
        consultations.decide_question(
            consultation=row,
            number=item.number,
            decision=_advice(seen),
            reasons=_grounds(seen),
            seen=item.version,
            by=by,
            at=at,
        )
    consultations.sign_minutes(consultation=row, by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s signed the minutes of the consultation on “%(incident)s”.")
            % {"who": by, "incident": row.incident}
        )
    )


def write_bulletin(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The CDC drafts a bulletin, and hands it to the press office."""
    incident = _open(due)
    if incident is None or incident.bulletins.filter(state__in=PublicBulletin.UNDER_WAY).exists():
        return None
    by = one_of(Role.EPIDEMIOLOGIST, incident.area_id)
    made = bulletins.draft_bulletin(incident=incident, by=by, at=at)
    bulletins.submit_bulletin(bulletin=made, by=by, at=at)
    return in_both(lambda: _("%(who)s drafted the bulletin “%(title)s”.") % _titled(made, by))


def revise_bulletin(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The CDC hands a bulletin in again that the press office sent back."""
    row = PublicBulletin.objects.get(pk=due.subject)
    if row.state != PublicBulletin.State.DRAFT or not row.returned_why:
        return None
    by = one_of(Role.EPIDEMIOLOGIST, row.area_id)
    bulletins.submit_bulletin(bulletin=row, by=by, at=at)
    return in_both(
        lambda: _("%(who)s handed the bulletin “%(title)s” in again.") % _titled(row, by)
    )


def release(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The press office reads and releases it; in an exercise, to nobody outside."""
    row = PublicBulletin.objects.get(pk=due.subject)
    if row.state != PublicBulletin.State.REVIEW:
        return None
    by = one_of(Role.PRESS_OFFICER, row.area_id)
    bulletins.release_bulletin(bulletin=row, seen=row.wording, by=by, at=at)
    return in_both(lambda: _("%(who)s released the bulletin “%(title)s”.") % _titled(row, by))


def _titled(row: PublicBulletin, by: User) -> dict[str, object]:
    return {"who": by, "title": row.title}


def _open(due: Due) -> Incident | None:
    rows = Incident.objects.select_related("area", "disease", "alert", "plan", "phase")
    incident = rows.get(pk=due.subject)
    return incident if incident.state == Incident.State.OPEN else None


HANDLERS = {
    "assessment.open": open_assessment,
    "assessment.judge": judge,
    "assessment.sign": sign_assessment,
    "consultation.call": call,
    "consultation.answer": give_opinion,
    "consultation.sign": sign_minutes,
    "bulletin.write": write_bulletin,
    "bulletin.revise": revise_bulletin,
    "bulletin.release": release,
}
