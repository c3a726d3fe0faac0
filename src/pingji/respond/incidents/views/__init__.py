"""Command on screen."""

from pingji.respond.incidents.views.activating import activate
from pingji.respond.incidents.views.grading import grade, grading
from pingji.respond.incidents.views.incidents import (
    assess,
    close,
    detail,
    incidents,
    open_,
)
from pingji.respond.incidents.views.issuing import (
    issue,
)
from pingji.respond.incidents.views.joint import (
    circular,
    circulars,
    draw_inspection,
    edit_shared,
    inspected,
    issue_circular,
    joint,
    order_inspection,
    receive_circular,
    release,
    reply_to_circular,
    requisition,
    shared,
    withdraw_shared,
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
from pingji.respond.incidents.views.plans import plans
from pingji.respond.incidents.views.timeline import (
    incident_timeline,
    timeline_file,
)

__all__ = [
    "acknowledge",
    "acknowledge_chosen",
    "activate",
    "assess",
    "circular",
    "circulars",
    "close",
    "detail",
    "draw_inspection",
    "edit_shared",
    "finish",
    "grade",
    "grading",
    "incident_timeline",
    "incidents",
    "inspected",
    "issue",
    "issue_circular",
    "joint",
    "open_",
    "order",
    "order_file",
    "order_inspection",
    "orders",
    "plans",
    "receive_circular",
    "release",
    "reply_to_circular",
    "report",
    "requisition",
    "send_back",
    "shared",
    "timeline_file",
    "verify",
    "verify_chosen",
    "withdraw",
    "withdraw_shared",
]
