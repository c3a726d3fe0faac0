"""The worker sends what was queued, and what waits for its hour each minute."""

from datetime import datetime

from django.utils import timezone

from pingji.ground.directory.models import User
from pingji.ground.notices import actions
from pingji.ground.notices.actions.telling import ACKNOWLEDGE
from pingji.ground.notices.models import Notice
from pingji.ground.record.actions import every, hears
from pingji.ground.standards.models import Deadline

NOTICE = "notices.notice"


@hears("delivery_queued")
def send(*, at: datetime, delivery: int) -> None:
    """Send one delivery as soon as its notice is committed."""
    actions.send(delivery=delivery, at=max(at, timezone.now()))


@every("* * * * *")
def send_due(*, at: datetime) -> None:
    """Send what quiet hours, a digest or a failed attempt held back until now."""
    actions.send_due(at=at)


@hears("deadline_overdue")
def tell_who_is_next(
    *,
    at: datetime,
    deadline: int,
    key: str,
    subject_type: str,
    subject_id: str,
    area: str,
    escalates_to: str,
    owner: int | None = None,
) -> None:
    """Tell the role that a missed deadline escalates to, and whoever owns it."""
    system = User.objects.system()
    if subject_type == NOTICE and key.startswith(ACKNOWLEDGE):
        notice = Notice.objects.get(pk=subject_id)
        actions.escalate_notice(notice=notice, role=escalates_to, by=system, at=at)
        return
    clock = Deadline.objects.select_related("area", "organisation", "owner").get(pk=deadline)
    actions.tell_missed(deadline=clock, by=system, at=at)
