"""Open, grade, activate, order, answer, close."""

from pingji.respond.incidents.actions.grades import grade_incident
from pingji.respond.incidents.actions.incidents import (
    close_incident,
    open_incident,
    report_sent,
)
from pingji.respond.incidents.actions.orders import (
    acknowledge,
    acknowledge_chosen,
    finish,
    issue_order,
    withdraw,
)
from pingji.respond.incidents.actions.plans import activate_plan, load_plans

__all__ = [
    "acknowledge",
    "acknowledge_chosen",
    "activate_plan",
    "close_incident",
    "finish",
    "grade_incident",
    "issue_order",
    "load_plans",
    "open_incident",
    "report_sent",
    "withdraw",
]
