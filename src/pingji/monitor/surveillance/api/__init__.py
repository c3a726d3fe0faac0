"""Surveillance for other programs."""

from ninja import Router

from pingji.monitor.surveillance.api.imports import router as imports
from pingji.monitor.surveillance.api.intake import router as intake
from pingji.monitor.surveillance.api.reports import router as reports

router = Router()
router.add_router("", reports)
router.add_router("", imports)
router.add_router("", intake)
