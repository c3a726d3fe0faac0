"""Curves on screen."""

from datetime import timedelta

import numpy as np
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from pingji.ground import may
from pingji.ground.directory.models import Area
from pingji.monitor.surveillance import queries, rules
from pingji.monitor.surveillance.models import CaseReport, Channel, Count, Disease, Period
from pingji.monitor.surveillance.queries import figure_rows, tallies
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
    """The curve of one disease in one area, for the chart component; each bar opens its rows."""
    rules.check_can_view(request.user)
    area = request.GET.get("area") or request.user.area_id
    if not Area.objects.visible_to(request.user).filter(pk=area).exists():
        area = request.user.area_id
    channel = request.GET.get("channel", Channel.CASE)
    key = queries.SeriesKey(
        request.GET.get("disease", ""),
        channel if channel in Channel.values else Channel.CASE,
        area,
        request.GET.get("period", "day"),
    )
    if home.sees_all(request.user) or key.period != Period.DAY:
        dates, counts, kept_here = queries.one_series_and_kind(
            key=key, as_of=timezone.now(), channels=Channel.values
        )
    else:
        dates, counts = _own_rows(request, key)
        kept_here = True
    recent = slice(-180 if key.period == "day" else -156, None)
    dates, counts = dates[recent], counts[recent]
    return JsonResponse(
        {
            "kind": "epicurve",
            "dates": [str(day) for day in dates],
            "counts": [None if np.isnan(n) else int(n) for n in counts],
            "links": _links(key, dates, kept_here=kept_here),
            "unit": queries.unit_of(key.channel),
            "counted": queries.unit_of(key.channel),
            "period": key.period,
        }
    )


def _own_rows(request: HttpRequest, key: queries.SeriesKey) -> tuple[np.ndarray, np.ndarray]:
    """Dates and counts of the rows that somebody of one organisation sees, zeros in between."""
    asked = figure_rows.Asked(channel=key.channel, disease=key.disease, area=key.area)
    days = figure_rows.Behind(asked, user=request.user).by_day()
    if not days:
        return np.array([], dtype="datetime64[D]"), np.array([])
    dates = tallies.steps(min(days), max(days))
    return dates, np.array([float(days.get(day, 0)) for day in dates.tolist()])


def _links(key: queries.SeriesKey, dates: np.ndarray, *, kept_here: bool) -> list[str]:
    """Where the rows of each bar are."""
    mixed = figure_rows.counted_by_sentinels()
    if kept_here:
        return [
            figure_rows.rows_of(key.channel, key.disease, day, day, key.area, mixed=mixed)
            for day in dates.tolist()
        ]
    sent = {"kind": figure_rows.COUNTS, "channel": key.channel, "disease": key.disease}
    sent |= {"area": key.area, "period": key.period}
    return [figure_rows.address(**sent, since=day, until=day) for day in dates.tolist()]
