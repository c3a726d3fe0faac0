"""What incidents and orders show."""

from pingji.respond.incidents.queries.orders import (
    by_urgency,
    callable_people,
    cannot_be_reached,
    clocks_of,
    next_on_duty,
    performers,
    to_be_reminded,
    why_unanswered,
    with_clocks,
)
from pingji.respond.incidents.queries.plans import COUNTY, TOWNSHIP, Addressed, addressees

__all__ = [
    "COUNTY",
    "TOWNSHIP",
    "Addressed",
    "addressees",
    "by_urgency",
    "callable_people",
    "cannot_be_reached",
    "clocks_of",
    "next_on_duty",
    "performers",
    "to_be_reminded",
    "why_unanswered",
    "with_clocks",
]
