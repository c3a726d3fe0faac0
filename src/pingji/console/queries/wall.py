"""What the wall shows of the incidents being answered, and of the alerts that wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from pingji.ground.directory.models import Permission, User
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import Incident, Order, Response
from pingji.respond.incidents.queries import orders
from pingji.respond.incidents.queries.event_figures import case_counts
from pingji.warn.alerts.models import Alert

A_DAY = timedelta(days=1)
STATE = Order.State


@dataclass(frozen=True)
class Answered:
    """An incident being answered, in the figures that are read across a room.

    Attributes:
        incident: With its area.
        responses: Those that hold now.
        cases: None where nobody counts them: no illness is named, or the reader may not.
        new: Cases that became known since the same hour yesterday.
        total: Orders, without those withdrawn.
        done: Done or verified.
        unseen: Not acknowledged yet.
        late: Not done in time.
    """

    incident: Incident
    responses: list[Response]
    cases: int | None = None
    new: int = 0
    total: int = 0
    done: int = 0
    unseen: int = 0
    late: int = 0


def answered(user: User, *, at: datetime, most: int) -> list[Answered]:
    """The incidents being answered, the gravest first, of these the latest; none in quiet times."""
    rows = Incident.objects.visible_to(user).open().select_related("area", "disease", "alert")
    incidents = list(rows.order_by("grade", "-opened_at")[:most])  # I before IV before ungraded
    held: dict[int, list[Response]] = {}
    active = Response.objects.visible_to(user).active().filter(incident__in=incidents)
    for row in active.select_related("area").order_by("area_id"):
        held.setdefault(row.incident_id, []).append(row)
    progress = _progress(user, incidents, at)
    cases: dict[int, dict[str, int]] = {}
    if user.holds(Permission.REPORT_VIEW):
        cases = case_counts(incidents, user, at=at, since=at - A_DAY)
    return [
        Answered(
            one,
            held.get(one.pk, []),
            **cases.get(one.pk, {}),
            **progress.get(one.pk, {}),
        )
        for one in incidents
    ]


def _progress(user: User, incidents: list[Incident], at: datetime) -> dict[int, dict[str, int]]:
    """How far the orders of each incident are, and how many are late."""
    rows = Order.objects.visible_to(user).filter(incident__in=incidents).order_by()
    counted = (
        rows.exclude(state=STATE.WITHDRAWN)
        .values("incident")
        .annotate(
            total=Count("pk"),
            done=Count("pk", filter=Q(state__in=(STATE.DONE, STATE.VERIFIED))),
            unseen=Count("pk", filter=Q(state=STATE.ISSUED)),
        )
    )
    found = {row.pop("incident"): row for row in counted}
    late = orders.late_orders(rows, at=at)
    for incident, n in late.values_list("incident").annotate(n=Count("pk")):
        found[incident]["late"] = n
    return found


def late_orders(user: User, *, at: datetime, most: int) -> list[Deadline]:
    """The clocks of orders that are not done in time, one of each, the longest first."""
    return list(orders.late_clocks(Order.objects.visible_to(user), at=at, most=most).values())


def alerts_waiting(user: User) -> QuerySet[Alert]:
    """Alerts that wait for a verdict, the newest first, as lists show them."""
    waiting = Alert.objects.visible_to(user).undecided().select_related("disease", "area")
    return waiting.order_by("-raised_at").only(
        *("ends_on", "observed", "expected", "raised_at"),
        *("disease__name", "disease__name_en", "area__name", "area__name_en"),
    )
