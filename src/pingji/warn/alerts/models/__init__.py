"""What is out of the ordinary: detection runs, signs, and the alerts a person must answer."""

from pingji.warn.alerts.models.alerts import Alert, AlertQuerySet, Evidence
from pingji.warn.alerts.models.analyses import Analysis, AnalysisDocument, AnalysisText
from pingji.warn.alerts.models.assessments import Judgement, RiskAssessment, RiskLevel
from pingji.warn.alerts.models.runs import DetectionRun
from pingji.warn.alerts.models.signs import Sign
from pingji.warn.alerts.models.trials import SettingTrial

__all__ = [
    "Alert",
    "AlertQuerySet",
    "Analysis",
    "AnalysisDocument",
    "AnalysisText",
    "DetectionRun",
    "Evidence",
    "Judgement",
    "RiskAssessment",
    "RiskLevel",
    "SettingTrial",
    "Sign",
]
