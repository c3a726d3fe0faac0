"""The map of an incident: its risk areas and checkpoints; and what is free, told from a phone."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pingji.ground import Refused, may
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    COUNTY_DIGITS,
    TOWNSHIP_DIGITS,
    Area,
    Facility,
    Organisation,
    Permission,
)
from pingji.respond.incidents.actions import field as actions
from pingji.respond.incidents.forms.field import (
    CheckpointForm,
    EndForm,
    FacilityCountsForm,
    ResourceCountForm,
    RiskChangeForm,
    RiskForm,
)
from pingji.respond.incidents.models import Checkpoint, FreeCount, RiskArea, SharedResource
from pingji.respond.incidents.queries import field as queries
from pingji.respond.incidents.rules import field as rules
from pingji.respond.incidents.rules.incidents import check_can_manage, check_can_view
from pingji.respond.incidents.rules.orders import check_can_view_orders
from pingji.respond.incidents.views.frame import frame, incident_of


@login_required
def incident_map(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Where an incident is, and what stands there: the map, its risk areas, its checkpoints."""
    incident = incident_of(request, incident_id)
    user = request.user
    points = queries.checkpoints(incident, user)
    for point in points:
        point.may_keep = may(rules.check_can_keep_checkpoint, user, point)
    context = frame(incident, "incident_map") | {
        "risk_areas": queries.risk_areas(incident, user),
        "checkpoints": points,
        "may_judge": may(rules.check_can_judge_risk, user, incident, _roles(incident)),
        "may_manage": may(check_can_manage, user, incident),
    }
    return render(request, "incidents/map.html", context)


def _roles(incident: Any) -> list[str]:
    return queries.risk_roles(incident.area_id, timezone.localdate())


