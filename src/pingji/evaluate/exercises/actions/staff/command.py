"""Incidents opened, graded and answered by a plan, phase after phase; people who answer a call."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.earlier import times_above
from pingji.evaluate.exercises.queries.picture import picture, townships
from pingji.evaluate.exercises.queries.waiting.command import next_phase, unreached
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.ground import Refused
from pingji.ground.directory.models import COUNTY_DIGITS, TOWNSHIP_DIGITS, Area, Role
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries import with_parts
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Callout, EventKind, Grade, Incident, Plan
from pingji.respond.incidents.queries.gradings import grading
from pingji.respond.incidents.queries.plans import fitting
from pingji.warn.alerts.models import Alert

ABOVE = "times_above"


def open_incident(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer opens an incident on a real alert, unless one answers the illness there.

    A second one, elsewhere in the county, is the whole county's.
    """
    alert = Alert.objects.select_related("area", "disease").get(pk=due.subject)
    if alert.state not in (Alert.State.VERIFIED, Alert.State.INVESTIGATED):
        return None
    answered = Incident.objects.open().filter(
        disease__in=with_parts(alert.disease_id),
        area__code__startswith=alert.area_id[:COUNTY_DIGITS],
    )
    if answered.exists() and _is_answered_whole(exercise, alert, answered, at):
        return None
    area = _where(alert)
    if answered.exists():
        area = Area.objects.get(pk=alert.area_id[:COUNTY_DIGITS])
    by = one_of(Role.DUTY_OFFICER, area.code)
    incident = actions.open_incident(
        title=_("Cluster of %(disease)s in %(area)s")
        % {"disease": alert.disease, "area": area.label},
        event_kind=EventKind.INFECTIOUS_DISEASE,
        area=area,
        alert=alert,
        by=by,
        at=at,
    )
    return in_both(
        lambda: _("%(who)s opened the incident “%(incident)s”.") % {"who": by, "incident": incident}
    )


def _is_answered_whole(
    exercise: Exercise, alert: Alert, answered: QuerySet[Incident], at: datetime
) -> bool:
    """Whether hardly a case of the county lies outside the incidents that answer the illness."""
    conduct = conduct_of(exercise.scenario)
    rows = CaseReport.objects.counted().filter(
        disease__in=with_parts(alert.disease_id),
        area__code__startswith=alert.area_id[:COUNTY_DIGITS],
        filled_by__isnull=False,
        known_at__gt=at - timedelta(days=conduct.second_days),
        known_at__lte=at,
    )
    for code in answered.values_list("area_id", flat=True):
        rows = rows.exclude(area__code__startswith=code)
    return rows.count() < conduct.second_cases


def _where(alert: Alert) -> Area:
    """The alert's own area, or the county where it reaches places that do not lie in it."""
    own = alert.area_id
    further = [one for one in alert.places if not one.startswith(own) and not own.startswith(one)]
    return Area.objects.get(pk=own[:COUNTY_DIGITS]) if further else alert.area


