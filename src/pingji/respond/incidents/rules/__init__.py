"""Who may command, and what may follow what."""

from pingji.respond.incidents.rules.grades import check_grade
from pingji.respond.incidents.rules.incidents import (
    INCIDENT_MOVES,
    check_area,
    check_can_close,
    check_can_have_judged,
    check_can_manage,
    check_can_open,
    check_can_report,
    check_can_view,
)
from pingji.respond.incidents.rules.orders import (
    ORDER_MOVES,
    check_addressee,
    check_can_acknowledge,
    check_can_move,
    check_can_order,
    check_can_perform,
    check_can_view_orders,
    check_chosen,
    check_result,
    check_withdrawal,
)
from pingji.respond.incidents.rules.plans import check_can_activate

__all__ = [
    "INCIDENT_MOVES",
    "ORDER_MOVES",
    "check_addressee",
    "check_area",
    "check_can_acknowledge",
    "check_can_activate",
    "check_can_close",
    "check_can_have_judged",
    "check_can_manage",
    "check_can_move",
    "check_can_open",
    "check_can_order",
    "check_can_perform",
    "check_can_report",
    "check_can_view",
    "check_can_view_orders",
    "check_chosen",
    "check_grade",
    "check_result",
    "check_withdrawal",
]
