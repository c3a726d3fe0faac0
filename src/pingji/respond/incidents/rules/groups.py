"""Who may change the chain of command, and who answers a call."""

from collections.abc import Container

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Permission, User
from pingji.respond.incidents.models import Callout, GroupSeat
from pingji.respond.incidents.rules.incidents import check_area, check_can_view


def check_can_see_groups(user: User) -> None:
    """Raise Refused unless the user stands in the chain of command or keeps it."""
    if not user.holds(Permission.INCIDENT_VIEW) and not user.holds(Permission.DUTY_EDIT):
        raise Refused(_("Your role does not include incidents."))


def check_can_edit_groups(user: User) -> None:
    """Raise Refused unless the user may say who sits in the groups."""
    if not user.holds(Permission.DUTY_EDIT):
        raise Refused(_("Only the duty officer or an administrator says who sits in the groups."))


def check_can_seat(
    user: User, area: Area, person: User, *, known: Container[str], group: str
) -> None:
    """Raise Refused unless the person may have a seat in this group of the area."""
    check_can_edit_groups(user)
    check_area(user, area)
    if group not in known:
        raise Refused(_("The plan of this area names no such group."), field="group")
    if not person.is_active:
        raise Refused(
            _("%(person)s does not sign in any more.") % {"person": person}, field="person"
        )


def already_seated() -> str:
    """What is said where a seat is taken."""
    return _("This person sits in the group already, or the group has another head.")


def check_can_unseat(user: User, seat: GroupSeat, reason: str) -> None:
    """Raise Refused unless the user may take somebody out of a group, with a reason."""
    check_can_edit_groups(user)
    check_area(user, seat.area)
    if seat.withdrawn_at is not None:
        raise Refused(_("%(person)s left the group already.") % {"person": seat.person})
    if not reason.strip():
        raise Refused(_("Say why this person leaves the group."), field="reason")


def check_can_see_call(user: User, callout: Callout) -> None:
    """Raise Refused unless the user was called, or may see incidents."""
    if callout.person_id != user.pk:
        check_can_view(user)


def check_can_answer(user: User, callout: Callout) -> None:
    """Raise Refused unless the user was called and has not answered yet."""
    if callout.person_id != user.pk:
        raise Refused(_("%(person)s was called, not you.") % {"person": callout.person})
    if callout.acknowledged_at is not None:
        raise Refused(_("You answered this call already."))
