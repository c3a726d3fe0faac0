"""Issue warning messages in a standard form, each naming all that went before it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction

from pingji.ground.directory.models import Area, User
from pingji.ground.notices.models import Bulletin
from pingji.ground.record.actions import note, publish
from pingji.ground.standards.models.deadline import key_of


@dataclass(frozen=True)
class Envelope:
    """What a message says of itself.

    Attributes:
        sender: Who speaks.
        identifier: Its own name, unlike any other's.
        sent: When.
        type: The first message, an update, or the cancelling.
        earlier: The messages it updates or cancels, the oldest first.
    """

    sender: str
    identifier: str
    sent: datetime
    type: Bulletin.Type
    earlier: list[Bulletin]


@dataclass(frozen=True)
class Written:
    """A message as it leaves, and what it is called in lists."""

    content: str
    title: str
    title_en: str


@transaction.atomic
def issue_bulletin(
    *,
    subject: models.Model,
    cause: str,
    over: bool,
    sender: str,
    area: Area,
    write: Callable[[Envelope], Written],
    by: User,
    at: datetime,
) -> Bulletin | None:
    """Issue a message about a row; the same cause asked for again gives the first one back.

    Args:
        subject: The row it is about.
        cause: What made it necessary: "alert_raised".
        over: Whether the warning ends; nothing is cancelled that was never issued.
        sender: Who speaks.
        area: Where.
        write: Writes the message in its envelope.
        by: Who caused it.
        at: When.
    """
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)  # one message at a time
    earlier = list(Bulletin.objects.filter(**key_of(subject)).order_by("issued_at", "pk"))
    same = [row for row in earlier if row.cause == cause]
    ended = bool(earlier) and earlier[-1].type == Bulletin.Type.CANCEL
    if same or ended or (over and not earlier):
        return same[0] if same else None
    kind = Bulletin.Type.CANCEL if over else Bulletin.Type.UPDATE
    envelope = Envelope(
        sender=sender,
        identifier=f"{sender}.{subject._meta.model_name}.{subject.pk}.{len(earlier) + 1}",
        sent=max([at, *(row.issued_at for row in earlier)]).replace(microsecond=0),
        type=kind if earlier else Bulletin.Type.ALERT,
        earlier=earlier,
    )
    written = write(envelope)

    row = Bulletin.objects.create(
        **key_of(subject),
        cause=cause,
        sender=sender,
        identifier=envelope.identifier,
        type=envelope.type,
        area=area,
        title=written.title,
        title_en=written.title_en,
        content=written.content,
        issued_by=by,
        issued_at=envelope.sent,
    )
    note("bulletin.issued", subject=row, by=by, at=at, type=row.type)
    publish("deliveries", area=area.code)
    return row
