"""Systems that may send for an organisation, and their tokens."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Organisation, User
from pingji.ground.record.actions import Entry, note, note_many, publish, publish_all
from pingji.monitor.surveillance.models import Sender
from pingji.monitor.surveillance.queries.messages import sent_since
from pingji.monitor.surveillance.queries.senders import token_hash
from pingji.monitor.surveillance.queries.settings import setting
from pingji.monitor.surveillance.rules import senders as rules

TOKEN_BYTES = 32
MARK = "pj_"  # so that a token that lies about is known for what it is
HINT = 4  # characters of a token that its keeper may recognise it by


@transaction.atomic
def add_sender(
    *,
    organisation: Organisation,
    name: str,
    formats: list[str],
    by: User,
    at: datetime,
    expires_at: datetime | None = None,
    demo: bool = False,
) -> tuple[Sender, str]:
    """Let a system send for an organisation.

    Args:
        organisation: The one it sends for; it can never write for another.
        name: What the system is called: "HIS", "LIS".
        formats: Values of `Format` that it may send.
        by: Who allows it.
        at: When.
        expires_at: Until when the token holds; None for no end.
        demo: Whether it belongs to the demonstration.

    Returns:
        The sender, and its token, which is shown this once and kept nowhere.
    """
    rules.check_sender_fits(by, organisation, name, formats)
    if expires_at is not None and expires_at <= at:
        raise Refused(_("The token would already have ended."), field="expires_on")

    token = MARK + secrets.token_urlsafe(TOKEN_BYTES)
    taken = _("This organisation already has a system of that name; take its token back first.")
    with refused_if_taken(taken, field="name"):
        sender = Sender.objects.create(
            name=name.strip(),
            organisation=organisation,
            area_id=organisation.area_id,
            formats=sorted(formats),
            token_hash=token_hash(token),
            token_hint=token[-HINT:],
            added_by=by,
            added_at=at,
            expires_at=expires_at,
            demo=demo,
        )
    note("sender.added", subject=sender, by=by, at=at, formats=sender.formats)
    publish("senders", area=sender.area_id, organisation=organisation.pk)
    return sender, token


@transaction.atomic
def revoke_sender(*, sender: Sender, by: User, at: datetime, reason: str) -> Sender:
    """Take a token back: from now on nothing is accepted under it."""
    sender = (
        Sender.objects.select_for_update(of=["self"])
        .select_related("organisation")
        .get(pk=sender.pk)
    )
    rules.check_can_revoke(by, sender)

    sender.revoked_at = at
    sender.save(update_fields=["revoked_at"])
    note("sender.revoked", subject=sender, by=by, at=at, reason=reason)
    publish("senders", area=sender.area_id, organisation=sender.organisation_id)
    return sender


@transaction.atomic
def keep_connections(*, by: User, at: datetime) -> int:
    """Say of each organisation that has a system whether it is connected: sent something lately.

    Organisations without a system stay as they were set by hand.

    Returns:
        How many changed.
    """
    working = Sender.objects.filter(revoked_at=None).values("organisation")
    places = dict(Organisation.objects.open().filter(pk__in=working).values_list("pk", "area_id"))
    days = {area: setting(area, "intake.connected", at) for area in set(places.values())}
    moments = {
        pk: at - timedelta(days=int(within))
        for pk, area in places.items()
        if (within := days[area]) is not None
    }
    sending = sent_since(moments)
    otherwise = Q(pk__in=sending, connected=False)
    otherwise |= Q(pk__in=moments.keys() - sending, connected=True)
    changing = list(Organisation.objects.select_for_update().filter(otherwise).order_by("pk"))

    Organisation.objects.filter(pk__in=[one.pk for one in changing]).update(
        connected=Case(When(connected=True, then=Value(False)), default=Value(True))  # noqa: FBT003
    )
    said = [Entry(one, {"connected": not one.connected}) for one in changing]
    note_many("organisation.edited", said, by=by, at=at)
    publish_all("organisations", [(one.area_id, one.pk) for one in changing])
    return len(changing)


def connect(organisation: Organisation, *, sends: bool, by: User, at: datetime) -> bool:
    """Set whether an organisation is connected; whether that is new."""
    if organisation.connected == sends:
        return False
    Organisation.objects.filter(pk=organisation.pk).update(connected=sends)
    organisation.connected = sends
    note("organisation.edited", subject=organisation, by=by, at=at, connected=sends)
    publish("organisations", area=organisation.area_id, organisation=organisation.pk)
    return True
