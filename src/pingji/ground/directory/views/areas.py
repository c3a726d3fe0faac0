"""Areas on screen and on the map."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pingji.ground import may
from pingji.ground.directory import actions, queries, rules
from pingji.ground.directory.forms import OutlinesForm
from pingji.ground.directory.models import Area, Facility, Organisation
from pingji.ground.directory.queries.outlines import Datum
from pingji.ground.directory.views.asking import answered, page_of

OPTIONS = 30
SEEN_FROM_AFAR = (
    Organisation.Kind.CDC,
    Organisation.Kind.HOSPITAL,
    Organisation.Kind.TOWNSHIP_HEALTH_CENTRE,
    Organisation.Kind.EMERGENCY_CENTRE,
    Organisation.Kind.STORE,
)


def _visible(request: HttpRequest, code: str) -> Area:
    return get_object_or_404(Area.objects.visible_to(request.user), pk=code)


@login_required
def areas(request: HttpRequest) -> HttpResponse:
    """Areas found by name; without a word, the reader's own."""
    word = request.GET.get("q", "").strip()
    if not word:
        return area(request, request.user.area_id)
    rows = queries.areas_named(Area.objects.visible_to(request.user), word)
    return render(request, "directory/areas.html", {"page": page_of(request, rows), "q": word})


@login_required
def area(request: HttpRequest, code: str) -> HttpResponse:
    """One area: where it belongs, what is inside, how it is drawn."""
    shown = _visible(request, code)
    seen = Area.objects.visible_to(request.user)
    return render(
        request,
        "directory/area.html",
        {
            "shown": shown,
            "around": seen.filter(pk__in=[code[:n] for n in (2, 4, 6, 9, 12) if n < len(code)]),
            "inside": queries.areas_inside(seen, shown),
            "organisations": queries.organisations_in(request.user, shown),
            "may_edit": may(rules.check_can_edit_areas, request.user, code),
        },
    )


@login_required
def area_cells(request: HttpRequest, code: str) -> JsonResponse:
    """The townships of an area, shaded by population, with the facilities asked for."""
    shown = _visible(request, code)
    towns = Area.objects.visible_to(request.user).under(code[:9]).of_level("township")
    points = []
    if request.GET.get("facilities"):
        open_ones = Facility.objects.visible_to(request.user).filter(closed_on=None)
        inside = open_ones.filter(area__code__startswith=code).exclude(kind=Facility.Kind.OFFICE)
        if shown.level not in (
            "township",
            "village",
        ):  # seen from further off, only what serves many villages
            inside = inside.filter(organisation__kind__in=SEEN_FROM_AFAR)
        points = queries.facility_points(inside)
    return JsonResponse(queries.map_of(towns, title=shown.label, points=points))


@login_required
def area_facilities(request: HttpRequest, code: str) -> JsonResponse:
    """The open facilities of an area as GeoJSON, for other programs."""
    _visible(request, code)
    rows = Facility.objects.visible_to(request.user).filter(
        closed_on=None, area__code__startswith=code
    )
    return JsonResponse(queries.facilities_geojson(rows.select_related("organisation")))


@login_required
def area_options(request: HttpRequest) -> HttpResponse:
    """Areas that fit what is being typed."""
    rows = Area.objects.visible_to(request.user)
    found = queries.areas_named(rows, request.GET.get("area", ""))
    return render(request, "directory/options.html", {"rows": found[:OPTIONS]})


@login_required
def outlines(request: HttpRequest, code: str) -> HttpResponse:
    """Bring the county's own outlines; every feature of the file is answered."""
    shown = _visible(request, code)
    rules.check_can_edit_areas(request.user, code)
    form = OutlinesForm(request.POST or None, request.FILES or None)

    def bring(*, file: UploadedFile, datum: str) -> object:
        return actions.import_outlines(
            area_code=code,
            name=file.name,
            content=file.read(),
            datum=Datum(datum),
            by=request.user,
            at=timezone.now(),
        )

    answers = answered(form, bring)
    return render(
        request,
        "directory/outlines.html",
        {
            "shown": shown,
            "form": form,
            "answers": answers,
            "accepted": sum(answer.accepted for answer in answers or []),
        },
    )


@require_POST
@login_required
def redraw_cells(request: HttpRequest, code: str) -> HttpResponse:
    """Compute the schematic cells anew."""
    _visible(request, code)
    drawn = actions.draw_schematic_cells(area_code=code, by=request.user, at=timezone.now())
    messages.success(
        request,
        ngettext("%(n)s schematic cell drawn.", "%(n)s schematic cells drawn.", drawn)
        % {"n": drawn}
        if drawn
        else _("Every township here has an official outline; nothing was drawn."),
    )
    return redirect("directory:area", code)
