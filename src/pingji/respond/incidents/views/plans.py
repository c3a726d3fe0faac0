"""Contingency plans: the library, one plan, a new version of it, activating one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.standards.queries import deadlines_of, rules_for
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.actions.plans import text_of
from pingji.respond.incidents.forms import ActivateForm
from pingji.respond.incidents.forms.plan_parts import FormsForm, PhasesForm
from pingji.respond.incidents.forms.plans import (
    HEADS,
    FindingsForm,
    OrdersForm,
    PhaseForm,
    PlanForm,
)
from pingji.respond.incidents.models import Incident, Plan, PlanOrder, PlanReview
from pingji.respond.incidents.queries import plans as queries
from pingji.respond.incidents.queries.groups import names
from pingji.respond.incidents.views.errors import show_errors
from pingji.respond.incidents.views.frame import act, incident_of
from pingji.respond.incidents.views.parts import overview


@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """The library: which plan answers which event, place and people, and when it is reviewed."""
    rules.check_can_view(request.user)
    found = queries.plans_for(request.user.area)
    kind, place = request.GET.get("kind", ""), request.GET.get("place", "")
    due = queries.reviews(request.user.area)
    clocks = {code: deadlines_of(review).first() for code, review in due.items()}
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
        },
    )


def _choices(found: list[Plan], field: str) -> list[tuple[str, str]]:
    held = {getattr(plan, field) for plan in found}
    choices = Plan._meta.get_field(field).choices or []
    return [(value, str(label)) for value, label in choices if value in held]


@login_required
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """One plan: its phases, what begins them, its orders with their clocks, forms and versions."""
    found = _plan(request, plan_id)
    return render(request, "incidents/plan.html", _subject(request, found, FindingsForm()))


@login_required
def change_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Change a plan: what is saved is a new version for the reader's county."""
    found = _plan(request, plan_id)
    rules.check_can_edit_plans(request.user)
    area = request.user.area
    sent = request.POST or None
    form, phases = PlanForm(sent, plan=found), PhasesForm(sent, plan=found)
    papers = FormsForm(sent, plan=found)
    known = names(area, timezone.localdate())
    orders = OrdersForm(sent, plan=found, groups=known, stages=phases.choices())
    right = [part.is_valid() for part in (form, phases, papers, orders)]  # every fault is shown
    if sent and all(right):
        try:
            made = actions.change_plan(
                plan=found,
                text=changed(
                    text_of(found), form.cleaned_data, phases.phases(), papers, orders.orders()
                ),
                reason=form.cleaned_data["reason"],
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
            refused.shown_on(form)
    context = {"plan": found, "form": form, "phases": phases, "papers": papers, "orders": orders}
    status = 409 if request.method == "POST" else 200
    return render(request, "incidents/plan_change.html", context, status=status)


def changed(
    text: dict[str, Any],
    head: dict[str, Any],
    phases: list[tuple[int, dict[str, Any]]],
    papers: FormsForm,
    orders: list[tuple[int, dict[str, Any]]],
) -> dict[str, Any]:
    """The plan's text with another head, other phases, forms and orders.

    Raises:
        Refused: A phase was taken out, or never named, that orders still belong to.
    """
    text |= {key: head[key] for key in HEADS}
    kept = {0, *(number for number, _phase in phases)}
    for place, (number, order) in enumerate(orders, start=1):
        if number not in kept:
            raise Refused(
                _("Order %(number)s belongs to phase %(phase)s, which has no name: “%(order)s”.")
                % {"number": place, "phase": number, "order": order["text"]}
            )
    text["order"] = [order for number, order in orders if number == 0]
    text["phase"] = [
        phase | {"order": [order for at, order in orders if at == number]}
        for number, phase in phases
    ]
    text["form"] = papers.forms()
    return text


@require_POST
@login_required
def review_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Say that the plan was reviewed and stays as it is."""
    found = _plan(request, plan_id)
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
def activate(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Activate a plan; what nobody can take is named."""

    def work(**given: object) -> None:
        _same, nobody = actions.activate_plan(**given)  # type: ignore[arg-type]
        _warn(request, nobody)

    incident = incident_of(request, incident_id)
    form = ActivateForm(request.POST, offered=queries.fitting(incident))
    return act(request, incident_id, form, work, overview)


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


def _plan(request: HttpRequest, plan_id: int) -> Plan:
    rules.check_can_view(request.user)
    rows = Plan.objects.visible_to(request.user).select_related("area", "made_by")
    return get_object_or_404(rows, pk=plan_id)


def _subject(request: HttpRequest, found: Plan, form: FindingsForm) -> dict[str, object]:
    user = request.user
    now = timezone.localdate()
    standards = rules_for(user.area_id, now, section="deadline")
    known = names(user.area, now)
    chinese = found.label == found.name
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
        "reviewed": PlanReview.objects.visible_to(user).filter(
            code=found.code, reviewed_at__isnull=False
        ),
        "findings_form": form,
        "may_edit": found.in_force and may(rules.check_can_edit_plans, user),
    }
