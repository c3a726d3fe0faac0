"""What alerts show."""

from pingji.warn.alerts.queries.belongings import latest_evidence, verify_clocks
from pingji.warn.alerts.queries.detection import (
    METHODS,
    Judged,
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
    "Judged",
    "Settings",
    "Verdict",
    "curve",
    "in_words",
    "judge",
    "latest_evidence",
    "settings_for",
    "verify_clocks",
    "why_not_judged",
]
