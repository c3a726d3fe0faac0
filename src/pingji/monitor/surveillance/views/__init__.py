"""Surveillance on screen."""

from pingji.monitor.surveillance.views.cards import cases
from pingji.monitor.surveillance.views.catalogue import diseases
from pingji.monitor.surveillance.views.imports import answers, import_detail, imports
from pingji.monitor.surveillance.views.series import chart, overview

__all__ = ["answers", "cases", "chart", "diseases", "import_detail", "imports", "overview"]
