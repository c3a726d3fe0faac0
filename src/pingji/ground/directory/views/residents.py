"""The register of residents on screen. Every look at a person is put on record."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from pingji.ground import may
from pingji.ground.directory import actions, queries, rules
from pingji.ground.directory.forms import ResidentForm
from pingji.ground.directory.models import Resident
from pingji.ground.directory.views.asking import ROWS_A_PAGE, answered, ask, page_of
from pingji.ground.record.actions import saw

FIELDS = ("name", "sex", "born_on", "phone", "address", "area")


def _visible(request: HttpRequest, resident_id: int) -> Resident:
    rules.check_can_view_residents(request.user)
    rows = Resident.objects.visible_to(request.user).select_related("area")
    return get_object_or_404(rows, pk=resident_id)


@never_cache
@login_required
def residents(request: HttpRequest) -> HttpResponse:
    """Residents, starred. What is searched for is sent in the body: addresses end up in logs."""
    rules.check_can_view_residents(request.user)
    rows = Resident.objects.visible_to(request.user).filter(left_on=None).select_related("area")
    word = request.POST.get("q", "").strip()
    if word:
        found = list(queries.residents_found(rows, word)[: ROWS_A_PAGE + 1])
        # On record also when nobody was found: guessing numbers must not go unseen.
        saw(
            found[:ROWS_A_PAGE],
            by=request.user,
            at=timezone.now(),
            why=_("Search of the register"),
        )
    return render(
        request,
        "directory/residents.html",
        {
            "q": word,
            "page": None if word else page_of(request, rows),
            "rows": found[:ROWS_A_PAGE] if word else None,
            "more": bool(word) and len(found) > ROWS_A_PAGE,
            "may_add": may(rules.check_can_edit_residents, request.user),
        },
    )


@never_cache
@login_required
def resident(request: HttpRequest, resident_id: int) -> HttpResponse:
    """One resident; in clear for those whose work needs it."""
    shown = _visible(request, resident_id)
    clear = may(rules.check_can_see_personal_data, request.user)
    why = _("Whole entry") if clear else _("Entry, starred")
    saw(shown, by=request.user, at=timezone.now(), why=why)
    return render(
        request,
        "directory/resident.html",
        {
            "shown": shown,
            "clear": clear,
            "may_edit": may(rules.check_can_edit_resident, request.user, shown),
        },
    )


@login_required
def add_resident(request: HttpRequest) -> HttpResponse:
    """Register somebody."""
    rules.check_can_edit_residents(request.user)
    form = ResidentForm(
        request.POST or None, user=request.user, initial={"area": request.user.area}
    )
    if added := answered(form, actions.add_resident, by=request.user, at=timezone.now()):
        messages.success(request, _("%(name)s is registered.") % {"name": added})
        return redirect("directory:resident", added.pk)
    return ask(
        request,
        form,
        title=_("Who lives here?"),
        lead=_("The identity number is stored encrypted; every look at it is on record."),
        does=_("Register resident"),
        back_url=reverse("directory:residents"),
    )


@never_cache
@login_required
def edit_resident(request: HttpRequest, resident_id: int) -> HttpResponse:
    """Change an entry; an empty identity number leaves the one there is."""
    shown = _visible(request, resident_id)
    rules.check_can_edit_resident(request.user, shown)
    form = ResidentForm(
        request.POST or None,
        user=request.user,
        initial={field: getattr(shown, field) for field in FIELDS},
    )
    if answered(form, actions.edit_resident, resident=shown, by=request.user, at=timezone.now()):
        messages.success(request, _("Saved."))
        return redirect("directory:resident", shown.pk)
    saw(shown, by=request.user, at=timezone.now(), why=_("Entry opened for change"))
    return ask(
        request,
        form,
        title=_("What has changed for %(name)s?") % {"name": shown},
        lead=_("Leave the identity number empty to keep the one that is stored."),
        does=_("Save changes"),
        back_url=shown.get_absolute_url(),
    )
