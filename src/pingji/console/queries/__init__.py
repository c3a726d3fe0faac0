"""What the cross-stage screens show, drawn from the apps' own querysets."""

from pingji.console.queries.changes import Change, News, changes, news
from pingji.console.queries.finding import Found, find, may_ask_register
from pingji.console.queries.homes import (
    Home,
    counts,
    home_of,
    late,
    most_urgent,
    open_incidents,
    stats,
    task_counts,
    tasks,
)
from pingji.console.queries.maps import (
    CASES,
    LAYERS,
    SENTINELS,
    Asked,
    Slider,
    alert_points,
    listed,
    slider,
    title,
    township_map,
)
from pingji.console.queries.sentinel_layer import SHARES, may_see_sentinels, sentinel_map
from pingji.console.queries.wall import alerts_waiting, answered, late_orders

__all__ = [
    "CASES",
    "LAYERS",
    "SENTINELS",
    "SHARES",
    "Asked",
    "Change",
    "Found",
    "Home",
    "News",
    "Slider",
    "alert_points",
    "alerts_waiting",
    "answered",
    "changes",
    "counts",
    "find",
    "home_of",
    "late",
    "late_orders",
    "listed",
    "may_ask_register",
    "may_see_sentinels",
    "most_urgent",
    "news",
    "open_incidents",
    "sentinel_map",
    "slider",
    "stats",
    "task_counts",
    "tasks",
    "title",
    "township_map",
]
