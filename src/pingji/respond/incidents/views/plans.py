"""Contingency plans: the library, one plan, a new version of it, activating one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused, in_chinese, may
from pingji.ground.standards.queries import deadlines_of, rules_for
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms import ReasonForm
from pingji.respond.incidents.forms.plans import (
    FindingsForm,
)
from pingji.respond.incidents.models import Incident, Plan, PlanReview
from pingji.respond.incidents.queries import plans as queries
from pingji.respond.incidents.queries.groups import names
from pingji.respond.incidents.queries.orders import clocks_of
from pingji.respond.incidents.views.errors import show_errors


@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """The library: which plan answers which event, place and people, and when it is reviewed."""
    rules.check_can_view(request.user)
    found = queries.plans_for(request.user.area)
    kind, place = request.GET.get("kind", ""), request.GET.get("place", "")
    due = queries.reviews(request.user.area)
    running = clocks_of(due.values(), PlanReview)
    clocks = {code: next(iter(running.get(one.pk, [])), None) for code, one in due.items()}
    rows = [
        (plan, due.get(plan.code), clocks.get(plan.code))
        for plan in found
        if kind in ("", plan.event_kind) and place in ("", plan.place)
    ]
    return render(
        request,
        "incidents/plans.html",
        {
            "rows": rows,
            "kind": kind,
            "place": place,
            "kinds": _choices(found, "event_kind"),
            "places": _choices(found, "place"),
            "may_make": may(rules.check_can_edit_plans, request.user),
        },
    )


def _choices(found: list[Plan], field: str) -> list[tuple[str, str]]:
    held = {getattr(plan, field) for plan in found}
    choices = Plan._meta.get_field(field).choices or []
    return [(value, str(label)) for value, label in choices if value in held]


@login_required
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """One plan: its phases, what begins them, its orders with their clocks, forms and versions."""
    found = plan_of(request, plan_id)
    return render(request, "incidents/plan.html", _subject(request, found, FindingsForm()))


@require_POST
@login_required
def review_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Say that the plan was reviewed and stays as it is."""
    found = plan_of(request, plan_id)
    review = get_object_or_404(
        PlanReview.objects.visible_to(request.user),
        area=request.user.area,
        code=found.code,
        reviewed_at__isnull=True,
    )
    form = FindingsForm(request.POST)
    if form.is_valid():
        try:
            actions.review_plan(
                review=review, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            return redirect("incidents:plan", found.pk)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    return render(request, "incidents/plan.html", _subject(request, found, form), status=409)


@require_POST
@login_required
def withdraw_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take the county's own plan out of force."""
    found = plan_of(request, plan_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.withdraw_plan(
                plan=found, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _("The plan is out of force; what it answers goes on by it."))
            return redirect("incidents:plan", found.pk)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    found = plan_of(request, plan_id)
    context = _subject(request, found, FindingsForm())
    return render(request, "incidents/plan.html", context, status=409)


def plan_of(request: HttpRequest, plan_id: int) -> Plan:
    """A plan that the reader may see."""
    rules.check_can_view(request.user)
    rows = Plan.objects.visible_to(request.user).select_related("area", "made_by", "withdrawn_by")
    return get_object_or_404(rows, pk=plan_id)


def _subject(request: HttpRequest, found: Plan, form: FindingsForm) -> dict[str, object]:
    user = request.user
    now = timezone.localdate()
    standards = rules_for(user.area_id, now, section="deadline")
    known = names(user.area, now)
    chinese = in_chinese()
    orders = list(found.orders.select_related("phase"))
    for order in orders:
        order.clock = standards.get(order.standard)
        order.said_group = known.get(order.group, ("", ""))[0 if chinese else 1]
    phases = [(None, [order for order in orders if order.phase is None])]
    phases += [
        (phase, [order for order in orders if order.phase_id == phase.pk])
        for phase in found.phases.all()
    ]
    review = queries.reviews(user.area).get(found.code)
    return {
        "plan": found,
        "phases": [(phase, rows) for phase, rows in phases if phase or rows],
        "forms": found.forms,
        "chinese": chinese,
        "versions": queries.versions(found).filter(
            pk__in=Plan.objects.visible_to(user).values("pk")
        ),
        "used": Incident.objects.visible_to(user).filter(plan=found)[:10],
        "review": review,
        "review_clock": deadlines_of(review).first() if review else None,
        "reviewed": PlanReview.objects.visible_to(user)
        .filter(code=found.code, reviewed_at__isnull=False)
        .select_related("reviewed_by"),
        "findings_form": form,
        "may_make": may(rules.check_can_edit_plans, user),
        "may_withdraw": may(rules.check_can_withdraw_plan, user, found, "…"),
        "holds_now": next(
            (one for one in queries.plans_for(user.area) if one.code == found.code), None
        ),
        "may_edit": found.in_force and may(rules.check_can_edit_plans, user),
    }
