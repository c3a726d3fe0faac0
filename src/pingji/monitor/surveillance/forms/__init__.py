"""What is asked on screen."""

from pingji.monitor.surveillance.forms.cards import ReportCardForm, typed_of
from pingji.monitor.surveillance.forms.imports import ImportForm

__all__ = ["ImportForm", "ReportCardForm", "typed_of"]
