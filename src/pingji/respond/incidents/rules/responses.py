"""Who starts, raises, lowers and ends a response, by which procedure."""

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role, User
from pingji.respond.incidents.models import Incident, Level, Response, ResponseChange
from pingji.respond.incidents.rules.incidents import check_area, check_can_manage, check_in_county

HEIGHT = {Level.I: 4, Level.II: 3, Level.III: 2, Level.IV: 1}


def check_can_enter_decision(user: User, level: str, roles: Collection[str]) -> None:
    """Raise Refused unless the plan lets this role enter decisions on a response of the level."""
    if user.role not in roles:
        said = _(", ").join(str(Role(role).label) for role in roles if role in Role.values)
        raise Refused(
            _("A decision on %(level)s is entered by: %(roles)s.")
            % {"level": Level(level).label, "roles": said},
            field="level",
        )


def check_body(level: str, given: str, right: tuple[str, str], bodies: Mapping[str, str]) -> None:
    """Raise Refused unless the body that decided is the one that the plan names for the level.

    Args:
        level: On which level it is decided.
        given: Key of the body that decided.
        right: Key and name of the body that the plan names.
        bodies: Names of all bodies by key.
    """
    key, name = right
    if given != key:
        raise Refused(
            _("%(level)s is decided by “%(right)s”, not by “%(given)s”.")
            % {
                "level": Level(level).label,
                "right": name,
                "given": bodies.get(given, given),
            },
            field="body",
        )


def check_decision(
    reason: str, reference: str, ticked: Collection[str], steps: Sequence[tuple[str, str]]
) -> None:
    """Raise Refused unless a decision has its ground, its number and its whole procedure."""
    if not reason.strip():
        raise Refused(_("Say on what ground it is decided."), field="reason")
    if not reference.strip():
        raise Refused(_("Give the number of the decision, or of its minutes."), field="reference")
    left = [label for key, label in steps if key not in ticked]
    if left:
        raise Refused(
            _("The procedure is not complete: %(steps)s") % {"steps": _("; ").join(left)},
            field="ticked",
        )


def check_can_start(user: User, incident: Incident, area: Area) -> None:
    """Raise Refused unless a response to the incident may start in the area."""
    check_can_manage(user, incident)
    check_area(user, area)
    check_in_county(incident, area)
    running = incident.responses.active().filter(area=area).first()
    if running is not None:
        raise Refused(
            _("%(area)s has %(level)s already; raise or lower it.")
            % {"area": area, "level": running.get_level_display()},
            field="area",
        )


def kind_of_change(response: Response, level: str) -> str:
    """Whether another level is higher or lower; Refused where it is the same."""
    before, after = HEIGHT[Level(response.level)], HEIGHT[Level(level)]
    if before == after:
        raise Refused(
            _("%(area)s has %(level)s already.")
            % {"area": response.area, "level": response.get_level_display()},
            field="level",
        )
    return ResponseChange.Kind.RAISE if after > before else ResponseChange.Kind.LOWER


def check_runs(user: User, response: Response) -> None:
    """Raise Refused unless the response holds still and the user commands the incident."""
    check_can_manage(user, response.incident)
    if response.ended_at is not None:
        raise Refused(_("This response ended already."))
