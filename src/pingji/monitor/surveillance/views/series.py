"""Curves on screen."""

import numpy as np
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import may
from pingji.ground.directory.models import Area
from pingji.monitor.surveillance import queries, rules
from pingji.monitor.surveillance.models import CaseReport, Count, Disease


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """What is going round: the watched diseases with their last weeks."""
    rules.check_can_view(request.user)
    last, rows = queries.last_weeks(CaseReport.objects.visible_to(request.user))
    chosen = request.GET.get("disease") or (rows[0].disease.pk if rows else "")
    return render(
        request,
        "surveillance/overview.html",
        {
            "rows": rows,
            "last": last,
            "reported": queries.reported_series(Count.objects.visible_to(request.user)),
            "chosen": Disease.objects.filter(pk=chosen).first(),
            "may_import": may(rules.check_can_import, request.user),
        },
    )


@login_required
def chart(request: HttpRequest) -> HttpResponse:
    """The curve of one disease in one area, for the chart component."""
    rules.check_can_view(request.user)
    area = request.GET.get("area") or request.user.area_id
    if not Area.objects.visible_to(request.user).filter(pk=area).exists():
        area = request.user.area_id
    key = queries.SeriesKey(
        request.GET.get("disease", ""),
        request.GET.get("channel", "case"),
        area,
        request.GET.get("period", "day"),
    )
    dates, counts = queries.one_series(key=key, as_of=timezone.now())
    recent = slice(-180 if key.period == "day" else -156, None)
    return JsonResponse(
        {
            "kind": "epicurve",
            "dates": [str(day) for day in dates[recent]],
            "counts": [None if np.isnan(n) else int(n) for n in counts[recent]],
            "unit": _("cases"),
            "period": key.period,
        }
    )
