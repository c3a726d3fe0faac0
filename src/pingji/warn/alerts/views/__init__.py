"""Alerts on screen."""

from pingji.warn.alerts.views.pages import decide, detail, runs, signs, start_run, waiting
from pingji.warn.alerts.views.pictures import ages, alert_map, chart
from pingji.warn.alerts.views.steps import close, give, investigate
from pingji.warn.alerts.views.tuning import apply_percentile, tuning

__all__ = [
    "ages",
    "alert_map",
    "apply_percentile",
    "chart",
    "close",
    "decide",
    "detail",
    "give",
    "investigate",
    "runs",
    "signs",
    "start_run",
    "tuning",
    "waiting",
]
