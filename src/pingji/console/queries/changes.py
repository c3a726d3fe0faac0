"""What changed since yesterday, in the order it happened, whichever stage it happened in."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import Import
from pingji.respond.incidents.models import Incident, Order
from pingji.warn.alerts.models import Alert


@dataclass(frozen=True)
class Change:
    """One thing that happened: when, what, to what, by whom."""

    at: datetime
    what: str
    title: str
    who: str
    url: str


def changes(user: User, *, since: datetime, most: int) -> list[Change]:
    """The latest changes this reader may see, newest first."""
    found = [
        *_files(user, since, most),
        *_alerts(user, since, most),
        *_incidents(user, since, most),
        *_orders(user, since, most),
    ]
    return sorted(found, key=lambda change: change.at, reverse=True)[:most]


def _files(user: User, since: datetime, most: int) -> list[Change]:
    if not user.holds(Permission.REPORT_VIEW):
        return []
    rows = Import.objects.visible_to(user).filter(finished_at__gte=since)
    return [
        Change(
            file.finished_at,
            _("Reports arrived"),
            _("%(file)s: %(n)s rows") % {"file": file.file_name, "n": file.rows},
            file.handed_in_by.display_name,
            reverse("surveillance:import", args=[file.pk]),
        )
        for file in rows.select_related("handed_in_by").order_by("-finished_at")[:most]
    ]


def _alerts(user: User, since: datetime, most: int) -> list[Change]:
    if not user.holds(Permission.ALERT_VIEW):
        return []
    alerts = Alert.objects.visible_to(user).select_related("disease", "area", "decided_by")
    raised = [
        Change(alert.raised_at, _("Alert raised"), _name(alert), "", _alert_url(alert))
        for alert in alerts.filter(raised_at__gte=since).order_by("-raised_at")[:most]
    ]
    decided = [
        Change(
            alert.decided_at,
            _("Alert verified") if alert.state == Alert.State.VERIFIED else _("Alert dismissed"),
            _name(alert),
            alert.decided_by.display_name,
            _alert_url(alert),
        )
        for alert in alerts.filter(decided_at__gte=since).order_by("-decided_at")[:most]
    ]
    return raised + decided


def _name(alert: Alert) -> str:
    return f"{alert.disease.label} · {alert.area.label}"


def _alert_url(alert: Alert) -> str:
    return reverse("alerts:detail", args=[alert.pk])


def _incidents(user: User, since: datetime, most: int) -> list[Change]:
    if not user.holds(Permission.INCIDENT_VIEW):
        return []
    incidents = Incident.objects.visible_to(user).select_related("opened_by", "closed_by")
    opened = [
        Change(
            incident.opened_at,
            _("Incident opened"),
            incident.title,
            incident.opened_by.display_name,
            reverse("incidents:detail", args=[incident.pk]),
        )
        for incident in incidents.filter(opened_at__gte=since)[:most]
    ]
    closed = [
        Change(
            incident.closed_at,
            _("Incident closed"),
            incident.title,
            incident.closed_by.display_name,
            reverse("incidents:detail", args=[incident.pk]),
        )
        for incident in incidents.filter(closed_at__gte=since).order_by("-closed_at")[:most]
    ]
    return opened + closed


# The steps of an order; each has its time and its person.
ORDER_STEPS = {
    "done": gettext_lazy("Order done"),
    "acknowledged": gettext_lazy("Order acknowledged"),
    "issued": gettext_lazy("Order issued"),
}


def _orders(user: User, since: datetime, most: int) -> list[Change]:
    orders = Order.objects.visible_to(user)
    found = []
    for step, label in ORDER_STEPS.items():
        steps = orders.filter(**{f"{step}_at__gte": since}).order_by(f"-{step}_at")
        for order in steps.select_related("organisation", f"{step}_by")[:most]:
            found.append(
                Change(
                    getattr(order, f"{step}_at"),
                    str(label),
                    order.label,
                    order.organisation.label,
                    reverse("incidents:order", args=[order.pk]),
                )
            )
    return found
