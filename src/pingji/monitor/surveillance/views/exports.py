"""Exported files on screen: asked for, on their way, ready for their asker."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pingji.ground import Refused
from pingji.monitor.surveillance import actions, queries
from pingji.monitor.surveillance.models import Export
from pingji.monitor.surveillance.queries import line_list
from pingji.monitor.surveillance.rules.exports import check_can_export

ROWS_A_PAGE = 30


def _own(request: HttpRequest) -> Any:
    return Export.objects.visible_to(request.user).filter(asked_by=request.user)


@login_required
def exports(request: HttpRequest) -> HttpResponse:
    """The files the reader asked for."""
    check_can_export(request.user)
    page = Paginator(_own(request), ROWS_A_PAGE).get_page(request.GET.get("page"))
    for export in page:
        export.said = queries.export_in_words(export)
    return render(
        request,
        "surveillance/exports.html",
        {"page": page, "days": queries.days_kept(request.user.area_id, timezone.localdate())},
    )


@require_POST
@login_required
def ask_export(request: HttpRequest) -> HttpResponse:
    """Have the list that is on the screen written to a file."""
    check_can_export(request.user)
    filters = line_list.Filters.read(request.POST).given()
    form = request.POST.get("form", "")
    try:
        actions.ask_export(
            filters=filters,
            keys=request.POST.getlist("columns"),
            form=form if form in Export.Form.values else Export.Form.CSV,
            order=request.POST.get("sort", ""),
            unmasked=request.POST.get("unmasked") == "1",
            reason=request.POST.get("reason", ""),
            by=request.user,
            at=timezone.now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
        filters.pop("text", None)
        return redirect(f"{reverse('surveillance:cases')}?{urlencode(filters)}")
    return redirect("surveillance:exports")


@never_cache
@login_required
def export_file(request: HttpRequest, export_id: int) -> HttpResponse:
    """The file itself, for the person who asked for it."""
    check_can_export(request.user)
    export = get_object_or_404(_own(request), pk=export_id)
    actions.fetch_export(export=export, by=request.user, at=timezone.now())
    name = f"pingji-{timezone.localtime(export.asked_at):%Y%m%d-%H%M}.{export.form}"
    return FileResponse(export.file.open("rb"), as_attachment=True, filename=name)
