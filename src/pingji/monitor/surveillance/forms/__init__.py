"""What is asked on screen."""

from pingji.monitor.surveillance.forms.imports import ImportForm

__all__ = ["ImportForm"]
