"""Orders of the county that is walked: issued, acknowledged, and done with a photo."""

from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from pingji.ground.directory.models import Organisation, User
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Incident, Order


def orders_to(
    hospital: Organisation, incident: Incident, *, duty: User, doer: User, mark: str, now: datetime
) -> tuple[Order, dict[str, int]]:
    """One order in each state that something can be done in; the first is issued."""
    issued, acknowledged, done = (
        actions.issue_order(
            incident=incident,
            organisation=hospital,
            text=f"{mark}命令{number}",
            standard="order.complete",
            by=duty,
            at=now,
        )
        for number in (1, 2, 3)
    )
    for order in (acknowledged, done):
        actions.acknowledge(order=order, by=doer, at=now)
    photo = SimpleUploadedFile(f"{mark}照片.jpg", b"\xff\xd8\xff photo")
    actions.finish(order=done, result=f"{mark}完成", files=[photo], by=doer, at=now)
    return issued, {
        "order_id": issued.pk,
        "acknowledged_order_id": acknowledged.pk,
        "done_order_id": done.pk,
        "order_file_id": done.files.get().pk,
    }
