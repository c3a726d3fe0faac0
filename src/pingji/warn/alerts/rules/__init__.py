"""Who may answer an alert, and when."""

from pingji.warn.alerts.rules.deciding import (
    MOVES,
    check_can_decide,
    check_can_move,
    check_can_own,
    check_can_repeat,
    check_can_run,
    check_can_view,
    check_findings,
    check_is_past,
    check_reason,
    check_verdict,
)

__all__ = [
    "MOVES",
    "check_can_decide",
    "check_can_move",
    "check_can_own",
    "check_can_repeat",
    "check_can_run",
    "check_can_view",
    "check_findings",
    "check_is_past",
    "check_reason",
    "check_verdict",
]
