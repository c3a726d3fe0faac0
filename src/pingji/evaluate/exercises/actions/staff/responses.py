"""Responses started, raised, lowered and ended by the body that the plan names."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.waiting.command import over_since
from pingji.evaluate.exercises.queries.waiting.responses import level_wanted, was_lowered
from pingji.ground.directory.models import TOWNSHIP_DIGITS, Area, Role
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Grade, Incident, Level, Response, ResponseChange
from pingji.respond.incidents.queries.responses import steps


def start(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The leader enters the decision to start the response whose level is the incident's grade."""
    incident = Incident.objects.select_related("area", "disease").get(pk=due.subject)
    closed = incident.state != Incident.State.OPEN
    if closed or incident.grade == Grade.UNGRADED or incident.responses.exists():
        return None
    area = Area.objects.get(pk=incident.area_id[:TOWNSHIP_DIGITS])
    by = one_of(Role.LEADER, area.code)
    made = actions.start_response(
        incident=incident,
        area=area,
        level=incident.grade,
        reason=_("The event was graded; the plan provides a response of this level."),
        reference=_reference(incident),
        ticked=_ticked(area, ResponseChange.Kind.START, at),
        by=by,
        at=at,
    )
    return in_both(
        lambda: (
            _("%(who)s started the response in %(area)s: %(level)s.")
            % {"who": by, "area": area.label, "level": made.get_level_display()}
        )
    )


def change(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The leader raises a response with the grade, and lowers it when it has become quiet."""
    response = _running(due)
    wanted = level_wanted(exercise, response, at) if response is not None else None
    if response is None or wanted is None:
        return None
    raised = Level.values.index(wanted) < Level.values.index(response.level)
    if not raised:
        reason = _("No new case was reported for some days; the danger is less.")
    elif was_lowered(response):
        reason = _("Cases rise again.")
    else:
        reason = _("The event has a graver grade now.")
    by = one_of(Role.LEADER, response.area_id)
    made = actions.change_response(
        response=response,
        level=wanted,
        reason=reason,
        reference=_reference(response.incident),
        ticked=_ticked(response.area, ResponseChange.Kind.RAISE, at),
        by=by,
        at=at,
    )
    return in_both(
        lambda: (
            _("%(who)s changed the response in %(area)s: %(level)s.")
            % {"who": by, "area": made.area.label, "level": made.get_level_display()}
        )
    )


def end(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The leader ends a response once all is quiet."""
    response = _running(due)
    over = over_since(exercise, response.incident, at) if response is not None else None
    if response is None or over is None or over > at:
        return None
    by = one_of(Role.LEADER, response.area_id)
    actions.end_response(
        response=response,
        reason=why(),
        reference=_reference(response.incident),
        ticked=_ticked(response.area, ResponseChange.Kind.END, at),
        by=by,
        at=at,
    )
    return in_both(
        lambda: (
            _("%(who)s ended the response in %(area)s.") % {"who": by, "area": response.area.label}
        )
    )


def why() -> str:
    """Why it may end."""
    return _("All orders are verified, and no new case was reported in the time that is waited.")


def _running(due: Due) -> Response | None:
    rows = Response.objects.select_related("incident__area", "incident__plan", "area")
    response = rows.get(pk=due.subject)
    return response if response.ended_at is None else None


def _reference(incident: Incident) -> str:
    """Number of a decision, as exercises number them."""
    year = timezone.localtime(incident.opened_at).year
    number = ResponseChange.objects.filter(response__incident=incident).count() + 1
    return _("Exercise %(year)s No. %(number)s-%(change)s") % {
        "year": year,
        "number": incident.pk,
        "change": number,
    }


def _ticked(area: Area, kind: str, at: datetime) -> list[str]:
    """Every step of the plan's procedure: staff of an exercise leave none out."""
    return [step["key"] for step in steps(area, kind, timezone.localdate(at))]


HANDLERS = {"response.start": start, "response.change": change, "response.end": end}
