"""The record on screen, and the jobs behind it."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground.record import rules
from pingji.ground.record.models import Line

LINES_A_PAGE = 50


@login_required
def trail(request: HttpRequest) -> HttpResponse:
    """Who did what, when and why; filtered by kind, person and subject."""
    rules.check_can_view(request.user)
    lines = Line.objects.visible_to(request.user).select_related("by", "by__organisation", "area")
    asked = {name: request.GET.get(name, "").strip() for name in ("kind", "by", "subject")}
    if asked["kind"]:
        lines = lines.filter(kind__startswith=asked["kind"])
    if asked["by"]:
        lines = lines.filter(by__username=asked["by"])
    if asked["subject"]:
        lines = lines.filter(subject_label__icontains=asked["subject"])
    page = Paginator(lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "record/trail.html", {"page": page, "asked": asked})


@login_required
def jobs(request: HttpRequest) -> HttpResponse:
    """What the worker has to do, does and could not do."""
    rules.check_can_view(request.user)
    counts = dict(ProcrastinateJob.objects.values_list("status").annotate(n=Count("id")))
    latest = ProcrastinateJob.objects.exclude(status="succeeded").order_by("-id")[:100]
    return render(request, "record/jobs.html", {"counts": counts, "jobs": latest})
