"""Open, grade, activate, order, answer, close."""

from pingji.respond.incidents.actions.draws import draw_inspection
from pingji.respond.incidents.actions.grades import grade_incident
from pingji.respond.incidents.actions.groups import answer_call, leave_seat, pass_on, seat_person
from pingji.respond.incidents.actions.handovers import accept_duty, hand_over_duty
from pingji.respond.incidents.actions.incidents import (
    close_incident,
    name_illness,
    open_incident,
)
from pingji.respond.incidents.actions.joint import (
    issue_circular,
    keep_resource,
    order_inspection,
    receive_circular,
    release,
    reply_to_circular,
    report_inspection,
    requisition,
    withdraw_resource,
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
from pingji.respond.incidents.actions.plans import (
    activate_plan,
    change_plan,
    enter_phase,
    extend_plan,
    load_plans,
    make_plan,
    withdraw_plan,
)
from pingji.respond.incidents.actions.proofs import (
    fetch_letter,
    fetch_requisition,
    prove_circular,
)
from pingji.respond.incidents.actions.readings import mark_read, nudge
from pingji.respond.incidents.actions.responses import change_response, end_response, start_response
from pingji.respond.incidents.actions.reviews import open_reviews, review_plan
from pingji.respond.incidents.actions.timeline import (
    fetch_timeline,
)

__all__ = [
    "accept_duty",
    "acknowledge",
    "acknowledge_chosen",
    "activate_plan",
    "answer_call",
    "change_plan",
    "make_plan",
    "change_response",
    "close_incident",
    "end_response",
    "draw_inspection",
    "enter_phase",
    "extend_plan",
    "fetch_letter",
    "fetch_requisition",
    "fetch_timeline",
    "finish",
    "grade_incident",
    "hand_on",
    "hand_over_duty",
    "issue_circular",
    "issue_order",
    "issue_orders",
    "keep_resource",
    "leave_seat",
    "load_plans",
    "mark_read",
    "name_illness",
    "nudge",
    "open_incident",
    "open_reviews",
    "order_inspection",
    "pass_on",
    "prove_circular",
    "receive_circular",
    "release",
    "remind",
    "reply_to_circular",
    "report_inspection",
    "report_progress",
    "requisition",
    "review_plan",
    "seat_person",
    "send_back",
    "start_response",
    "verify",
    "verify_chosen",
    "withdraw",
    "withdraw_plan",
    "withdraw_resource",
]
