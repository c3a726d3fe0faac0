"""The exponentially weighted moving average of syndromic surveillance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.judging import assemble, judged_rows, series_blocks
from pingji.analysis.detect.result import Array, Detection, Note
from pingji.analysis.detect.windows import window_moments, window_sums

# Shortest baseline with which judging begins.
FIRST_BASELINE = 7
# Level of the limit by which ESSENCE scales its margin for small counts.
WARNING = 0.05


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How counts are smoothed and compared; see `ewma` for the meaning of each.

    Attributes:
        baseline: Time points of the full baseline.
        gap: Time points between the baseline and the one judged.
        alpha: Probability of a false alarm.
        weights: Weights of the newest count.
        margin: Whether the margin for small counts is added.
    """

    baseline: int
    gap: int
    alpha: float
    weights: Sequence[float]
    margin: bool

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: If an option is out of range.
        """
        if self.baseline < FIRST_BASELINE:
            raise ValueError(f"baseline must be at least {FIRST_BASELINE}, not {self.baseline}")
        if self.gap < 0:
            raise ValueError(f"gap must be 0 or more, not {self.gap}")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha must lie between 0 and 1, not {self.alpha}")
        if not self.weights or not all(0 < weight < 1 for weight in self.weights):
            raise ValueError(f"weights must lie between 0 and 1, not {self.weights}")

    def within(self, times: int) -> "Smoothing":
        """The same on a series so long: a baseline that it never fills takes no more room.

        Args:
            times: Time points of the series.

        Returns:
            Options that give the same figures for this series.
        """
        return replace(self, baseline=min(self.baseline, max(times, FIRST_BASELINE)))


def ewma(
    counts: ArrayLike,
    *,
    baseline: int = 28,
    gap: int = 2,
    alpha: float = 0.01,
    weights: Sequence[float] = (0.4, 0.9),
    margin: bool = True,
    judge: slice | None = None,
) -> Detection:
    """Compare a weighted mean of the latest counts with the mean of a baseline (EWMA).

    The smoothed value z(t) = w y(t) + (1 - w) z(t-1) is compared with the mean of the `baseline`
    points that end `gap` points before t: its standard deviation is s times the root of
    w / (2 - w) + 1/n - 2 (1-w)^(gap+1) (1 - (1-w)^n) / n, with n points and their standard
    deviation s. It alarms beyond the (1 - alpha) quantile of Student's t with n - 1 degrees of
    freedom, and then goes on from that limit, so that it does not alarm by its own memory. Of two
    weights the more striking one counts: 0.4 sees gradual rises, 0.9 sudden ones. Judging begins
    with a baseline of seven points.

    Made for daily counts that are too low or too irregular for a regression on weekdays.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported,
            which leaves the smoothed value as it is.
        baseline: Time points of the full baseline, at least 7.
        gap: Time points left out between the baseline and the one judged.
        alpha: Probability of a false alarm of each weight, above 0 and below 1.
        weights: Weights of the newest count, each above 0 and below 1.
        margin: Add ESSENCE's margin for small counts to the standard deviation: a baseline
            without spread is judged as well, and low counts alarm less often. A single case after
            a month of zeros still alarms.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point: `score` is the larger of the standardised smoothed values, `extra`
        holds its `p_value`; a point without cases never alarms. `Note.HISTORY_TOO_SHORT` where
        fewer than seven points of the baseline are reported, `Note.NO_SPREAD` where they are all
        equal and there is no margin.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Burkom et al. 2021, JMIR Public Health Surveill 7(6):e26303, doi:10.2196/26303.
    """
    array = as_counts(counts)
    options = Smoothing(baseline, gap, alpha, tuple(weights), margin).within(len(array))
    asked = judged_rows(len(array), judge)
    shape = (asked.stop - asked.start, array.shape[1])
    expected, bound, score, chance = np.full((4, *shape), np.nan)
    note = np.full(shape, Note.HISTORY_TOO_SHORT, np.int8)
    for block in series_blocks(asked.stop, shape[1]):
        run = np.ascontiguousarray(array[: asked.stop, block])
        figures = [values[asked.start :] for values in smoothed_figures(run, options)]
        expected[:, block], bound[:, block], score[:, block], chance[:, block] = figures
    known = ~np.isnan(expected)
    note[known] = Note.NO_SPREAD
    note[known & ~np.isnan(bound)] = Note.JUDGED
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


def smoothed_figures(counts: Array, options: Smoothing) -> tuple[Array, Array, Array, Array]:
    """Judge all rows of some series by their smoothed values.

    Args:
        counts: Counts from the first on, shape (time, series).
        options: How they are smoothed and compared.

    Returns:
        Expected count, upper bound, score and p-value, each of shape (time, series).
    """
    from pingji.analysis.detect.chart_loops import ewma_loop

    mean, spread, number = _trailing_baseline(counts, options)
    sizes = np.arange(options.baseline + 1, dtype=float)
    sizes[:FIRST_BASELINE] = np.nan
    place = np.where(np.isnan(mean), 0, number).astype(np.intp)
    limit = stdtrit(sizes - 1, 1 - options.alpha)[place]
    bound, score = np.full((2, *counts.shape), np.inf)
    score = -score
    value, reach = np.empty((2, *counts.shape))
    for weight in options.weights:
        factor, margin = _spread_of_smoothed(weight, sizes, options)
        room = spread * factor[place] + margin[place]
        room[room == 0] = np.nan
        ewma_loop(counts, float(weight), mean, room, limit, value, reach)
        bound = np.minimum(bound, np.maximum(reach, 0))
        score = np.maximum(score, (value - mean) / room)
    return mean, bound, score, 1 - stdtr(number - 1, score)


def _spread_of_smoothed(weight: float, sizes: Array, options: Smoothing) -> tuple[Array, Array]:
    """What the baseline's spread is multiplied by, and what is added, for each baseline size."""
    rest = 1 - weight
    shared = 2 * rest ** (options.gap + 1) * (1 - rest**sizes) / sizes
    factor = np.sqrt(weight / (2 - weight) + 1 / sizes - shared)
    if not options.margin:
        return factor, np.zeros_like(sizes)
    scale = weight / stdtrit(sizes - 1, 1 - WARNING)
    margin = scale * (0.1289 - (0.2414 - 0.1826 * rest**4) * np.log(10 * WARNING))
    return factor, margin


def _trailing_baseline(counts: Array, options: Smoothing) -> tuple[Array, Array, Array]:
    """Mean, spread and number of reported points of each row's baseline, growing at first."""
    mean, spread, number = np.full((3, *counts.shape), np.nan)
    full = options.gap + options.baseline
    for t in range(options.gap + FIRST_BASELINE, min(full, len(counts))):
        past = counts[: t - options.gap]
        mean[t], spread[t] = window_moments(past, range(len(past)), 1, FIRST_BASELINE)
        number[t] = (~np.isnan(past)).sum(axis=0)
    rows = len(counts) - full
    if rows > 0:
        window = range(options.baseline)
        mean[full:], spread[full:] = window_moments(counts, window, rows, FIRST_BASELINE)
        number[full:] = options.baseline
        if np.isnan(counts).any():
            number[full:] = window_sums(counts, window, rows)[1]
    return mean, spread, number
