"""A sign as a source finds it, before it is kept; and what a source has to go by."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import inf, log10
from typing import Any
from zlib import crc32

from django.utils import timezone

from pingji.monitor.surveillance.queries.catalogue import Catalogue
from pingji.warn.alerts.queries.settings import Settings

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Look:
    """What every source goes by: where, as known when, with which settings.

    Attributes:
        area: Code of the county, or of the larger area whose own series are judged.
        as_of: What became known after this moment is left out.
        settings: The plan's numbers as in force on that day.
        seed: Seed of what is drawn by chance, so that the same look gives the same.
    """

    area: str
    as_of: datetime
    settings: Settings
    seed: int

    @property
    def today(self) -> date:
        """The day of the moment in the county's calendar."""
        return timezone.localdate(self.as_of)

    @property
    def since(self) -> date:
        """First of the latest days that are judged."""
        return self.today - (self.settings.judged_days - 1) * DAY

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of diseases as it stands."""
        assert self.settings.watched is not None
        return self.settings.watched


def seed_of(area: str, as_of: datetime) -> int:
    """A seed that belongs to one look, and is the same whenever that look is repeated."""
    return crc32(f"{area} {as_of.astimezone(timezone.get_default_timezone()).isoformat()}".encode())


@dataclass(frozen=True)
class Found:
    """One thing out of the ordinary; the columns are those of `Sign`."""

    key: str
    kind: str
    area: str
    disease: str | None
    channel: str
    starts_on: date
    ends_on: date
    days: int
    observed: int
    method: str
    strength: float
    period: str = "day"
    place_kind: str = ""
    place: str = ""
    vulnerable: bool = False
    layer: str = ""
    expected: float | None = None
    upper_bound: float | None = None
    deaths: int = 0
    before: int | None = None
    p_value: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Harvest:
    """What one source brought in.

    Attributes:
        found: The signs.
        series: How many series it looked at.
        judged: How many of them it could judge.
        alarms: How many points were out of the ordinary.
        reasons: How many points it could not judge, by reason.
    """

    found: list[Found] = field(default_factory=list)
    series: int = 0
    judged: int = 0
    alarms: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def strength_of(p_value: float, settings: Settings, *, every: int = 1) -> float:
    """How strong a sign is whose like comes by chance this often: 1 at the plan's own limit.

    What is judged each week has a seventh of the occasions to alarm by chance that what is judged
    each day has: the same probability says so much more.

    Args:
        p_value: How often chance alone gives as much in one period.
        settings: Of which the limit is taken.
        every: Days of the period.
    """
    if p_value >= 1:
        return 0.0
    tens = log10(every) - log10(p_value) if p_value > 0 else inf
    return min(1.0, tens / settings.number("fusion.strong_p"))
