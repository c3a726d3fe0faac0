"""Orders of the county that is walked, what departments share, and what is told to them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from pingji.ground.directory.models import Facility, Organisation, User
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Incident, Order
from tests.architecture.fielding import field_rows


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


def joint_rows(
    hospital: Organisation, incident: Incident, *, duty: User, doer: User, mark: str, now: datetime
) -> dict[str, int]:
    """A circular, a shared resource, a facility taken over and an inspection of one organisation."""
    department = Organisation.objects.create(
        code="department", name="县公安局", kind="department", area=hospital.area
    )
    facility = Facility.objects.create(
        organisation=hospital,
        area=hospital.area,
        name="体育馆",
        kind="other",
        longitude=108,
        latitude=28,
    )
    circular = actions.issue_circular(
        incident=incident,
        title=f"{mark}通报",
        text=f"{mark}内容",
        organisations=[hospital],
        outside=[("邻县疾控中心", "0853-1")],
        by=duty,
        at=now,
    )
    own, outside = circular.receivers.all()
    for receiver in (own, outside):
        photo = SimpleUploadedFile(f"{mark}回执.jpg", b"\xff\xd8\xff photo")
        proof = actions.prove_circular(
            receiver=receiver, means="letter", said=f"{mark}收发室", file=photo, by=duty, at=now
        )
    resource = actions.keep_resource(organisation=hospital, **RESOURCE, by=doer, at=now)
    taken = actions.requisition(
        incident=incident,
        facility=facility,
        use="isolation",
        starts_at=now,
        ends_at=now + timedelta(days=9),
        by=duty,
        at=now,
    )
    (inspection,) = actions.order_inspection(
        incident=incident,
        organisations=[hospital],
        matter="prices",
        place=f"{mark}市场",
        text=f"{mark}检查",
        key=uuid4(),
        by=duty,
        at=now,
    )
    actions.acknowledge(order=inspection.order, by=doer, at=now)
    return field_rows(hospital, incident, duty=duty, now=now) | {
        "hospital_id": hospital.pk,
        "department_id": department.pk,
        "circular_id": circular.pk,
        "receiver_id": own.pk,
        "outside_receiver_id": outside.pk,
        "proof_id": proof.pk,
        "resource_id": resource.pk,
        "requisition_order_id": taken.order_id,
        "inspection_order_id": inspection.order_id,
    }


RESOURCE: dict[str, Any] = {
    "kind": "vehicles",
    "name": "救护车",
    "amount": 3,
    "unit": "辆",
    "free": 1,
    "contact": "周强",
    "phone": "13800000002",
}
