"""What every page of one incident has: its head, its tabs, and how an action on it answers."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.ground import Refused
from pingji.respond.incidents import rules
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.views.errors import show_errors

# The pages of an incident, by the name of their address.
TABS = (
    ("detail", _("Overview")),
    ("grading", _("Grade")),
    ("responses", pgettext_lazy("by area", "Response")),
    ("incident_map", _("Map")),
    ("incident_groups", _("Groups")),
    ("consultations", _("Consultations")),
    ("reports", pgettext_lazy("of an incident", "Reports")),
    ("incident_timeline", _("Timeline")),
    ("joint", _("Joint prevention")),
)


def incident_of(request: HttpRequest, incident_id: int) -> Incident:
    """An incident that the user may see."""
    rules.check_can_view(request.user)
    rows = Incident.objects.visible_to(request.user).select_related(
        "area", "disease", "plan", "alert", "opened_by", "activated_by", "closed_by"
    )
    return get_object_or_404(rows, pk=incident_id)


def frame(incident: Incident, tab: str) -> dict[str, object]:
    """The incident, its tabs, and the address of the page shown."""
    addresses = {name: reverse(f"incidents:{name}", args=[incident.pk]) for name, _label in TABS}
    return {
        "incident": incident,
        "here": addresses[tab],
        "tabs": [
            {"url": addresses[name], "label": label, "current": name == tab} for name, label in TABS
        ],
    }


def act(
    request: HttpRequest,
    incident_id: int,
    form: forms.Form,
    work: Callable[..., object],
    show: Callable[[HttpRequest, Incident], dict[str, object]],
    *,
    tab: str = "detail",
) -> HttpResponse:
    """Fetch within sight, try the action, show the page again with the refusal if any."""
    incident = incident_of(request, incident_id)
    if form.is_valid():
        try:
            work(incident=incident, by=request.user, at=timezone.now(), **form.cleaned_data)
            return redirect(f"incidents:{tab}", incident.pk)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    incident = incident_of(request, incident_id)
    return render(request, f"incidents/{tab}.html", show(request, incident), status=409)
