"""What receivers do with a notice: it is shown to them, they acknowledge it; or it is sent again."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction

from pingji.ground.directory.models import User
from pingji.ground.notices import rules
from pingji.ground.notices.actions.sending import let_go
from pingji.ground.notices.actions.telling import ACKNOWLEDGE, topics_of
from pingji.ground.notices.models import Delivery, Level, Means
from pingji.ground.record.actions import announce, note, publish, publish_topics
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models.deadline import key_of

State = Delivery.State


@transaction.atomic
def receive(*, deliveries: Iterable[Delivery], by: User, at: datetime) -> int:
    """Keep that notices were shown to their reader; the first time counts. How many were new."""
    shown = [row.pk for row in deliveries if row.state == State.SENT]
    if not shown:
        return 0
    rows = list(
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notice")
        .filter(pk__in=shown, state=State.SENT, means=Means.PAGE, receiver=by)
        .order_by("pk")
    )
    for row in rows:
        row.state, row.delivered_at = State.DELIVERED, max(at, row.sent_at or at)
    Delivery.objects.bulk_update(rows, ["state", "delivered_at"])
    if rows:
        numbers = [row.pk for row in rows]
        note("notice.received", subject=None, by=by, at=at, deliveries=numbers)
        for area in {row.notice.area_id for row in rows}:
            publish("deliveries", area=area)
    return len(rows)


@transaction.atomic
def acknowledge(*, delivery: Delivery, by: User, at: datetime) -> Delivery:
    """Say that one has read a notice and will act on it; a second tap changes nothing.

    What was still on its way to the same person by other means need not leave any more.
    """
    row = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notice")
        .get(pk=delivery.pk)
    )
    rules.check_can_acknowledge(by, row)
    if row.state == State.ACKNOWLEDGED:
        return row

    row.state, row.acknowledged_at = State.ACKNOWLEDGED, at
    row.delivered_at = row.delivered_at or at
    row.due_at = None
    row.save(update_fields=["state", "acknowledged_at", "delivered_at", "due_at"])
    still = Delivery.objects.select_for_update().filter(
        notice=row.notice_id, receiver=by, state__in=[State.QUEUED, State.HELD]
    )
    stopped = list(still.values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=stopped).update(
        state=State.NOT_SENT, why_not="acknowledged", due_at=None
    )
    let_go(stopped, at=at)
    standards.meet_deadline(
        key=f"{ACKNOWLEDGE}.{Level(row.notice.level).word}", subject=row.notice, by=by, at=at
    )
    note("notice.acknowledged", subject=row.notice, by=by, at=at)
    publish_topics(topics_of(row.notice, [by]))
    return row


@transaction.atomic
def acknowledge_about(*, subject: models.Model, by: User, at: datetime) -> int:
    """Acknowledge what somebody was told of a row, because they answered the row itself."""
    about = {f"notice__{name}": value for name, value in key_of(subject).items()}
    told = Delivery.objects.of_reader(by).filter(**about).exclude(state=State.ACKNOWLEDGED)
    rows = list(told.order_by("pk"))
    for row in rows:
        acknowledge(delivery=row, by=by, at=at)
    return len(rows)


@transaction.atomic
def retry(*, delivery: Delivery, by: User, at: datetime) -> Delivery:
    """Send again what failed, or what could not leave for want of a gateway or a number."""
    row = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notice", "receiver__preference")
        .get(pk=delivery.pk)
    )
    rules.check_can_retry(by, row)

    if row.receiver is not None:
        wishes = getattr(row.receiver, "preference", None)
        row.to = (wishes.phone if wishes else "") or row.receiver.phone
    if row.means == Means.SMS and not row.to:
        row.state, row.why_not = State.NOT_SENT, "no_phone"
    else:
        row.state, row.why_not, row.due_at = State.QUEUED, "", at
        row.attempts, row.failed_at = 0, None
        announce("delivery_queued", at=at, delivery=row.pk)
    row.save()
    note("delivery.retried", subject=row.notice, by=by, at=at, means=row.means)
    publish("deliveries", area=row.notice.area_id, organisation=row.notice.organisation_id)
    return row
