"""How alerts are answered on screen."""

from pingji.warn.alerts.forms.deciding import (
    ClosingForm,
    DecisionForm,
    InvestigationForm,
    LookBackForm,
    OwnerForm,
)
from pingji.warn.alerts.forms.tuning import ApplyForm, TrialForm

__all__ = [
    "ApplyForm",
    "ClosingForm",
    "DecisionForm",
    "InvestigationForm",
    "LookBackForm",
    "OwnerForm",
    "TrialForm",
]
