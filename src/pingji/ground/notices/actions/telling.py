"""Tell people of a fact: every delivery is a row of its own before anything leaves."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, models, transaction

from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    Area,
    Organisation,
    Permission,
    User,
)
from pingji.ground.notices import queries, rules
from pingji.ground.notices.models import Delivery, Level, Means, Notice, Preference, Subscriber
from pingji.ground.notices.rules import Policy
from pingji.ground.record.actions import announce, note, publish_topics
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.models.deadline import key_of, names_of
from pingji.ground.standards.queries import find_rule

ACKNOWLEDGE = "notice.acknowledge"
State = Delivery.State


@transaction.atomic
def notify(
    *,
    kind: str,
    subject: models.Model,
    area: Area,
    by: User,
    at: datetime,
    variant: str = "",
    organisation: Organisation | None = None,
    needs: Permission | None = None,
    people: Iterable[User] | None = None,
    roles: Iterable[str] | None = None,
    also: Iterable[User] = (),
    exercise: bool = False,
    again: str = "",
    clock: bool = True,
) -> Notice:
    """Tell people of a fact, in the transaction that makes it one; it leaves after the commit.

    The same fact told again gives the first notice back, and nobody is told twice.

    Args:
        kind: One of `KINDS`: "alert_raised".
        subject: The row it is about; its label and page are kept in both languages.
        area: Where; it decides which plan's rules hold and who sees it.
        by: Who made it a fact; they are not told of what they did.
        at: When.
        variant: A finer word with a level of its own in the plan, where it has one.
        organisation: The one it concerns, where others should not hear of it.
        needs: What those who are told must be allowed to see.
        people: Exactly whom to tell; without it, the roles that the plan names for the kind, or
            else for the level.
        roles: Whom to tell by role, in place of the plan's.
        also: Whom to tell beside those by role.
        exercise: Whether nothing may leave the program.
        again: Tells a further fact of the same kind and row from the first one.
        clock: Whether an acknowledgement is awaited, where the plan sets a time for the level;
            not where the row itself has such a clock.
    """
    notice = Notice(
        kind=kind,
        **key_of(subject),
        **names_of(subject),
        area=area,
        organisation=organisation,
        exercise=exercise or settings.EXERCISE,
    )
    policy = queries.policy_for(area.code, on=at)
    notice.level = policy.level_of(kind, variant)
    if people is None:
        told = roles if roles is not None else policy.told_of(kind, variant, notice.level)
        people = queries.people_of(told, area=area, organisation=organisation)
    receivers = [one for one in {*people, *also} if not needs or one.holds(needs)]
    receivers.sort(key=lambda one: one.pk)
    return _tell(notice, receivers, policy, by=by, at=at, again=again, clock=clock)


@transaction.atomic
def tell_missed(*, deadline: Deadline, by: User, at: datetime) -> Notice | None:
    """Tell the role that a missed deadline escalates to, and whoever should have met it.

    Nobody is told of those whose level in the plan is 0: they stand in the lists of what is late.
    """
    notice = Notice(
        kind="deadline_missed",
        subject_type=deadline.subject_type,
        subject_id=deadline.subject_id,
        **names_of(deadline),
        area=deadline.area,
        organisation=deadline.organisation,
        exercise=settings.EXERCISE,
    )
    notice.subject_url = deadline.subject_url
    policy = queries.policy_for(deadline.area_id, on=at)
    notice.level = policy.level_of(notice.kind, deadline.key)
    if not notice.level:
        return None
    receivers = list(
        queries.people_of(
            [deadline.escalates_to], area=deadline.area, organisation=deadline.organisation
        )
    )
    owner = deadline.owner
    if owner is not None and owner.is_active and owner not in receivers:
        receivers.append(owner)
    return _tell(notice, receivers, policy, by=by, at=at, again=str(deadline.pk))


def _tell(
    notice: Notice,
    people: list[User],
    policy: Policy,
    *,
    by: User,
    at: datetime,
    again: str,
    clock: bool = True,
) -> Notice:
    """Keep the notice and its deliveries, unless the same was told before."""
    key = ":".join(filter(None, [notice.kind, notice.subject_type, notice.subject_id, again]))
    before = Notice.objects.filter(key=key).first()
    if before is not None:
        return before
    notice.key, notice.told_by, notice.told_at = key, by, at
    try:
        with transaction.atomic():
            notice.save()
    except IntegrityError:  # somebody else told the same in the same moment
        return Notice.objects.get(key=key)
    receivers = [one for one in people if one.pk != by.pk]
    _address(notice, receivers, policy, at=at)
    _address_systems(notice, policy, at=at)
    key = f"{ACKNOWLEDGE}.{Level(notice.level).word}"
    if clock and receivers and find_rule(notice.area_id, key, at) is not None:
        standards.start_deadline(key=key, subject=notice, area=notice.area, by=by, at=at)
    note(
        "notice.told",
        subject=notice,
        by=by,
        at=at,
        of=notice.kind,
        level=notice.level,
        people=len(receivers),
    )
    return notice


@transaction.atomic
def escalate_notice(*, notice: Notice, role: str, by: User, at: datetime) -> list[Delivery]:
    """Tell the people of the next role of a notice that nobody acknowledged in time.

    A second run finds everybody told already. It holds for no quiet hours: what is late is urgent.

    Returns:
        The deliveries on the page that are new.
    """
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if notice.escalated_at is not None:
        return []
    policy = queries.policy_for(notice.area_id, on=at)
    told = set(notice.deliveries.filter(receiver__isnull=False).values_list("receiver", flat=True))
    people = queries.people_of([role], area=notice.area, organisation=notice.organisation)

    notice.escalated_at = at
    notice.save(update_fields=["escalated_at"])
    new = [one for one in people if one.pk not in told]
    made = _address(notice, new, policy, at=at, escalated=True)
    note("notice.escalated", subject=notice, by=by, at=at, role=role, people=len(new))
    return [delivery for delivery in made if delivery.means == Means.PAGE]


def _address(
    notice: Notice,
    receivers: list[User],
    policy: Policy,
    *,
    at: datetime,
    escalated: bool = False,
) -> list[Delivery]:
    wishes = queries.preferences_of(receivers)
    rows: list[Delivery] = []
    for receiver in receivers:
        own = wishes.get(receiver.pk)
        rows += to_person(notice, receiver, own, policy, at, escalated=escalated)
    queue(Delivery.objects.bulk_create(rows), at=at)
    publish_topics(topics_of(notice, receivers))
    return rows


def to_person(
    notice: Notice,
    receiver: User,
    wishes: Preference | None,
    policy: Policy,
    at: datetime,
    *,
    escalated: bool = False,
) -> list[Delivery]:
    """A person's deliveries of a notice: on the page and, where the plan says so, by text."""
    rows = [_on_the_page(notice, receiver, at, escalated=escalated)]
    level = max(Level.values) if escalated else notice.level
    if Means.SMS in policy.means[level]:
        text = _by_text(notice, receiver, wishes, policy, at, level=level)
        if text is not None:
            text.escalated = escalated
            rows.append(text)
    return rows


