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
from pingji.respond.incidents.rules.order_files import (
    check_files,
    media_type_of,
)
from pingji.respond.incidents.rules.orders import (
    ORDER_MOVES,
    check_addressee,
    check_can_acknowledge,
    check_can_move,
    check_can_order,
    check_can_perform,
    check_can_report_on,
    check_can_return,
    check_can_verify,
    check_can_view_orders,
    check_chosen,
    check_person,
    check_report,
    check_result,
    check_share,
    check_somebody,
    check_text,
    check_until,
    check_withdrawal,
)
from pingji.respond.incidents.rules.plans import check_can_activate
from pingji.respond.incidents.rules.timeline import (
    check_form,
)

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
    "check_can_report_on",
    "check_can_return",
    "check_can_verify",
    "check_can_view",
    "check_can_view_orders",
    "check_chosen",
    "check_files",
    "check_form",
    "check_grade",
    "check_person",
    "check_report",
    "check_result",
    "check_share",
    "check_somebody",
    "check_text",
    "check_until",
    "check_withdrawal",
    "media_type_of",
]
