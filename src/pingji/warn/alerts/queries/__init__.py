"""What alerts show."""

from pingji.warn.alerts.queries.belongings import (
    Near,
    alert_to_extend,
    lately_answered,
    latest_evidence,
    latest_signs,
    signs_seen,
    signs_that_wait,
    verify_clocks,
    who_may_own,
)
from pingji.warn.alerts.queries.detection import METHODS, Judged, Verdict, curve, judge
from pingji.warn.alerts.queries.duty import called_for, first_on_duty, next_on_duty
from pingji.warn.alerts.queries.fusion import Joined, Kinship, Nearness, Weighed, join, weigh
from pingji.warn.alerts.queries.repeats import differences
from pingji.warn.alerts.queries.runs import last_run, reasons_in_words, steps_in_words
from pingji.warn.alerts.queries.settings import Settings, settings_for
from pingji.warn.alerts.queries.signs import (
    OF_LARGER_AREAS,
    ON_ARRIVAL,
    SOURCES,
    Found,
    Look,
    look_at,
    seed_of,
)
from pingji.warn.alerts.queries.words import (
    NAMES,
    PARTS,
    in_words,
    next_steps,
    sign_in_words,
    why_not_judged,
)

__all__ = [
    "METHODS",
    "NAMES",
    "OF_LARGER_AREAS",
    "ON_ARRIVAL",
    "SOURCES",
    "Found",
    "Joined",
    "Judged",
    "Kinship",
    "Look",
    "Near",
    "Nearness",
    "PARTS",
    "Settings",
    "Verdict",
    "Weighed",
    "alert_to_extend",
    "called_for",
    "curve",
    "differences",
    "first_on_duty",
    "in_words",
    "join",
    "judge",
    "lately_answered",
    "last_run",
    "latest_evidence",
    "latest_signs",
    "look_at",
    "next_on_duty",
    "next_steps",
    "reasons_in_words",
    "seed_of",
    "settings_for",
    "sign_in_words",
    "signs_seen",
    "signs_that_wait",
    "steps_in_words",
    "verify_clocks",
    "weigh",
    "who_may_own",
    "why_not_judged",
]
