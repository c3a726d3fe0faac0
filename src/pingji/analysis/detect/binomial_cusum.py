"""Cumulative sum of the log likelihood ratio on proportions."""

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.calendar import Period, periods_per_year
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.loglinear import harmonic_design
from pingji.analysis.detect.result import Array, Detection, Note

# When a fit stops (relative change of the deviance), and after how many steps at the latest.
TIGHT = (1e-13, 100)
USUAL = (1e-8, 25)


def binomial_cusum(
    counts: ArrayLike,
    population: ArrayLike,
    *,
    h: float = 4.0,
    odds_ratio: float = 2.0,
    proportion: ArrayLike | None = None,
    training: int | None = None,
    harmonics: int = 1,
    trend: bool = True,
    period: Period = "week",
    compat: bool = False,
    judge: slice | None = None,
) -> Detection:
    """Watch the share of positives among those tested for a lasting rise of its odds.

    With in-control share p_t and changed share q_t, odds(q_t) = odds_ratio * odds(p_t), the sum is
    S <- max(0, S + log Bin(x_t; n_t, q_t) / Bin(x_t; n_t, p_t)). It alarms above `h` and starts
    anew after each alarm. As the number tested enters, more testing by itself does not alarm.

    Args:
        counts: Positives, oldest first, shape (time,) or (time, series); NaN where none reported.
        population: Tested, same shape, none smaller than the positives.
        h: Alarm above.
        odds_ratio: Rise of the odds to be found; below 1 a fall.
        proportion: In-control shares, same shape; None fits a logistic curve.
        training: Time points the curve is fitted on; the sum runs after them. None takes two
            years, or none where `proportion` is given.
        harmonics: Yearly waves of the curve.
        trend: Whether the curve has a trend.
        period: What one time point stands for.
        compat: Fit the curve as R's `glm` does, a little short of the maximum.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. `expected` is the expected number of positives, `score` the sum,
        `upper_bound` the largest number of positives that does not alarm (the number tested, where
        none would); extra "proportion" is the in-control share. `Note.MISSING` where positives or
        tested are missing, `Note.NO_FIT` where no curve could be fitted. Where nobody was tested
        the sum stands still and nothing alarms.

    Raises:
        ValueError: If positives, tested or an option are out of range, naming series and time.

    Source: Steiner et al. 2000, Biostatistics 1:441, doi:10.1093/biostatistics/1.4.441; Höhle
    2010, in: Statistical Modelling and Regression Structures, doi:10.1007/978-3-7908-2413-1_20.
    """
    array = as_counts(counts)
    tested = _tested(population, array)
    if not (h > 0 and odds_ratio > 0 and odds_ratio != 1):
        raise ValueError("h must be above 0, and the odds ratio above 0 and not 1")
    start = training
    if start is None:
        start = 0 if proportion is not None else 2 * periods_per_year(period)
    start = min(max(start, 0), len(array))
    if proportion is None:
        times = np.arange(1.0, len(array) + 1)
        design = harmonic_design(
            times,
            cycle=periods_per_year(period),
            harmonics=harmonics,
            trend=trend,
            origin=start,
        )
        share = _fitted(array[:start], tested[:start], design, USUAL if compat else TIGHT)[start:]
    else:
        share = np.asarray(proportion, np.float64)
        share = np.broadcast_to(share[:, None] if share.ndim == 1 else share, array.shape)[start:]
        if not ((share > 0) & (share < 1)).all():
            raise ValueError("the in-control proportion must lie between 0 and 1, both excluded")
    score, bound = _sums(array[start:], tested[start:], share, h, odds_ratio)

    rows = judged_rows(len(array), judge)

    def whole(values: np.ndarray, filler: float = np.nan) -> Array:
        return np.concatenate([np.full((start, array.shape[1]), filler), values])[rows]

    note = np.where(np.isnan(share), Note.NO_FIT, Note.JUDGED)
    note[np.isnan(tested[start:])] = Note.MISSING
    with np.errstate(invalid="ignore"):
        alarm = score > h
    return assemble(
        array,
        rows,
        expected=whole(share * tested[start:]),
        upper_bound=whole(bound),
        score=whole(score),
        alarm=whole(alarm, 0.0).astype(np.bool_),
        note=whole(note, Note.HISTORY_TOO_SHORT).astype(np.int8),
        extra={"proportion": whole(share), "tested": whole(tested[start:])},
    )


