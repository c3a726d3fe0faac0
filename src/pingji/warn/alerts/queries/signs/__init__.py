"""The sources of signs; each looks at what was known at one moment, and gives the same again."""

from collections.abc import Callable
from datetime import datetime

from pingji.warn.alerts.queries.settings import Settings
from pingji.warn.alerts.queries.signs.cases import clusters, single_cases
from pingji.warn.alerts.queries.signs.found import Found, Harvest, Look, seed_of
from pingji.warn.alerts.queries.signs.rumours import rumour_signs
from pingji.warn.alerts.queries.signs.scans import scan_signs
from pingji.warn.alerts.queries.signs.series import series_signs
from pingji.warn.alerts.queries.signs.silences import silence_signs

# Asked one after the other; a run that broke off goes on with the first that is missing.
SOURCES: dict[str, Callable[[Look], Harvest]] = {
    "single_case": single_cases,
    "cluster": clusters,
    "series": series_signs,
    "scan": scan_signs,
    "silence": silence_signs,
    "rumour": rumour_signs,
}
# An area larger than a county has only series of its own: the rest is its counties' affair.
OF_LARGER_AREAS = ("series",)
# Asked as soon as one card or post comes in: they are done within the second.
ON_ARRIVAL = ("single_case", "cluster", "rumour")


def look_at(area: str, as_of: datetime, settings: Settings) -> Look:
    """Everything a source goes by."""
    return Look(area, as_of, settings, seed_of(area, as_of))


__all__ = [
    "OF_LARGER_AREAS",
    "ON_ARRIVAL",
    "SOURCES",
    "Found",
    "Harvest",
    "Look",
    "look_at",
    "seed_of",
]
