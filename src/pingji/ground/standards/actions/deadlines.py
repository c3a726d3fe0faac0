"""Clocks that run against the plan's promises."""

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Organisation, User
from pingji.ground.record.actions import announce, note, publish
from pingji.ground.standards.models import Deadline, StandardRow
from pingji.ground.standards.models.deadline import key_of, names_of
from pingji.ground.standards.queries import open_deadline, profile_for, rule
from pingji.ground.standards.rules import deadlines as rules

TOPIC = "deadlines"
State = Deadline.State


@transaction.atomic
def start_deadline(
    *,
    key: str,
    subject: models.Model,
    area: Area,
    by: User,
    at: datetime,
    organisation: Organisation | None = None,
    owner: User | None = None,
    until: datetime | None = None,
) -> Deadline:
    """Start a clock on a row; the one that already runs there is given back unchanged.

    Args:
        key: Which promise: "alert.verify".
        subject: The row it runs on.
        area: Where; it decides which plan's figure holds.
        by: Who caused it to start.
        at: When it starts.
        organisation: Who has to meet it.
        owner: The person who has to meet it.
        until: Its end, where an order names one; else the plan's length counts.

    Raises:
        Refused: When no plan sets the key, or the end is not after the start.
    """
    running = open_deadline(subject, key)
    if running is not None:
        return running
    on = timezone.localdate(at)
    standard = rule(area.code, key, at)
    if standard.section != StandardRow.Section.DEADLINE:
        raise Refused(_("“%(key)s” is not a deadline.") % {"key": key})
    due_at = until or at + standard.length
    if due_at <= at:
        raise Refused(_("A deadline must end after it starts."), field="until")
    share, role = warning_of(standard, area.code, on)

    deadline = Deadline(
        key=key,
        standard=standard,
        **key_of(subject),
        **names_of(subject),
        area=area,
        organisation=organisation,
        owner=owner,
        started_by=by,
        started_at=at,
        due_at=due_at,
        warn_at=rules.warn_at(at, due_at, share),
        escalates_to=role,
    )
    try:
        with transaction.atomic():
            deadline.save()
    except IntegrityError:  # somebody else started it in the same moment
        running = open_deadline(subject, key)
        if running is None:
            raise
        return running
    note("deadline.started", subject=deadline, by=by, at=at, key=key, due_at=due_at.isoformat())
    tell(deadline)
    return deadline


def warning_of(standard: StandardRow, area_code: str, on: date) -> tuple[Decimal, str]:
    """When a clock warns and whom it escalates to: the row's own, else the nearest plan's."""
    share, role = standard.warn_share, standard.escalates_to
    profile = profile_for(area_code, on)
    for plan in profile.chain() if profile else []:
        share = plan.warn_share if share is None else share
        role = role or plan.escalates_to
    if share is None or not role:
        raise Refused(
            _("No plan says when deadlines warn and whom they escalate to (deadline_defaults).")
        )
    return share, role


@transaction.atomic
def meet_deadline(*, key: str, subject: models.Model, by: User, at: datetime) -> Deadline | None:
    """Stop a clock because what it asked for is done; None when none of this kind runs.

    A deadline that is met after its end is met late, and stays so.
    """
    deadline = locked(subject, key)
    if deadline is None:
        return None
    to = rules.state_when_met(deadline, at)
    rules.check_can_move(deadline, to)

    deadline.state, deadline.met_by, deadline.met_at = to, by, at
    deadline.save(update_fields=["state", "met_by", "met_at"])
    note("deadline.met", subject=deadline, by=by, at=at, key=key, late=to == State.MET_LATE)
    tell(deadline)
    return deadline


@transaction.atomic
def cancel_deadline(
    *, key: str, subject: models.Model, by: User, at: datetime, reason: str
) -> Deadline | None:
    """Let a clock go because what it asked for is no longer needed; None when none runs.

    One that was already missed stays missed; only its clock stops.
    """
    deadline = locked(subject, key)
    if deadline is None:
        return None
    missed = deadline.state == State.MISSED or at > deadline.due_at
    if not missed:
        rules.check_can_move(deadline, State.CANCELLED)

    deadline.state = State.MISSED if missed else State.CANCELLED
    deadline.escalated_at = deadline.escalated_at or (at if missed else None)
    deadline.cancelled_by, deadline.cancelled_at, deadline.cancel_reason = by, at, reason
    deadline.save(
        update_fields=["state", "escalated_at", "cancelled_by", "cancelled_at", "cancel_reason"]
    )
    note("deadline.cancelled", subject=deadline, by=by, at=at, reason=reason, key=key)
    tell(deadline)
    return deadline


