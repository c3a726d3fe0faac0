"""The rhythm of each kind of sentinel in each county, from its type and the calendar's entries."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property

from pingji.ground.directory.models import COUNTY_DIGITS
from pingji.monitor.surveillance.models import CalendarEntry, SentinelType
from pingji.monitor.surveillance.rules.periods import Rhythm, days_of


class Calendars:
    """Rhythms by kind and county; two queries, however many are asked for."""

    def __init__(self) -> None:
        self._rhythms: dict[tuple[str, str], Rhythm] = {}

    @cached_property
    def types(self) -> dict[str, SentinelType]:
        """Every kind of sentinel by its code, in their order."""
        return {kind.pk: kind for kind in SentinelType.objects.all()}

    @cached_property
    def entries(self) -> list[CalendarEntry]:
        """Every entry of the calendar."""
        return list(CalendarEntry.objects.all())

    def rhythm(self, kind: str, area: str) -> Rhythm:
        """How sentinels of a kind report in the county that an area lies in."""
        key = kind, area[:COUNTY_DIGITS]
        if key not in self._rhythms:
            self._rhythms[key] = self._made(*key)
        return self._rhythms[key]

    def _made(self, code: str, county: str) -> Rhythm:
        kind = self.types[code]
        mine = [e for e in self.entries if concerns(e, kind, county)]
        return Rhythm(
            period=kind.rhythm,
            grace_hours=kind.grace_hours,
            workdays_only=kind.workdays_only,
            off=spans(e for e in mine if not e.worked),
            worked=spans(e for e in mine if e.worked),
        )


def concerns(entry: CalendarEntry, kind: SentinelType, county: str) -> bool:
    """Whether an entry holds for a kind in a county.

    One for no kind in particular is about working days, and so for those that report on them only.
    """
    if entry.type_id is None and not kind.workdays_only:
        return False
    return entry.type_id in (None, kind.pk) and county.startswith(entry.area_id or "")


def spans(entries: Iterable[CalendarEntry]) -> frozenset[date]:
    """The days of some entries."""
    return frozenset(days_of((entry.starts_on, entry.ends_on) for entry in entries))
