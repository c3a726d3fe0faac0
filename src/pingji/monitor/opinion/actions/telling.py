"""Tell who handles rumours of a new one."""

from datetime import datetime

from pingji.ground.directory.models import Permission, User
from pingji.ground.notices import actions as notices
from pingji.ground.notices.models import Notice
from pingji.monitor.opinion.models import Rumour


def tell_found(*, rumour: Rumour, by: User, at: datetime) -> Notice | None:
    """Tell whom the plan names that a rumour waits for its check; once, and not if one has begun."""
    if rumour.state != Rumour.State.FOUND:
        return None
    return notices.notify(
        kind="rumour_found",
        subject=rumour,
        area=rumour.area,
        needs=Permission.OPINION_VIEW,
        by=by,
        at=at,
        clock=False,  # the rumour has its own
    )
