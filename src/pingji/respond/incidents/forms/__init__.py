"""How incidents and orders are handled on screen."""

from pingji.respond.incidents.forms.grades import GradeForm
from pingji.respond.incidents.forms.incidents import (
    AREA_LEVELS,
    AssessForm,
    Experts,
    OpenForm,
    ReasonForm,
    ReferenceForm,
)
from pingji.respond.incidents.forms.orders import (
    OrderForm,
    RemarkForm,
    ReportForm,
)
from pingji.respond.incidents.forms.plans import ActivateForm
from pingji.respond.incidents.forms.timeline import (
    TimelineForm,
)

__all__ = [
    "AREA_LEVELS",
    "ActivateForm",
    "AssessForm",
    "Experts",
    "GradeForm",
    "OpenForm",
    "OrderForm",
    "ReasonForm",
    "ReferenceForm",
    "RemarkForm",
    "ReportForm",
    "TimelineForm",
]
