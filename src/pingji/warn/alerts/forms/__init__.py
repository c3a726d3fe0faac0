"""How alerts are answered on screen."""

from pingji.warn.alerts.forms.deciding import (
    ClosingForm,
    DecisionForm,
    InvestigationForm,
    OwnerForm,
)

__all__ = ["ClosingForm", "DecisionForm", "InvestigationForm", "OwnerForm"]
