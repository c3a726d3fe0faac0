"""Reports of events: drafted and completed, reviewed by another, sent."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.waiting.reports import ASKS
from pingji.ground.directory.models import Role, User
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.actions import reports as actions
from pingji.respond.incidents.models import EventReport, Incident
from pingji.respond.incidents.queries.event_document import texts_of

State = EventReport.State
FIRST_WORDING = 1  # what the program drafted


def write(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Draft the report that a clock asks for, write what no program can know, and hand it in."""
    clock = Deadline.objects.get(pk=due.subject)
    incident = Incident.objects.select_related("area").get(pk=int(clock.subject_id))
    kind = EventReport.Kind(ASKS[clock.key])
    under_way = incident.reports.filter(kind=kind, state__in=EventReport.UNDER_WAY)
    if not clock.is_open or under_way.exists():
        return None
    by = one_of(Role.EPIDEMIOLOGIST, incident.area_id)
    made = actions.draft_report(incident=incident, kind=kind, by=by, at=at)
    empty = [section for section, text in texts_of(made).items() if not text.strip()]
    for section in filter(_known, empty):
        actions.write_report(
            report=made, section=section, text=_known(section), seen=FIRST_WORDING, by=by, at=at
        )
    actions.submit_report(report=made, by=by, at=at)
    return in_both(lambda: _("%(who)s wrote “%(report)s” and handed it in.") % _words(made, by))


def _known(section: str) -> str:
    """What whoever asked the patients knows, as an exercise tells it; "" of what nobody knows."""
    known = {
        "symptoms": _("The symptoms are those of the illness reported; most courses are mild."),
        "causes": _("The cases belong together in time and place; the source is being looked for."),
        "diagnosis": _("The diagnosis stands; new cases go on being looked for among contacts."),
        "lessons": _("What went well and what was late stands in the report of the exercise."),
    }
    return known.get(section, "")


def revise(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Whoever wrote a report looks through it and hands it in again; the machine knows no more."""
    report = _at(due, State.DRAFT)
    if report is None or not report.returned_why:
        return None
    by = one_of(Role.EPIDEMIOLOGIST, report.area_id)
    actions.submit_report(report=report, by=by, at=at)
    return in_both(lambda: _("%(who)s handed “%(report)s” in again.") % _words(report, by))


def approve(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Somebody else than who wrote it reviews it."""
    report = _at(due, State.REVIEW)
    if report is None:
        return None
    by = one_of(Role.DUTY_OFFICER, report.area_id, but=report.submitted_by)
    actions.approve_report(report=report, by=by, at=at)
    return in_both(lambda: _("%(who)s reviewed “%(report)s”.") % _words(report, by))


def send(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """It goes to the bodies that the plan names: in an exercise, to nobody outside."""
    report = _at(due, State.APPROVED)
    if report is None:
        return None
    by = one_of(Role.EPIDEMIOLOGIST, report.area_id)
    actions.send_report(report=report, by=by, at=at)
    return in_both(lambda: _("%(who)s sent “%(report)s”.") % _words(report, by))


def _at(due: Due, state: str) -> EventReport | None:
    report = EventReport.objects.select_related("incident", "submitted_by").get(pk=due.subject)
    return report if report.state == state else None


def _words(report: EventReport, by: User) -> dict[str, object]:
    return {"who": by, "report": report}


HANDLERS = {
    "report.write": write,
    "report.revise": revise,
    "report.approve": approve,
    "report.send": send,
}
