"""From what happens to what is known: delays, days off, and places that fall silent."""

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.simulate.demography import Array
from pingji.analysis.simulate.holidays import Days, working_day

NEVER = -1  # in an array of report days: the figure is missing


def report_days(
    rng: np.random.Generator,
    happened: NDArray[np.int64],
    first_day: np.datetime64,
    *,
    delay: float,
    shape: float,
    at_weekend: float,
) -> NDArray[np.int32]:
    """Day on which each event is reported.

    The delay is negative binomial; what would be reported on a day off waits for the next working
    day, but for a share.

    Args:
        rng: Source of chance.
        happened: Day of each event, counted from `first_day`.
        first_day: What day 0 is.
        delay: Mean delay in days, before days off.
        shape: Shape of the negative binomial: variance = delay + delay² / shape.
        at_weekend: Share of what falls on days off that is reported there and then.

    Returns:
        Report days, counted from `first_day`; never before the event.
    """
    due = happened.copy()
    if delay > 0:
        due += rng.negative_binomial(shape, shape / (shape + delay), size=len(due))
    if not len(due):
        return due.astype(np.int32)
    days: Days = first_day + np.arange(int(due.min()), int(due.max()) + 15)
    opens = np.where(working_day(days), np.arange(len(days)), len(days))
    following = np.minimum.accumulate(opens[::-1])[::-1]
    waits = rng.random(len(due)) >= at_weekend
    start = int(due.min())
    due[waits] = following[due[waits] - start] + start
    return due.astype(np.int32)


def silences(
    rng: np.random.Generator, periods: int, places: int, *, missing: float, length: float
) -> NDArray[np.bool_]:
    """Which periods each place does not report: in runs, as it is when somebody is away.

    Args:
        rng: Source of chance.
        periods: How many periods.
        places: How many places.
        missing: Share of periods without a report.
        length: Mean length of a run, in periods.

    Returns:
        Whether missing, shape (periods, places).
    """
    if missing <= 0:
        return np.zeros((periods, places), np.bool_)
    ends = 1 / max(length, 1.0)
    begins = min(1.0, ends * missing / (1 - missing))
    chance: Array = rng.random((periods, places))
    silent = np.empty((periods, places), np.bool_)
    now = chance[0] < missing
    for at in range(periods):
        silent[at] = now
        now = np.where(now, chance[at] >= ends, chance[at] < begins)
    return silent
