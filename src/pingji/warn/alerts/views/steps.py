"""An alert's way after the desk: the field, the closing, and who sees to it."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import Refused
from pingji.warn.alerts import actions, queries, rules
from pingji.warn.alerts.forms import ClosingForm, DecisionForm, InvestigationForm, OwnerForm
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.views.parts import alerts_of, subject


def _take(
    request: HttpRequest,
    alert_id: int,
    name: str,
    form_of: Callable[[Alert], Form],
    act: Callable[..., Alert],
) -> HttpResponse:
    """Take a form; show the alert again, with the refusal if there is one."""
    rules.check_can_view(request.user)
    alert = get_object_or_404(alerts_of(request), pk=alert_id)
    form = form_of(alert)
    if form.is_valid():
        try:
            act(alert=alert, by=request.user, at=timezone.now(), **form.cleaned_data)
            return redirect("alerts:detail", alert.pk)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            alert.refresh_from_db()
    context = subject(request, alert, DecisionForm()) | {name: form, "wrong": form}
    return render(request, "alerts/detail.html", context, status=409)


@require_POST
@login_required
def investigate(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Take what was found in the field."""
    return _take(
        request,
        alert_id,
        "investigation",
        lambda _alert: InvestigationForm(request.POST),
        actions.investigate,
    )


@require_POST
@login_required
def close(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Take the verdict and the reason for closing."""
    return _take(
        request, alert_id, "closing", lambda _alert: ClosingForm(request.POST), actions.close
    )


@require_POST
@login_required
def give(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Say who sees to the alert."""
    return _take(
        request,
        alert_id,
        "owner_form",
        lambda alert: OwnerForm(request.POST, people=queries.who_may_own(alert, request.user)),
        actions.give_to,
    )
