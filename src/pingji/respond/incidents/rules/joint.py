"""Who may tell, receive, share, requisition and inspect together."""

from datetime import datetime

from django.utils.translation import gettext as _

from pingji.ground import Refused, may
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Facility,
    Organisation,
    Permission,
    User,
)
from pingji.respond.incidents.models import (
    CircularProof,
    CircularReceiver,
    Inspection,
    Order,
    Requisition,
    SharedResource,
)
from pingji.respond.incidents.rules.incidents import check_area
from pingji.respond.incidents.rules.orders import check_commands


def check_circular(title: str, text: str, receivers: int) -> None:
    """Raise Refused unless a circular says something to somebody."""
    if not title.strip() or not text.strip():
        raise Refused(_("Give the circular a title and say what is told."), field="text")
    if not receivers:
        raise Refused(
            _("Choose at least one receiver, or write down a neighbour."), field="organisation"
        )


def check_receiver(organisation: Organisation) -> None:
    """Raise Refused unless an organisation still exists; it may lie in a neighbouring county."""
    if organisation.closed_on is not None:
        raise Refused(
            _("%(organisation)s was closed.") % {"organisation": organisation},
            field="organisation",
        )


def check_sends(user: User, receiver: CircularReceiver) -> None:
    """Raise Refused unless the user stands for whoever sent the circular."""
    if not user.holds(Permission.ORDER_ISSUE) or not receiver.circular.area_id.startswith(
        user.area_id
    ):
        raise Refused(_("Whoever sent the circular writes down how it went out."))


# What leaves something to show; a call does not.
ON_PAPER = (CircularProof.Means.LETTER, CircularProof.Means.MAIL, CircularProof.Means.FAX)


def check_proof(means: str, said: str, *, has_file: bool) -> None:
    """Raise Refused unless a proof says to whom, and shows what was sent."""
    if not said.strip():
        raise Refused(_("Say to whom it went, and when."), field="said")
    if means in ON_PAPER and not has_file:
        raise Refused(
            _(
                "Add the letter's receipt, the mail or the fax as a photo or a file: it is the proof."
            ),
            field="file",
        )


def is_of(user: User, receiver: CircularReceiver) -> bool:
    """Whether somebody works for the receiver."""
    return receiver.organisation_id is not None and receiver.organisation_id == user.organisation_id


def check_answers_for(user: User, receiver: CircularReceiver) -> None:
    """Raise Refused unless the user may receive or reply: its own people, or whoever sent it."""
    if not user.holds(Permission.ORDER_PERFORM):
        raise Refused(_("Your role does not answer orders."))
    if not is_of(user, receiver) and not may(check_sends, user, receiver):
        raise Refused(
            _("This circular is for %(organisation)s; its own people answer it.")
            % {"organisation": receiver.label}
        )


def check_can_receive(user: User, receiver: CircularReceiver, how: str) -> None:
    """Raise Refused unless the receipt is still due, and says who received it for somebody else."""
    check_answers_for(user, receiver)
    if receiver.received_at is not None:
        raise Refused(_("%(who)s already received it.") % {"who": receiver.label})
    if not is_of(user, receiver) and not how.strip():
        raise Refused(_("Say who there received it, and how: name, telephone, time."), field="how")


def check_can_reply(user: User, receiver: CircularReceiver, reply: str) -> None:
    """Raise Refused unless a reply is given once."""
    check_answers_for(user, receiver)
    if receiver.replied_at is not None:
        raise Refused(_("%(who)s already replied.") % {"who": receiver.label})
    if not reply.strip():
        raise Refused(_("Write the reply."), field="reply")


def check_can_share(user: User, organisation: Organisation) -> None:
    """Raise Refused unless the user may say what an organisation can give."""
    if not user.holds(Permission.ORDER_PERFORM):
        raise Refused(_("Your role does not answer orders."))
    check_area(user, organisation.area)
    commands = user.holds(Permission.INCIDENT_MANAGE) and user.role not in BOUND_TO_ORGANISATION
    if not commands and user.organisation_id != organisation.pk:
        raise Refused(
            _("Only people of %(organisation)s or the command keep its resources.")
            % {"organisation": organisation},
            field="organisation",
        )


def check_resource(amount: int, free: int) -> None:
    """Raise Refused unless no more is free than there is."""
    if free > amount:
        raise Refused(_("More cannot be free than there is."), field="free")


def check_is_offered(resource: SharedResource) -> None:
    """Raise Refused unless a resource is still offered."""
    if resource.withdrawn_at is not None:
        raise Refused(_("%(resource)s is no longer offered.") % {"resource": resource})


def check_not_named_twice(resource: SharedResource | None, name: str) -> None:
    """Raise Refused where an organisation offers something of this name already."""
    if resource is not None:
        raise Refused(
            _("“%(name)s” is in the register already; correct that entry.") % {"name": name},
            field="name",
        )


def check_facility(
    user: User, facility: Facility, starts: datetime, ends: datetime, taken: Requisition | None
) -> None:
    """Raise Refused unless a facility may be taken over from one moment to another."""
    check_area(user, facility.area)
    if facility.closed_on is not None:
        raise Refused(_("%(facility)s was closed.") % {"facility": facility}, field="facility")
    if ends <= starts:
        raise Refused(_("It must be given back after it is taken over."), field="ends_at")
    if taken is not None:
        raise Refused(
            _("%(facility)s is requisitioned for “%(use)s” in that time already.")
            % {"facility": facility, "use": taken.get_use_display()},
            field="facility",
        )


def check_can_release(user: User, requisition: Requisition, condition: str) -> None:
    """Raise Refused unless a facility that was taken over may be given back."""
    if not user.holds(Permission.ORDER_ISSUE):
        raise Refused(_("Only the duty officer or the leader issues orders."))
    check_commands(user, requisition.order)
    if requisition.released_at is not None:
        raise Refused(_("%(facility)s is given back.") % {"facility": requisition.facility})
    if not condition.strip():
        raise Refused(_("Say in which condition it is given back."), field="condition")


def check_inspection(place: str) -> None:
    """Raise Refused unless an inspection says where."""
    if not place.strip():
        raise Refused(_("Say where is inspected."), field="place")


def check_inspected(inspected: int, violations: int, filed: int) -> None:
    """Raise Refused unless the figures of an inspection fit together."""
    if violations > inspected:
        raise Refused(
            _("There cannot be violations in more places than were inspected."), field="violations"
        )
    if filed > violations:
        raise Refused(_("There cannot be more cases filed than violations."), field="filed")


def check_is_inspection(order: Order) -> Inspection:
    """The inspection of an order; raise Refused if it is none."""
    found = Inspection.objects.filter(order=order).first()
    if found is None:
        raise Refused(_("This order is no inspection."))
    return found
