"""Command on screen."""

from pingji.respond.incidents.views.incidents import (
    activate,
    assess,
    close,
    detail,
    grade,
    incidents,
    issue,
    open_,
    plans,
    reported,
)
from pingji.respond.incidents.views.orders import (
    acknowledge,
    acknowledge_chosen,
    finish,
    order,
    orders,
    withdraw,
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
    "incidents",
    "issue",
    "open_",
    "order",
    "orders",
    "plans",
    "reported",
    "withdraw",
]
