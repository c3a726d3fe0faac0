"""What alerts show."""

from pingji.warn.alerts.queries.clocks import verify_clocks
from pingji.warn.alerts.queries.detection import (
    METHODS,
    Settings,
    Verdict,
    curve,
    judge,
    settings_for,
)
from pingji.warn.alerts.queries.words import NAMES, in_words, why_not_judged

__all__ = [
    "METHODS",
    "NAMES",
    "Settings",
    "Verdict",
    "curve",
    "in_words",
    "judge",
    "settings_for",
    "verify_clocks",
    "why_not_judged",
]