@transaction.atomic
def extend_deadline(
    *, deadline: Deadline, until: datetime, reason: str, by: User, at: datetime
) -> Deadline:
    """Give more time, with a reason; the first end stays on the row."""
    deadline = Deadline.objects.select_for_update(of=("self",)).get(pk=deadline.pk)
    rules.check_can_extend(by, deadline, until, reason, at)

    return _moved(deadline, until, reason, by=by, at=at)


def _moved(deadline: Deadline, until: datetime, reason: str, *, by: User, at: datetime) -> Deadline:
    before = deadline.due_at
    share = Decimal(str((before - deadline.warn_at) / (before - deadline.started_at)))
    deadline.extended_from = deadline.extended_from or before
    deadline.extended_by, deadline.extended_at, deadline.extend_reason = by, at, reason
    deadline.due_at = until
    deadline.warn_at = rules.warn_at(deadline.started_at, until, share)
    deadline.save(
        update_fields=[
            "extended_from",
            "extended_by",
            "extended_at",
            "extend_reason",
            "due_at",
            "warn_at",
        ]
    )
    note(
        "deadline.extended",
        subject=deadline,
        by=by,
        at=at,
        reason=reason,
        key=deadline.key,
        before=before.isoformat(),
        until=until.isoformat(),
    )
    tell(deadline)
    return deadline


@transaction.atomic
def hand_over(*, subject: models.Model, owner: User, by: User, at: datetime) -> None:
    """Let every clock that still runs on a row be its new owner's."""
    rows = Deadline.objects.select_for_update(of=("self",)).of(subject).open()
    for deadline in rows.exclude(owner=owner):
        deadline.owner = owner
        deadline.save(update_fields=["owner"])
        note(
            "deadline.handed_over",
            subject=deadline,
            by=by,
            at=at,
            key=deadline.key,
            to=owner.username,
        )
        tell(deadline)


@transaction.atomic
def reopen_deadline(
    *,
    key: str,
    subject: models.Model,
    reason: str,
    by: User,
    at: datetime,
    until: datetime | None = None,
) -> Deadline | None:
    """Let a clock run on that was met by something that turned out not to be done.

    It keeps its beginning and its end: whoever did it by halves gains no time. A new end is given
    with the reason; to one that was met late, as a clock of its own, so that it stays late.

    Returns:
        The clock that runs; None when none of this kind was met.
    """
    rows = Deadline.objects.select_for_update(of=("self",)).of(subject).filter(key=key)
    deadline = rows.order_by("-pk").first()
    if deadline is None or deadline.state not in rules.REOPENED:
        return None
    rules.check_new_end(deadline, until, at)

    if until is not None and deadline.state == State.MET_LATE:
        return start_deadline(
            key=key,
            subject=subject,
            area=deadline.area,
            organisation=deadline.organisation,
            owner=deadline.owner,
            until=until,
            by=by,
            at=at,
        )
    deadline.state = State.MISSED if deadline.escalated_at else State.OPEN
    deadline.met_by = deadline.met_at = None
    deadline.save(update_fields=["state", "met_by", "met_at"])
    note("deadline.reopened", subject=deadline, by=by, at=at, reason=reason, key=key)
    tell(deadline)
    return _moved(deadline, until, reason, by=by, at=at) if until else deadline


def sweep_deadlines(*, at: datetime) -> int:
    """Mark every clock that ran out as missed, and tell whom it escalates to.

    Each in a transaction of its own, so that one that fails does not hold the others back; a
    second run finds nothing left to do.

    Returns:
        How many were escalated.
    """
    due = Deadline.objects.filter(state=State.OPEN, due_at__lt=at).order_by("due_at")
    return sum(escalate(pk, at) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def escalate(pk: int, at: datetime) -> bool:
    deadline = (
        Deadline.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(pk=pk, state=State.OPEN, due_at__lt=at)
        .first()
    )
    if deadline is None:  # met, extended or escalated in the meantime
        return False
    rules.check_can_move(deadline, State.MISSED)

    deadline.state, deadline.escalated_at = State.MISSED, at
    deadline.save(update_fields=["state", "escalated_at"])
    note(
        "deadline.missed",
        subject=deadline,
        by=User.objects.system(),
        at=at,
        key=deadline.key,
        escalates_to=deadline.escalates_to,
    )
    announce(
        "deadline_overdue",
        at=at,
        deadline=deadline.pk,
        key=deadline.key,
        subject_type=deadline.subject_type,
        subject_id=deadline.subject_id,
        area=deadline.area_id,
        escalates_to=deadline.escalates_to,
        owner=deadline.owner_id,
    )
    tell(deadline)
    return True


def locked(subject: models.Model, key: str) -> Deadline | None:
    open_ones = Deadline.objects.select_for_update(of=("self",)).of(subject).open()
    return open_ones.filter(key=key).first()


def tell(deadline: Deadline) -> None:
    publish(TOPIC, area=deadline.area_id, organisation=deadline.organisation_id)
