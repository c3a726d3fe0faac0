"""What incidents and orders show."""

from pingji.respond.incidents.queries.orders import by_urgency, clocks_of, performers, with_clocks
from pingji.respond.incidents.queries.plans import COUNTY, TOWNSHIP, Addressed, addressees

__all__ = [
    "Addressed",
    "COUNTY",
    "TOWNSHIP",
    "addressees",
    "by_urgency",
    "clocks_of",
    "performers",
    "with_clocks",
]
