"""Hand-over of duty on screen."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import ROLE_PERMISSIONS, Permission
from pingji.ground.directory.queries import may_be_on_duty, on_duty
from pingji.ground.standards.queries import deadlines_of
from pingji.respond.incidents import actions
from pingji.respond.incidents.forms.handovers import HandoverForm
from pingji.respond.incidents.models import Handover
from pingji.respond.incidents.queries import handovers as queries
from pingji.respond.incidents.rules import handovers as rules

ROWS = 50


@login_required
def handovers(request: HttpRequest) -> HttpResponse:
    """What is under way, who takes it over, and every hand-over before."""
    rules.check_can_see_handovers(request.user)
    form = None
    now = timezone.now()
    if may(rules.check_can_hand_over, request.user):
        able = [role for role, held in ROLE_PERMISSIONS.items() if Permission.ALERT_DECIDE in held]
        people = may_be_on_duty(request.user).filter(role__in=able).exclude(pk=request.user.pk)
        form = HandoverForm(request.POST or None, people=people)
    status = 200
    if request.method == "POST":
        rules.check_can_hand_over(request.user)
        assert form is not None
        status = 409
        if form.is_valid():
            try:
                made = actions.hand_over_duty(by=request.user, at=now, **form.cleaned_data)
                return redirect(made)
            except Refused as refused:
                refused.shown_on(form)
    return render(
        request,
        "incidents/handovers.html",
        {
            "matters": queries.matters(request.user.area, now),
            "called": on_duty(request.user.area_id, now),
            "form": form,
            "rows": Handover.objects.visible_to(request.user).select_related(
                "outgoing", "incoming", "area"
            )[:ROWS],
        },
        status=status,
    )


@login_required
def handover(request: HttpRequest, handover_id: int) -> HttpResponse:
    """One hand-over: what was under way, and whether it was accepted."""
    rules.check_can_see_handovers(request.user)
    return _page(request, _handover(request, handover_id))


@require_POST
@login_required
def accept(request: HttpRequest, handover_id: int) -> HttpResponse:
    """Take duty over."""
    rules.check_can_see_handovers(request.user)
    row = _handover(request, handover_id)
    try:
        actions.accept_duty(handover=row, by=request.user, at=timezone.now())
        messages.success(request, _("Duty is yours now, and so are the clocks that ran."))
        return redirect("incidents:handover", row.pk)
    except Refused as refused:
        messages.error(request, str(refused))
        return _page(request, row, status=409)


def _handover(request: HttpRequest, handover_id: int) -> Handover:
    rows = Handover.objects.visible_to(request.user).select_related("outgoing", "incoming", "area")
    return get_object_or_404(rows, pk=handover_id)


def _page(request: HttpRequest, row: Handover, *, status: int = 200) -> HttpResponse:
    context = {
        "handover": row,
        "matters": row.matters,
        "clock": deadlines_of(row).first(),
        "may_accept": may(rules.check_can_accept, request.user, row),
    }
    return render(request, "incidents/handover.html", context, status=status)
