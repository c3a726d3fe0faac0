"""What one duty officer leaves to the next."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from pingji.ground.directory.models import Area, User
from pingji.ground.standards.models import Deadline
from pingji.respond.incidents.models import Incident, Order
from pingji.warn.alerts.models import Alert


def matters(area: Area, at: datetime) -> list[dict[str, Any]]:
    """What is under way in an area: open incidents, alerts, what is late, orders not done."""
    here = {"area__code__startswith": area.code}
    return [
        *(
            {"kind": "incident", "id": row.pk, "label": row.title, "since": _moment(row.opened_at)}
            for row in Incident.objects.open().filter(**here)
        ),
        *(
            {"kind": "alert", "id": row.pk, "label": str(row), "since": _moment(row.raised_at)}
            for row in Alert.objects.filter(state__in=Alert.OPEN, **here).select_related(
                "area", "disease"
            )
        ),
        {
            "kind": "orders",
            "count": Order.objects.open().filter(**here).count(),
        },
        {"kind": "late", "count": Deadline.objects.overdue(at).filter(**here).count()},
    ]


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%m-%d %H:%M")


def clocks_of_owner(user: User) -> list[Deadline]:
    """The clocks that run for somebody, which go to who takes over."""
    return list(Deadline.objects.open().filter(owner=user))
