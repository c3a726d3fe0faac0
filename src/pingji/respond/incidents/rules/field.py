"""Who sets risk areas, opens checkpoints and tells what is free, and when."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    Area,
    Facility,
    Organisation,
    Permission,
    Role,
    User,
)
from pingji.respond.incidents.models import Checkpoint, FreeCount, Incident, RiskArea
from pingji.respond.incidents.rules.incidents import (
    check_area,
    check_can_manage,
    check_can_view,
    check_in_county,
    check_incident_open,
)
from pingji.respond.incidents.rules.joint import check_can_share
from pingji.respond.incidents.rules.moments import said

OF_AN_AREA = ("township", "village")


def check_can_judge_risk(user: User, incident: Incident, roles: Collection[str]) -> None:
    """Raise Refused unless the plan lets this role set risk areas, and the incident is open."""
    check_can_view(user)
    if user.role not in roles:
        said = _(", ").join(str(Role(role).label) for role in roles if role in Role.values)
        raise Refused(_("Risk areas are set by: %(roles)s.") % {"roles": said}, field="level")
    check_incident_open(incident)


def check_risk_area(
    user: User, incident: Incident, area: Area, standing: RiskArea | None, reason: str
) -> None:
    """Raise Refused unless an area can become a risk area of an incident."""
    check_area(user, area)
    check_in_county(incident, area)
    if area.level not in OF_AN_AREA:
        raise Refused(_("A risk area is a township or a village."), field="area")
    if standing is not None:
        raise Refused(
            _("%(area)s is “%(level)s” already; change that level.")
            % {"area": area, "level": standing.said_level},
            field="area",
        )
    check_reason(reason)


def check_can_change_risk(risk: RiskArea, level: str, reason: str) -> None:
    """Raise Refused unless a risk area gets another level, with a reason."""
    check_stands(risk)
    if risk.level == level:
        raise Refused(
            _("%(area)s is “%(level)s” already; change that level.")
            % {"area": risk.area, "level": risk.said_level},
            field="level",
        )
    check_reason(reason)


def check_stands(row: RiskArea | Checkpoint) -> None:
    """Raise Refused where a risk area was lifted, or a checkpoint closed."""
    if row.ends_at is not None:
        raise Refused(_("%(what)s ended at %(when)s.") % {"what": row, "when": said(row.ends_at)})


def check_reason(reason: str) -> None:
    """Raise Refused where nothing is said."""
    if not reason.strip():
        raise Refused(_("Say why."), field="reason")


def check_since(moment: datetime, at: datetime, *, field: str, not_before: datetime) -> None:
    """Raise Refused unless a fact happened before it is told, and not before what it follows."""
    if moment > at:
        raise Refused(_("That lies in the future; say since when it holds."), field=field)
    if moment < not_before:
        raise Refused(
            _("That is earlier than %(when)s, when it began.") % {"when": said(not_before)},
            field=field,
        )


def check_can_open_checkpoint(
    user: User, incident: Incident, area: Area, organisation: Organisation, name: str
) -> None:
    """Raise Refused unless a checkpoint of an incident may be set up in an area."""
    check_can_manage(user, incident)
    check_area(user, area)
    check_in_county(incident, area)
    if not name.strip():
        raise Refused(_("Give the checkpoint a name."), field="name")
    if organisation.closed_on is not None:
        raise Refused(
            _("%(organisation)s was closed.") % {"organisation": organisation}, field="organisation"
        )


def check_not_open(standing: Checkpoint | None) -> None:
    """Raise Refused where a checkpoint of the name is open."""
    if standing is not None:
        raise Refused(_("“%(name)s” is open already.") % {"name": standing}, field="name")


def check_can_keep_checkpoint(user: User, checkpoint: Checkpoint) -> None:
    """Raise Refused unless the user commands the incident, or works for who mans the checkpoint."""
    check_incident_open(checkpoint.incident)
    if user.organisation_id == checkpoint.organisation_id and user.holds(Permission.ORDER_PERFORM):
        return
    check_can_manage(user, checkpoint.incident)


def check_position(longitude: float | None, latitude: float | None) -> None:
    """Raise Refused where only half of a position is given."""
    if (longitude is None) != (latitude is None):
        raise Refused(
            _("Give both longitude and latitude, or neither."),
            field="latitude" if latitude is None else "longitude",
        )


def check_can_tell_free(user: User, organisation: Organisation) -> None:
    """Raise Refused unless the user may say what is free at an organisation."""
    check_can_share(user, organisation)


def check_facility_open(facility: Facility) -> None:
    """Raise Refused where a facility was closed."""
    if facility.closed_on is not None:
        raise Refused(_("%(facility)s was closed.") % {"facility": facility})


def check_count(free: int, amount: int, what: str, *, field: str) -> None:
    """Raise Refused unless no more is free than there is."""
    if free > amount:
        raise Refused(
            _("%(what)s: %(free)s cannot be free of %(amount)s.")
            % {"what": what, "free": free, "amount": amount},
            field=field,
        )


def check_newer(latest: FreeCount | None, as_of: datetime, at: datetime) -> None:
    """Raise Refused unless a figure is not older than what is known, and not of the future."""
    if as_of > at:
        raise Refused(_("That lies in the future; say since when it holds."), field="as_of")
    if latest is not None and as_of < latest.as_of:
        raise Refused(
            _("A later figure is known already, of %(when)s.") % {"when": said(latest.as_of)},
            field="as_of",
        )
