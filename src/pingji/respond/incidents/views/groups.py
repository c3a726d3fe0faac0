"""The chain of command: who sits where, who was called to an incident, who answered."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.queries import on_duty
from pingji.ground.standards.queries import deadlines_of
from pingji.respond.incidents import actions, rules
from pingji.respond.incidents.forms.groups import SeatForm
from pingji.respond.incidents.forms.incidents import ReasonForm
from pingji.respond.incidents.models import Callout, GroupSeat
from pingji.respond.incidents.queries import groups as queries
from pingji.respond.incidents.rules import groups as group_rules
from pingji.respond.incidents.views.errors import show_errors
from pingji.respond.incidents.views.frame import frame, incident_of


@login_required
def groups(request: HttpRequest) -> HttpResponse:
    """The leading group, its office and every group the plan names, with members and phones."""
    group_rules.check_can_see_groups(request.user)
    return render(request, "incidents/groups.html", _standing(request, None))


@require_POST
@login_required
def seat(request: HttpRequest) -> HttpResponse:
    """Give somebody a seat in a group."""
    group_rules.check_can_see_groups(request.user)
    rules.check_can_edit_groups(request.user)
    area = request.user.area
    form = SeatForm(request.POST, user=request.user, groups=queries.names(area, _today()))
    if form.is_valid():
        try:
            actions.seat_person(area=area, by=request.user, at=timezone.now(), **form.cleaned_data)
            messages.success(request, _("The groups are saved."))
            return redirect("incidents:groups")
        except Refused as refused:
            refused.shown_on(form)
    context = _standing(request, form)
    return render(request, "incidents/groups.html", context, status=409)


@require_POST
@login_required
def leave(request: HttpRequest, seat_id: int) -> HttpResponse:
    """Take somebody out of a group."""
    group_rules.check_can_see_groups(request.user)
    row = get_object_or_404(GroupSeat.objects.visible_to(request.user), pk=seat_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.leave_seat(seat=row, by=request.user, at=timezone.now(), **form.cleaned_data)
            messages.success(request, _("The groups are saved."))
            return redirect("incidents:groups")
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    return render(request, "incidents/groups.html", _standing(request, None), status=409)


@login_required
def incident_groups(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The groups that answer an incident, and everybody who was called to it."""
    incident = incident_of(request, incident_id)
    return render(
        request,
        "incidents/incident_groups.html",
        frame(incident, "incident_groups")
        | {
            "callouts": queries.callouts(incident),
            "groups": incident.groups.prefetch_related("members__person__organisation"),
            "mine": queries.open_call(incident, request.user),
        },
    )


@login_required
def call(request: HttpRequest, callout_id: int) -> HttpResponse:
    """One call: who was called answers it here, whichever their role; their group beside it."""
    return render(request, "incidents/call.html", _call(request, _callout(request, callout_id)))


@require_POST
@login_required
def answer(request: HttpRequest, callout_id: int) -> HttpResponse:
    """Say that one has heard the call."""
    row = _callout(request, callout_id)
    try:
        actions.answer_call(callout=row, by=request.user, at=timezone.now())
        messages.success(request, _("Your answer is on record."))
    except Refused as refused:
        messages.error(request, str(refused))
        return render(request, "incidents/call.html", _call(request, row), status=409)
    if may(rules.check_can_view, request.user):
        return redirect("incidents:incident_groups", row.incident_id)
    return redirect(row)


def _callout(request: HttpRequest, callout_id: int) -> Callout:
    rows = Callout.objects.visible_to(request.user).select_related(
        "incident__area", "person", "acknowledged_by", "passed_on_to__person"
    )
    row = get_object_or_404(rows, pk=callout_id)
    rules.check_can_see_call(request.user, row)
    return row


def _call(request: HttpRequest, row: Callout) -> dict[str, object]:
    group = row.incident.groups.filter(key=row.group)
    return {
        "call": row,
        "clock": deadlines_of(row).first(),
        "group": group.prefetch_related("members__person__organisation").first(),
        "followed_by": getattr(row, "passed_on_to", None),
        "may_answer": may(rules.check_can_answer, request.user, row),
        "sees_incident": may(rules.check_can_view, request.user),
    }


def _today() -> date:
    return timezone.localdate()


def _standing(request: HttpRequest, form: SeatForm | None) -> dict[str, object]:
    area, today = request.user.area, timezone.localdate()
    may_edit = may(rules.check_can_edit_groups, request.user)
    known = queries.names(area, today)
    return {
        "standing": queries.standing(area, today),
        "called": on_duty(area.code, timezone.now()),
        "may_edit": may_edit,
        "form": form or (SeatForm(user=request.user, groups=known) if may_edit else None),
    }
