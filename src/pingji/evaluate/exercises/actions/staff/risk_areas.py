"""Risk areas set, raised and lifted as cases in a township come and go."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.waiting.risk_areas import overdue, unguarded
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.ground.directory.models import Area, Role
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.models import Incident, RiskArea
from pingji.respond.incidents.queries.field import Named, risk_area_of, risk_levels


def set_areas(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer makes townships risk areas, or gives them a higher level."""
    incident = Incident.objects.select_related("area").get(pk=due.subject)
    if incident.state != Incident.State.OPEN:
        return None
    by = one_of(Role.DUTY_OFFICER, incident.area_id)
    levels = risk_levels(incident.area_id, timezone.localdate(at))
    days = conduct_of(exercise.scenario).risk_days
    done: list[tuple[Area, Named]] = []
    for area, rank, cases in unguarded(exercise, incident, at):
        level = levels[min(rank, len(levels)) - 1]
        reason = _("%(cases)s cases were reported here within %(days)s days.") % {
            "cases": cases,
            "days": days,
        }
        given = {"level": level.key, "reason": reason, "by": by, "at": at}
        standing = risk_area_of(incident, area)
        if standing is None:
            field.set_risk_area(incident=incident, area=area, **given)
        else:
            field.change_risk_area(risk_area=standing, **given)
        done.append((area, level))
    if not done:
        return None
    return in_both(
        lambda: (
            _("%(who)s set risk areas: %(areas)s.")
            % {"who": by, "areas": _("; ").join(f"{a.label} {lv.label}" for a, lv in done)}
        )
    )


def lift(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer lifts a risk area that has been quiet for long enough."""
    row = RiskArea.objects.select_related("area", "incident").get(pk=due.subject)
    if row not in overdue(exercise, row.incident, at):
        return None
    by = one_of(Role.DUTY_OFFICER, row.area_id)
    reason = _("No new case was reported here in the time that is waited.")
    field.lift_risk_area(risk_area=row, reason=reason, by=by, at=at)
    return in_both(
        lambda: _("%(who)s lifted the risk area %(area)s.") % {"who": by, "area": row.area.label}
    )


HANDLERS = {"risk_area.set": set_areas, "risk_area.lift": lift}
