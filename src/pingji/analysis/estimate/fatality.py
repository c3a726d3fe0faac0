"""Case fatality while the outcome of recent cases is still open."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.estimate.result import Array, EstimateNote, Notes, check_probability
from pingji.analysis.estimate.serial_interval import discretised_delay


@dataclass(frozen=True, slots=True)
class CaseFatality:
    """Case fatality as of the end of each day; arrays of shape (time, series).

    Attributes:
        crude: Deaths so far divided by cases so far: too low while an outbreak grows.
        ratio: Deaths so far divided by the cases whose outcome is known by then.
        lower: Lower bound of the ratio.
        upper: Upper bound of the ratio.
        level: Probability that the interval holds.
        resolved: Cases so far whose outcome, if it was to be death, would be known.
        note: An `EstimateNote` per day and series; where it is not 0, ratio and bounds are NaN.
            INCONSISTENT: more deaths than the delay allows; it is too long for these data.
    """

    crude: Array
    ratio: Array
    lower: Array
    upper: Array
    level: float
    resolved: Array
    note: Notes


def case_fatality(
    cases: ArrayLike,
    deaths: ArrayLike,
    *,
    delay_mean: float | None = None,
    delay_sd: float | None = None,
    delay_weights: ArrayLike | None = None,
    level: float = 0.95,
    min_resolved: float = 1.0,
    names: list[str] | None = None,
) -> CaseFatality:
    """Estimate case fatality, allowing for the delay from onset to death.

    Of the cases of day i a part F(t - i) would have died by day t if they were to die at all;
    the cases resolved are u(t) = sum_i c(i) F(t - i). Deaths by day t are binomial among them,
    so the ratio is deaths / u and the interval is that of Clopper and Pearson with u as the
    number of trials. The interval does not hold the uncertainty of the delay itself.

    Args:
        cases: Cases by onset (or confirmation), shape (time, series) or (time,).
        deaths: Deaths by day of death, same shape.
        delay_mean: Mean delay from that onset to death in time steps (gamma distributed).
        delay_sd: Standard deviation of the delay.
        delay_weights: Probabilities of delays 0, 1, 2 ... instead.
        level: Probability of the interval.
        min_resolved: Fewest resolved cases for an estimate.
        names: Names of the series for error messages.

    Returns:
        Case fatality by day and series; from the first missing count on it is not estimated.

    Raises:
        ValueError: If counts or delay make no sense.

    Source: Nishiura et al. 2009, PLoS ONE 4(8):e6852, doi:10.1371/journal.pone.0006852; also
        Garske et al. 2009, BMJ 339:b2840, doi:10.1136/bmj.b2840.
    """
    from scipy.special import betaincinv

    ill, dead = as_counts(cases, names=names), as_counts(deaths, names=names)
    if ill.shape != dead.shape:
        raise ValueError(f"cases have shape {ill.shape}, deaths {dead.shape}")
    check_probability("level", level)
    weights = _delay(len(ill), delay_mean, delay_sd, delay_weights)

    missing = np.logical_or.accumulate(np.isnan(ill) | np.isnan(dead), axis=0)
    total, died = np.cumsum(np.nan_to_num(ill), axis=0), np.cumsum(np.nan_to_num(dead), axis=0)
    resolved = np.zeros_like(total)
    for lag in np.flatnonzero(weights):
        resolved[lag:] += weights[lag] * total[: len(total) - lag]
    note = np.zeros(total.shape, dtype=np.int8)
    note[resolved < min_resolved] = EstimateNote.TOO_FEW_CASES
    note[(note == 0) & (died > resolved)] = EstimateNote.INCONSISTENT
    note[missing] = EstimateNote.MISSING

    use = note == EstimateNote.ESTIMATED
    ratio, lower, upper = (np.full(total.shape, np.nan) for _ in range(3))
    d, n, tail = died[use], resolved[use], (1 - level) / 2
    ratio[use] = d / n
    with np.errstate(invalid="ignore"):
        lower[use] = np.where(d > 0, betaincinv(np.maximum(d, 1e-9), n - d + 1, tail), 0.0)
        upper[use] = np.where(n > d, betaincinv(d + 1, np.maximum(n - d, 1e-9), 1 - tail), 1.0)
    crude = np.divide(died, total, out=np.full(total.shape, np.nan), where=(total > 0) & ~missing)
    return CaseFatality(crude, ratio, lower, upper, level, resolved, note)


def _delay(size: int, mean: float | None, sd: float | None, weights: ArrayLike | None) -> Array:
    if (mean is None and sd is None) == (weights is None):
        raise ValueError("give either delay_mean with delay_sd or delay_weights")
    if weights is None:
        if mean is None or sd is None:
            raise ValueError("delay_mean and delay_sd are needed together")
        return discretised_delay(mean, sd, size)
    array = np.asarray(weights, dtype=np.float64).ravel()
    if not np.isfinite(array).all() or (array < 0).any() or abs(array.sum() - 1) > 0.01:
        raise ValueError("delay_weights must be probabilities that sum to 1")
    return array[:size]
