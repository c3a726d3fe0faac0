"""Report cards on screen."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pingji.ground.directory.models import Area
from pingji.monitor.surveillance import queries, rules
from pingji.monitor.surveillance.models import CaseReport, Disease

ROWS_A_PAGE = 50


@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """The line list: who fell ill when and where; no names are kept here."""
    rules.check_can_view(request.user)
    lines = CaseReport.objects.visible_to(request.user).select_related("disease", "area", "file")
    asked = {
        name: request.GET.get(name, "").strip() for name in ("disease", "area", "since", "until")
    }
    if asked["disease"]:
        lines = lines.filter(disease_id=asked["disease"])
    if asked["area"]:
        lines = lines.filter(area__code__startswith=asked["area"])
    for name, lookup in (("since", "onset_on__gte"), ("until", "onset_on__lte")):
        day = queries.as_day(asked[name])
        if day:
            lines = lines.filter(**{lookup: day})
    return render(
        request,
        "surveillance/cases.html",
        {
            "page": Paginator(lines, ROWS_A_PAGE).get_page(request.GET.get("page")),
            "asked": asked,
            "diseases": Disease.objects.all(),
            "areas": Area.objects.visible_to(request.user).filter(code__length=9),
        },
    )
