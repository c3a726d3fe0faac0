"""The overview of an incident, put together from its parts; each part has its own template."""

from django.http import HttpRequest

from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.views.frame import frame
from pingji.respond.incidents.views.parts import grading, judged, mode, orders, plan, state

# Each gives what one part of the overview shows.
PARTS = (state.shown, mode.shown, grading.shown, judged.shown, plan.shown, orders.shown)


def overview(request: HttpRequest, incident: Incident) -> dict[str, object]:
    """What the overview of an incident shows."""
    context = frame(incident, "detail")
    for part in PARTS:
        context |= part(request.user, incident)
    return context
