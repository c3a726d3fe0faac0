"""Townships with years of figures, to try detectors on."""

from datetime import timedelta

import numpy as np
from django.utils import timezone

from pingji.ground.directory.tests.factories import AreaFactory
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN
from pingji.warn.alerts import queries
from pingji.warn.alerts.tests.factories import outbreak

DAY = timedelta(days=1)
TODAY = timezone.localdate(NOON)


def settings():
    return queries.settings_for(COUNTY, on=TODAY)


def figures(rows: list[tuple[str, str, int, int]]) -> None:
    """Case figures: disease, area, days back, how many."""
    tallies.add(
        ((name, "case", area, TODAY - back * DAY, n) for name, area, back, n in rows), at=NOON - DAY
    )


def long_series() -> None:
    """Six years of mumps in one township: two cases a week, and a burst each of two springs."""
    outbreak(5, quiet=[4, 5])
    AreaFactory(code=TOWN)
    rows = [("mumps", TOWN, back, 1) for back in range(0, 6 * 365, 3)]
    rows += [("mumps", TOWN, back + n, 5) for back in (100, 400) for n in range(4)]
    figures([(d, a, back, n) for d, a, back, n in rows if back % 3 or n == 1])


def noisy_series() -> None:
    """Six years of mumps in one township, with the scatter of chance and a burst each spring."""
    long_series()
    chance = np.random.default_rng(1)
    figures([("mumps", TOWN, back, int(n)) for back, n in enumerate(chance.poisson(1.5, 6 * 365))])
