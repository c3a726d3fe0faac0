"""The methods of the Robert Koch Institute: a fixed limit for rare counts, two sd for others."""

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.calendar import Period, periods_per_year
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.judging import assemble, judged_rows, series_blocks
from pingji.analysis.detect.result import Detection, Note
from pingji.analysis.detect.windows import seasonal_offsets, window_moments

# Upper 95 % limits of a Poisson count whose mean is 0, 1 ... 20: Crow and Gardner 1959,
# Biometrika 46:441, doi:10.1093/biomet/46.3-4.441.
CROW_GARDNER = np.array(
    [3.285, 5.323, 6.686, 8.102, 9.598, 11.177, 12.817, 13.765, 14.921, 16.768, 17.633]
    + [19.050, 20.335, 21.364, 22.945, 23.762, 25.400, 26.306, 27.735, 28.966, 30.017]
)


def rki(
    counts: ArrayLike,
    *,
    b: int = 2,
    w: int = 4,
    this_year: bool = False,
    period: Period = "week",
    min_reported: int | None = None,
    judge: slice | None = None,
) -> Detection:
    """Compare each count with those of the same weeks of earlier years, or of the last weeks.

    The baseline holds the 2w + 1 counts around the same week of each of `b` earlier years and, on
    demand, the last `w` counts. Up to a mean of 20 the bound is the upper 95 % limit of Crow and
    Gardner for a Poisson count with the mean rounded down; above it is mean + 2 sd. Years are
    counted in rows (52 weeks, 12 months, 365 days).

    The two rules do not meet: a baseline with a mean just above 20 and a small spread has a lower
    bound than one with a mean of 20, and above 20 a constant baseline alarms on any rise.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        b: Earlier years in the baseline.
        w: Half width of the window in each of them, and counts taken from the present year.
        this_year: Whether the last `w` counts belong to the baseline.
        period: What one time point stands for: "day", "week" or "month".
        min_reported: Reported counts the baseline needs; None asks for all of them.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point: `expected` is the baseline's mean, `score` is
        (count - mean) / (bound - mean), which is 1 at the bound. `Note.HISTORY_TOO_SHORT` where
        the baseline is not complete.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Robert Koch Institute, as documented in Höhle 2007, Comput Stat 22:571,
        doi:10.1007/s00180-007-0074-8.
    """
    array = as_counts(counts)
    offsets, lag = seasonal_offsets(b, w, this_year, periods_per_year(period))
    needed = len(offsets) if min_reported is None else min_reported
    if not 2 <= needed <= len(offsets):
        raise ValueError(f"min_reported must lie between 2 and {len(offsets)}, not {min_reported}")
    asked = judged_rows(len(array), judge)
    first = min(max(asked.start, lag), asked.stop)
    expected, bound, score = np.full((3, asked.stop - asked.start, array.shape[1]), np.nan)
    for block in series_blocks(asked.stop - first, array.shape[1]) if first < asked.stop else ():
        recent = np.ascontiguousarray(array[first - lag : asked.stop, block])
        mean, spread = window_moments(recent, offsets, asked.stop - first, needed)
        known = np.where(mean <= 20, mean, 0).astype(np.intp)
        limit = np.where(mean <= 20, CROW_GARDNER[known], mean + 2 * spread)
        excess = recent[lag:] - mean
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(excess == 0, 0.0, excess / (limit - mean))
        at = (slice(first - asked.start, None), block)
        expected[at], bound[at], score[at] = mean, limit, reach
    note = np.where(np.isnan(bound), np.int8(Note.HISTORY_TOO_SHORT), np.int8(Note.JUDGED))
    return assemble(
        array,
        asked,
        expected=expected,
        upper_bound=bound,
        score=score,
        alarm=array[asked] > bound,
        note=note,
    )


def rki_1(counts: ArrayLike, *, period: Period = "week", judge: slice | None = None) -> Detection:
    """RKI method 1: the last six counts (see `rki`).

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        period: What one time point stands for.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point.

    Source: Höhle 2007, Comput Stat 22:571, doi:10.1007/s00180-007-0074-8.
    """
    return rki(counts, b=0, w=6, this_year=True, period=period, judge=judge)


def rki_2(counts: ArrayLike, *, period: Period = "week", judge: slice | None = None) -> Detection:
    """RKI method 2: the last six counts and 13 of the year before (see `rki`).

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        period: What one time point stands for.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point.

    Source: Höhle 2007, Comput Stat 22:571, doi:10.1007/s00180-007-0074-8.
    """
    return rki(counts, b=1, w=6, this_year=True, period=period, judge=judge)


def rki_3(counts: ArrayLike, *, period: Period = "week", judge: slice | None = None) -> Detection:
    """RKI method 3: nine counts of each of the two years before (see `rki`).

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        period: What one time point stands for.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point.

    Source: Höhle 2007, Comput Stat 22:571, doi:10.1007/s00180-007-0074-8.
    """
    return rki(counts, b=2, w=4, this_year=False, period=period, judge=judge)
