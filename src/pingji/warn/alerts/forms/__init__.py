"""How alerts are answered on screen."""

from pingji.warn.alerts.forms.deciding import DecisionForm

__all__ = ["DecisionForm"]
