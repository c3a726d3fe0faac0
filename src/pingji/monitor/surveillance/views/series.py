"""Curves on screen."""

from datetime import timedelta

import numpy as np
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import may
from pingji.ground.directory.models import Area
from pingji.monitor.surveillance import queries, rules
from pingji.monitor.surveillance.models import CaseReport, Channel, Count, Disease
from pingji.monitor.surveillance.queries import overview as home


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """The home of monitoring: the channels, what moved, what waits, what is going round."""
    rules.check_can_view(request.user)
    now = timezone.now()
    today = timezone.localdate(now)
    last, rows = queries.last_weeks(CaseReport.objects.visible_to(request.user).counted())
    chosen = request.GET.get("disease") or (rows[0].disease.pk if rows else "")
    shown = {
        "rows": rows,
        "last": last,
        "reported": queries.reported_series(Count.objects.visible_to(request.user)),
        "chosen": Disease.objects.filter(pk=chosen).first(),
        "channel": request.GET.get("channel", Channel.CASE),
        "may_import": may(rules.check_can_import, request.user),
        "waits": home.waits(request.user, at=now),
        "today": today,
        "since": today - queries.WEEK + timedelta(days=1),
    }
    # Who sees one organisation's rows only is not shown the whole area's figures.
    if home.sees_all(request.user):
        cells = home.daily(request.user, today)
        names = home.names_of(cells)
        channels = home.channels(request.user, cells, names, today)
        shown |= {
            "channels": channels,
            "side_by_side": home.side_by_side(channels, today),
            "moved": home.moved(cells, names, today),
        }
    return render(request, "surveillance/overview.html", shown)


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
