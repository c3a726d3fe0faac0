"""What is out of the ordinary: detection runs, and the alerts a person must answer."""

from pingji.warn.alerts.models.alerts import Alert, AlertQuerySet, Evidence
from pingji.warn.alerts.models.runs import DetectionRun
from pingji.warn.alerts.models.signs import Sign

__all__ = ["Alert", "AlertQuerySet", "DetectionRun", "Evidence", "Sign"]
