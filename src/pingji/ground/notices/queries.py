"""What the plan says about notices, who is told, and what a reader was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.db.models import Count, Model, Q, QuerySet
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    ROLE_PERMISSIONS,
    Area,
    Organisation,
    Permission,
    User,
)
from pingji.ground.notices import rules
from pingji.ground.notices.models import (
    Bulletin,
    Delivery,
    Level,
    Means,
    Notice,
    Preference,
    Subscriber,
)
from pingji.ground.notices.rules import Policy
from pingji.ground.standards.models import StandardRow
from pingji.ground.standards.models.deadline import key_of
from pingji.ground.standards.queries import day_of, rules_for

BEFORE = "notice."


def policy_for(area_code: str, *, on: date) -> Policy:
    """What the plan in force for an area says about notices, on a day or at a moment.

    Raises:
        Refused: Naming the key that no plan sets.
    """
    rows = rules_for(area_code, on, key__startswith=BEFORE)

    def row(key: str) -> StandardRow:
        if BEFORE + key not in rows:
            raise Refused(
                _("No plan sets “%(key)s” for area %(area)s on %(day)s. Add it to the plan.")
                % {"key": BEFORE + key, "area": area_code, "day": day_of(on).isoformat()}
            )
        return rows[BEFORE + key]

    def number(key: str) -> int:
        return int(row(key).value or 0)

    def clock(key: str) -> time:
        return row(key).time_of_day

    def words(key: str) -> tuple[str, ...]:
        return tuple(item["key"] for item in row(key).items)

    begins, told = f"{BEFORE}level.", f"{BEFORE}receivers."
    levels = {Level(level).word for level in Level.values}
    return Policy(
        levels={
            key.removeprefix(begins): int(one.value or 0)
            for key, one in rows.items()
            if key.startswith(begins)
        },
        roles={level: words(f"receivers.{Level(level).word}") for level in Level.values},
        means={level: words(f"means.{Level(level).word}") for level in Level.values},
        quiet_from=clock("quiet.from"),
        quiet_until=clock("quiet.until"),
        breaks_from=number("quiet.broken_from"),
        digest_up_to=number("digest.up_to"),
        digest_at=clock("digest.at"),
        first_wait=timedelta(minutes=number("retry.first_wait")),
        most_attempts=number("retry.most"),
        roles_of={
            kind: words(f"receivers.{kind}")
            for key in rows
            if key.startswith(told) and (kind := key.removeprefix(told)) not in levels
        },
    )


def people_of(
    roles: Iterable[str], *, area: Area, organisation: Organisation | None
) -> QuerySet[User]:
    """Active people of these roles who see the area and, if one is named, the organisation."""
    people = User.objects.people().filter(
        is_active=True, role__in=list(roles), area__in=area.around
    )
    if organisation is not None:
        people = people.filter(
            ~Q(role__in=sorted(BOUND_TO_ORGANISATION)) | Q(organisation=organisation)
        )
    return people


def holders_of(permission: Permission, *, area: Area) -> QuerySet[User]:
    """Active people who see the area and whose role carries the permission."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
    return people_of(roles, area=area, organisation=None)


def subscribers_of(area: Area, level: int) -> QuerySet[Subscriber]:
    """Systems that are told of notices of a level in an area."""
    return Subscriber.objects.filter(
        area__in=area.around, least_level__lte=level, revoked_at__isnull=True
    )


def preferences_of(people: Iterable[User]) -> dict[int, Preference]:
    """What people have set, by their number; nothing for those who set nothing."""
    return {row.user_id: row for row in Preference.objects.filter(user__in=list(people))}


def inbox(user: User) -> QuerySet[Delivery]:
    """What a reader was told on the page, the newest first."""
    told = Delivery.objects.visible_to(user).of_reader(user)
    return told.select_related("notice__area", "notice__told_by", "notice__organisation")


def proof(subject: Model, user: User) -> QuerySet[Delivery]:
    """Who was told of a row when and how, as far as the reader may see."""
    about = {f"notice__{name}": value for name, value in key_of(subject).items()}
    return _proved(Delivery.objects.visible_to(user).filter(**about))


def troubled(user: User) -> QuerySet[Delivery]:
    """Deliveries that failed, lacked a gateway or a number, or are being tried again.

    What was never meant to leave, in a demonstration or an exercise, is no trouble.
    """
    state = Delivery.State
    return (
        Delivery.objects.visible_to(user)
        .exclude(means=Means.PAGE)
        .filter(
            Q(state=state.FAILED)
            | Q(state=state.NOT_SENT, why_not__in=rules.MENDABLE)
            | Q(state__in=[state.QUEUED, state.SENDING], attempts__gt=0)
        )
        .select_related("notice__area", "receiver", "subscriber")
    )


