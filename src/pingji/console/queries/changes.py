"""What changed since yesterday, in the order it happened, whichever stage it happened in."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Coalesce
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
        for file in rows.select_related("handed_in_by")
        .only("finished_at", "file_name", "rows", "handed_in_by__display_name")
        .order_by("-finished_at", "-pk")[:most]
    ]


def _alerts(user: User, since: datetime, most: int) -> list[Change]:
    if not user.holds(Permission.ALERT_VIEW):
        return []
    latest = Coalesce("decided_at", "raised_at").desc()
    rows = Alert.objects.visible_to(user).filter(Q(raised_at__gte=since) | Q(decided_at__gte=since))
    found = []
    rows = rows.select_related("disease", "area", "decided_by").only(
        *("state", "raised_at", "decided_at", "decided_by__display_name"),
        *("disease__name", "disease__name_en", "area__name", "area__name_en"),
    )
    for alert in rows.order_by(latest)[:most]:
        title = f"{alert.disease.label} · {alert.area.label}"
        url = reverse("alerts:detail", args=[alert.pk])
        if alert.raised_at >= since:
            found.append(Change(alert.raised_at, _("Alert raised"), title, "", url))
        if alert.decided_at and alert.decided_by:
            verified = alert.state == Alert.State.VERIFIED
            what = _("Alert verified") if verified else _("Alert dismissed")
            who = alert.decided_by.display_name
            found.append(Change(alert.decided_at, what, title, who, url))
    return found


def _incidents(user: User, since: datetime, most: int) -> list[Change]:
    if not user.holds(Permission.INCIDENT_VIEW):
        return []
    latest = Coalesce("closed_at", "opened_at").desc()
    rows = Incident.objects.visible_to(user).filter(
        Q(opened_at__gte=since) | Q(closed_at__gte=since)
    )
    found = []
    rows = rows.select_related("opened_by", "closed_by").only(
        *("title", "opened_at", "closed_at"),
        *("opened_by__display_name", "closed_by__display_name"),
    )
    for incident in rows.order_by(latest)[:most]:
        url = reverse("incidents:detail", args=[incident.pk])
        if incident.opened_at >= since:
            who = incident.opened_by.display_name
            change = Change(incident.opened_at, _("Incident opened"), incident.title, who, url)
            found.append(change)
        if incident.closed_at and incident.closed_by:
            who = incident.closed_by.display_name
            change = Change(incident.closed_at, _("Incident closed"), incident.title, who, url)
            found.append(change)
    return found


# The steps of an order that are worth telling, and the column of their time.
ORDER_STEPS = {
    "done_at": gettext_lazy("Order done"),
    "acknowledged_at": gettext_lazy("Order acknowledged"),
    "issued_at": gettext_lazy("Order issued"),
}


def _orders(user: User, since: datetime, most: int) -> list[Change]:
    recent = Q()
    for step in ORDER_STEPS:
        recent |= Q(**{f"{step}__gte": since})
    rows = Order.objects.visible_to(user).filter(recent).select_related("organisation")
    rows = rows.only(*ORDER_STEPS, "text", "text_en", "organisation__name", "organisation__name_en")
    found = []
    for order in rows.order_by(Coalesce(*ORDER_STEPS).desc())[:most]:
        url = reverse("incidents:order", args=[order.pk])
        for step, what in ORDER_STEPS.items():
            at = getattr(order, step)
            if at and at >= since:
                found.append(Change(at, str(what), order.label, order.organisation.label, url))
    return found
