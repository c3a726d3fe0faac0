"""Alerts on screen."""

from pingji.warn.alerts.views.pages import chart, decide, detail, runs, signs, start_run, waiting
from pingji.warn.alerts.views.steps import close, give, investigate

__all__ = [
    "chart",
    "close",
    "decide",
    "detail",
    "give",
    "investigate",
    "runs",
    "signs",
    "start_run",
    "waiting",
]
