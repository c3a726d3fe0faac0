"""How alerts are answered on screen."""

from pingji.warn.alerts.forms.deciding import (
    ClosingForm,
    DecisionForm,
    InvestigationForm,
    OwnerForm,
)
from pingji.warn.alerts.forms.tuning import ApplyForm, TrialForm

__all__ = [
    "ApplyForm",
    "ClosingForm",
    "DecisionForm",
    "InvestigationForm",
    "OwnerForm",
    "TrialForm",
]
