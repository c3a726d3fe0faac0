"""Growth rate and doubling time, by a log-linear fit over each window."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.estimate.result import Array, EstimateNote, Notes, check_probability
from pingji.analysis.estimate.serial_interval import check_weights

# Windows fitted at once: keeps the memory below a few hundred megabytes.
BATCH = 2_000_000


@dataclass(frozen=True, slots=True)
class GrowthRate:
    """Exponential growth over each window; arrays of shape (window, series).

    Attributes:
        start: First time index of each window, shape (window,).
        end: Last time index of each window, shape (window,).
        rate: Growth rate per time step (natural logarithm); negative when cases fall.
        sd: Its standard error.
        lower: Lower bound of the rate.
        upper: Upper bound of the rate.
        level: Probability that the interval holds.
        doubling_time: ln 2 / rate, in time steps; negative: cases halve in that time.
        doubling_lower: Shortest doubling time (or longest halving time) the interval allows; NaN
            where the interval of the rate holds 0, that is, growth or decline is not settled.
        doubling_upper: Likewise the longest doubling time.
        note: An `EstimateNote` per window and series; where it is not 0, all else is NaN.
            UNBOUNDED: all cases fall on the first or the last day of the window.
    """

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    rate: Array
    sd: Array
    lower: Array
    upper: Array
    level: float
    doubling_time: Array
    doubling_lower: Array
    doubling_upper: Array
    note: Notes


def growth_rate(
    counts: ArrayLike,
    *,
    window: int = 14,
    level: float = 0.95,
    dispersion: Literal["quasi", "poisson"] = "quasi",
    min_cases: int = 5,
    min_observed: int = 4,
    names: list[str] | None = None,
) -> GrowthRate:
    """Fit cases = exp(a + r t) over every sliding window.

    Maximum likelihood for Poisson counts; with `quasi` the variance is the dispersion (Pearson
    statistic per degree of freedom, at least 1) times the mean. The interval is r plus or minus
    the quantile of Student's t (normal for `poisson`) times the standard error. Missing counts
    are left out of the fit.

    Args:
        counts: Cases, shape (time, series) or (time,); NaN where none was reported.
        window: Time steps of each window, at least 4.
        level: Probability of the interval.
        dispersion: Whether to estimate more spread than Poisson.
        min_cases: Fewest cases in a window to be fitted.
        min_observed: Fewest counts in a window that are not missing, at least 3.
        names: Names of the series for error messages.

    Returns:
        Growth by window and series.

    Raises:
        ValueError: If counts or window make no sense.

    Source: Wedderburn 1974, Biometrika 61:439, doi:10.1093/biomet/61.3.439 (quasi-likelihood).
    """
    cases = as_counts(counts, names=names)
    check_probability("level", level)
    if not 4 <= window <= len(cases):
        raise ValueError(f"window must be from 4 to {len(cases)} steps, not {window}")
    if min_observed < 3:
        raise ValueError(f"min_observed must be at least 3, not {min_observed}")
    if dispersion not in ("quasi", "poisson"):
        raise ValueError(f"dispersion must be quasi or poisson, not {dispersion}")
    start = np.arange(len(cases) - window + 1)
    shape = (len(start), cases.shape[1])
    rate, sd, freedom = (np.full(shape, np.nan) for _ in range(3))
    note = np.zeros(shape, dtype=np.int8)
    columns = max(1, BATCH // (len(start) * window))
    for first in range(0, shape[1], columns):
        part = np.s_[:, first : first + columns]
        rate[part], sd[part], freedom[part], note[part] = _fit(
            sliding_window_view(cases[part], window, axis=0),
            quasi=dispersion == "quasi",
            min_cases=min_cases,
            min_observed=min_observed,
        )
    half = _quantile((1 + level) / 2, freedom, quasi=dispersion == "quasi") * sd
    lower, upper = rate - half, rate + half
    settled = (lower > 0) | (upper < 0)
    with np.errstate(divide="ignore"):
        doubling = np.log(2) / rate
        low, high = np.log(2) / upper, np.log(2) / lower
    low[~settled] = high[~settled] = np.nan
    return GrowthRate(
        start, start + window - 1, rate, sd, lower, upper, level, doubling, low, high, note
    )


def _fit(
    cases: Array, *, quasi: bool, min_cases: int, min_observed: int
) -> tuple[Array, Array, Array, Notes]:
    """Fit every window; the last axis is time within the window."""
    x = np.arange(cases.shape[-1]) - (cases.shape[-1] - 1) / 2
    seen = ~np.isnan(cases)
    known = np.where(seen, cases, 0.0)
    observed, total = seen.sum(axis=-1), known.sum(axis=-1)
    note = np.zeros(total.shape, dtype=np.int8)
    note[total < max(min_cases, 1)] = EstimateNote.TOO_FEW_CASES
    note[observed < min_observed] = EstimateNote.MISSING
    centre = np.divide(known @ x, total, out=np.zeros_like(total), where=total > 0)
    edge_low = np.where(seen, x, np.inf).min(axis=-1)
    edge_high = np.where(seen, x, -np.inf).max(axis=-1)
    note[(note == 0) & ((centre <= edge_low) | (centre >= edge_high))] = EstimateNote.UNBOUNDED
    use = note == EstimateNote.ESTIMATED
    rate, sd, freedom = (np.full(total.shape, np.nan) for _ in range(3))
    r = _solve(centre[use], seen[use], x)
    weight = seen[use] * np.exp(r[:, None] * x)
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight * total[use][:, None]
    spread = weight @ x**2 - (weight @ x) ** 2
    freedom[use] = observed[use] - 2
    # Where the fit is 0 to machine precision the count is too: such a term adds nothing.
    pearson = np.divide((known[use] - mean) ** 2, mean, out=np.zeros_like(mean), where=mean > 1e-12)
    phi = np.maximum(1.0, pearson.sum(axis=1) / freedom[use]) if quasi else 1.0
    rate[use], sd[use] = r, np.sqrt(phi / (total[use] * spread))
    return rate, sd, freedom, note


def _solve(centre: Array, seen: NDArray[np.bool_], x: Array) -> Array:
    """The rate at which the fitted cases have their centre in time where the counts have it.

    The level of the fit drops out of the likelihood, so one equation in the rate is left; its
    left side grows with the rate, hence Newton steps kept within a shrinking bracket.
    """
    low, high = np.full(centre.shape, -80.0), np.full(centre.shape, 80.0)
    r = np.zeros(centre.shape)
    for _ in range(100):
        weight = seen * np.exp(r[:, None] * x - np.abs(r[:, None] * x).max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        middle = weight @ x
        excess = middle - centre
        low, high = np.where(excess < 0, r, low), np.where(excess < 0, high, r)
        spread = np.maximum(weight @ x**2 - middle**2, 1e-300)
        newton = r - excess / spread
        following = np.where((newton > low) & (newton < high), newton, (low + high) / 2)
        if (np.abs(following - r) <= 1e-12 * (1 + np.abs(r))).all():
            settled: Array = following
            return settled
        r = following
    return r


def _quantile(p: float, freedom: Array, *, quasi: bool) -> Array | float:
    from scipy.special import ndtri, stdtrit

    if not quasi:
        return float(ndtri(p))
    degrees = np.unique(freedom[~np.isnan(freedom)])
    table = stdtrit(degrees, p)
    result = np.full(freedom.shape, np.nan)
    known = ~np.isnan(freedom)
    result[known] = table[np.searchsorted(degrees, freedom[known])]
    return result


def reproduction_from_growth(rate: ArrayLike, si_weights: ArrayLike) -> Array:
    """Reproduction number that goes with a growth rate: 1 / sum_k w(k) exp(-r k).

    It rises with the rate, so the bounds of a rate give the bounds of R.

    Args:
        rate: Growth rate per time step, any shape.
        si_weights: Probabilities of serial intervals 0, 1, 2 ..., shape (lag,).

    Returns:
        Reproduction numbers, same shape as rate.

    Raises:
        ValueError: If the serial interval makes no sense.

    Source: Wallinga and Lipsitch 2007, Proc R Soc B 274:599, doi:10.1098/rspb.2006.3754.
    """
    weights = check_weights(si_weights)[:, 0]
    r = np.asarray(rate, dtype=np.float64)
    return 1 / (np.exp(-r[..., None] * np.arange(len(weights))) @ weights)
