"""What the wall shows of the incidents being answered, and of the alerts that wait."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from pingji.console.queries import leader
from pingji.console.queries.homes import late
from pingji.ground.directory.models import User
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import Incident, Order, Response
from pingji.respond.incidents.queries.orders import VERIFY
from pingji.warn.alerts.models import Alert

LATE = 24


@dataclass(frozen=True)
class InCharge:
    """The incident that the wall is about, with its figures."""

    incident: Incident
    responses: list[Response]
    cases: leader.Cases | None
    orders: leader.Orders


def in_charge(user: User, *, at: datetime) -> InCharge | None:
    """The gravest incident being answered, of these the latest; None in quiet times."""
    rows = Incident.objects.visible_to(user).open().select_related("area", "disease", "alert")
    incident = rows.order_by("grade", "-opened_at").first()  # I before IV before ungraded
    if incident is None:
        return None
    clocks = leader.clocks(incident, user)
    return InCharge(
        incident,
        list(leader.responses(incident, user)),
        leader.cases(incident, user, at=at),
        leader.orders(incident, user, clocks, at=at),
    )


def late_orders(user: User, *, at: datetime) -> QuerySet[Deadline]:
    """Clocks of orders that are not done in time, the longest first; not those of who verifies."""
    label = Order._meta.label_lower
    rows = late(user, at=at).filter(subject_type=label).exclude(key=VERIFY)
    return rows[:LATE]


def alerts_waiting(user: User) -> QuerySet[Alert]:
    """Alerts that wait for a verdict, the newest first, as lists show them."""
    waiting = Alert.objects.visible_to(user).undecided().select_related("disease", "area")
    return waiting.order_by("-raised_at").only(
        *("ends_on", "observed", "expected", "raised_at"),
        *("disease__name", "disease__name_en", "area__name", "area__name_en"),
    )
