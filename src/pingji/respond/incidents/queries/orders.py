"""Orders with their clocks, the most urgent first, and who answers for them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Organisation, Permission, User
from pingji.ground.directory.queries import on_duty
from pingji.ground.notices.models import Delivery, Means, Notice
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.models.deadline import key_of
from pingji.respond.incidents.models import IncidentGroup, Order, OrderReport, Seat

ACKNOWLEDGE = "order.acknowledge"
TAKE_OVER = "order.take_over"
VERIFY = "order.verify"
REMINDER = "order_reminder"


def performers(order: Order) -> QuerySet[User]:
    """Whom an order goes to: the person, the group's members, else all of the organisation."""
    people = User.objects.people().filter(is_active=True)
    if order.group is not None:
        present = order.group.members.present()
        return people.filter(pk__in=present.values("person"))
    if order.person_id is not None:
        return people.filter(pk=order.person_id)
    return people.filter(organisation=order.organisation_id)


def head_organisation(group: IncidentGroup) -> Organisation:
    """Whose organisation answers for a group: its head's, else its deputy's, else a member's."""
    seats = list(Seat)
    members = group.members.present().filter(
        person__is_active=True, person__organisation__isnull=False
    )
    ranked = sorted(
        members.select_related("person__organisation__area"),
        key=lambda member: (seats.index(Seat(member.seat)), member.pk),
    )
    organisation = ranked[0].person.organisation
    assert organisation is not None
    return organisation


def clocks_of(rows: Iterable[Model], model: type[Model]) -> dict[int, list[Deadline]]:
    """The deadlines of many rows of one table, by row, in one query."""
    keys = [str(row.pk) for row in rows]
    found: dict[int, list[Deadline]] = {}
    for deadline in Deadline.objects.filter(
        subject_type=model._meta.label_lower, subject_id__in=keys
    ).select_related("standard"):
        found.setdefault(int(deadline.subject_id), []).append(deadline)
    return found


def late_orders(orders: QuerySet[Order], *, at: datetime) -> QuerySet[Order]:
    """Those that are not done in time.

    An order is late once, whichever of its clocks are over; one that is done is not: the clock
    that runs on then is that of who verifies it.
    """
    over = Deadline.objects.overdue(at).filter(
        subject_type=Order._meta.label_lower, subject_id=Cast(OuterRef("pk"), CharField())
    )
    return orders.open().filter(Exists(over))  # type: ignore[attr-defined]


def late_clocks(
    orders: QuerySet[Order], *, at: datetime, most: int | None = None
) -> dict[int, Deadline]:
    """Of each late order the clock that is over the longest, that one first.

    Args:
        orders: Among which.
        at: The moment.
        most: How many are read; None for all.
    """
    late = orders.open().order_by().annotate(key_on_clocks=Cast("pk", CharField()))  # type: ignore[attr-defined]
    rows = Deadline.objects.overdue(at).filter(
        subject_type=Order._meta.label_lower, subject_id__in=late.values("key_on_clocks")
    )
    first = rows.order_by("subject_id", "due_at", "pk").distinct("subject_id")
    longest = Deadline.objects.filter(pk__in=first.values("pk")).order_by("due_at", "pk")
    clocks = longest.select_related("standard", "organisation", "owner", "area")[:most]
    return {int(clock.subject_id): clock for clock in clocks}


