"""The quality of the data on screen."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from pingji.monitor.surveillance import rules
from pingji.monitor.surveillance.queries import quality as figures


@login_required
def quality(request: HttpRequest) -> HttpResponse:
    """How far the figures can be trusted, and what to mend first."""
    rules.check_can_view(request.user)
    now = timezone.now()
    today = timezone.localdate(now)
    period = figures.Period.read(request.GET, today)
    found = figures.gathered(figures.arrived(request.user, period), user=request.user, today=today)
    return render(
        request,
        "surveillance/quality.html",
        {
            "period": period,
            "fields": figures.fields(),
            "completeness": figures.completeness(found, period),
            "delays": figures.delays(found, period),
            "doubted": figures.doubted(found, period),
            "waiting": figures.waiting(request.user, period, at=now),
        },
    )


@login_required
def quality_agreement(request: HttpRequest) -> HttpResponse:
    """Whether every figure of the period is what its rows say; the page asks when it stands."""
    rules.check_can_view(request.user)
    period = figures.Period.read(request.GET, timezone.localdate(timezone.now()))
    return render(
        request,
        "surveillance/quality_agreement.html",
        {"unlike": figures.unlike_their_rows(request.user, period)},
    )
