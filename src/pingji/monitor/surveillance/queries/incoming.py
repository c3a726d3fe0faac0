"""What the readers of other systems' messages are given: the words in which to say what they read."""

from pingji.monitor.surveillance.rules.arrivals import Fate
from pingji.monitor.surveillance.rules.incoming import (
    Incoming,
    IncomingCard,
    IncomingResult,
    IncomingVisit,
    Problem,
    fitted,
)
from pingji.monitor.surveillance.rules.plain_json import MOST_ITEMS, Unreadable

__all__ = [
    "MOST_ITEMS",
    "Fate",
    "Incoming",
    "IncomingCard",
    "IncomingResult",
    "IncomingVisit",
    "Problem",
    "Unreadable",
    "fitted",
]
