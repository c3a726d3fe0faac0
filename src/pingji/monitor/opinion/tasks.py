"""What the worker does for public opinion."""

from datetime import datetime

from pingji.ground.directory.models import User
from pingji.ground.record.actions import hears
from pingji.monitor.opinion.actions.telling import tell_found
from pingji.monitor.opinion.models import Rumour


@hears("rumour_found")
def tell_of_rumour(*, at: datetime, rumour_id: int) -> None:
    """Tell who checks and answers rumours that a new one waits."""
    rumour = Rumour.objects.select_related("area", "topic").get(pk=rumour_id)
    tell_found(rumour=rumour, by=User.objects.system(), at=at)
