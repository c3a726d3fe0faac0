"""Open and close an event."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards import actions as standards
from pingji.monitor.surveillance.models import Disease
from pingji.respond.incidents import rules
from pingji.respond.incidents.actions.grades import keep_grading
from pingji.respond.incidents.actions.groups import stand_down
from pingji.respond.incidents.models import Grade, Incident
from pingji.respond.incidents.queries.closing import unsettled
from pingji.warn.alerts import actions as alerts
from pingji.warn.alerts.models import Alert

INITIAL_REPORT = "incident.initial_report"


@transaction.atomic
def open_incident(
    *,
    title: str,
    event_kind: str,
    area: Area,
    by: User,
    at: datetime,
    alert: Alert | None = None,
    disease: Disease | None = None,
    grade: str = Grade.UNGRADED,
    grade_reason: str = "",
) -> Incident:
    """Open an incident, on a verified alert or on what was heard otherwise.

    The alert is locked first: of two officers who open at once, the second is told of the first.

    Args:
        title: In a few words.
        event_kind: What kind of event it is.
        area: Where.
        by: Who opens it.
        at: When.
        alert: The verified alert that it answers.
        disease: The illness, as far as it is known; left out, that of the alert.
        grade: How grave it is.
        grade_reason: Why this grade.
    """
    if alert is not None:
        alert = Alert.objects.select_for_update().get(pk=alert.pk)
    rules.check_can_open(by, alert)
    rules.check_area(by, area)
    rules.check_grade(grade, grade_reason)

    incident = Incident.objects.create(
        area=area,
        title=title,
        event_kind=event_kind,
        disease=disease or (alert.disease if alert else None),
        alert=alert,
        opened_by=by,
        opened_at=at,
    )
    if grade != Grade.UNGRADED:
        keep_grading(incident, grade, grade_reason, {}, by=by, at=at)
    standards.start_deadline(
        key=INITIAL_REPORT,
        subject=incident,
        area=area,
        organisation=by.organisation,
        by=by,
        at=at,
    )
    if alert is not None:
        alerts.await_incident(alert=alert, by=by, at=at)
    note("incident.opened", subject=incident, by=by, at=at, grade=grade, reason=grade_reason)
    announce("incident_opened", at=at, incident_id=incident.pk)
    publish("incidents", area=area.code)
    return incident


@transaction.atomic
def name_illness(
    *, incident: Incident, disease: Disease | None, reason: str, by: User, at: datetime
) -> Incident:
    """Say which illness it is, or that it is not known after all; reports count its cases."""
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    rules.check_can_name_illness(by, incident, reason)

    before, incident.disease = incident.disease, disease
    incident.save(update_fields=["disease"])
    note(
        "incident.illness_named",
        subject=incident,
        by=by,
        at=at,
        reason=reason.strip(),
        before=before.code if before else None,
        now=disease.code if disease else None,
    )
    publish("incidents", area=incident.area_id)
    return incident


@transaction.atomic
def close_incident(*, incident: Incident, reason: str, by: User, at: datetime) -> Incident:
    """Close an incident when nothing of it is left to do, as the plan asks."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    left = unsettled(incident, timezone.localdate(at))
    rules.check_can_close(by, incident, reason, left)

    incident.state, incident.closing_reason = Incident.State.CLOSED, reason.strip()
    incident.closed_by, incident.closed_at = by, at
    incident.save(update_fields=["state", "closing_reason", "closed_by", "closed_at"])
    stand_down(incident=incident, by=by, at=at, reason=incident.closing_reason)
    if incident.alert is not None:
        alerts.ask_to_close(alert=incident.alert, by=by, at=at)
    note("incident.closed", subject=incident, by=by, at=at, reason=incident.closing_reason)
    announce("incident_closed", at=at, incident_id=incident.pk)
    publish("incidents", area=incident.area_id)
    return incident
