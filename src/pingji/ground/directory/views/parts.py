"""Facilities and staff of an organisation on screen."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground.directory import actions, rules
from pingji.ground.directory.forms import CloseForm, FacilityForm, LeaveForm, StaffForm
from pingji.ground.directory.models import Facility, Organisation, Staff
from pingji.ground.directory.views.asking import answered, ask
from pingji.ground.directory.views.organisations import visible

FACILITY_FIELDS = (
    "name",
    "name_en",
    "kind",
    "address",
    "longitude",
    "latitude",
    "position_source",
)


def _editable(request: HttpRequest, organisation: Organisation) -> Organisation:
    rules.check_can_edit_organisation(request.user, organisation)
    return organisation


def _facility(request: HttpRequest, facility_id: int) -> Facility:
    rows = Facility.objects.visible_to(request.user).select_related("organisation")
    facility = get_object_or_404(rows, pk=facility_id)
    _editable(request, facility.organisation)
    rules.check_facility_open(facility)
    return facility


def _staff(request: HttpRequest, staff_id: int) -> Staff:
    rows = Staff.objects.visible_to(request.user).select_related("organisation")
    staff = get_object_or_404(rows, pk=staff_id)
    _editable(request, staff.organisation)
    rules.check_staff_present(staff)
    return staff


@login_required
def add_facility(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Add a place that an organisation runs."""
    organisation = _editable(request, visible(request, organisation_id))
    start = {"longitude": organisation.area.longitude, "latitude": organisation.area.latitude}
    form = FacilityForm(request.POST or None, initial=start)
    if added := answered(
        form,
        actions.add_facility,
        organisation=organisation,
        by=request.user,
        at=timezone.now(),
    ):
        messages.success(request, _("%(name)s is added.") % {"name": added})
        return redirect("directory:organisation", organisation.pk)
    return ask(
        request,
        form,
        title=_("Which place does %(name)s run?") % {"name": organisation},
        does=_("Add facility"),
        back_url=organisation.get_absolute_url(),
    )


@login_required
def edit_facility(request: HttpRequest, facility_id: int) -> HttpResponse:
    """Change a facility."""
    facility = _facility(request, facility_id)
    form = FacilityForm(
        request.POST or None,
        initial={field: getattr(facility, field) for field in FACILITY_FIELDS},
    )
    if answered(form, actions.edit_facility, facility=facility, by=request.user, at=timezone.now()):
        messages.success(request, _("Saved."))
        return redirect("directory:organisation", facility.organisation_id)
    return ask(
        request,
        form,
        title=_("What has changed at %(name)s?") % {"name": facility},
        does=_("Save changes"),
        back_url=facility.organisation.get_absolute_url(),
    )


@login_required
def close_facility(request: HttpRequest, facility_id: int) -> HttpResponse:
    """Close a facility."""
    facility = _facility(request, facility_id)
    form = CloseForm(request.POST or None, initial={"on": timezone.localdate()})
    if answered(
        form, actions.close_facility, facility=facility, by=request.user, at=timezone.now()
    ):
        messages.success(request, _("%(name)s is closed.") % {"name": facility})
        return redirect("directory:organisation", facility.organisation_id)
    return ask(
        request,
        form,
        title=_("Since when is %(name)s closed?") % {"name": facility},
        lead=_("It leaves the map and the lists; what happened there stays on record."),
        does=_("Close facility"),
        back_url=facility.organisation.get_absolute_url(),
        danger=True,
    )


@login_required
def add_staff(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Add somebody who works for an organisation."""
    organisation = _editable(request, visible(request, organisation_id))
    form = StaffForm(request.POST or None)
    if added := answered(
        form, actions.add_staff, organisation=organisation, by=request.user, at=timezone.now()
    ):
        messages.success(request, _("%(name)s is added.") % {"name": added})
        return redirect("directory:organisation", organisation.pk)
    return ask(
        request,
        form,
        title=_("Who works for %(name)s?") % {"name": organisation},
        does=_("Add person"),
        back_url=organisation.get_absolute_url(),
    )


@login_required
def edit_staff(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Change somebody's post or phone."""
    staff = _staff(request, staff_id)
    form = StaffForm(
        request.POST or None,
        initial={field: getattr(staff, field) for field in ("name", "post", "phone")},
    )
    if answered(form, actions.edit_staff, staff=staff, by=request.user, at=timezone.now()):
        messages.success(request, _("Saved."))
        return redirect("directory:organisation", staff.organisation_id)
    return ask(
        request,
        form,
        title=_("What has changed for %(name)s?") % {"name": staff},
        does=_("Save changes"),
        back_url=staff.organisation.get_absolute_url(),
    )


@login_required
def staff_left(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Note that somebody has left."""
    staff = _staff(request, staff_id)
    form = LeaveForm(request.POST or None, initial={"on": timezone.localdate()})
    if answered(form, actions.staff_left, staff=staff, by=request.user, at=timezone.now()):
        messages.success(request, _("%(name)s is no longer listed.") % {"name": staff})
        return redirect("directory:organisation", staff.organisation_id)
    return ask(
        request,
        form,
        title=_("Since when does %(name)s no longer work there?") % {"name": staff},
        does=_("Take off the list"),
        back_url=staff.organisation.get_absolute_url(),
        danger=True,
    )