def grade(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer takes the grade that the plan's rules give, if it is a graver one.

    What they ask for and no report says the officer answers; where they give none all the same, the
    number of cases of one place decides, and the reason says so.
    """
    incident = _open(due)
    if incident is None:
        return None
    said = known_to_officer(incident, at)
    found = grading(incident, at=at, said=said)
    chosen, reason = str(found.judged.grade), ""
    if chosen == Grade.UNGRADED:
        chosen, reason = judged_by_cases(exercise, incident, at)
    if chosen == Grade.UNGRADED or not _graver(chosen, incident.grade):
        return None
    by = one_of(Role.DUTY_OFFICER, incident.area_id)
    actions.grade_incident(
        incident=incident, grade=chosen, figures=said, reason=reason, by=by, at=at
    )
    return in_both(
        lambda: (
            _("%(who)s graded “%(incident)s”: %(grade)s.")
            % {"who": by, "incident": incident, "grade": Grade(chosen).label}
        )
    )


def known_to_officer(incident: Incident, at: datetime) -> dict[str, float | bool]:
    """What the officer answers of what the rules ask and no report says.

    Of such questions as whether a strain was lost none is so in an exercise; the level of earlier
    years is taken from as many years as there are.
    """
    said: dict[str, float | bool] = {}
    for figure in grading(incident, at=at, said={}).figures:
        if figure.question:
            said[figure.key] = False
        elif figure.key == ABOVE and figure.value is None:
            level = times_above(incident, at)
            if level is not None:
                said[ABOVE] = level
    return said


def judged_by_cases(exercise: Exercise, incident: Incident, at: datetime) -> tuple[str, str]:
    """The grade that a person gives by the cases of one place, and why; ungraded with too few."""
    conduct = conduct_of(exercise.scenario)
    days = conduct.grade_days
    most = picture(exercise, incident, at).most_in_one_place(timedelta(days=days))
    if most < conduct.ordinary_from(incident.disease_id):
        return str(Grade.UNGRADED), ""
    reason = _(
        "No rule gives a grade, but one place had %(cases)s cases within %(days)s days, as many as"
        " make an ordinary event."
    )
    return str(Grade.IV), reason % {"cases": most, "days": days}


def _graver(grade: str, than: str) -> bool:
    return Grade.values.index(grade) < Grade.values.index(than)  # the gravest first


def activate(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer activates the plan that fits: a school's where its pupils are ill."""
    incident = _open(due)
    if incident is None or incident.plan_id is not None:
        return None
    by = one_of(Role.DUTY_OFFICER, incident.area_id)
    seen = picture(exercise, incident, at)
    share = conduct_of(exercise.scenario).school_share
    place = Plan.Place.SCHOOL if seen.in_schools(share) else Plan.Place.ANY
    plans = sorted(fitting(incident), key=lambda plan: _unlike(plan, incident, place))
    if not plans:
        raise Refused(_("No plan fits this incident."))
    reached = townships(seen.by_township(at - exercise.starts_at)) if _is_wide(incident) else []
    actions.activate_plan(incident=incident, plan=plans[0], townships=reached, by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s activated the plan “%(plan)s” for “%(incident)s”.")
            % {"who": by, "plan": plans[0], "incident": incident}
        )
    )


def _unlike(plan: Plan, incident: Incident, place: str) -> tuple[bool, bool, bool]:
    """How little a plan fits; those of the illness and the place first."""
    other_kind = plan.event_kind != incident.event_kind
    return other_kind, incident.disease_id not in plan.diseases, plan.place != place


def _is_wide(incident: Incident) -> bool:
    return len(incident.area_id) < TOWNSHIP_DIGITS


def extend(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer lets the plan reach townships that have cases by now."""
    incident = _open(due)
    new = unreached(exercise, incident, at) if incident is not None else []
    if incident is None or not new:
        return None
    by = one_of(Role.DUTY_OFFICER, incident.area_id)
    reason = _("Cases are reported from there now.")
    actions.extend_plan(incident=incident, townships=new, reason=reason, by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s extended the plan for “%(incident)s” to %(areas)s.")
            % {
                "who": by,
                "incident": incident,
                "areas": _(", ").join(area.label for area in new),
            }
        )
    )


def enter_phase(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer begins the plan's next phase once what begins it has come."""
    incident = _open(due)
    phase = next_phase(exercise, incident, at) if incident is not None else None
    if incident is None or phase is None:
        return None
    by = one_of(Role.DUTY_OFFICER, incident.area_id)
    reason = _("What begins it has come: %(trigger)s.") % {"trigger": phase.said_trigger}
    actions.enter_phase(incident=incident, phase=phase, reason=reason, by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s began the phase “%(phase)s” of the plan for “%(incident)s”.")
            % {"who": by, "phase": phase, "incident": incident}
        )
    )


def answer(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Somebody who was called says that they come."""
    callout = Callout.objects.select_related("incident", "person").get(pk=due.subject)
    if callout.acknowledged_at is not None or hasattr(callout, "passed_on_to"):
        return None
    actions.answer_call(callout=callout, by=callout.person, at=at)
    return in_both(
        lambda: (
            _("%(who)s answered the call to “%(incident)s”.")
            % {"who": callout.person, "incident": callout.incident}
        )
    )


def _open(due: Due) -> Incident | None:
    incident = Incident.objects.select_related("area", "disease", "plan", "phase").get(
        pk=due.subject
    )
    return incident if incident.state == Incident.State.OPEN else None


HANDLERS = {
    "incident.open": open_incident,
    "incident.grade": grade,
    "plan.activate": activate,
    "plan.extend": extend,
    "phase.enter": enter_phase,
    "chain.answer": answer,
}
