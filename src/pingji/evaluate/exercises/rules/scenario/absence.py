"""When somebody whom the machine plays is there: what a scenario says of absences."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone


def there_from(
    scenario: Mapping[str, Any], starts_at: datetime, role: str, moment: datetime
) -> datetime:
    """When somebody of a role can act who would at a moment: then, or when they are back.

    Args:
        scenario: The scenario as an exercise keeps it.
        starts_at: When the exercise begins.
        role: Whose deed it is.
        moment: When they would act.
    """
    first = timezone.localdate(starts_at)
    for inject in _absences(scenario, role):
        day: date = first + timedelta(days=inject["day"])
        begins = timezone.make_aware(datetime.combine(day, time.fromisoformat(inject["time"])))
        back = begins + timedelta(hours=inject["hours"])
        if begins <= moment < back:
            moment = back
    return moment


def _absences(scenario: Mapping[str, Any], role: str) -> list[Mapping[str, Any]]:
    """Those of one role, the earliest first."""
    found = [
        inject
        for inject in scenario.get("injects", [])
        if inject["kind"] == "absent" and inject["role"] == role
    ]
    return sorted(found, key=lambda one: (one["day"], one["time"]))
