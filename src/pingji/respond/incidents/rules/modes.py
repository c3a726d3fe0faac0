"""Who may switch a place between peace and emergency, and what must be so before."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    COUNTY_DIGITS,
    Area,
    Facility,
    Permission,
    Role,
    User,
)
from pingji.ground.standards.models import EmergencySpell, Mode
from pingji.respond.incidents.models import Incident, Switch, SwitchStep

SWITCHABLE = ("county", "township")


def check_can_view_modes(user: User) -> None:
    """Raise Refused unless the user may see which places are in peace and in emergency."""
    if not user.holds(Permission.ORDER_VIEW):
        raise Refused(_("Your role does not include orders."))


def check_can_switch(user: User, area: Area, roles: Collection[str]) -> None:
    """Raise Refused unless the plan lets this role switch places in the area."""
    if user.role not in roles:
        said = _(", ").join(str(Role(role).label) for role in roles if role in Role.values)
        raise Refused(_("Peace and emergency are switched by: %(roles)s.") % {"roles": said})
    if not area.code.startswith(user.area_id):
        raise Refused(_("%(area)s lies outside %(own)s.") % {"area": area, "own": user.area})


def check_is_open(facility: Facility | None) -> None:
    """Raise Refused where a facility was closed."""
    if facility is not None and facility.closed_on is not None:
        raise Refused(
            _("%(facility)s was closed on %(day)s.")
            % {"facility": facility, "day": facility.closed_on.isoformat()}
        )


def check_level(area: Area) -> None:
    """Raise Refused unless the area is a county or a township."""
    if area.level not in SWITCHABLE:
        raise Refused(_("Only counties and townships are switched, not %(area)s.") % {"area": area})


def check_direction(place: Area | Facility, to: str, own: EmergencySpell | None) -> None:
    """Raise Refused where a place is already what it is to become."""
    if to == Mode.EMERGENCY and own is not None:
        raise Refused(_("%(place)s is in emergency already.") % {"place": place})
    if to == Mode.PEACE and own is None:
        raise Refused(_("%(place)s is in peace already.") % {"place": place})


def check_not_around(area: Area, around: EmergencySpell | None) -> None:
    """Raise Refused where the area is in emergency because one that contains it is."""
    if around is not None and around.area_id != area.code:
        raise Refused(
            _("%(area)s is in emergency because %(around)s is; switch that.")
            % {"area": area, "around": around.area}
        )


def under_way(running: Switch) -> Refused:
    """Why no second switch of a place starts."""
    return Refused(
        _("%(place)s is being switched already: started by %(who)s.")
        % {"place": running.place, "who": running.started_by}
    )


def check_incident(incident: Incident | None, area: Area) -> None:
    """Raise Refused unless the incident is open and in the county of the place."""
    if incident is None:
        return
    if incident.state != Incident.State.OPEN:
        raise Refused(_("The incident is closed."), field="incident")
    if incident.area_id[:COUNTY_DIGITS] != area.code[:COUNTY_DIGITS]:
        raise Refused(
            _("%(area)s lies outside the county of the event.") % {"area": area}, field="incident"
        )


def check_checklist(
    checks: Sequence[Mapping[str, Any]], ticked: Collection[str], reason: str, despite: str
) -> None:
    """Raise Refused unless there is a ground, and the list is gone through.

    What is confirmed by hand must be; what the program reads and is not so needs a reason.
    """
    if not reason.strip():
        raise Refused(_("Say why it is switched."), field="reason")
    left = [c["label"] for c in checks if not c["read"] and c["key"] not in ticked]
    if left:
        raise Refused(
            _("Confirm first: %(checks)s") % {"checks": _("; ").join(left)}, field="ticked"
        )
    short = [c["label"] for c in checks if c["read"] and not c["ok"]]
    if short and not despite.strip():
        raise Refused(
            _("Not so yet: %(checks)s. Say why it is switched all the same.")
            % {"checks": _("; ").join(short)},
            field="despite",
        )


def check_is_under_way(switch: Switch) -> None:
    """Raise Refused where a switch is completed or cancelled."""
    if switch.state != Switch.State.OPEN:
        raise Refused(
            _("This switch is %(state)s already.") % {"state": switch.get_state_display()}
        )


def check_can_do(user: User, step: SwitchStep, roles: Collection[str]) -> None:
    """Raise Refused unless the step is this user's, or the user may switch the place."""
    switch = step.switch
    commands = user.role in roles and switch.area_id.startswith(user.area_id)
    if commands:
        return
    near = switch.area_id.startswith(user.area_id) or user.area_id.startswith(switch.area_id)
    theirs = switch.facility is None or (
        user.role not in BOUND_TO_ORGANISATION
        or user.organisation_id == switch.facility.organisation_id
    )
    if user.role != step.role or not near or not theirs:
        raise Refused(_("This step is done by: %(role)s.") % {"role": step.get_role_display()})


def check_turn(step: SwitchStep, waits_for: Sequence[int]) -> None:
    """Raise Refused unless the step was told and nothing before it is left."""
    if step.state == SwitchStep.State.DONE:
        raise Refused(_("This step is done already."))
    if waits_for:
        raise Refused(
            ngettext(
                "Step %(before)s comes first and is not done yet.",
                "Steps %(before)s come first and are not done yet.",
                len(waits_for),
            )
            % {"before": _(", ").join(map(str, waits_for))}
        )


def check_cancel(reason: str) -> None:
    """Raise Refused unless it is said why a switch is cancelled."""
    if not reason.strip():
        raise Refused(_("Say why the switch is cancelled."), field="reason")
