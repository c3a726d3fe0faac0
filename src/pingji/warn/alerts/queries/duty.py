"""Who of those on duty may answer an alert, in the order in which they are called."""

from datetime import datetime

from pingji.ground.directory.models import Permission, User
from pingji.ground.directory.queries import on_duty
from pingji.warn.alerts.models import Alert


def called_for(area_code: str, at: datetime) -> list[User]:
    """Who of those on duty for an area decides on alerts, the first called first."""
    return [one for one in on_duty(area_code, at) if one.holds(Permission.ALERT_DECIDE)]


def first_on_duty(area_code: str, at: datetime) -> User | None:
    """Who owns an alert that is raised now; None where nobody is on duty."""
    return next(iter(called_for(area_code, at)), None)


def next_on_duty(alert: Alert, at: datetime) -> User | None:
    """Who is called after the alert's owner; the first called, if the owner is not on duty now."""
    called = called_for(alert.area_id, at)
    after = 0
    for place, person in enumerate(called):
        if person.pk == alert.owner_id:
            after = place + 1
    return called[after] if after < len(called) else None
