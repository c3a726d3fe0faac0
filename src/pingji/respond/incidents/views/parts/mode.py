"""Whether the place of the incident should be switched to emergency; only suggested."""

from django.utils import timezone

from pingji.ground.directory.models import User
from pingji.respond.incidents.models import Incident
from pingji.respond.incidents.queries.modes import suggested


def shown(user: User, incident: Incident) -> dict[str, object]:
    """The area that a plan or a response answers in while it is still in peace."""
    return {"mode_suggested": suggested(incident, timezone.now())}
