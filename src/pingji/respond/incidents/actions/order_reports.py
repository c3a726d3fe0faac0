"""Say how far an order is, that it is done, and that this is so."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import announce, note
from pingji.ground.standards import actions as standards
from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.actions.orders import locked, tell
from pingji.respond.incidents.models import Order, OrderFile, OrderReport
from pingji.respond.incidents.queries.orders import VERIFY

BEGINNING = 16
Kind = OrderReport.Kind
NOT_IN_NAMES = str.maketrans(dict.fromkeys('\\/:*?"<>|\r\n\t', "_"))


@transaction.atomic
def report_progress(
    *,
    order: Order,
    by: User,
    at: datetime,
    text: str = "",
    share: int | None = None,
    files: Sequence[UploadedFile] = (),
    key: UUID | None = None,
) -> OrderReport:
    """Say how far an order is, with photos and files; what arrives twice is kept once."""
    order = locked(order)
    before = _known(order, key)
    if before is not None:
        return before
    rules.check_can_report_on(by, order)
    rules.check_report(text, len(files))
    rules.check_share(share)

    report = _report(order, Kind.PROGRESS, text, by=by, at=at, share=share, key=key)
    _keep(report, files)
    if share is not None:
        order.share = share
        order.save(update_fields=["share"])
    note("order.progressed", subject=order, by=by, at=at, reason=report.text, **_said(report))
    tell(order)
    return report


@transaction.atomic
def finish(
    *,
    order: Order,
    result: str,
    by: User,
    at: datetime,
    files: Sequence[UploadedFile] = (),
    key: UUID | None = None,
) -> Order:
    """Say that the order is done, and what was done; who issued it is told and verifies it."""
    order = locked(order)
    if _known(order, key) is not None:
        return order
    rules.check_can_perform(by, order)
    rules.check_can_move(order, Order.State.DONE)
    rules.check_result(result)

    order.state, order.result, order.share = Order.State.DONE, result.strip(), 100
    order.done_by, order.done_at = by, at
    order.save(update_fields=["state", "result", "share", "done_by", "done_at"])
    report = _report(order, Kind.RESULT, result, by=by, at=at, share=100, key=key)
    _keep(report, files)
    standards.meet_deadline(key=order.standard, subject=order, by=by, at=at)
    standards.start_deadline(
        key=VERIFY, subject=order, area=order.area, owner=order.issued_by, by=by, at=at
    )
    note("order.done", subject=order, by=by, at=at, reason=order.result, **_said(report))
    announce("order_done", at=at, order_id=order.pk)
    _notify("order_done", order, [order.issued_by], again=str(report.pk), by=by, at=at)
    tell(order)
    return order


@transaction.atomic
def verify(*, order: Order, by: User, at: datetime, remark: str = "") -> Order:
    """Say that what was reported done is done: the order's last step."""
    order = locked(order)
    rules.check_can_verify(by, order)

    order.state = Order.State.VERIFIED
    order.verified_by, order.verified_at = by, at
    order.save(update_fields=["state", "verified_by", "verified_at"])
    _report(order, Kind.VERIFIED, remark, by=by, at=at)
    standards.meet_deadline(key=VERIFY, subject=order, by=by, at=at)
    note("order.verified", subject=order, by=by, at=at, reason=remark.strip())
    notices.acknowledge_about(subject=order, by=by, at=at)
    announce("order_verified", at=at, order_id=order.pk)
    tell(order)
    return order


@transaction.atomic
def verify_chosen(*, orders: list[Order], by: User, at: datetime) -> list[Order]:
    """Verify several orders at once: all of them, or none where one is refused."""
    rules.check_chosen(orders)
    rows = sorted(orders, key=lambda order: order.pk)
    return [verify(order=order, by=by, at=at) for order in rows]


@transaction.atomic
def send_back(
    *, order: Order, reason: str, by: User, at: datetime, until: datetime | None = None
) -> Order:
    """Send back what was reported done but is not: it is to be done, and its clock runs on.

    The time that the plan gives an order counts from when it was issued, so sending it back gives
    no more of it; where the command wants to, it names a new end.
    """
    order = locked(order)
    rules.check_can_return(by, order, reason)
    rules.check_can_move(order, Order.State.ACKNOWLEDGED)

    order.state, order.done_by, order.done_at = Order.State.ACKNOWLEDGED, None, None
    order.share = queries.share_before(order)
    order.save(update_fields=["state", "done_by", "done_at", "share"])
    report = _report(order, Kind.RETURNED, reason, by=by, at=at)
    standards.meet_deadline(key=VERIFY, subject=order, by=by, at=at)
    clock = standards.reopen_deadline(
        key=order.standard, subject=order, reason=report.text, until=until, by=by, at=at
    )
    due = clock.due_at.isoformat() if clock else ""
    note("order.returned", subject=order, by=by, at=at, reason=report.text, due_at=due)
    people = queries.performers(order)
    _notify("order_returned", order, people, again=str(report.pk), by=by, at=at)
    tell(order)
    return order


def _known(order: Order, key: UUID | None) -> OrderReport | None:
    return order.reports.filter(key=key).first() if key else None


def _report(
    order: Order,
    kind: str,
    text: str,
    *,
    by: User,
    at: datetime,
    share: int | None = None,
    key: UUID | None = None,
) -> OrderReport:
    return OrderReport.objects.create(
        order=order, kind=kind, text=text.strip(), share=share, key=key, by=by, at=at
    )


def _keep(report: OrderReport, files: Sequence[UploadedFile]) -> None:
    """Put each file beside its report; none is kept where one is refused."""
    rules.check_files([(str(file.name), file.size or 0) for file in files])
    types = []
    for file in files:
        types.append(rules.media_type_of(str(file.name), file.read(BEGINNING)))
        file.seek(0)
    for file, media_type in zip(files, types, strict=True):
        about = facts_of(file)
        row = OrderFile(order=report.order, report=report, media_type=media_type, **about)
        row.file.save(kept_as(about["sha256"]), file, save=False)
        row.save()


def facts_of(file: UploadedFile) -> dict[str, Any]:
    """Name, size and digest of a file that is going to be kept."""
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    name = str(file.name).translate(NOT_IN_NAMES)[-200:]
    return {"name": name, "size": file.size or 0, "sha256": digest.hexdigest()}


def kept_as(sha256: str) -> str:
    """The name under which a file lies on the disk."""
    return f"{sha256[:16]}.dat"


def _said(report: OrderReport) -> dict[str, Any]:
    """What the line on record says beside the words."""
    files = [{"name": file.name, "sha256": file.sha256} for file in report.files.all()]
    return {"share": report.share, "files": files}


def _notify(
    kind: str, order: Order, people: Sequence[User] | object, *, again: str, by: User, at: datetime
) -> None:
    notices.notify(
        kind=kind,
        subject=order,
        area=order.area,
        organisation=order.organisation,
        people=people,  # type: ignore[arg-type]
        again=again,
        clock=False,
        by=by,
        at=at,
    )
