"""How people want to be told, and which systems are told."""

import secrets
from datetime import datetime, time

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Area, User
from pingji.ground.notices import rules
from pingji.ground.notices.models import Level, Preference, Subscriber
from pingji.ground.record.actions import note, publish

SECRET_BYTES = 32


@transaction.atomic
def save_preference(
    *,
    user: User,
    phone: str,
    sms: bool,
    quiet_from: time | None,
    quiet_until: time | None,
    digest: bool | None,
    at: datetime,
) -> Preference:
    """Keep how somebody wants to be told; they set it for themselves alone."""
    phone = rules.check_phone(phone)
    rules.check_quiet_hours(quiet_from, quiet_until)

    row, _new = Preference.objects.update_or_create(
        user=user,
        defaults={
            "phone": phone,
            "sms": sms,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "digest": digest,
        },
    )
    note("preference.saved", subject=user, by=user, at=at)
    return row


def add_subscriber(
    *, name: str, url: str, area: Area, least_level: int, by: User, at: datetime
) -> tuple[Subscriber, str]:
    """Have a system told of notices in an area.

    Returns:
        The system, and the secret its messages are signed with, which is shown this once.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row = Subscriber(
        name=name.strip(),
        url=url,
        area=area,
        least_level=Level(least_level),
        added_by=by,
        added_at=at,
    )
    row.secret = secret
    try:
        with transaction.atomic():
            rules.check_subscriber_fits(by, area, name, url)
            row.save()
            note("subscriber.added", subject=row, by=by, at=at)
            publish("subscribers", area=area.code)
    except IntegrityError as problem:
        raise Refused(_("A system of that name is told already."), field="name") from problem
    return row, secret


@transaction.atomic
def revoke_subscriber(*, subscriber: Subscriber, by: User, at: datetime) -> Subscriber:
    """Tell a system no more; what is on its way to it is not sent."""
    row = Subscriber.objects.select_for_update(of=("self",)).get(pk=subscriber.pk)
    rules.check_can_revoke_subscriber(by, row)

    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    note("subscriber.revoked", subject=row, by=by, at=at)
    publish("subscribers", area=row.area_id)
    return row
