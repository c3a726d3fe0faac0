"""The catalogue on screen."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.models import Disease


@login_required
def diseases(request: HttpRequest) -> HttpResponse:
    """The catalogue: what is watched, and its class by law on which days."""
    rules.check_can_view(request.user)
    return render(
        request,
        "surveillance/diseases.html",
        {"diseases": Disease.objects.prefetch_related("classes")},
    )
