"""What the worker does for alerts."""

from datetime import datetime

from pingji.ground.directory.models import Area, User
from pingji.ground.record.actions import every, hears
from pingji.warn.alerts import actions

COUNTY = 6


def _counties(prefix: str) -> list[Area]:
    """The county an area lies in, or the counties inside it."""
    code = prefix[:COUNTY]
    return list(Area.objects.under(code).of_level("county"))


@hears("reports_imported")
def detect_on_arrival(*, at: datetime, import_id: int, area: str) -> None:
    """Judge the county's series as soon as a file has brought something new."""
    for county in _counties(area):
        actions.run_detection(area=county, as_of=at, by=User.objects.system(), at=at)


@every("5 22 * * *")
def detect_daily(*, at: datetime) -> None:
    """Judge every county's series each morning (22:05 UTC is 06:05 in China)."""
    for area in Area.objects.filter(users__isnull=False, code__length__lte=COUNTY).distinct():
        for county in _counties(area.code):
            actions.run_detection(area=county, as_of=at, by=User.objects.system(), at=at)
