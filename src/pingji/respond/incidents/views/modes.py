"""Peace and emergency on screen: where which holds, what a switch changes, its steps."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import COUNTY_DIGITS, Area, Facility
from pingji.ground.standards.models import Mode
from pingji.ground.standards.queries import facility_mode_at, mode_at, spell_at
from pingji.respond.incidents.actions import modes as actions
from pingji.respond.incidents.forms.modes import CancelForm, StepForm, SwitchForm
from pingji.respond.incidents.models import Incident, Switch, SwitchStep
from pingji.respond.incidents.queries import modes as queries
from pingji.respond.incidents.queries.mode_changes import preview
from pingji.respond.incidents.rules import modes as rules
from pingji.respond.incidents.views.errors import show_errors

Place = Area | Facility


@login_required
def modes(request: HttpRequest) -> HttpResponse:
    """Every place with its state, now or as of a past moment, and what is under way."""
    rules.check_can_view_modes(request.user)
    now = timezone.now()
    asked = request.GET.get("at", "")
    at = queries.moment(asked, now) if asked else now
    kinds = queries.kinds_of_facilities(request.user, at)
    asked_kind = request.GET.get("kind", "")
    kind = asked_kind if asked_kind in dict(kinds) else ""
    context = {
        "kinds": kinds,
        "kind": kind,
        "asked": timezone.localtime(at).strftime("%Y-%m-%dT%H:%M") if asked else "",
        "at": at,
        "areas": queries.areas(request.user, at),
        "facilities": queries.facilities(request.user, at, kind=kind),
        "under_way": list(queries.switches(request.user).open()),
        "my_steps": queries.steps_of(request.user),
    }
    return render(request, "incidents/mode/list.html", context)


@login_required
def area_mode(request: HttpRequest, code: str) -> HttpResponse:
    """One county or township: its state, what switching would change, and its history."""
    return _place(request, _area(request, code))


@login_required
def facility_mode(request: HttpRequest, facility_id: int) -> HttpResponse:
    """One facility: its state, the ways in which it can be switched, and its history."""
    return _place(request, _facility(request, facility_id))


@login_required
def switch_area(request: HttpRequest, code: str, conversion: str) -> HttpResponse:
    """The list and the changes of a switch of an area before it begins; begins it."""
    return _begin(request, _area(request, code), conversion)


@login_required
def switch_facility(request: HttpRequest, facility_id: int, conversion: str) -> HttpResponse:
    """The list and the changes of a switch of a facility before it begins; begins it."""
    return _begin(request, _facility(request, facility_id), conversion)


@login_required
def switch(request: HttpRequest, switch_id: int) -> HttpResponse:
    """One switch with its steps in order."""
    rules.check_can_view_modes(request.user)
    return _show(request, switch_id)


@login_required
@require_POST
def finish_step(request: HttpRequest, step_id: int) -> HttpResponse:
    """Report a step done."""
    rules.check_can_view_modes(request.user)
    step = get_object_or_404(SwitchStep.objects.visible_to(request.user), pk=step_id)
    form = StepForm(request.POST)
    if form.is_valid():
        try:
            now = timezone.now()
            actions.finish_step(step=step, by=request.user, at=now, **form.cleaned_data)
            return redirect("incidents:switch", step.switch_id)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    return _show(request, step.switch_id, status=409)


@login_required
@require_POST
def cancel_switch(request: HttpRequest, switch_id: int) -> HttpResponse:
    """Give a switch up."""
    rules.check_can_view_modes(request.user)
    row = get_object_or_404(Switch.objects.visible_to(request.user), pk=switch_id)
    form = CancelForm(request.POST)
    if form.is_valid():
        try:
            now = timezone.now()
            actions.cancel_switch(switch=row, by=request.user, at=now, **form.cleaned_data)
            return redirect("incidents:switch", row.pk)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        show_errors(request, form)
    return _show(request, row.pk, status=409)


def _area(request: HttpRequest, code: str) -> Area:
    rules.check_can_view_modes(request.user)
    area = queries.area_seen(request.user, code)
    if area is None:
        raise Http404
    rules.check_level(area)
    return area


def _facility(request: HttpRequest, facility_id: int) -> Facility:
    rules.check_can_view_modes(request.user)
    rows = Facility.objects.visible_to(request.user).select_related("organisation", "area")
    return get_object_or_404(rows, pk=facility_id)


def _mode(place: Place, at: datetime) -> str:
    if isinstance(place, Facility):
        return facility_mode_at(place, at)
    return mode_at(place.code, at)


def _frame(place: Place, at: datetime) -> dict[str, object]:
    """What every page of one place has: its state, why, and what is under way."""
    is_facility = isinstance(place, Facility)
    own = queries.own_spell(place, at)
    return {
        "place": place,
        "is_facility": is_facility,
        "mode": _mode(place, at),
        "own": own,
        "because": own if is_facility else spell_at(place.code, at),  # type: ignore[union-attr]
        "to": Mode.PEACE if own else Mode.EMERGENCY,
        "running": queries.switch_under_way(place),
        "marks": queries.marks(),
    }


def _place(request: HttpRequest, place: Place) -> HttpResponse:
    now = timezone.now()
    frame = _frame(place, now)
    own = frame["own"]
    ways = queries.ways(place, now)
    if own is not None:
        ways = [way for way in ways if way.key == own.conversion]  # type: ignore[attr-defined]
    roles = queries.roles_that_switch(place, now)
    context = frame | {
        "ways": ways,
        "preview": preview(place, str(frame["to"]), now, ways),
        "history": queries.history(place),
        "earlier": [row for row in queries.switches(request.user) if row.place == place],
        "may_switch": may(rules.check_can_switch, request.user, queries.area_of(place), roles),
    }
    return render(request, "incidents/mode/place.html", context)


def _begin(request: HttpRequest, place: Place, conversion: str) -> HttpResponse:
    now = timezone.now()
    roles = queries.roles_that_switch(place, now)
    rules.check_can_switch(request.user, queries.area_of(place), roles)
    frame = _frame(place, now)
    to = str(frame["to"])
    way = next((one for one in queries.ways(place, now) if one.key == conversion), None)
    if way is None:
        raise Http404
    checks = queries.checks(place, way, to, now)
    county = queries.area_of(place).code[:COUNTY_DIGITS]
    form = SwitchForm(
        request.POST or None,
        by_hand=[(check["key"], check["label"]) for check in checks if not check["read"]],
        incidents=Incident.objects.visible_to(request.user).filter(
            state=Incident.State.OPEN, area__code__startswith=county
        ),
        all_ready=all(check["ok"] for check in checks if check["read"]),
        initial={"incident": request.GET.get("incident")},
    )
    if form.is_bound and form.is_valid():
        started = _start(request, place, to, conversion, form)
        if started is not None:
            return redirect("incidents:switch", started.pk)
    context = frame | {
        "way": way,
        "checks": checks,
        "steps": _plan(place, way.steps, to),
        "preview": preview(place, to, now, [way]),
        "form": form,
    }
    return render(
        request, "incidents/mode/begin.html", context, status=409 if form.is_bound else 200
    )


def _plan(place: Place, steps: list[dict[str, object]], to: str) -> list[SwitchStep]:
    """The steps as they will be told, not kept yet."""
    name = Switch(area=queries.area_of(place), to=to)
    return queries.planned(name, steps)


def _start(
    request: HttpRequest, place: Place, to: str, conversion: str, form: forms.Form
) -> Switch | None:
    try:
        return actions.start_switch(
            place=place,
            to=to,
            conversion=conversion,
            by=request.user,
            at=timezone.now(),
            **form.cleaned_data,
        )
    except Refused as refused:
        refused.shown_on(form)
        return None


def _show(request: HttpRequest, switch_id: int, *, status: int = 200) -> HttpResponse:
    row = get_object_or_404(queries.switches(request.user), pk=switch_id)
    roles = queries.roles_that_switch(row.place, timezone.now())
    steps = queries.with_clocks(row)
    for one in steps:
        one["mine"] = row.state == Switch.State.OPEN and may(
            rules.check_can_do, request.user, one["step"], roles
        )
    context = {
        "switch": row,
        "steps": steps,
        "checked": queries.checked(row),
        "done": sum(1 for one in steps if one["step"].is_done),
        "taken_back": [one["step"] for one in reversed(steps) if one["step"].is_done],
        "marks": queries.marks(),
        "may_cancel": row.state == Switch.State.OPEN
        and may(rules.check_can_switch, request.user, row.area, roles),
    }
    return render(request, "incidents/mode/switch.html", context, status=status)
