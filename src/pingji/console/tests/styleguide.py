"""Addresses of a page that shows every component once, for the browser to try them."""

from datetime import date, timedelta
from itertools import count
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import path
from django.utils import timezone

from pingji.config.urls import handler404, handler500  # noqa: F401
from pingji.config.urls import urlpatterns as real

PAGE = Path(__file__).with_name("styleguide.html")
DAYS = 40
TOWNS = ["龙潭镇", "麻旺镇", "酉酬镇"]
VISITS = count(1)


def guide(request: HttpRequest) -> HttpResponse:
    """Every component on one page."""
    now = timezone.now()
    clocks = [
        {
            "started_at": now - timedelta(minutes=60),
            "warn_at": now + timedelta(minutes=end - 30),
            "due_at": now + timedelta(minutes=end),
            "is_open": True,
        }
        for end in (140, 20, -74)
    ]
    counts = [3] * (DAYS - 5) + [9, 12, 4, 2, 1]
    shown = {
        "deadlines": clocks,
        "curve": {
            "kind": "epicurve",
            "unit": "例",
            "dates": [str(date(2026, 10, 1) + timedelta(days=n)) for n in range(DAYS)],
            "counts": counts,
            "expected": [None] * 9 + [3.2] * (DAYS - 9),
            "upper": [None] * 9 + [7.5] * (DAYS - 9),
            "alarms": [n > 7 for n in counts],
            "incomplete": [at >= DAYS - 3 for at in range(DAYS)],
        },
        "bars": {
            "kind": "bars",
            "labels": TOWNS,
            "series": [{"name": "=病例", "values": [17, 12, 9]}],
            "unit": "例",
        },
        "heat": {
            "kind": "heat",
            "rows": TOWNS,
            "columns": ["第46周", "第47周"],
            "values": [[1, 5], [0, 2], [3, None]],
            "unit": "例",
        },
        "map_url": "/guide/map.json",
    }
    page = engines["django"].from_string(PAGE.read_text())
    return HttpResponse(page.render(shown, request))


def map_data(request: HttpRequest) -> HttpResponse:
    """Two square townships and a hospital."""
    cells = [
        {
            "type": "Feature",
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 28], [x + 1, 28], [x + 1, 29], [x, 29], [x, 28]]],
            },
            "properties": {
                "code": f"50024210{x - 107}",
                "name": TOWNS[x - 108],
                "value": x,
                "class": x - 107,
                "words": f"{x} 例",
                "url": "/map/",
                "label_at": [x + 0.5, 28.5],
            },
        }
        for x in (108, 109)
    ]
    return JsonResponse(
        {
            "title": "乡镇病例",
            "unit": "例",
            "schematic": True,
            "legend": [{"class": 1, "words": "1–4 例"}, {"symbol": "facility", "words": "场所"}],
            "cells": {"type": "FeatureCollection", "features": cells},
            "points": [
                {"lon": 108.5, "lat": 28.2, "kind": "facility", "name": "县医院", "words": "医院"}
            ],
        }
    )


def panel(request: HttpRequest) -> HttpResponse:
    """A panel that says how often it was asked for."""
    return HttpResponse(
        '<section id="panel" hx-get="/guide/panel/" hx-trigger="live:demo from:body" '
        f'hx-swap="outerHTML"><p>第 {next(VISITS)} 次</p>'
        '<label>备注 <input id="panel-note"></label>'
        "<details><summary>更多 (1)</summary><span>细节</span></details>"
        '<form action="/guide/"><label><input type="checkbox" name="seen" value="1">已看</label>'
        '<select name="who" aria-label="谁"><option>甲</option><option>乙</option></select>'
        '<button type="button">送出</button></form></section>'
    )


urlpatterns = [
    path("guide/", guide),
    path("guide/map.json", map_data),
    path("guide/panel/", panel),
    *real,
]
