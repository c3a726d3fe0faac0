"""Command: incidents, the plans that answer them, and the orders that go out."""

from pingji.respond.incidents.models.grades import EventKind, Grade
from pingji.respond.incidents.models.incidents import Incident
from pingji.respond.incidents.models.orders import (
    Order,
    OrderFile,
    OrderQuerySet,
    OrderReport,
)
from pingji.respond.incidents.models.plans import Plan, PlanOrder

__all__ = [
    "EventKind",
    "Grade",
    "Incident",
    "Order",
    "OrderFile",
    "OrderQuerySet",
    "OrderReport",
    "Plan",
    "PlanOrder",
]
