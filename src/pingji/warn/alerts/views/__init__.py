"""Alerts on screen."""

from pingji.warn.alerts.views.pages import chart, decide, detail, runs, start_run, waiting

__all__ = ["chart", "decide", "detail", "runs", "start_run", "waiting"]