def _tested(population: ArrayLike, counts: Array) -> Array:
    tested = as_counts(population)
    if tested.shape != counts.shape:
        raise ValueError(f"population has shape {tested.shape}, counts {counts.shape}")
    if (counts > tested).any():
        t, s = (int(i) for i in np.argwhere(counts > tested)[0])
        raise ValueError(
            f"series number {s + 1}, time {t + 1}: {counts[t, s]:g} positives"
            f" of {tested[t, s]:g} tested"
        )
    return tested


def _sums(
    counts: Array, tested: Array, share: Array, h: float, odds_ratio: float
) -> tuple[Array, Array]:
    """The sum and the largest number of positives without alarm, after each time point."""
    # log(q / p) and log((1 - q) / (1 - p)) follow from odds(q) = ratio * odds(p).
    per_negative = -np.log1p((odds_ratio - 1.0) * share)
    per_odds = np.log(odds_ratio)
    score, bound = np.empty(counts.shape), np.empty(counts.shape)
    total = np.zeros(counts.shape[1])
    for t in range(len(counts)):
        charge = tested[t] * per_negative[t]
        room = np.floor((h - total - charge) / per_odds) if odds_ratio > 1 else tested[t]
        bound[t] = np.minimum(room, tested[t])
        moved = np.maximum(0.0, total + counts[t] * per_odds + charge)
        total = np.where(np.isnan(moved), total, moved)
        score[t] = total
        total = np.where(total > h, 0.0, total)
    return score, bound


def _fitted(counts: Array, tested: Array, design: Array, stops: tuple[float, int]) -> Array:
    """In-control shares at all time points of the design by logistic regression."""
    share = np.full((len(design), counts.shape[1]), np.nan)
    for s in range(counts.shape[1]):
        with np.errstate(invalid="ignore"):
            used = ~np.isnan(counts[:, s]) & (tested[:, s] > 0)
        y, n, x = counts[used, s], tested[used, s], design[: len(counts)][used]
        # With no positives, or nobody negative, the curve runs off to 0 or 1.
        if len(y) < design.shape[1] or not y.any() or (y == n).all():
            continue
        share[:, s] = 1.0 / (1.0 + np.exp(-(design @ _logistic(y, n, x, stops))))
    return share


def _logistic(y: Array, n: Array, x: Array, stops: tuple[float, int]) -> Array:
    """Coefficients by iteratively reweighted least squares."""
    from scipy.special import xlogy

    mean = (y + 0.5) / (n + 1.0)
    eta = np.log(mean / (1.0 - mean))

    def deviance() -> float:
        rest = n - y
        return float(
            2.0 * (xlogy(y, y / (n * mean)) + xlogy(rest, rest / (n * (1.0 - mean)))).sum()
        )

    before = deviance()
    coefficients: Array = np.zeros(x.shape[1])
    for _ in range(stops[1]):
        weight = n * mean * (1.0 - mean)
        target = eta + (y / n - mean) / (mean * (1.0 - mean))
        root = np.sqrt(weight)[:, None]
        found = np.linalg.lstsq(x * root, target * root[:, 0], rcond=None)[0]
        coefficients = np.asarray(found, np.float64)
        eta = x @ coefficients
        # Kept off 0 and 1, where a series of no positives at some season would lead.
        mean = np.clip(1.0 / (1.0 + np.exp(-eta)), 1e-15, 1.0 - 1e-15)
        now = deviance()
        if abs(now - before) / (abs(now) + 0.1) < stops[0]:
            break
        before = now
    return coefficients