@login_required
def set_risk(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Make a township or a village a risk area."""
    incident = incident_of(request, incident_id)
    rules.check_can_judge_risk(request.user, incident, _roles(incident))
    form = RiskForm(
        request.POST or None,
        areas=queries.areas_of_risk(incident, request.user),
        levels=queries.risk_levels(incident.area_id, timezone.localdate()),
    )
    words = {"title": _("Which area is a risk area?"), "verb": _("Set the risk area")}
    return _do(request, form, actions.set_risk_area, {"incident": incident}, incident.pk, words)


@login_required
def change_risk(request: HttpRequest, risk_id: int) -> HttpResponse:
    """Give a risk area another level, or lift it."""
    row = _risk(request, risk_id)
    form = RiskChangeForm(
        request.POST or None,
        levels=queries.risk_levels(row.incident.area_id, timezone.localdate()),
        initial={"level": row.level},
    )
    words = {
        "title": _("Which level follows in %(area)s?") % {"area": row.area.label},
        "lead": str(row),
        "verb": _("Change the level"),
        "risk": row,
        "end_form": EndForm(auto_id="end_%s"),
    }
    subject = {"risk_area": row}
    return _do(request, form, actions.change_risk_area, subject, row.incident_id, words)


@require_POST
@login_required
def lift_risk(request: HttpRequest, risk_id: int) -> HttpResponse:
    """End a risk area."""
    row = _risk(request, risk_id)
    words = {
        "title": _("Why does the risk area end?"),
        "lead": str(row),
        "verb": _("Lift the risk area"),
    }
    form = EndForm(request.POST)
    return _do(request, form, actions.lift_risk_area, {"risk_area": row}, row.incident_id, words)


def _risk(request: HttpRequest, risk_id: int) -> RiskArea:
    check_can_view(request.user)
    rows = RiskArea.objects.visible_to(request.user).select_related("incident__area", "area")
    row = get_object_or_404(rows, pk=risk_id)
    rules.check_can_judge_risk(request.user, row.incident, _roles(row.incident))
    return row


@login_required
def set_checkpoint(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Set up a checkpoint."""
    incident = incident_of(request, incident_id)
    check_can_manage(request.user, incident)
    form = CheckpointForm(
        request.POST or None,
        areas=queries.areas_of_risk(incident, request.user),
        organisations=Organisation.objects.visible_to(request.user).open(),
    )
    words = {"title": _("Where is a checkpoint set up?"), "verb": _("Set up the checkpoint")}
    return _do(request, form, actions.open_checkpoint, {"incident": incident}, incident.pk, words)


@login_required
def close_checkpoint(request: HttpRequest, checkpoint_id: int) -> HttpResponse:
    """Close a checkpoint."""
    row = _checkpoint(request, checkpoint_id)
    form = EndForm(request.POST or None)
    words = {
        "title": _("Why is the checkpoint closed?"),
        "lead": row.name,
        "verb": _("Close the checkpoint"),
    }
    subject = {"checkpoint": row}
    return _do(request, form, actions.close_checkpoint, subject, row.incident_id, words)


@require_POST
@login_required
def reopen_checkpoint(request: HttpRequest, checkpoint_id: int) -> HttpResponse:
    """Open a checkpoint that was closed again."""
    row = _checkpoint(request, checkpoint_id)
    actions.reopen_checkpoint(checkpoint=row, by=request.user, at=timezone.now())
    return redirect(_back(request, row.incident_id))


def _checkpoint(request: HttpRequest, checkpoint_id: int) -> Checkpoint:
    check_can_view_orders(request.user)
    rows = Checkpoint.objects.visible_to(request.user).select_related("incident__area", "area")
    row = get_object_or_404(rows, pk=checkpoint_id)
    rules.check_can_keep_checkpoint(request.user, row)
    return row


def _back(request: HttpRequest, incident_id: int) -> str:
    """The map of the incident for who may see it, else one's own page."""
    seen = (
        request.user.holds(Permission.INCIDENT_VIEW)
        and request.user.role not in BOUND_TO_ORGANISATION
    )
    return (
        reverse("incidents:incident_map", args=[incident_id]) if seen else reverse("incidents:free")
    )


def _do(
    request: HttpRequest,
    form: forms.Form,
    work: Callable[..., object],
    subject: dict[str, Any],
    incident_id: int,
    words: dict[str, Any],
) -> HttpResponse:
    """Try what the form asks for; show the form again with the refusal if any."""
    back = _back(request, incident_id)
    if form.is_bound and form.is_valid():
        try:
            work(**subject, **form.cleaned_data, by=request.user, at=timezone.now())
            return redirect(back)
        except Refused as refused:
            refused.shown_on(form)
    context = words | {"form": form, "back": back}
    return render(request, "incidents/field_form.html", context, status=409 if form.errors else 200)


@login_required
def free(request: HttpRequest) -> HttpResponse:
    """What somebody brings up to date on a phone: beds, teams, vehicles, checkpoints."""
    check_can_view_orders(request.user)
    user = request.user
    bound = user.role in BOUND_TO_ORGANISATION or not user.holds(Permission.INCIDENT_MANAGE)
    found = (
        queries.own(user, user.organisation if bound else None, timezone.now())
        if user.organisation_id or not bound
        else None
    )
    return render(request, "incidents/free.html", {"own": found})


@login_required
def tell_facility(request: HttpRequest, facility_id: int) -> HttpResponse:
    """Say how many beds and rooms of a facility are free."""
    check_can_view_orders(request.user)
    rows = Facility.objects.visible_to(request.user).select_related("organisation__area")
    facility = get_object_or_404(rows, pk=facility_id)
    rules.check_can_tell_free(request.user, facility.organisation)
    now = timezone.now()
    told = FreeCount.objects.visible_to(request.user).as_of(now).filter(facility=facility)
    form = FacilityCountsForm(
        request.POST or None,
        kinds=queries.facility_counts(facility.area_id, timezone.localdate(now)),
        told=told,
    )
    if form.is_bound and form.is_valid():
        try:
            actions.tell_free_in(
                facility=facility,
                counts=form.counts(),
                as_of=form.cleaned_data["as_of"],
                by=request.user,
                at=now,
            )
            return redirect("incidents:free")
        except Refused as refused:
            refused.shown_on(form)
    context = {"form": form, "facility": facility, "told": told}
    return render(
        request, "incidents/free_facility.html", context, status=409 if form.errors else 200
    )


@login_required
def tell_resource(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Say how many of a team, of vehicles, of equipment are free, and where they stand."""
    check_can_view_orders(request.user)
    rows = SharedResource.objects.visible_to(request.user).select_related("organisation__area")
    resource = get_object_or_404(rows, pk=resource_id)
    rules.check_can_tell_free(request.user, resource.organisation)
    now = timezone.now()
    last = queries.latest_count(resource=resource)
    county = resource.area_id[:COUNTY_DIGITS]
    form = ResourceCountForm(
        request.POST or None,
        areas=Area.objects.visible_to(request.user).filter(
            code__startswith=county, code__length__in=(COUNTY_DIGITS, TOWNSHIP_DIGITS, 12)
        ),
        initial={
            "free": resource.free,
            "amount": resource.amount,
            "area": last.area_id if last else resource.area_id,
            "longitude": last.longitude if last else None,
            "latitude": last.latitude if last else None,
        },
    )
    if form.is_bound and form.is_valid():
        try:
            actions.tell_free(
                resource=resource,
                free=form.cleaned_data["free"],
                amount=form.cleaned_data["amount"],
                position=form.position(),
                as_of=form.cleaned_data["as_of"],
                by=request.user,
                at=now,
            )
            return redirect("incidents:free")
        except Refused as refused:
            refused.shown_on(form)
    context = {
        "title": resource.name,
        "lead": _("How many are free, and where do they stand?"),
        "verb": _("Tell it"),
        "form": form,
        "back": reverse("incidents:free"),
    }
    return render(request, "incidents/field_form.html", context, status=409 if form.errors else 200)
