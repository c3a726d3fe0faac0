"""How incidents and orders are handled on screen."""

from pingji.respond.incidents.forms.grades import GradeForm
from pingji.respond.incidents.forms.incidents import (
    AREA_LEVELS,
    AssessForm,
    Experts,
    IllnessForm,
    OpenForm,
    ReasonForm,
)
from pingji.respond.incidents.forms.joint import (
    CircularForm,
    InspectedForm,
    InspectionForm,
    ProofForm,
    ReceiptForm,
    ReleaseForm,
    ReplyForm,
    RequisitionForm,
    ResourceForm,
)
from pingji.respond.incidents.forms.orders import (
    OrderForm,
    RemarkForm,
    ReportForm,
    ReturnForm,
)
from pingji.respond.incidents.forms.plans import ActivateForm
from pingji.respond.incidents.forms.timeline import (
    TimelineForm,
)

__all__ = [
    "AREA_LEVELS",
    "ActivateForm",
    "AssessForm",
    "CircularForm",
    "Experts",
    "GradeForm",
    "IllnessForm",
    "InspectedForm",
    "InspectionForm",
    "OpenForm",
    "OrderForm",
    "ProofForm",
    "ReasonForm",
    "ReceiptForm",
    "ReleaseForm",
    "RemarkForm",
    "ReplyForm",
    "ReportForm",
    "RequisitionForm",
    "ResourceForm",
    "ReturnForm",
    "TimelineForm",
]
