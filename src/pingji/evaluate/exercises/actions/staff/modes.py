"""Places switched to emergency for a response, step by step, and back when it has ended."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.evaluate.exercises.actions.staff.people import one_of
from pingji.evaluate.exercises.actions.words import in_both
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role, User
from pingji.ground.standards.models import EmergencySpell, Mode
from pingji.respond.incidents.actions import modes as actions
from pingji.respond.incidents.models import Incident, Response, Switch, SwitchStep
from pingji.respond.incidents.queries import modes as queries


def switch(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer begins to switch the area of a response to emergency."""
    response = Response.objects.select_related("incident", "area").get(pk=due.subject)
    if response.ended_at is not None or queries.suggested(response.incident, at) != response.area:
        return None
    reason = _("The response of this level wants the place in emergency.")
    by = _start(response.area, Mode.EMERGENCY, reason, at, response.incident)
    return in_both(
        lambda: (
            _("%(who)s began to switch %(area)s to emergency.")
            % {"who": by, "area": response.area.label}
        )
    )


def back(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """The duty officer begins to switch it back once its response has ended."""
    spell = EmergencySpell.objects.select_related("area").get(pk=due.subject)
    held = Response.objects.active().filter(area__code__startswith=spell.area_id)
    if spell.ended_at is not None or held.exists() or queries.switch_under_way(spell.area):
        return None
    by = _start(spell.area, Mode.PEACE, _("The response has ended."), at, None)
    return in_both(
        lambda: (
            _("%(who)s began to switch %(area)s back to peace.")
            % {"who": by, "area": spell.area.label}
        )
    )


def _start(place: Area, to: str, reason: str, at: datetime, incident: Incident | None) -> User:
    ways = queries.ways(place, at)
    if not ways:
        raise Refused(_("The plan does not say how this place is switched."))
    by = one_of(Role.DUTY_OFFICER, place.code)
    found = queries.checks(place, ways[0], to, at)
    actions.start_switch(
        place=place,
        to=to,
        conversion=ways[0].key,
        reason=reason,
        ticked=[one["key"] for one in found],
        despite=_("An exercise goes on with what there is."),
        incident=incident,
        by=by,
        at=at,
    )
    return by


def step(exercise: Exercise, due: Due, at: datetime) -> tuple[str, str] | None:
    """Whoever has the role near there does a step; where nobody has, the duty officer sees to it."""
    row = SwitchStep.objects.select_related("switch__area", "switch__facility").get(pk=due.subject)
    if row.state != SwitchStep.State.ISSUED or row.switch.state != Switch.State.OPEN:
        return None
    by = _near(row.role, row.switch.area_id) or one_of(Role.DUTY_OFFICER, row.switch.area_id)
    actions.finish_step(step=row, result=_("Done as ordered."), by=by, at=at)
    return in_both(
        lambda: (
            _("%(who)s did step %(number)s of the switch of %(area)s.")
            % {"who": by, "number": row.number, "area": row.switch.area.label}
        )
    )


def _near(role: str, area: str) -> User | None:
    """Somebody of a role whose area holds the place, or lies in it."""
    people = User.objects.people().filter(is_active=True, role=role).order_by("username")
    near = (one for one in people if area.startswith(one.area_id) or one.area_id.startswith(area))
    return next(near, None)


HANDLERS = {"mode.switch": switch, "mode.back": back, "mode.step": step}
