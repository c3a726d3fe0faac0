"""What the wall shows of the incidents being answered, and of the alerts that wait."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from pingji.console.queries import leader
from pingji.ground.directory.models import User
from pingji.respond.incidents.models import Incident, Response
from pingji.warn.alerts.models import Alert

INCIDENTS = 6  # that the wall turns through


@dataclass(frozen=True)
class Answered:
    """An incident being answered, with its figures."""

    incident: Incident
    responses: list[Response]
    cases: leader.Cases | None
    orders: leader.Orders


def wall_incidents(user: User, *, at: datetime) -> list[Answered]:
    """The incidents being answered, the gravest grade first, with their figures."""
    rows = Incident.objects.visible_to(user).open().select_related("area", "disease", "alert")
    found = []
    for incident in rows.order_by("grade", "-opened_at")[:INCIDENTS]:  # I before IV before none
        clocks = leader.clocks(incident, user)
        found.append(
            Answered(
                incident,
                list(leader.responses(incident, user)),
                leader.cases(incident, user, at=at),
                leader.orders(incident, user, clocks, at=at),
            )
        )
    return found


def alerts_waiting(user: User) -> QuerySet[Alert]:
    """Alerts that wait for a verdict, the newest first, as lists show them."""
    waiting = Alert.objects.visible_to(user).undecided().select_related("disease", "area")
    return waiting.order_by("-raised_at").only(
        *("ends_on", "observed", "expected", "raised_at"),
        *("disease__name", "disease__name_en", "area__name", "area__name_en"),
    )