def by_urgency(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders whose clock ends first, first, so the overdue ones; those without a clock last."""
    running = Deadline.objects.open().filter(
        subject_type=Order._meta.label_lower,
        subject_id=Cast(OuterRef("pk"), CharField()),
    )
    next_due = Subquery(running.order_by("due_at").values("due_at")[:1])
    return (
        orders.annotate(next_due=next_due)
        .order_by(F("next_due").asc(nulls_last=True), "issued_at", "pk")
        .select_related("organisation", "incident", "area", "person", "group", "escalated_to")
        .prefetch_related("group__members")  # whether one sits in it is asked of every row
    )


def to_whom(orders: QuerySet[Order]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom orders went to: groups, organisations and people, each as `kind-number` and its name."""
    sent = orders.order_by()
    groups = IncidentGroup.objects.filter(pk__in=sent.values("group"))
    bodies = Organisation.objects.filter(pk__in=sent.values("organisation"))
    people = User.objects.filter(pk__in=sent.values("person")).order_by("display_name")
    found = (
        (_("Groups"), [(f"group-{one.pk}", one.label) for one in groups]),
        (_("Organisations"), [(f"organisation-{one.pk}", one.label) for one in bodies]),
        (_("People"), [(f"person-{one.pk}", one.display_name) for one in people]),
    )
    return [(label, sorted(rows, key=lambda row: row[1])) for label, rows in found if rows]


def with_clocks(orders: Iterable[Order]) -> list[Order]:
    """Give each order its clocks, and the one of them that ends next."""
    rows = list(orders)
    clocks = clocks_of(rows, Order)
    for order in rows:
        order.clocks = clocks.get(order.pk, [])
        running = [clock for clock in order.clocks if clock.is_open]
        order.clock = min(running, key=lambda clock: clock.due_at, default=None)
    return rows


def share_before(order: Order) -> int:
    """How far an order was by the last word of its progress, before it was said to be done."""
    said = order.reports.filter(kind=OrderReport.Kind.PROGRESS, share__isnull=False)
    return said.order_by("-at", "-pk").values_list("share", flat=True).first() or 0


def due_before(order: Order) -> datetime | None:
    """When the clock ends that stopped as the order was said to be done."""
    clocks = Deadline.objects.of(order).filter(key=order.standard).order_by("-pk")
    return clocks.values_list("due_at", flat=True).first()


def again_of(clock: Deadline) -> str:
    """What tells one reminder of a clock from another: a new end is reminded of anew."""
    moved = f":{clock.extended_at.timestamp():.0f}" if clock.extended_at else ""
    return f"{clock.pk}{moved}"


def to_be_reminded(at: datetime) -> list[tuple[Order, Deadline]]:
    """Orders whose clock warns, each with the clock, unless it was reminded of before."""
    label = Order._meta.label_lower
    clocks = {
        f"{REMINDER}:{label}:{clock.subject_id}:{again_of(clock)}": clock
        for clock in Deadline.objects.warning(at).filter(subject_type=label).select_related("owner")
    }
    told = set(Notice.objects.filter(key__in=clocks).values_list("key", flat=True))
    due = [clock for key, clock in clocks.items() if key not in told]
    rows = Order.objects.select_related("area", "organisation")
    orders = rows.in_bulk([int(clock.subject_id) for clock in due])
    return [(orders[int(clock.subject_id)], clock) for clock in due]


def next_on_duty(order: Order, at: datetime) -> User | None:
    """Who is called after those that an order was handed on to; never who has not answered it."""
    silent = set(performers(order).values_list("pk", flat=True))
    called = [
        one
        for one in on_duty(order.area_id, at)
        if one.pk not in silent and one.holds(Permission.ORDER_PERFORM)
    ]
    places = {one.pk: place for place, one in enumerate(called)}
    after = places.get(order.escalated_to_id, -1) + 1 if order.escalated_to_id else 0
    return called[after] if after < len(called) else None


def why_unanswered(order: Order) -> Order.Why:
    """Why nobody acknowledged an order, by what is proved of the messages about it."""
    about = {f"notice__{name}": value for name, value in key_of(order).items()}
    state = Delivery.State
    silent = performers(order)
    if not silent.exists():
        return Order.Why.NOBODY
    told = Delivery.objects.filter(receiver__in=silent, **about)
    if told.filter(means=Means.PAGE, delivered_at__isnull=False).exists():
        return Order.Why.SEEN
    left = Q(state__in=[state.SENT, state.DELIVERED, state.JOINED])
    if told.exclude(means=Means.PAGE).filter(left).exists():
        return Order.Why.UNANSWERED
    return Order.Why.UNREACHED


def cannot_be_reached(order: Order) -> bool:
    """Whether every message to those who answer an order has failed, and none is on its way."""
    if order.state != Order.State.ISSUED or why_unanswered(order) != Order.Why.UNREACHED:
        return False
    about = {f"notice__{name}": value for name, value in key_of(order).items()}
    told = Delivery.objects.filter(receiver__in=performers(order), **about)
    return not told.exclude(means=Means.PAGE).waiting().exists()


def callable_people(order: Order) -> list[User]:
    """Whom to telephone about an order: those who answer it, with their numbers."""
    return list(performers(order).order_by("display_name")[:12])
