"""Alerts on screen."""

from pingji.warn.alerts.views.pages import decide, detail, signs, waiting
from pingji.warn.alerts.views.pictures import ages, alert_map, chart
from pingji.warn.alerts.views.runs import look_back, repeat_run, run, runs, start_run
from pingji.warn.alerts.views.steps import close, give, investigate
from pingji.warn.alerts.views.tuning import apply_setting, try_setting, tuning

__all__ = [
    "ages",
    "alert_map",
    "apply_setting",
    "chart",
    "close",
    "decide",
    "detail",
    "give",
    "investigate",
    "look_back",
    "repeat_run",
    "run",
    "runs",
    "signs",
    "start_run",
    "try_setting",
    "tuning",
    "waiting",
]
