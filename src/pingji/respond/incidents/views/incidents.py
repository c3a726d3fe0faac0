"""Incidents: open, grade, activate a plan, close."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import Permission, User
from pingji.ground.record.queries import lines_about
from pingji.ground.standards.queries import deadlines_of
from pingji.respond.incidents import actions, queries, rules
from pingji.respond.incidents.forms import (
    ActivateForm,
    AssessForm,
    GradeForm,
    OpenForm,
    OrderForm,
    ReasonForm,
    ReferenceForm,
)
from pingji.respond.incidents.models import EventKind, Incident, Order, Plan
from pingji.respond.incidents.views.errors import show_errors
from pingji.warn.alerts.actions.assessments import open_assessment_of_event
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.queries import assessments

ROWS_A_PAGE = 50
ORDER_STANDARD = "order.complete"


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
    rules.check_can_view(request.user)
    incident = _incident(request, incident_id)
    return render(request, "incidents/detail.html", _subject(request, incident))


@require_POST
@login_required
def grade(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Give another grade."""
    return _act(request, incident_id, GradeForm(request.POST), actions.grade_incident)


@require_POST
@login_required
def activate(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Activate a plan; orders that nobody can take are named."""

    def work(**given: object) -> None:
        _same, nobody = actions.activate_plan(**given)  # type: ignore[arg-type]
        for plan_order in nobody:
            messages.warning(
                request,
                _("Nobody to take order %(number)s: the county has no %(kind)s for it.")
                % {
                    "number": plan_order.number,
                    "kind": plan_order.get_organisation_kind_display(),
                },
            )

    return _act(request, incident_id, ActivateForm(request.POST), work)


@require_POST
@login_required
def issue(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Issue one more order."""

    def work(**given: object) -> None:
        actions.issue_order(standard=ORDER_STANDARD, **given)  # type: ignore[arg-type]

    return _act(request, incident_id, OrderForm(request.POST, user=request.user), work)


@require_POST
@login_required
def reported(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Note that the initial report was sent."""
    return _act(request, incident_id, ReferenceForm(request.POST), actions.report_sent)


@require_POST
@login_required
def close(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Close the incident."""
    return _act(request, incident_id, ReasonForm(request.POST), actions.close_incident)


@login_required
def assess(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Have experts judge the risk of an incident that no alert began."""
    rules.check_can_view(request.user)
    incident = _incident(request, incident_id)
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


@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """The plans that can be activated, with their orders and the clocks behind them."""
    rules.check_can_view(request.user)
    found = Plan.objects.filter(in_force=True).prefetch_related("orders")
    return render(request, "incidents/plans.html", {"plans": found})


def _incident(request: HttpRequest, incident_id: int) -> Incident:
    rows = Incident.objects.visible_to(request.user).select_related(
        "area", "disease", "plan", "alert", "opened_by", "activated_by", "closed_by"
    )
    return get_object_or_404(rows, pk=incident_id)


def _act(
    request: HttpRequest, incident_id: int, form: forms.Form, work: Callable[..., object]
) -> HttpResponse:
    """Fetch within sight, try the action, show the incident again with the refusal if any."""
    rules.check_can_view(request.user)
    incident = _incident(request, incident_id)
    if form.is_valid():
        try:
            work(incident=incident, by=request.user, at=timezone.now(), **form.cleaned_data)
            return redirect("incidents:detail", incident.pk)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    incident = _incident(request, incident_id)
    return render(request, "incidents/detail.html", _subject(request, incident), status=409)


def _judged(user: User, incident: Incident) -> dict[str, object]:
    """How the risk was judged: of the alert it began with, else of the incident itself."""
    if incident.alert:
        return {
            "assessments": assessments.of_alert(incident.alert, user),
            "may_assess": assessments.may_assess(incident.alert, user),
        }
    return {
        "assessments": assessments.of_event(incident, user),
        "may_assess": assessments.may_assess_event(incident, user),
        "assess_url": reverse("incidents:assess", args=[incident.pk]),
    }


def _subject(request: HttpRequest, incident: Incident) -> dict[str, object]:
    user = request.user
    mine = Order.objects.visible_to(user).filter(incident=incident)
    rows = queries.with_clocks(queries.by_urgency(mine))
    deadlines = list(deadlines_of(incident))
    done = sum(1 for order in rows if order.state == Order.State.DONE)
    return {
        "incident": incident,
        "orders": rows,
        "progress": ngettext(
            "%(done)s of %(n)s order done", "%(done)s of %(n)s orders done", len(rows)
        )
        % {"done": done, "n": len(rows)},
        "share": round(done / len(rows), 3) if rows else 0,
        "deadlines": deadlines,
        "sees_alerts": user.holds(Permission.ALERT_VIEW),
        **_judged(user, incident),
        "lines": lines_about(incident),
        "grade_form": GradeForm(initial={"grade": incident.grade}),
        "activate_form": ActivateForm(),
        "order_form": OrderForm(user=user),
        "may_manage": may(rules.check_can_manage, user, incident),
        "report_due": any(d.key == actions.INITIAL_REPORT and d.is_open for d in deadlines),
        "may_activate": may(rules.check_can_activate, user, incident),
        "may_order": may(rules.check_can_order, user, incident),
    }
