"""The CDC's method: four weeks against the same and neighbouring four weeks of earlier years."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from pingji.analysis.detect.calendar import Period, check_reach
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.farrington.baseline import Clock, read_clock
from pingji.analysis.detect.judging import assemble, judged_rows, series_blocks
from pingji.analysis.detect.result import Array, Detection, Note


def cdc(
    counts: ArrayLike,
    *,
    b: int = 5,
    m: int = 1,
    alpha: float = 0.025,
    width: int = 4,
    dates: ArrayLike | None = None,
    period: Period = "week",
    judge: slice | None = None,
) -> Detection:
    """Compare the sum of the last four weeks with sums of earlier years (the CDC's method).

    The baseline are, in each of the last `b` years, the sum that ends at the same week and the `m`
    sums before and after it. With their mean, standard deviation s (divisor n - 1) and number n,
    the bound on the sum is

        mean + z s sqrt(1 + 1/n),

    z being the normal (1 - alpha/2) quantile: alpha is two-sided, as published. Where all sums of
    the baseline are the same the bound is their value, and any rise alarms.

    Expected value, bound and score are about the sum, not about the last count.

    Args:
        counts: Cases, oldest first, shape (time,) or (time, series); NaN where none reported.
        b: Years in the baseline, at least 1.
        m: Sums on either side of the same week.
        alpha: Probability of a false alarm under a normal distribution, two-sided.
        width: Time points in a sum.
        dates: A date per time point, so that "a year before" is the same date (the nearest same
            weekday for weeks); None takes 52 weeks, 12 months or 365 days for a year.
        period: What one time point stands for.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. The score is (sum - mean) / (s sqrt(1 + 1/n)). Extra:
        `four_week_sum`. `Note.MISSING` where a count of the sum was not reported, and
        `Note.HISTORY_TOO_SHORT` with fewer than two sums in the baseline (those with a count not
        reported are left out) or where it begins before the series.

    Raises:
        ValueError: If a count, a date or an option is out of range.

    Source: Stroup et al. 1989, Stat Med 8:323, doi:10.1002/sim.4780080312.
    """
    for name, value, least in (("b", b, 1), ("m", m, 0), ("width", width, 1)):
        if value != int(value) or value < least:
            raise ValueError(f"{name}={value} is not a whole number of at least {least}")
    check_reach(b, m=m, width=width)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha={alpha} is not between 0 and 1")
    observed = as_counts(counts)
    rows = judged_rows(len(observed), judge)
    ends = _baseline_ends(read_clock(len(observed), dates, period), rows, b, m, width)
    z = float(ndtri(1 - alpha / 2))
    shape = (rows.stop - rows.start, observed.shape[1])
    mean, bound, score, total = (np.full(shape, np.nan) for _ in range(4))
    note = np.full(shape, Note.HISTORY_TOO_SHORT, np.int8)
    known = slice(shape[0] - len(ends), shape[0])
    for part in series_blocks(len(observed), shape[1] if len(ends) else 0):
        sums = _moving_sums(observed[:, part], width)
        now = sums[rows.start + known.start : rows.stop]
        average, spread, number = _moments(sums, ends)
        with np.errstate(divide="ignore", invalid="ignore"):
            error: Array = spread * np.sqrt(1 + 1 / number)
            excess = (now - average) / error
        mean[known, part] = average
        total[known, part] = now
        bound[known, part] = average + z * error
        score[known, part] = np.where(now == average, 0.0, excess)
        late = np.where(number < 2, np.int8(Note.HISTORY_TOO_SHORT), np.int8(Note.JUDGED))
        note[known, part] = np.where(np.isnan(now), np.int8(Note.MISSING), late)
    return assemble(
        observed,
        rows,
        expected=mean,
        upper_bound=bound,
        score=score,
        alarm=total > bound,
        note=note,
        extra={"four_week_sum": total},
    )


def _baseline_ends(clock: Clock, rows: slice, b: int, m: int, width: int) -> NDArray[np.int64]:
    """Last index of each sum of the baseline, shape (points with enough history, sums)."""
    times = np.arange(rows.start, rows.stop)
    shifts = width * np.arange(-m, m + 1)
    ends = np.concatenate([clock.back(times, k)[:, None] + shifts for k in range(b, 0, -1)], axis=1)
    if m and (ends[:, -1] > times - width).any():
        raise ValueError(f"m={m}: the sums of last year reach into the sum that is judged")
    return ends[ends[:, 0] >= width - 1]


def _moving_sums(counts: Array, width: int) -> Array:
    """Sum of each time point and the `width - 1` before it; NaN where one is missing."""
    sums = np.full(counts.shape, np.nan)
    rows = max(0, len(counts) - width + 1)
    sums[width - 1 :] = 0.0
    for k in range(width):
        sums[width - 1 :] += counts[k : k + rows]
    return sums


def _moments(sums: Array, ends: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Mean, standard deviation and number of the baseline's sums, each (points, series)."""
    number, total, square = (np.zeros((len(ends), sums.shape[1])) for _ in range(3))
    for k in range(ends.shape[1]):
        value = sums[ends[:, k]]
        number += ~np.isnan(value)
        total += np.nan_to_num(value)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / number
        for k in range(ends.shape[1]):
            square += np.nan_to_num(sums[ends[:, k]] - mean) ** 2
        return mean, np.sqrt(square / (number - 1)), number
