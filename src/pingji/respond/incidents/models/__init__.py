"""Command: incidents, the plans that answer them, and the orders that go out."""

from pingji.respond.incidents.models.consultations import (
    AgendaItem,
    Consultation,
    FollowUp,
    Invitation,
    MinutesDocument,
    Opinion,
)
from pingji.respond.incidents.models.field import Checkpoint, FreeCount, RiskArea
from pingji.respond.incidents.models.grades import EventKind, Grade
from pingji.respond.incidents.models.gradings import Grading
from pingji.respond.incidents.models.groups import (
    Callout,
    GroupSeat,
    IncidentGroup,
    IncidentGroupMember,
    Seat,
)
from pingji.respond.incidents.models.handovers import Handover
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.joint import (
    Circular,
    CircularReceiver,
    Inspection,
    InspectionDraw,
    Requisition,
    SharedResource,
)
from pingji.respond.incidents.models.modes import Switch, SwitchStep
from pingji.respond.incidents.models.orders import (
    Order,
    OrderFile,
    OrderQuerySet,
    OrderReport,
)
from pingji.respond.incidents.models.plans import Plan, PlanOrder, PlanPhase, PlanReview
from pingji.respond.incidents.models.proofs import CircularProof
from pingji.respond.incidents.models.readings import Reading
from pingji.respond.incidents.models.reports import (
    EventReport,
    EventReportDocument,
    EventReportReceiver,
    EventReportText,
    PublicBulletin,
)
from pingji.respond.incidents.models.responses import (
    Level,
    Response,
    ResponseChange,
    ResponseDocument,
)

__all__ = [
    "AgendaItem",
    "Callout",
    "Checkpoint",
    "Circular",
    "CircularProof",
    "CircularReceiver",
    "Consultation",
    "EventKind",
    "EventReport",
    "EventReportDocument",
    "EventReportReceiver",
    "EventReportText",
    "FollowUp",
    "FreeCount",
    "Grade",
    "Grading",
    "GroupSeat",
    "Handover",
    "Incident",
    "IncidentGroup",
    "IncidentGroupMember",
    "Inspection",
    "InspectionDraw",
    "Invitation",
    "Level",
    "MinutesDocument",
    "Opinion",
    "Order",
    "OrderFile",
    "OrderQuerySet",
    "OrderReport",
    "Plan",
    "PlanOrder",
    "PlanPhase",
    "PlanReview",
    "PublicBulletin",
    "Reading",
    "Requisition",
    "Response",
    "ResponseChange",
    "ResponseDocument",
    "RiskArea",
    "Seat",
    "SharedResource",
    "Switch",
    "SwitchStep",
]