@dataclass(frozen=True)
class Bell:
    """What the head of a page says about notices.

    Attributes:
        waiting: How many are not acknowledged.
        urgent: How many of them are urgent.
    """

    waiting: int
    urgent: int


def bell(user: User) -> Bell:
    """How many notices wait for a reader."""
    found = (
        Delivery.objects.visible_to(user)
        .of_reader(user)
        .exclude(state=Delivery.State.ACKNOWLEDGED)
        .aggregate(n=Count("pk"), urgent=Count("pk", filter=Q(notice__level=Level.URGENT)))
    )
    return Bell(found["n"], found["urgent"])


def visible_notices(user: User) -> QuerySet[Notice]:
    """Notices in the user's area; for a role bound to its organisation those it was told."""
    rows = Notice.objects.visible_to(user).select_related("area", "told_by", "organisation")
    if not rows.query.is_empty() and user.role in BOUND_TO_ORGANISATION:
        rows = rows.filter(deliveries__receiver=user).distinct()
    return rows


def deliveries_of(notice: Notice, user: User) -> QuerySet[Delivery]:
    """Who was told of a notice when and how, as far as the reader may see."""
    return _proved(Delivery.objects.visible_to(user).filter(notice=notice))


@dataclass(frozen=True)
class Asked:
    """Which notices somebody looks for; what is left open does not matter.

    Attributes:
        level: Of exactly this level.
        kind: Of this kind.
        since: Told on this day or later.
        until: Told on this day or earlier.
        receiver: Told to a person or system with this in the name.
    """

    level: int | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None
    receiver: str = ""


def sent(user: User, asked: Asked) -> QuerySet[Notice]:
    """What was told in the user's area, the newest first, with how many received it."""
    state, page = Delivery.State, Q(deliveries__means=Means.PAGE)
    rows = visible_notices(user).filter(_looked_for(asked, "", "deliveries__")).distinct()
    if asked.receiver:  # counted are all who were told, not only who was looked for
        rows = visible_notices(user).filter(pk__in=rows.values("pk"))
    return rows.order_by("-told_at", "-pk").annotate(
        people=Count("deliveries", filter=page),
        systems=Count("deliveries", filter=Q(deliveries__subscriber__isnull=False)),
        received=Count("deliveries", filter=page & Q(deliveries__delivered_at__isnull=False)),
        acknowledged=Count("deliveries", filter=Q(deliveries__state=state.ACKNOWLEDGED)),
        failed=Count("deliveries", filter=Q(deliveries__state=state.FAILED)),
    )


def sent_one_by_one(user: User, asked: Asked) -> QuerySet[Delivery]:
    """The same, a row for each receiver and means."""
    rows = Delivery.objects.visible_to(user).filter(_looked_for(asked, "notice__", ""))
    return _proved(rows).select_related(
        "notice__area", "receiver__organisation", "subscriber", "digest"
    )


def _looked_for(asked: Asked, notice: str, delivery: str) -> Q:
    """What is asked, for rows from which a notice and its deliveries are reached by these names."""
    found = {
        f"{notice}level": asked.level,
        f"{notice}kind": asked.kind,
        f"{notice}told_at__date__gte": asked.since,
        f"{notice}told_at__date__lte": asked.until,
    }
    which = Q(**{name: value for name, value in found.items() if value})
    if asked.receiver:
        which &= Q(**{f"{delivery}receiver__display_name__icontains": asked.receiver}) | Q(
            **{f"{delivery}subscriber__name__icontains": asked.receiver}
        )
    return which


def bulletins_of(subject: Model, user: User) -> QuerySet[Bulletin]:
    """Warning messages about a row, the first one first; for who may see alerts."""
    if not user.holds(Permission.ALERT_VIEW):
        return Bulletin.objects.none()
    return Bulletin.objects.visible_to(user).filter(**key_of(subject))


def subscriber_with(number: int) -> Subscriber | None:
    """The system of a number that is still told; what it asks must bear its signature."""
    return (
        Subscriber.objects.select_related("area").filter(pk=number, revoked_at__isnull=True).first()
    )


def bulletins_for(subscriber: Subscriber) -> QuerySet[Bulletin]:
    """Warning messages of the area that a system is told of, the newest first."""
    around = Bulletin.objects.filter(area__code__startswith=subscriber.area_id)
    return around.order_by("-issued_at", "-pk")


def _proved(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return rows.select_related("notice", "receiver__organisation", "subscriber", "digest").order_by(
        "-notice__told_at", "-notice_id", "receiver__display_name", "means"
    )


@dataclass(frozen=True, slots=True)
class Told:
    """One fact, and who is told of it: see the action `notify_many`.

    Attributes:
        subject: The row it is about, which bears a clock of its own.
        area: Where.
        organisation: The one it concerns, where others should not hear of it.
        people: Exactly whom to tell.
    """

    subject: Model
    area: Area
    organisation: Organisation | None
    people: Iterable[User]