def _on_the_page(notice: Notice, receiver: User, at: datetime, *, escalated: bool) -> Delivery:
    """On the page it is sent as soon as it is told; it is delivered when it is shown."""
    return Delivery(
        notice=notice,
        receiver=receiver,
        means=Means.PAGE,
        state=State.SENT,
        queued_at=at,
        sent_at=at,
        attempts=1,
        escalated=escalated,
    )


def _by_text(
    notice: Notice,
    receiver: User,
    wishes: Preference | None,
    policy: Policy,
    at: datetime,
    *,
    level: int,
) -> Delivery | None:
    if wishes and not wishes.sms and not policy.is_urgent(level):
        return None
    row = Delivery(notice=notice, receiver=receiver, means=Means.SMS, queued_at=at)
    row.to = (wishes.phone if wishes else "") or receiver.phone
    why_not = "exercise" if notice.exercise else "demonstration" if receiver.demo else ""
    why_not = why_not or ("" if row.to else "no_phone")
    if why_not:
        row.state, row.why_not = State.NOT_SENT, why_not
        return row
    row.due_at, row.held_for = rules.leaves_at(at, level=level, policy=policy, wishes=wishes)
    row.state = State.HELD if row.held_for else State.QUEUED
    return row


def _address_systems(notice: Notice, policy: Policy, *, at: datetime) -> None:
    if Means.WEBHOOK not in policy.means[notice.level]:
        return
    systems = queries.subscribers_of(notice.area, notice.level)
    queue(Delivery.objects.bulk_create(to_system(notice, system, at) for system in systems), at=at)


def to_system(notice: Notice, system: Subscriber, at: datetime) -> Delivery:
    """A system's delivery of a notice."""
    row = Delivery(
        notice=notice, subscriber=system, means=Means.WEBHOOK, queued_at=at, to=system.url
    )
    if notice.exercise:
        row.state, row.why_not = State.NOT_SENT, "exercise"
    else:
        row.state, row.due_at = State.QUEUED, at
    return row


def queue(rows: list[Delivery], *, at: datetime) -> None:
    """What may leave at once has a job; the sweep of each minute takes what waits for its hour."""
    for row in rows:
        if row.state == State.QUEUED:
            announce("delivery_queued", at=at, delivery=row.pk)


def topics_of(notice: Notice, people: Iterable[User]) -> Iterator[tuple[str, str, int | None]]:
    """What changes on open pages when people are told or answer: their notices, and the proof."""
    for one in people:
        bound = one.role in BOUND_TO_ORGANISATION
        yield f"notices-{one.pk}", notice.area_id, one.organisation_id if bound else None
    yield "deliveries", notice.area_id, notice.organisation_id
