"""Who may let systems send, and who may look at what they sent."""

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Organisation, Permission, User
from pingji.ground.directory.models.people import SYSTEM_USERNAME
from pingji.ground.directory.models.roles import BOUND_TO_ORGANISATION
from pingji.monitor.surveillance.models import MAY_SEND, Message, Sender


def _sees(user: User, area: str) -> bool:
    """Whether an area lies within a user's own; the machine itself works everywhere."""
    return user.username == SYSTEM_USERNAME or area.startswith(user.area_id)


def check_can_edit_senders(user: User) -> None:
    """Raise Refused unless the user may give systems the right to send."""
    if not user.holds(Permission.SENDER_EDIT):
        raise Refused(_("Only the CDC and an administrator may let systems send."))


def check_sender_fits(
    user: User, organisation: Organisation, name: str, formats: list[str]
) -> None:
    """Raise Refused unless a sender may be added for the organisation."""
    check_can_edit_senders(user)
    if not _sees(user, organisation.area_id):
        raise Refused(_("That organisation lies outside your area."), field="organisation")
    if organisation.closed_on is not None:
        raise Refused(_("That organisation is closed."), field="organisation")
    if not name.strip():
        raise Refused(_("Give the system a name."), field="name")
    if not formats or not set(formats) <= {value for value, _label in MAY_SEND}:
        raise Refused(_("Choose at least one form of message."), field="formats")


def check_can_revoke(user: User, sender: Sender) -> None:
    """Raise Refused unless the user may take a token back now."""
    check_can_edit_senders(user)
    if not _sees(user, sender.organisation.area_id):
        raise Refused(_("That organisation lies outside your area."))
    if sender.revoked_at is not None:
        raise Refused(_("This token was already taken back."))


def check_can_see_messages(user: User) -> None:
    """Raise Refused unless the user may see messages within sight."""
    if not (user.holds(Permission.REPORT_VIEW) or user.holds(Permission.SENDER_EDIT)):
        raise Refused(_("Your role does not include surveillance reports."))


def check_can_see_body(user: User) -> None:
    """Raise Refused unless the user may see a message as received: it may name patients."""
    if not user.holds(Permission.PERSONAL_DATA_VIEW):
        raise Refused(_("A message may name patients; your role does not see personal data."))


def check_can_handle(user: User) -> None:
    """Raise Refused unless the user may read messages in again and settle them."""
    if not (user.holds(Permission.REPORT_WRITE) or user.holds(Permission.SENDER_EDIT)):
        raise Refused(_("Your role does not deal with messages of other systems."))


def check_can_replay(user: User, message: Message) -> None:
    """Raise Refused unless the user may have the message read in again."""
    check_can_handle(user)
    _check_in_sight(user, message)
    if message.sender is None:
        raise Refused(_("Nobody knows who sent this message; it cannot be read in."))
    if message.state == Message.State.TAKEN:
        raise Refused(_("Everything in this message was taken; there is nothing to read again."))


def check_can_settle(user: User, message: Message, reason: str) -> None:
    """Raise Refused unless the user may say that the message is dealt with."""
    check_can_handle(user)
    _check_in_sight(user, message)
    if message.state == Message.State.TAKEN or message.settled_at is not None:
        raise Refused(_("This message is already settled."))
    if not reason.strip():
        raise Refused(_("Say what was done about it."), field="reason")


def _check_in_sight(user: User, message: Message) -> None:
    if not _sees(user, message.area_id):
        raise Refused(_("That message lies outside your area."))
    if user.role in BOUND_TO_ORGANISATION and message.organisation_id != user.organisation_id:
        raise Refused(_("That message is another organisation's."))
