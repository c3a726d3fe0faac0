"""The page a leader reads of one incident, and what they do on it with one click."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pingji.console import queries, rules
from pingji.console.queries import leader as queries_of_one
from pingji.ground import Refused
from pingji.ground.directory.models import Permission
from pingji.respond.incidents import actions as incidents
from pingji.respond.incidents.models import Incident, Order

CHANGES = 14
ROWS = 8  # of each list; the rest is one click away
CLOCKS = 5
OWNERS = 12


def incident_of(request: HttpRequest, incident_id: int) -> Incident:
    """An incident that the reader may see."""
    rules.check_can_view_incidents(request.user)
    rows = Incident.objects.visible_to(request.user)
    related = ("area", "disease", "alert", "plan", "phase", "opened_by")
    return get_object_or_404(rows.select_related(*related), pk=incident_id)


@login_required
def leader(request: HttpRequest, incident_id: int) -> HttpResponse:
    """What changed, what is late and who owns it, where it stands, what is free: on one page."""
    incident, user, now = incident_of(request, incident_id), request.user, timezone.now()
    clocks = queries_of_one.clocks(incident, user)
    orders = queries_of_one.orders(incident, user, at=now)
    late = queries_of_one.late(orders, clocks, at=now)
    shown = {
        "incident": incident,
        "news": queries.news(user, at=now, most=CHANGES, incident=incident),
        "cases": queries_of_one.cases(incident, user, at=now),
        "orders": orders,
        "late": late[:ROWS],
        "all_late": len(late),
        "owners": orders.owners[:OWNERS],
        "clocks": [one for one in clocks if one.due_at > now][:CLOCKS],
        "groups": queries_of_one.groups(incident),
        "resources": queries_of_one.resources(user),
        "responses": queries_of_one.responses(incident, user),
        "reports": queries_of_one.reports(incident, user)[:ROWS],
        "decisions": queries_of_one.decisions(incident, user)[:ROWS],
        "may_nudge": user.holds(Permission.ORDER_ISSUE),
    }
    return render(request, "console/leader.html", shown)


@require_POST
@login_required
def read_changes(request: HttpRequest) -> HttpResponse:
    """The reader has read what changed in their area."""
    now = timezone.now()
    incidents.mark_read(until=_until(request, now), by=request.user, at=now)
    return redirect("console:home")


@require_POST
@login_required
def read_incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The reader has read what changed in an incident."""
    incident, now = incident_of(request, incident_id), timezone.now()
    incidents.mark_read(until=_until(request, now), incident=incident, by=request.user, at=now)
    return redirect("console:leader", incident.pk)


@require_POST
@login_required
def nudge(request: HttpRequest, order_id: int) -> HttpResponse:
    """Remind whoever owes an order that it is waited for."""
    rules.check_can_nudge(request.user)
    order = get_object_or_404(Order.objects.visible_to(request.user), pk=order_id)
    try:
        told = incidents.nudge(order=order, by=request.user, at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = ngettext("%(n)s person reminded", "%(n)s people reminded", told) % {"n": told}
        messages.success(request, _("%(order)s: %(said)s.") % {"order": order, "said": said})
    return redirect("console:leader", order.incident_id)


def _until(request: HttpRequest, now: datetime) -> datetime:
    """When the page that was read was drawn; a page that does not say marks nothing as read."""
    try:
        found = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise Refused(_("Load the page again and say then that you have read it."))
    return min(found, now)
