"""A circular as a letter, and a facility that is taken over as a notice, to be printed and signed."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pingji.ground import in_words
from pingji.ground.standards.queries import find_rule
from pingji.respond.incidents.models import CircularReceiver, Requisition
from pingji.respond.incidents.rules.moments import said
from pingji.warn.alerts.queries.analyses.document import Document, Section, Table, numbered

BASIS = "requisition.basis"


def letter(receiver: CircularReceiver) -> Document:
    """A circular as a letter to one receiver, with the slip that it sends back."""
    circular = receiver.circular
    sender = circular.issued_by.organisation
    asked = (
        _("Please confirm the receipt and reply.")
        if circular.wants_reply
        else _("Please confirm the receipt.")
    )
    slip = [
        [_("Received by"), receiver.received_how],
        [_("Received at"), said(receiver.received_at)],
        [pgettext("circular", "Reply"), receiver.reply],
        [_("Signature and seal"), ""],
    ]
    return Document(
        title=circular.title,
        subtitle=_("To: %(who)s") % {"who": receiver.label},
        facts=[
            (pgettext("notice of requisition", "Number"), f"{circular.incident_id}-{circular.pk}"),
            (
                pgettext("notice of requisition", "From"),
                sender.label if sender else circular.area.label,
            ),
            (pgettext("notice of requisition", "Issued"), said(circular.issued_at)),
        ],
        mark="",
        sections=numbered(
            [
                _said("text", _("What is told"), f"{circular.text}\n\n{asked}"),
                _table("slip", _("Return slip"), slip),
            ]
        ),
        notes=[_("Event: %(event)s") % {"event": circular.incident.title}],
    )


def requisition_paper(taken: Requisition) -> Document:
    """The notice that a facility is taken over, its hand-over and its return, to be signed."""
    order, facility = taken.order, taken.facility
    what = [
        [_("Facility"), facility.label],
        [
            _("Address"),
            " ".join(dict.fromkeys(filter(None, (facility.area.label, facility.address)))),
        ],
        [_("Whose it is"), facility.organisation.label],
        [_("For what"), str(taken.get_use_display())],
        [_("From when"), said(taken.starts_at)],
        [_("Until when"), said(taken.ends_at)],
        [_("For which event"), order.incident.title],
    ]
    handed = [
        [_("Taken note by"), str(order.acknowledged_by or "")],
        [_("Taken note at"), said(order.acknowledged_at)],
        [_("What was handed over"), order.result],
        [_("Signatures of both sides"), ""],
    ]
    back = [
        [_("Given back at"), said(taken.released_at)],
        [_("In which condition"), taken.condition],
        [_("Damage and compensation"), ""],
        [_("Signatures of both sides"), ""],
    ]
    return Document(
        title=_("Notice of requisition"),
        subtitle=_("To: %(who)s") % {"who": order.organisation.label},
        facts=[
            (pgettext("notice of requisition", "Number"), f"{order.incident_id}-{order.pk}"),
            (_("Issued by"), str(order.issued_by)),
            (pgettext("notice of requisition", "Issued"), said(order.issued_at)),
        ],
        mark=_("Withdrawn") if order.state == order.State.WITHDRAWN else "",
        sections=numbered(
            [
                _table("what", _("What is taken over"), what, words=order.label),
                _table("handed", _("Hand-over"), handed),
                _table("back", _("Return"), back),
            ]
        ),
        notes=_basis(taken),
    )


def _basis(taken: Requisition) -> list[str]:
    """The laws that the plan names."""
    found = find_rule(taken.order.area_id, BASIS, timezone.localdate(taken.order.issued_at))
    return [in_words(item["zh"], item["en"]) for item in found.items] if found else []


def _said(key: str, heading: str, words: str) -> Section:
    return Section(key, heading, words, [], [])


def _table(key: str, heading: str, rows: list[list[str]], words: str = "") -> Section:
    return Section(key, heading, words, [Table("", [_("Item"), _("Entry")], rows)], [])
