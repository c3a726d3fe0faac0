"""Figures of the plan that steer the taking in of messages, remembered for some seconds."""

import time
from datetime import datetime
from decimal import Decimal

from pingji.ground.standards import queries as standards
from pingji.monitor.surveillance.rules.arrivals import day_of

REMEMBERED_SECONDS = 10
_kept: dict[tuple[str, str], tuple[float, Decimal | None]] = {}


def setting(area: str, key: str, at: datetime) -> Decimal | None:
    """A figure of the plan in force for an area; None where no plan sets it."""
    now = time.monotonic()
    until, value = _kept.get((area, key), (0.0, None))
    if until < now:
        row = standards.find_rule(area, key, day_of(at))
        value = row.value if row is not None else None
        _kept[area, key] = (now + REMEMBERED_SECONDS, value)
    return value


def forget() -> None:
    """Ask the plan anew."""
    _kept.clear()
