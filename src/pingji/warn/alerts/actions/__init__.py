"""Look for what is out of the ordinary, and answer it."""

from pingji.warn.alerts.actions.deciding import (
    ask_to_close,
    await_incident,
    close,
    decide,
    give_to,
    investigate,
    see,
)
from pingji.warn.alerts.actions.detection import (
    ask_for_detection,
    look_on_arrival,
    run_detection,
)
from pingji.warn.alerts.actions.escalating import escalate
from pingji.warn.alerts.actions.repeating import ask_to_look_back, ask_to_repeat, look_back
from pingji.warn.alerts.actions.tuning import apply_setting, ask_for_trial, run_trial

__all__ = [
    "apply_setting",
    "ask_for_detection",
    "ask_for_trial",
    "ask_to_close",
    "ask_to_look_back",
    "ask_to_repeat",
    "await_incident",
    "close",
    "decide",
    "escalate",
    "give_to",
    "investigate",
    "look_back",
    "look_on_arrival",
    "run_detection",
    "run_trial",
    "see",
]
