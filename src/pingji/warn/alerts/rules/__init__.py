"""Who may answer an alert, and when."""

from pingji.warn.alerts.rules.deciding import (
    MOVES,
    check_can_decide,
    check_can_run,
    check_can_view,
    check_reason,
)

__all__ = ["MOVES", "check_can_decide", "check_can_run", "check_can_view", "check_reason"]
