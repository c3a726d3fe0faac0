"""Open, grade, activate, order, answer, close."""

from pingji.respond.incidents.actions.grades import grade_incident
from pingji.respond.incidents.actions.incidents import (
    close_incident,
    open_incident,
    report_sent,
)
from pingji.respond.incidents.actions.order_clocks import (
    hand_on,
    remind,
)
from pingji.respond.incidents.actions.order_reports import (
    finish,
    report_progress,
    send_back,
    verify,
    verify_chosen,
)
from pingji.respond.incidents.actions.orders import (
    acknowledge,
    acknowledge_chosen,
    issue_order,
    issue_orders,
    withdraw,
)
from pingji.respond.incidents.actions.plans import activate_plan, load_plans
from pingji.respond.incidents.actions.timeline import (
    fetch_timeline,
)

__all__ = [
    "acknowledge",
    "acknowledge_chosen",
    "activate_plan",
    "close_incident",
    "fetch_timeline",
    "finish",
    "grade_incident",
    "hand_on",
    "issue_order",
    "issue_orders",
    "load_plans",
    "open_incident",
    "remind",
    "report_progress",
    "report_sent",
    "send_back",
    "verify",
    "verify_chosen",
    "withdraw",
]
