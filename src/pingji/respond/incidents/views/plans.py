"""Contingency plans: which there are, and activating one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms import (
    ActivateForm,
)
from pingji.respond.incidents.models import Plan
from pingji.respond.incidents.views.frame import act
from pingji.respond.incidents.views.parts import overview


@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """The plans that can be activated, with their orders and the clocks behind them."""
    rules.check_can_view(request.user)
    found = Plan.objects.filter(in_force=True).prefetch_related("orders")
    return render(request, "incidents/plans.html", {"plans": found})


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

    return act(request, incident_id, ActivateForm(request.POST), work, overview)
