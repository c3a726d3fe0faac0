"""Who hands duty over, and who takes it."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Permission, User
from pingji.respond.incidents.models import Handover


def check_can_see_handovers(user: User) -> None:
    """Raise Refused unless the user stands in the chain of command."""
    if not user.holds(Permission.INCIDENT_VIEW):
        raise Refused(_("Your role does not include incidents."))


def check_can_hand_over(user: User, incoming: User | None = None) -> None:
    """Raise Refused unless the user may hand duty over to this person."""
    if not user.holds(Permission.ALERT_DECIDE):
        raise Refused(_("Only who may be on duty hands duty over."))
    if incoming is None:
        return
    if incoming.pk == user.pk:
        raise Refused(_("Hand duty over to somebody else."), field="incoming")
    if not incoming.is_active or not incoming.holds(Permission.ALERT_DECIDE):
        raise Refused(_("%(person)s cannot be on duty.") % {"person": incoming}, field="incoming")


def check_no_open_one(area: Area, user: User) -> None:
    """Raise Refused where an earlier hand-over of the same person waits to be accepted."""
    earlier = Handover.objects.filter(area=area, outgoing=user, accepted_at__isnull=True).first()
    if earlier is not None:
        raise Refused(
            _("Your hand-over to %(person)s has not been accepted yet.")
            % {"person": earlier.incoming}
        )


def check_can_accept(user: User, handover: Handover) -> None:
    """Raise Refused unless the hand-over waits for this user."""
    if handover.incoming_id != user.pk:
        raise Refused(_("%(person)s accepts this hand-over.") % {"person": handover.incoming})
    if handover.accepted_at is not None:
        raise Refused(_("This hand-over was accepted already."))
