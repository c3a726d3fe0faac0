"""Incidents: open, look at, have judged, close."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms import (
    AssessForm,
    OpenForm,
    ReasonForm,
)
from pingji.respond.incidents.models import EventKind, Incident
from pingji.respond.incidents.views.frame import act, incident_of
from pingji.respond.incidents.views.parts import overview
from pingji.warn.alerts.actions.assessments import open_assessment_of_event
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.queries import assessments

ROWS_A_PAGE = 50


@login_required
def incidents(request: HttpRequest) -> HttpResponse:
    """What the county is answering, and what it has answered."""
    rules.check_can_view(request.user)
    state = request.GET.get("state", Incident.State.OPEN)
    found = Incident.objects.visible_to(request.user).select_related("area", "disease", "plan")
    if state in Incident.State.values:
        found = found.filter(state=state)
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "incidents/list.html",
        {
            "page": page,
            "state": state,
            "states": Incident.State.choices,
            "may_open": may(rules.check_can_open, request.user, None),
        },
    )


@login_required
def open_(request: HttpRequest) -> HttpResponse:
    """Open an incident, from a verified alert or from what was heard otherwise."""
    rules.check_can_view(request.user)
    alert = None
    asked = request.GET.get("alert", "")
    if asked.isdigit():
        alerts = Alert.objects.visible_to(request.user).select_related("area", "disease")
        alert = get_object_or_404(alerts, pk=asked)
    rules.check_can_open(request.user, alert)
    initial: dict[str, object] = {"area": request.user.area_id}
    if alert is not None:
        initial = {
            "title": _("%(area)s %(disease)s outbreak")
            % {"area": alert.area.label, "disease": alert.disease.label},
            "event_kind": EventKind.INFECTIOUS_DISEASE,
            "disease": alert.disease_id,
            "area": alert.area_id,
        }
    form = OpenForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            incident = actions.open_incident(
                **form.cleaned_data, alert=alert, by=request.user, at=timezone.now()
            )
            return redirect("incidents:detail", incident.pk)
        except Refused as refused:
            refused.shown_on(form)
    return render(request, "incidents/open.html", {"form": form, "alert": alert})


@login_required
def detail(request: HttpRequest, incident_id: int) -> HttpResponse:
    """One incident: its clocks, its orders by urgency, and everything that happened."""
    incident = incident_of(request, incident_id)
    return render(request, "incidents/detail.html", overview(request, incident))


@require_POST
@login_required
def close(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Close the incident."""
    return act(request, incident_id, ReasonForm(request.POST), actions.close_incident, overview)


@login_required
def assess(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Have experts judge the risk of an incident that no alert began."""
    incident = incident_of(request, incident_id)
    rules.check_can_have_judged(request.user, incident)
    offered = assessments.may_be_asked(incident.area_id)
    form = AssessForm(request.POST or None, offered=offered)
    if form.is_bound and form.is_valid():
        try:
            made = open_assessment_of_event(
                event=incident,
                area=incident.area,
                by=request.user,
                at=timezone.now(),
                **form.cleaned_data,
            )
            return redirect(made)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    context = {"incident": incident, "form": form}
    return render(request, "incidents/assess.html", context, status=409 if form.errors else 200)
