"""Judgement by the mean and spread of the time points just before."""

from collections.abc import Callable

import numpy as np

from pingji.analysis.detect.judging import assemble, judged_rows, series_blocks
from pingji.analysis.detect.result import Array, Detection, Note
from pingji.analysis.detect.windows import window_moments

# Counts of the days, mean and spread of their baselines, and the limit z go in; expected count,
# upper bound, score and note of the days judged come out, all of shape (days, series).
Formula = Callable[[Array, Array, Array, float], tuple[Array, Array, Array, np.ndarray]]


def judge_by_recent(
    counts: Array,
    judge: slice | None,
    formula: Formula,
    options: tuple[int, float, float, int],
    *,
    gap: int = 0,
    look_back: int = 0,
) -> Detection:
    """Judge the rows asked for, a block of series at a time, reading only what they need.

    Args:
        counts: All counts, shape (time, series).
        judge: Time indices to be judged; None for all.
        formula: What makes a bound of counts, means and spreads.
        options: Points of the baseline, limit z, smallest spread, reported points it needs.
        gap: Points left out between the baseline and the one judged.
        look_back: Points before the one judged that the formula sees as well.

    Returns:
        Judgement of each point.
    """
    baseline, z, min_sigma, min_reported = options
    lag = baseline + gap + look_back
    asked = judged_rows(len(counts), judge)
    first = min(max(asked.start, lag), asked.stop)
    days = asked.stop - first
    expected, bound, score = np.full((3, asked.stop - asked.start, counts.shape[1]), np.nan)
    note = np.full(expected.shape, Note.HISTORY_TOO_SHORT, np.int8)
    for block in series_blocks(days + lag, counts.shape[1]) if days else ():
        recent = np.ascontiguousarray(counts[first - lag : asked.stop, block])
        rows = days + look_back
        mean, spread = window_moments(recent, range(baseline), rows, min_reported)
        np.maximum(spread, min_sigma, out=spread)
        at = (slice(first - asked.start, None), block)
        with np.errstate(divide="ignore", invalid="ignore"):
            figures = formula(recent[baseline + gap :], mean, spread, z)
        expected[at], bound[at], score[at], note[at] = figures
    return assemble(
        counts,
        asked,
        expected=expected,
        upper_bound=bound,
        score=score,
        alarm=counts[asked] > bound,
        note=note,
    )


def one_day(
    count: Array, mean: Array, spread: Array, z: float
) -> tuple[Array, Array, Array, np.ndarray]:
    """Bound of z spreads above the mean, and the count's distance from it in spreads.

    Args:
        count: Counts judged, shape (days, series).
        mean: Means of their baselines.
        spread: Spreads of their baselines.
        z: Limit.

    Returns:
        Expected count, bound, score and note.
    """
    excess = count - mean
    score = excess / spread
    score[excess == 0] = 0.0
    note = np.where(np.isnan(mean), np.int8(Note.HISTORY_TOO_SHORT), np.int8(Note.JUDGED))
    return mean, mean + z * spread, score, note
