"""Tell departments and neighbours, share what there is, take facilities over, inspect together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Facility, Organisation, User
from pingji.ground.notices import actions as notices
from pingji.ground.record.actions import note, publish
from pingji.ground.standards import actions as standards
from pingji.respond.incidents import queries, rules
from pingji.respond.incidents.actions.field import keep_count
from pingji.respond.incidents.actions.order_reports import finish
from pingji.respond.incidents.actions.orders import issue_orders, locked, tell, withdraw
from pingji.respond.incidents.actions.proofs import keep_proof
from pingji.respond.incidents.models import (
    Circular,
    CircularProof,
    CircularReceiver,
    Incident,
    Inspection,
    Order,
    Requisition,
    SharedResource,
)
from pingji.respond.incidents.queries.field import latest_count

RECEIVE, REPLY = "circular.receive", "circular.reply"
COMPLETE = "order.complete"


@transaction.atomic
def issue_circular(
    *,
    incident: Incident,
    title: str,
    text: str,
    by: User,
    at: datetime,
    organisations: Sequence[Organisation] = (),
    outside: Sequence[tuple[str, str]] = (),
    wants_reply: bool = False,
    key: UUID | None = None,
) -> Circular:
    """Tell departments and neighbouring counties of an incident; each has a clock to receive it.

    Args:
        incident: What it is about.
        title: In a few words.
        text: What is told.
        by: Who tells.
        at: When.
        organisations: Receivers of the directory, of this county or another.
        outside: Receivers that do not use the program: name, and how they are reached.
        wants_reply: Whether a reply is asked for.
        key: Of this sending; sent a second time, it gives the first one's circular back.
    """
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    before = Circular.objects.filter(key=key).first() if key else None
    if before is not None:
        return before
    rules.check_can_order(by, incident)
    rules.check_circular(title, text, len(organisations) + len(outside))
    for organisation in organisations:
        rules.check_receiver(organisation)

    circular = Circular.objects.create(
        incident=incident,
        area=incident.area,
        title=title.strip(),
        text=text.strip(),
        wants_reply=wants_reply,
        key=key,
        issued_by=by,
        issued_at=at,
    )
    receivers = [CircularReceiver(circular=circular, organisation=one) for one in organisations]
    receivers += [
        CircularReceiver(circular=circular, outside=name, contact=contact)
        for name, contact in outside
    ]
    for receiver in receivers:
        receiver.save()
        _start_clocks(receiver, by=by, at=at)
        if receiver.organisation is not None:
            notices.notify(
                kind="circular_issued",
                subject=circular,
                area=receiver.organisation.area,
                organisation=receiver.organisation,
                people=queries.people_of(receiver.organisation),
                again=str(receiver.pk),
                clock=False,
                by=by,
                at=at,
            )
    note(
        "circular.issued",
        subject=circular,
        by=by,
        at=at,
        reason=circular.title,
        to=[receiver.label for receiver in receivers],
    )
    publish("incidents", area=incident.area_id)
    return circular


def _start_clocks(receiver: CircularReceiver, *, by: User, at: datetime) -> None:
    for key in (RECEIVE, REPLY) if receiver.circular.wants_reply else (RECEIVE,):
        standards.start_deadline(
            key=key,
            subject=receiver,
            area=receiver.circular.area,
            organisation=receiver.organisation,
            owner=None if receiver.organisation else by,
            by=by,
            at=at,
        )


@transaction.atomic
def receive_circular(
    *,
    receiver: CircularReceiver,
    by: User,
    at: datetime,
    how: str = "",
    means: str = "",
    file: UploadedFile | None = None,
) -> CircularReceiver:
    """Confirm that a circular arrived; for a neighbour the sender says who received it, and how.

    Args:
        receiver: Whose receipt it is.
        by: Somebody of the receiver, or of whoever sent it.
        at: When.
        how: Who there received it, and how; for one's own organisation nothing need be said.
        means: By which means the receipt came back; left out, by telephone.
        file: The receipt that came back on paper or by mail.
    """
    receiver = _locked(receiver)
    rules.check_can_receive(by, receiver, how)
    step = CircularProof.Step.RECEIVED
    if not rules.is_of(by, receiver):
        means = means or CircularProof.Means.TELEPHONE
        rules.check_proof(means, how, has_file=file is not None)
        keep_proof(receiver, step, means, how, file, by=by, at=at)
    elif file is not None:
        keep_proof(receiver, step, CircularProof.Means.OTHER, str(by), file, by=by, at=at)

    receiver.received_by, receiver.received_at, receiver.received_how = by, at, how.strip()
    receiver.save(update_fields=["received_by", "received_at", "received_how"])
    standards.meet_deadline(key=RECEIVE, subject=receiver, by=by, at=at)
    note(
        "circular.received",
        subject=receiver.circular,
        by=by,
        at=at,
        reason=f"{receiver.label} {how.strip()}".strip(),
    )
    notices.acknowledge_about(subject=receiver.circular, by=by, at=at)
    publish("incidents", area=receiver.circular.area_id)
    return receiver


@transaction.atomic
def reply_to_circular(
    *,
    receiver: CircularReceiver,
    reply: str,
    by: User,
    at: datetime,
    file: UploadedFile | None = None,
) -> CircularReceiver:
    """Reply to a circular, which thereby is received; who sent it is told."""
    receiver = _locked(receiver)
    rules.check_can_reply(by, receiver, reply)
    if receiver.received_at is None:
        how = "" if rules.is_of(by, receiver) else _("with its reply")
        receiver = receive_circular(receiver=receiver, how=how, by=by, at=at)
    if file is not None:
        step, means = CircularProof.Step.REPLIED, CircularProof.Means.OTHER
        keep_proof(receiver, step, means, str(by), file, by=by, at=at)

    receiver.reply, receiver.replied_by, receiver.replied_at = reply.strip(), by, at
    receiver.save(update_fields=["reply", "replied_by", "replied_at"])
    standards.meet_deadline(key=REPLY, subject=receiver, by=by, at=at)
    note(
        "circular.replied",
        subject=receiver.circular,
        by=by,
        at=at,
        reason=f"{receiver.label}：{receiver.reply}",
    )
    circular = receiver.circular
    notices.notify(
        kind="circular_replied",
        subject=circular,
        area=circular.area,
        people=[circular.issued_by],
        again=str(receiver.pk),
        clock=False,
        by=by,
        at=at,
    )
    publish("incidents", area=circular.area_id)
    return receiver


def _locked(receiver: CircularReceiver) -> CircularReceiver:
    rows = CircularReceiver.objects.select_for_update(of=("self",))
    return rows.select_related("circular__area", "organisation").get(pk=receiver.pk)


@transaction.atomic
def keep_resource(
    *,
    organisation: Organisation,
    kind: str,
    name: str,
    amount: int,
    unit: str,
    free: int,
    contact: str,
    phone: str,
    by: User,
    at: datetime,
    place: str = "",
    resource: SharedResource | None = None,
) -> SharedResource:
    """Put into the register what an organisation can give, or bring an entry up to date."""
    rules.check_can_share(by, organisation)
    rules.check_resource(amount, free)
    if resource is None:
        rules.check_not_named_twice(queries.resource_named(organisation, name), name)
        resource = SharedResource(organisation=organisation, area=organisation.area)
    else:
        resource = SharedResource.objects.select_for_update(of=("self",)).get(pk=resource.pk)
        rules.check_can_share(by, resource.organisation)
        rules.check_is_offered(resource)

    resource.kind, resource.name, resource.unit = kind, name.strip(), unit.strip()
    resource.amount, resource.free, resource.place = amount, free, place.strip()
    resource.contact, resource.phone = contact.strip(), phone.strip()
    resource.updated_by, resource.updated_at = by, at
    resource.save()
    keep_count(resource, latest_count(resource=resource), by=by, at=at)
    note("shared_resource.kept", subject=resource, by=by, at=at, amount=amount, free=free)
    publish("incidents", area=resource.area_id)
    return resource


@transaction.atomic
def withdraw_resource(*, resource: SharedResource, by: User, at: datetime) -> SharedResource:
    """Take an entry out of the register; it stays on record."""
    resource = SharedResource.objects.select_for_update(of=("self",)).get(pk=resource.pk)
    rules.check_can_share(by, resource.organisation)
    rules.check_is_offered(resource)

    resource.withdrawn_by, resource.withdrawn_at = by, at
    resource.save(update_fields=["withdrawn_by", "withdrawn_at"])
    note("shared_resource.withdrawn", subject=resource, by=by, at=at)
    return resource


@transaction.atomic
def requisition(
    *,
    incident: Incident,
    facility: Facility,
    use: str,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    at: datetime,
    text: str = "",
) -> Requisition:
    """Order whoever runs a facility to hand it over for a time.

    The facility is locked: of two who take the same one for the same time, the second is refused.
    """
    facility = Facility.objects.select_for_update(of=("self",)).get(pk=facility.pk)
    rules.check_can_order(by, incident)
    taken = queries.requisition_between(facility, starts_at, ends_at)
    rules.check_facility(by, facility, starts_at, ends_at, taken)

    said = queries.requisition_in_words(facility, use, starts_at, ends_at)
    order = issue_orders(
        incident=incident,
        organisations=[facility.organisation],
        text=f"{said} {text.strip()}".strip(),
        standard=COMPLETE,
        until=starts_at if starts_at > at else None,
        by=by,
        at=at,
    )[0]
    made = Requisition.objects.create(
        order=order, facility=facility, use=use, starts_at=starts_at, ends_at=ends_at
    )
    note("requisition.made", subject=order, by=by, at=at, facility=facility.pk, use=use)
    return made


@transaction.atomic
def release(*, requisition: Requisition, condition: str, by: User, at: datetime) -> Requisition:
    """Give a facility back, in the condition said; an order still open is withdrawn with it."""
    order = locked(requisition.order)
    made = Requisition.objects.select_for_update(of=("self",)).get(pk=requisition.pk)
    made.order = order
    rules.check_can_release(by, made, condition)

    made.released_by, made.released_at, made.condition = by, at, condition.strip()
    made.save(update_fields=["released_by", "released_at", "condition"])
    if order.state in (Order.State.ISSUED, Order.State.ACKNOWLEDGED):
        made.order = withdraw(order=order, reason=condition, by=by, at=at)
    note("requisition.released", subject=order, by=by, at=at, reason=made.condition)
    tell(order)
    return made


@transaction.atomic
def order_inspection(
    *,
    incident: Incident,
    organisations: Sequence[Organisation],
    matter: str,
    place: str,
    text: str,
    by: User,
    at: datetime,
    key: UUID,
    until: datetime | None = None,
) -> list[Inspection]:
    """Order several departments to inspect together; each reports what it found."""
    rules.check_can_order(by, incident)
    rules.check_inspection(place)
    sent = issue_orders(
        incident=incident,
        organisations=organisations,
        text=text,
        standard=COMPLETE,
        until=until,
        key=key,
        by=by,
        at=at,
    )
    made = []
    for order in sent:
        row, new = Inspection.objects.get_or_create(
            order=order, defaults={"matter": matter, "place": place.strip()}
        )
        made.append(row)
        if new:
            note("inspection.ordered", subject=order, by=by, at=at, matter=matter, place=place)
    return made


@transaction.atomic
def report_inspection(
    *,
    order: Order,
    inspected: int,
    violations: int,
    filed: int,
    result: str,
    by: User,
    at: datetime,
) -> Order:
    """Say what an inspection found, and thereby that the order is done."""
    order = locked(order)
    row = rules.check_is_inspection(order)
    rules.check_inspected(inspected, violations, filed)

    row.inspected, row.violations, row.filed = inspected, violations, filed
    row.save(update_fields=["inspected", "violations", "filed"])
    order = finish(order=order, result=result, by=by, at=at)
    note(
        "inspection.reported",
        subject=order,
        by=by,
        at=at,
        inspected=inspected,
        violations=violations,
        filed=filed,
    )
    return order
