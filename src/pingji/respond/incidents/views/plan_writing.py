"""Writing plans: a new version of one, a copy of one, or a wholly new one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Area
from pingji.ground.standards.queries import rules_for
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.actions.plans import text_of
from pingji.respond.incidents.forms.plan_whole import WholePlan
from pingji.respond.incidents.forms.plans import KeyForm
from pingji.respond.incidents.queries.groups import names
from pingji.respond.incidents.views.plans import plan_of


def standards_of(area: Area) -> dict[str, str]:
    """Every standard that sets a time here, by key, with its time."""
    found = rules_for(area.code, timezone.localdate(), section="deadline").values()
    return {row.key: f"{row.label} · {row.said}" for row in found}


def whole(request: HttpRequest, text: dict[str, Any]) -> WholePlan:
    """The form of a plan, filled in with its text or with what was sent."""
    area = request.user.area
    return WholePlan(
        request.POST or None,
        text=text,
        groups=names(area, timezone.localdate()),
        standards=standards_of(area),
    )


@login_required
def change_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Change a plan: what is saved is a new version for the reader's county."""
    found = plan_of(request, plan_id)
    rules.check_can_edit_plans(request.user)
    form = whole(request, text_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.change_plan(
                plan=found,
                text=form.text(),
                reason=form.head.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
            messages.success(
                request,
                _("Version %(version)s is in force; the one before stays readable.")
                % {"version": made.version},
            )
            return redirect("incidents:plan", made.pk)
        except Refused as refused:
            refused.shown_on(form.head)
    return _page(request, form, {"plan": found, "kept": f"plan-{found.pk}"})


@login_required
def new_plan(request: HttpRequest) -> HttpResponse:
    """Write a plan of one's own, from nothing or from another plan as a beginning."""
    rules.check_can_edit_plans(request.user)
    asked = request.GET.get("from", "")
    source = plan_of(request, int(asked)) if asked.isdecimal() else None
    form = whole(request, text_of(source) if source else {})
    form.head.fields["reason"].label = _("Why the plan is made")
    key = KeyForm(request.POST or None)
    right = form.is_valid()
    if request.method == "POST" and key.is_valid() and right:
        try:
            made = actions.make_plan(
                text=form.text(),
                source=source,
                reason=form.head.cleaned_data["reason"],
                key=key.cleaned_data["key"],
                by=request.user,
                at=timezone.now(),
            )
            reviewed = request.user.area.level == "county"
            messages.success(
                request,
                _("The plan is in force; its yearly review has a clock.")
                if reviewed
                else _("The plan is in force."),
            )
            return redirect("incidents:plan", made.pk)
        except Refused as refused:
            refused.shown_on(form.head)
    return _page(request, form, {"source": source, "key": key, "kept": f"plan-new-{asked}"})


def _page(request: HttpRequest, form: WholePlan, more: dict[str, Any]) -> HttpResponse:
    context = more | {
        "form": form.head,
        "phases": form.phases,
        "papers": form.papers,
        "orders": form.orders,
        "faults": form.faults() if request.method == "POST" else [],
    }
    status = 409 if request.method == "POST" else 200
    return render(request, "incidents/plan_change.html", context, status=status)
