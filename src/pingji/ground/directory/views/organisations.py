"""Organisations on screen."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import may
from pingji.ground.directory import actions, queries, rules
from pingji.ground.directory.forms import CloseForm, NewOrganisationForm, OrganisationForm
from pingji.ground.directory.models import Area, Facility, Organisation, Staff
from pingji.ground.directory.views.asking import answered, ask, page_of

OPTIONS = 30
FIELDS = (
    "name",
    "name_en",
    "kind",
    "phone",
    "level",
    "beds",
    "public",
    "connected",
    "area",
    "parent",
)


def visible(request: HttpRequest, organisation_id: int) -> Organisation:
    """The organisation, if the reader may see it."""
    rows = Organisation.objects.visible_to(request.user).select_related("area", "parent")
    return get_object_or_404(rows, pk=organisation_id)


@login_required
def organisations(request: HttpRequest) -> HttpResponse:
    """Who there is to turn to."""
    everything = Organisation.objects.visible_to(request.user)
    word, kind = request.GET.get("q", ""), request.GET.get("kind", "")
    closed = request.GET.get("closed") == "1"
    place = Area.objects.visible_to(request.user).filter(pk=request.GET.get("area", "")).first()
    rows = queries.organisations_named(everything, word).select_related("area")
    rows = rows.filter(closed_on__isnull=not closed)
    if place:
        rows = rows.filter(area__code__startswith=place.code)
    counts = queries.numbers_by_kind(rows)
    if kind in Organisation.Kind.values:
        rows = rows.filter(kind=kind)
    return render(
        request,
        "directory/organisations.html",
        {
            "page": page_of(request, rows.order_by("area__code", "kind", "code")),
            "counts": counts,
            "total": sum(number for _kind, _label, number in counts),
            "q": word,
            "kind": kind,
            "closed": closed,
            "place": place,
            "may_add": may(rules.check_can_edit_organisations, request.user),
        },
    )


@login_required
def organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """One organisation: its places, its people, who stands under it."""
    shown = visible(request, organisation_id)
    staff = Staff.objects.visible_to(request.user).filter(organisation=shown, left_on=None)
    parts = Organisation.objects.visible_to(request.user).open().filter(parent=shown)
    return render(
        request,
        "directory/organisation.html",
        {
            "shown": shown,
            "facilities": Facility.objects.visible_to(request.user)
            .filter(organisation=shown, closed_on=None)
            .select_related("area")
            .prefetch_related("emergency_spells"),
            "staff": staff,
            "parts": parts.select_related("area"),
            "may_edit": may(rules.check_can_edit_organisation, request.user, shown),
            "may_close": may(rules.check_can_close_organisation, request.user, shown),
        },
    )


@login_required
def organisation_map(request: HttpRequest, organisation_id: int) -> JsonResponse:
    """The townships round an organisation, and its facilities."""
    shown = visible(request, organisation_id)
    # A township's own cell says little: its neighbours, as far as the reader may see, belong to it.
    around = Area.objects.visible_to(request.user).under(shown.area_id[:6]).of_level("township")
    facilities = Facility.objects.visible_to(request.user).filter(
        organisation=shown, closed_on=None
    )
    return JsonResponse(
        queries.map_of(around, title=shown.label, points=queries.facility_points(facilities))
    )


@login_required
def organisation_options(request: HttpRequest) -> HttpResponse:
    """Open organisations that fit what is being typed."""
    word = request.GET.get("organisation") or request.GET.get("parent", "")
    rows = queries.organisations_named(Organisation.objects.visible_to(request.user).open(), word)
    return render(request, "directory/options.html", {"rows": rows[:OPTIONS]})


@login_required
def add_organisation(request: HttpRequest) -> HttpResponse:
    """Add an organisation."""
    rules.check_can_edit_organisations(request.user)
    form = NewOrganisationForm(
        request.POST or None,
        user=request.user,
        initial={"area": request.user.area, "public": True},
    )
    if added := answered(form, actions.add_organisation, by=request.user, at=timezone.now()):
        messages.success(request, _("%(name)s is added.") % {"name": added})
        return redirect("directory:organisation", added.pk)
    return ask(
        request,
        form,
        title=_("Which organisation is new?"),
        does=_("Add organisation"),
        back_url=reverse("directory:organisations"),
    )


@login_required
def edit_organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Change an organisation."""
    shown = visible(request, organisation_id)
    rules.check_can_edit_organisation(request.user, shown)
    form = OrganisationForm(
        request.POST or None,
        user=request.user,
        initial={field: getattr(shown, field) for field in FIELDS},
    )
    if answered(
        form,
        actions.edit_organisation,
        organisation=shown,
        by=request.user,
        at=timezone.now(),
    ):
        messages.success(request, _("Saved."))
        return redirect("directory:organisation", shown.pk)
    return ask(
        request,
        form,
        title=_("What has changed at %(name)s?") % {"name": shown},
        does=_("Save changes"),
        back_url=shown.get_absolute_url(),
    )


@login_required
def close_organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Close an organisation."""
    shown = visible(request, organisation_id)
    rules.check_can_close_organisation(request.user, shown)
    form = CloseForm(request.POST or None, initial={"on": timezone.localdate()})
    if answered(
        form,
        actions.close_organisation,
        organisation=shown,
        by=request.user,
        at=timezone.now(),
    ):
        messages.success(request, _("%(name)s is closed.") % {"name": shown})
        return redirect("directory:organisation", shown.pk)
    return ask(
        request,
        form,
        title=_("Since when is %(name)s closed?") % {"name": shown},
        lead=_("It stays in the books with all it did; nothing new can be asked of it."),
        does=_("Close organisation"),
        back_url=shown.get_absolute_url(),
        danger=True,
    )
