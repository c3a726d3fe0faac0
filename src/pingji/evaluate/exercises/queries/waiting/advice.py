"""What experts and the press office are asked for while an event is answered."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.command import DUTY, LEADER, key_of_incident
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, clock, named, stamped
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.ground.directory.models import Role
from pingji.respond.incidents.models import Consultation, Incident, Invitation, PublicBulletin
from pingji.warn.alerts.models import Judgement, RiskAssessment

EPIDEMIOLOGIST, PRESS = Role.EPIDEMIOLOGIST.value, Role.PRESS_OFFICER.value


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """Risk assessments, consultations and public bulletins, each with its next step."""
    rows = Incident.objects.open().filter(
        opened_at__gte=exercise.starts_at, activated_at__isnull=False
    )
    for incident in rows.select_related("alert", "phase__plan").order_by("opened_at", "area_id"):
        key, area, pk = key_of_incident(incident), incident.area_id, incident.pk
        began = incident.activated_at
        if incident.alert is not None and not incident.alert.assessments.exists():
            yield Waiting("assessment.open", key, area, EPIDEMIOLOGIST, began, pk)
        yield from _assessed(incident, key)
        if _is_widened(incident) and not incident.consultations.exists():
            yield Waiting("consultation.call", key, area, DUTY, at, pk)
        yield from _consulted(incident, key)
        yield from _told(exercise, incident, key, at)


def _is_widened(incident: Incident) -> bool:
    """Whether the plan has left its first phase, and is not at its end."""
    if incident.phase is None or incident.phase.number == 1:
        return False
    return incident.phase.plan.phases.filter(number__gt=incident.phase.number).exists()


def _assessed(incident: Incident, key: str) -> Iterator[Waiting]:
    """Experts who have not judged yet, and results to be written and signed."""
    rows = RiskAssessment.objects.filter(alert=incident.alert_id, alert__isnull=False).going_on()
    for row in rows.order_by("version"):
        name = named(key, row.version)
        judges = Judgement.objects.filter(assessment=row, answered_at__isnull=True)
        for one in judges.select_related("expert").order_by("expert__username"):
            who = one.expert
            yield Waiting(
                "assessment.judge",
                named(name, who.username),
                row.area_id,
                who.role,
                one.asked_at,
                one.pk,
            )
        if row.state == RiskAssessment.State.JOINT:
            yield Waiting("assessment.sign", name, row.area_id, DUTY, row.compared_at, row.pk)


def _consulted(incident: Incident, key: str) -> Iterator[Waiting]:
    """Experts whose opinion is asked, and minutes to be written and signed."""
    for row in incident.consultations.filter(state__in=Consultation.GOING_ON).order_by("number"):
        name = named(key, row.number)
        asked = Invitation.objects.filter(
            consultation=row, answered_at__isnull=True, declined_at__isnull=True
        )
        if row.state == Consultation.State.OPENED:
            yield Waiting("consultation.sign", name, row.area_id, LEADER, row.opened_at, row.pk)
            continue
        for one in asked.select_related("expert").order_by("expert__username"):
            who = one.expert
            yield Waiting(
                "consultation.answer",
                named(name, who.username),
                row.area_id,
                who.role,
                one.invited_at,
                one.pk,
                clock(one, "consultation.opinion"),
            )


def _told(exercise: Exercise, incident: Incident, key: str, at: datetime) -> Iterator[Waiting]:
    """The next public bulletin, and one that waits for the press office."""
    area = incident.area_id
    last = incident.bulletins.standing().order_by("-number", "-version").first()
    if last is None:
        yield Waiting(
            "bulletin.write", key, area, EPIDEMIOLOGIST, incident.activated_at, incident.pk
        )
    elif last.state == PublicBulletin.State.REVIEW:
        name, since = named(key, stamped(last.submitted_at)), last.submitted_at
        limit = clock(last, "public_bulletin.review")
        yield Waiting("bulletin.release", name, area, PRESS, since, last.pk, limit)
    elif last.state == PublicBulletin.State.DRAFT and last.returned_why:
        name, since = named(key, stamped(last.submitted_at)), last.submitted_at
        yield Waiting("bulletin.revise", name, area, EPIDEMIOLOGIST, since, last.pk)
    elif last.released_at is not None:
        due = last.released_at + timedelta(days=conduct_of(exercise.scenario).bulletin_days)
        if due <= at:
            name = named(key, last.number + 1)
            yield Waiting("bulletin.write", name, area, EPIDEMIOLOGIST, due, incident.pk)
