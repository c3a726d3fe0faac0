"""Regression on weekdays where it fits, smoothing where it does not: ESSENCE's daily detector."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.ewma import Smoothing, smoothed_figures
from pingji.analysis.detect.judging import BLOCK, assemble, judged_rows, series_blocks
from pingji.analysis.detect.result import Array, Detection, Note

# Degrees of freedom left with which the regression begins to be used.
FIRST_FREEDOM = 3
# Smallest standard deviation of a prediction, in cases, at the level by which it is scaled.
SMALLEST, SCALING_LEVEL = 0.01, 0.05


def regression_switch(
    counts: ArrayLike,
    *,
    baseline: int = 28,
    gap: int = 2,
    alpha: float = 0.01,
    min_fit: float = 0.6,
    cycle: int = 7,
    weights: Sequence[float] = (0.4, 0.9),
    margin: bool = True,
    judge: slice | None = None,
) -> Detection:
    """Predict each day by a regression on weekday and trend; where that fits badly, smooth.

    A linear regression on weekday and day is fitted to the `baseline` days that end `gap` days
    before the one judged. Where its adjusted R squared reaches `min_fit`, the count is compared
    with the prediction: it alarms beyond the (1 - alpha) quantile of Student's t, in standard
    errors of prediction. Otherwise the regression does not describe the series, and the smoothed
    value decides as in `ewma`. Adaptive: each day has its own baseline and its own decision.

    Args:
        counts: Daily counts without a day left out, oldest first, shape (time,) or (time, series);
            NaN where none reported. A baseline with a day missing is left to the smoothing.
        baseline: Days of the full baseline: at least a cycle and four days.
        gap: Days left out between the baseline and the day judged.
        alpha: Probability of a false alarm, above 0 and below 1.
        min_fit: Adjusted R squared from which the regression decides.
        cycle: Time points of a cycle; 7 for weekdays, 1 for none.
        weights: Weights of the newest count in the smoothing.
        margin: Whether the smoothing adds its margin for small counts.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point: `score` is the statistic of the method that decided; `extra` holds
        its `p_value`, `adjusted_r2` of the regression, and `regression`, 1 where it decided. A
        point without cases never alarms. `Note.HISTORY_TOO_SHORT` where neither method has a
        baseline, `Note.NO_SPREAD` where it has no spread and no margin.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Burkom et al. 2007, Stat Med 26:4202, doi:10.1002/sim.2835, and Burkom et al. 2021,
        JMIR Public Health Surveill 7(6):e26303, doi:10.2196/26303.
    """
    array = as_counts(counts)
    options = Smoothing(baseline, gap, alpha, tuple(weights), margin).within(len(array))
    if cycle < 1 or baseline < cycle + 1 + FIRST_FREEDOM:
        raise ValueError(
            f"baseline must be at least a cycle and {1 + FIRST_FREEDOM} points, not {baseline}"
        )
    if not min_fit <= 1:
        raise ValueError(f"min_fit must be at most 1, not {min_fit}")
    asked = judged_rows(len(array), judge)
    shape = (asked.stop - asked.start, array.shape[1])
    figures, fit = np.full((4, *shape), np.nan), np.full(shape, np.nan)
    decided = np.zeros(shape)
    for block in series_blocks(asked.stop, shape[1]):
        run = np.ascontiguousarray(array[: asked.stop, block])
        smoothed = np.stack(smoothed_figures(run, options))[:, asked.start :]
        predicted, fit[:, block] = _predicted_figures(run, asked.start, options, cycle)
        use = fit[:, block] >= min_fit
        figures[:, :, block] = np.where(use, predicted, smoothed)
        decided[:, block] = use
    expected, bound, score, chance = figures
    note = np.full(shape, Note.JUDGED, np.int8)
    note[np.isnan(bound)] = Note.NO_SPREAD
    note[np.isnan(expected)] = Note.HISTORY_TOO_SHORT
    return assemble(
        array,
        asked,
        expected=expected,
        upper_bound=bound,
        score=score,
        alarm=array[asked] > bound,
        note=note,
        extra={"p_value": chance, "adjusted_r2": fit, "regression": decided},
    )


def _predicted_figures(
    counts: Array, first: int, options: Smoothing, cycle: int
) -> tuple[Array, Array]:
    """Figures of the rows from `first` on, shape (4, rows, series), and their adjusted R squared.

    While the series is younger than a full baseline, each row has a design of its own; from then
    on all rows share one, because weekdays can be counted from the day judged.
    """
    figures = np.full((4, len(counts) - first, counts.shape[1]), np.nan)
    fit = np.full(figures.shape[1:], np.nan)
    full = options.baseline + options.gap
    for t in range(max(first, cycle + 1 + FIRST_FREEDOM + options.gap), min(full, len(counts))):
        figures[:, t - first : t - first + 1], fit[t - first : t - first + 1] = _regress(
            counts[: t + 1], t - options.gap, options, cycle
        )
    start = max(first, full)
    step = max(1, BLOCK // max(1, counts.shape[1]))
    for t in range(start, len(counts), step):
        stop = min(t + step, len(counts))
        rows = slice(t - first, stop - first)
        figures[:, rows], fit[rows] = _regress(
            counts[t - full : stop], options.baseline, options, cycle
        )
    return figures, fit


def _regress(counts: Array, size: int, options: Smoothing, cycle: int) -> tuple[Array, Array]:
    """Predict the rows from `size + gap` on, each from the `size` rows before its gap."""
    days = np.arange(size + options.gap + 1)
    design = np.concatenate(
        [
            np.ones((len(days), 1)),
            days[:, None] - days.mean(),
            days[:, None] % cycle == np.arange(cycle - 1),
        ],
        axis=1,
    )
    base, new = design[:size], design[-1]
    q, r = np.linalg.qr(base)
    # The prediction is a weighted sum of the counts; what the fit leaves is their projection.
    weights = np.linalg.solve(r.T, new) @ q.T
    leave = np.eye(size) - q @ q.T
    freedom = size - base.shape[1]
    error = np.sqrt(1 + weights @ weights)

    past = sliding_window_view(counts, size, axis=0)[: len(counts) - size - options.gap]
    past = past.reshape(-1, size)
    centre = past.mean(axis=1, keepdims=True)
    past = past - centre
    left = ((past @ leave) ** 2).sum(axis=1)
    whole = (past**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = 1 - left / whole * (size - 1) / freedom
    spread = np.maximum(
        np.sqrt(left / freedom) * error, SMALLEST / stdtrit(freedom, 1 - SCALING_LEVEL)
    )
    expected = np.maximum(past @ weights + centre[:, 0], 0)
    bound = expected + stdtrit(freedom, 1 - options.alpha) * spread
    today = counts[size + options.gap :]
    score = (today.ravel() - expected) / spread
    figures = np.stack([expected, bound, score, 1 - stdtr(freedom, score)])
    return figures.reshape(4, *today.shape), fit.reshape(today.shape)
