"""The Bayesian subsystem: what a Poisson count with a mean learned from the baseline may be."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, ndtri

from pingji.analysis.detect.calendar import Period, periods_per_year
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.judging import assemble, judged_rows, series_blocks
from pingji.analysis.detect.result import Array, Detection, Note
from pingji.analysis.detect.windows import seasonal_offsets, window_sums

# A probability this close below the level counts as reaching it, as in R's quantiles.
FUZZ = 64 * np.finfo(float).eps


def bayes(
    counts: ArrayLike,
    *,
    b: int = 0,
    w: int = 6,
    this_year: bool = True,
    alpha: float = 0.05,
    period: Period = "week",
    min_reported: int = 1,
    judge: slice | None = None,
) -> Detection:
    """Compare each count with the prediction of a Poisson model that learned from the baseline.

    The baseline holds the 2w + 1 counts around the same week of each of `b` earlier years and, on
    demand, the last `w` counts. With Jeffreys' prior for the mean, the next count is negative
    binomial with size (sum of the n baseline counts) + 1/2 and probability n / (n + 1); the bound
    is its (1 - alpha) quantile. Years are counted in rows (52 weeks, 12 months, 365 days).

    The model knows neither trend nor overdispersion: on counts that vary more than Poisson counts
    it alarms more often than `alpha` says.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        b: Earlier years in the baseline.
        w: Half width of the window in each of them, and counts taken from the present year.
        this_year: Whether the last `w` counts belong to the baseline.
        alpha: Probability of a false alarm under the model, above 0 and below 1.
        period: What one time point stands for: "day", "week" or "month".
        min_reported: Reported counts the baseline needs, at least 1.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point: `expected` is the predicted mean, `score` the number of decimal
        places of the p-value, -log10 P(Y >= count), and `extra` holds that `p_value`.
        `Note.HISTORY_TOO_SHORT` where the baseline lacks counts.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Riebler 2004, Empirischer Vergleich von statistischen Methoden zur Ausbruchserkennung
        bei Surveillance Daten; Höhle 2007, Comput Stat 22:571, doi:10.1007/s00180-007-0074-8.
    """
    array = as_counts(counts)
    offsets, lag = seasonal_offsets(b, w, this_year, periods_per_year(period))
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")
    if not 1 <= min_reported <= len(offsets):
        raise ValueError(f"min_reported must lie between 1 and {len(offsets)}, not {min_reported}")
    asked = judged_rows(len(array), judge)
    first = min(max(asked.start, lag), asked.stop)
    expected, bound, chance = np.full((3, asked.stop - asked.start, array.shape[1]), np.nan)
    for block in series_blocks(asked.stop - first, array.shape[1]) if first < asked.stop else ():
        recent = np.ascontiguousarray(array[first - lag : asked.stop, block])
        total, reported = window_sums(recent, offsets, asked.stop - first)
        reported[reported < min_reported] = np.nan
        at = (slice(first - asked.start, None), block)
        expected[at] = (total + 0.5) / reported
        bound[at], chance[at] = _predicted(1 - alpha, total, reported, recent[lag:])
    note = np.where(np.isnan(bound), np.int8(Note.HISTORY_TOO_SHORT), np.int8(Note.JUDGED))
    with np.errstate(divide="ignore"):
        score = np.abs(np.log10(chance))
    return assemble(
        array,
        asked,
        expected=expected,
        upper_bound=bound,
        score=score,
        alarm=array[asked] > bound,
        note=note,
        extra={"p_value": chance},
    )


def bayes_1(
    counts: ArrayLike, *, alpha: float = 0.05, period: Period = "week", judge: slice | None = None
) -> Detection:
    """Bayes method 1: the last six counts (see `bayes`).

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        alpha: Probability of a false alarm under the model.
        period: What one time point stands for.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point.

    Source: Höhle 2007, Comput Stat 22:571, doi:10.1007/s00180-007-0074-8.
    """
    return bayes(counts, b=0, w=6, this_year=True, alpha=alpha, period=period, judge=judge)


def bayes_2(
    counts: ArrayLike, *, alpha: float = 0.05, period: Period = "week", judge: slice | None = None
) -> Detection:
    """Bayes method 2: the last six counts and 13 of the year before (see `bayes`).

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        alpha: Probability of a false alarm under the model.
        period: What one time point stands for.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point.

    Source: Höhle 2007, Comput Stat 22:571, doi:10.1007/s00180-007-0074-8.
    """
    return bayes(counts, b=1, w=6, this_year=True, alpha=alpha, period=period, judge=judge)


def bayes_3(
    counts: ArrayLike, *, alpha: float = 0.05, period: Period = "week", judge: slice | None = None
) -> Detection:
    """Bayes method 3: nine counts of each of the two years before (see `bayes`).

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        alpha: Probability of a false alarm under the model.
        period: What one time point stands for.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point.

    Source: Höhle 2007, Comput Stat 22:571, doi:10.1007/s00180-007-0074-8.
    """
    return bayes(counts, b=2, w=4, this_year=False, alpha=alpha, period=period, judge=judge)


def _predicted(level: float, total: Array, reported: Array, count: Array) -> tuple[Array, Array]:
    """Quantile of the predicted count, and probability of at least the count observed.

    Counts are small whole numbers, so that few different questions are asked: each is answered
    once.
    """
    bound, chance = np.full((2, *total.shape), np.nan)
    for number in np.unique(reported[~np.isnan(reported)]):
        here = reported == number
        sums, y = total[here], count[here]
        different, place = np.unique(sums, return_inverse=True)
        bound[here] = _negbin_quantile(level, different + 0.5, number / (number + 1))[place]
        # The rank of the sum and the count make one key, as long as it is a whole float.
        width = np.nanmax(y, initial=0.0) + 1
        if len(different) * width < 2.0**53:
            keys, place = np.unique(place * width + y, return_inverse=True)
            rank, y = np.divmod(keys, width)
            sums = different[np.nan_to_num(rank).astype(np.intp)]
        else:
            place = np.arange(len(y))
        # P(Y >= y) = 1 - I_p(size, y); for y = 0 it is 1.
        least = np.where(y == 0, 1.0, betainc(y, sums + 0.5, 1 / (number + 1)))
        chance[here] = least[place]
    return bound, chance


def _negbin_quantile(level: float, size: Array, prob: float) -> Array:
    """Smallest y whose negative binomial distribution function reaches the level."""
    level *= 1 - FUZZ

    def reached(y: Array) -> np.ndarray:
        return np.where(y < 0, False, betainc(size, np.maximum(y, 0) + 1, prob) >= level)

    mean = size * (1 - prob) / prob
    guess = np.floor(mean + ndtri(level) * np.sqrt(mean / prob))
    low, high = np.maximum(guess - 4, -1), np.maximum(guess + 4, 0)
    low[reached(low)] = -1
    short = ~reached(high)
    while short.any():
        high[short] = 2 * high[short] + 1
        short = ~reached(high)
    middle = np.floor((low + high) / 2)
    # Beyond 2**53 not every whole number is a float: stop where no float lies in between.
    while ((low < middle) & (middle < high)).any():
        hit = reached(middle)
        high, low = np.where(hit, middle, high), np.where(hit, low, middle)
        middle = np.floor((low + high) / 2)
    quantile: Array = high
    return quantile
