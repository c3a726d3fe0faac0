"""Look for what is out of the ordinary, and answer it."""

from pingji.warn.alerts.actions.deciding import decide, see
from pingji.warn.alerts.actions.detection import ask_for_detection, run_detection

__all__ = ["ask_for_detection", "decide", "run_detection", "see"]
