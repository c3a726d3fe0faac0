"""Activating a plan: whom it would reach, narrowing that, activating it, and its later phases."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import Area
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms.plans import ExtendForm, PhaseForm, ReachForm
from pingji.respond.incidents.models import PlanOrder
from pingji.respond.incidents.queries import plans as queries
from pingji.respond.incidents.queries.activation import (
    preview,
    preview_of_extension,
    townships_in,
    townships_left,
)
from pingji.respond.incidents.views.frame import act, frame, incident_of
from pingji.respond.incidents.views.parts import overview


@login_required
def activate(request: HttpRequest, incident_id: int) -> HttpResponse:
    """See whom a plan would reach, narrow it, and activate it; what nobody can take is named."""
    incident = incident_of(request, incident_id)
    rules.check_can_manage(request.user, incident)
    towns = townships_in(incident.area, request.user)
    given = (request.POST if request.method == "POST" else request.GET).copy()
    if given:
        given.setdefault("reach", ReachForm.EVERY)
    form = ReachForm(given or None, offered=queries.fitting(incident), townships=towns)
    if request.method == "POST" and form.is_valid():
        try:
            _same, nobody = actions.activate_plan(
                incident=incident, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            _warn(request, nobody)
            return redirect("incidents:detail", incident.pk)
        except Refused as refused:
            refused.shown_on(form)
    context = frame(incident, "detail") | {
        "here": "",  # what is being filled in is not drawn anew
        "form": form,
        "towns": towns,
        "ticked": set(given.getlist("townships")),
        "may_activate": may(rules.check_can_activate, request.user, incident),
    }
    if form.is_bound and form.is_valid():
        reached = form.cleaned_data["townships"]
        context["reached"] = reached
        context["preview"] = preview(
            form.cleaned_data["plan"],
            incident,
            on=timezone.localdate(),
            townships=[area.code for area in reached],
        )
    status = 409 if request.method == "POST" else 200
    return render(request, "incidents/activate.html", context, status=status)


@login_required
def extend_plan(request: HttpRequest, incident_id: int) -> HttpResponse:
    """See which orders further townships would get, and let the plan reach them."""
    incident = incident_of(request, incident_id)
    rules.check_can_manage(request.user, incident)
    if incident.plan is None:
        return redirect("incidents:activate", incident.pk)
    left = townships_left(incident, request.user)
    posted = request.method == "POST"
    given = request.POST if posted else request.GET
    form = ExtendForm(given or None, left=left, asking=not posted)
    if posted and form.is_valid():
        try:
            _same, sent = actions.extend_plan(
                incident=incident, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            said = ngettext("%(n)d order issued.", "%(n)d orders issued.", len(sent))
            messages.success(request, said % {"n": len(sent)})
            return redirect("incidents:detail", incident.pk)
        except Refused as refused:
            refused.shown_on(form)
    context = frame(incident, "detail") | {
        "here": "",  # what is being filled in is not drawn anew
        "form": form,
        "left": left,
        "reached": Area.objects.visible_to(request.user)
        .filter(code__in=queries.reached_by(incident))
        .order_by("code"),
        "ticked": set(given.getlist("townships")),
        "may_extend": left.exists(),
    }
    added = list(form.cleaned_data.get("townships", ())) if form.is_bound else []
    if added:
        context["added"] = added
        context["preview"] = preview_of_extension(incident, [area.code for area in added])
    status = 409 if posted else 200
    return render(request, "incidents/extend.html", context, status=status)


@require_POST
@login_required
def enter_phase(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Go on to the next phase of the plan."""

    def work(**given: object) -> None:
        _same, nobody = actions.enter_phase(**given)  # type: ignore[arg-type]
        _warn(request, nobody)

    incident = incident_of(request, incident_id)
    form = PhaseForm(request.POST, incident=incident)
    return act(request, incident_id, form, work, overview)


def _warn(request: HttpRequest, nobody: list[PlanOrder]) -> None:
    for plan_order in nobody:
        messages.warning(
            request,
            _("Nobody to take order %(number)s: the county has no %(kind)s for it.")
            % {
                "number": plan_order.number,
                "kind": plan_order.get_organisation_kind_display(),
            },
        )
