"""Hand an alert whose time ran out to the next person on the duty roster."""

from datetime import datetime

from django.db import transaction

from pingji.ground.directory.models import Permission, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards
from pingji.warn.alerts import queries
from pingji.warn.alerts.models import Alert


@transaction.atomic
def escalate(
    *, alert: Alert, key: str, missed_by: int | None, by: User, at: datetime
) -> User | None:
    """Give an alert to who is called after its owner, because one of its clocks ran out.

    Each owner is passed over once, however often the job runs and however many clocks ran out
    together. Where nobody is left on the roster, the owner stays and the plan's role is told.

    Args:
        alert: The alert.
        key: Which clock: "alert.see".
        missed_by: Whose clock it was; None where the alert had no owner.
        by: Who acts: the machine.
        at: When.

    Returns:
        The new owner; None where it was not handed on.
    """
    alert = Alert.objects.select_for_update(of=("self",)).select_related("area").get(pk=alert.pk)
    if alert.state not in Alert.OPEN or alert.owner_id != missed_by:
        return None
    following = queries.next_on_duty(alert, at)
    if following is None:
        return None

    before, alert.owner = alert.owner, following
    alert.save(update_fields=["owner"])
    standards.hand_over(subject=alert, owner=following, by=by, at=at)
    note(
        "alert.escalated",
        subject=alert,
        by=by,
        at=at,
        key=key,
        to=following.username,
        before=before.username if before else "",
    )
    notices.notify(
        kind="alert_escalated",
        subject=alert,
        area=alert.area,
        variant=alert.level,
        people=[following],
        needs=Permission.ALERT_VIEW,
        again=f"{key}:{following.pk}",
        by=by,
        at=at,
    )
    publish("alerts", area=alert.area_id)
    return following
