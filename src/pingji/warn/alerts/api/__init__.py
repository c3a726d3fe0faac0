"""Alerts for other programs, what experts judged of them, and what analyses say."""

from ninja import Router

from pingji.warn.alerts.api.alerts import router as alerts
from pingji.warn.alerts.api.analyses import router as analyses
from pingji.warn.alerts.api.assessments import router as assessments

router = Router()
# Before the alerts: the number of one is whatever stands in the place of these words.
router.add_router("/assessments", assessments)
router.add_router("/analyses", analyses)
router.add_router("", alerts)
