"""Reports of events that wait to be written, reviewed and sent."""

from collections.abc import Iterator
from datetime import datetime

from pingji.evaluate.exercises.models import Exercise
from pingji.evaluate.exercises.queries.waiting.command import key_of_incident
from pingji.evaluate.exercises.queries.waiting.rows import Waiting, clock, named, stamped
from pingji.ground.directory.models import Role
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import EventReport, Incident

State = EventReport.State
EPIDEMIOLOGIST, DUTY = Role.EPIDEMIOLOGIST.value, Role.DUTY_OFFICER.value
# Whose clock asks for which report.
ASKS = {
    "incident.initial_report": EventReport.Kind.INITIAL,
    "incident.progress_report": EventReport.Kind.PROGRESS,
    "incident.closing_report": EventReport.Kind.CLOSING,
}
STEPS = {
    State.DRAFT: ("report.revise", EPIDEMIOLOGIST),
    State.REVIEW: ("report.approve", DUTY),
    State.APPROVED: ("report.send", EPIDEMIOLOGIST),
}


def waiting(exercise: Exercise, at: datetime) -> Iterator[Waiting]:
    """Reports that a clock asks for, and those that are under way."""
    incidents = {
        str(one.pk): one for one in Incident.objects.filter(opened_at__gte=exercise.starts_at)
    }
    clocks = Deadline.objects.open().filter(
        key__in=ASKS, subject_type=Incident._meta.label_lower, subject_id__in=incidents
    )
    for one in clocks.order_by("started_at", "key", "subject_label"):
        incident = incidents[one.subject_id]
        kind = ASKS[one.key]
        if not incident.reports.filter(kind=kind, state__in=EventReport.UNDER_WAY).exists():
            yield Waiting(
                "report.write",
                named(key_of_incident(incident), kind, stamped(one.started_at)),
                incident.area_id,
                EPIDEMIOLOGIST,
                one.started_at,
                one.pk,
                clock(incident, one.key),
            )
    reports = EventReport.objects.filter(state__in=STEPS, incident__in=list(incidents))
    reports = reports.exclude(state=State.DRAFT, returned_why="")  # somebody still writes it
    for report in reports.select_related("incident").order_by("drafted_at", "kind"):
        step, role = STEPS[State(report.state)]
        since = report.reviewed_at or report.submitted_at
        key = named(
            key_of_incident(report.incident),
            report.kind,
            report.number,
            report.version,
            stamped(since),
        )
        yield Waiting(step, key, report.area_id, role, since, report.pk)
