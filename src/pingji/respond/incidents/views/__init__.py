"""Command on screen."""

from pingji.respond.incidents.views.grading import grade, grading
from pingji.respond.incidents.views.incidents import (
    assess,
    close,
    detail,
    incidents,
    open_,
    reported,
)
from pingji.respond.incidents.views.issuing import (
    issue,
)
from pingji.respond.incidents.views.orders import (
    acknowledge,
    acknowledge_chosen,
    finish,
    order,
    order_file,
    orders,
    report,
    send_back,
    verify,
    verify_chosen,
    withdraw,
)
from pingji.respond.incidents.views.plans import activate, plans
from pingji.respond.incidents.views.timeline import (
    incident_timeline,
    timeline_file,
)

__all__ = [
    "acknowledge",
    "acknowledge_chosen",
    "activate",
    "assess",
    "close",
    "detail",
    "finish",
    "grade",
    "grading",
    "incident_timeline",
    "incidents",
    "issue",
    "open_",
    "order",
    "order_file",
    "orders",
    "plans",
    "report",
    "reported",
    "send_back",
    "timeline_file",
    "verify",
    "verify_chosen",
    "withdraw",
]
