"""Incidents and orders for other programs: what an organisation has to do, and its answers."""

from ninja import Router

from pingji.respond.incidents.api.incidents import router as incidents
from pingji.respond.incidents.api.orders import router as orders

router = Router()
router.add_router("/orders", orders)
router.add_router("", incidents)
