"""How rarely chance alone gives as many cases as the last days brought together.

Days with few cases say little one by one. Three cases within three days where one a month is usual
say much, and a sum says it where the evidence of single days, each put on a normal scale, fades.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc
from scipy.stats import nbinom

from pingji.analysis.detect.result import Array

WEEK = 7
# Variance-to-mean ratio from which on a negative binomial is one; below, it is next to Poisson's.
LEAST_PHI = 1 + 1e-6


@dataclass(frozen=True)
class RarestSum:
    """Of each point the sum of last days that chance alone reaches least often; shape (time, series).

    Attributes:
        p_value: How often chance gives as many; NaN where nothing is expected.
        length: Days that were summed.
        total: Cases in them.
        expected: Cases expected in them.
        phi: Variance-to-mean ratio of the sum.
    """

    p_value: Array
    length: Array
    total: Array
    expected: Array
    phi: Array

    def upper_bound(self, alpha: ArrayLike) -> Array:
        """The largest total that chance exceeds or reaches more often than `alpha`.

        Args:
            alpha: A probability; one number, or one per series.

        Returns:
            Whole numbers, NaN where there is no p-value.
        """
        bound = np.full(self.p_value.shape, np.nan)
        known = np.isfinite(self.p_value)
        extra = self.phi[known] - 1
        level = np.broadcast_to(np.asarray(alpha, float), bound.shape)[known]
        bound[known] = nbinom.isf(level, self.expected[known] / extra, 1 / self.phi[known])
        return bound


def rarest_sum(
    counts: Array,
    expected: Array,
    phi: Array,
    *,
    lengths: Sequence[int] = (3, 7, 14),
    drift: float = 0.15,
    floor: float = 0.0,
) -> RarestSum:
    """Compare the cases of the last 3, 7 and 14 days with what was expected in them together.

    Days before the first expectation are taken to be like those a week later. The variance of a sum
    with mean m is phi m + drift m^2: days scatter each for itself, and the level of a season that
    was foretold from earlier years is itself off by some part.

    Args:
        counts: Cases a day, shape (days, series); NaN counts as no case and nothing expected.
        expected: Cases expected on the last days, shape (time, series).
        phi: Variance-to-mean ratio of a day, same shape as expected.
        lengths: Numbers of days that are summed; the shortest keeps the delay short, the longest
            finds what smoulders.
        drift: Relative variance of the level foretold.
        floor: Least number of cases expected a day, so that a single old case is not a wonder.

    Returns:
        Of each of the last `len(expected)` days the sum with the smallest p-value.

    Source: this project. The largest excess over windows of several lengths that end today is the
        prospective scan statistic in time: Kulldorff 2001, J R Stat Soc A 164:61,
        doi:10.1111/1467-985X.00186; negative binomial limits as in Noufaily et al. 2013, Stat Med
        32:1206, doi:10.1002/sim.5595.
    """
    rows, before = len(expected), max(lengths) - 1
    known = ~np.isnan(counts)
    cases = _tail(np.nan_to_num(counts), rows + before)
    usual = np.maximum(_backwards(expected, before), floor)
    usual = np.where(_tail(known, rows + before), usual, 0.0)
    best = RarestSum(*(np.full(expected.shape, np.nan) for _part in range(5)))
    for length in sorted(lengths):
        total, mean = (_sums(part, length)[-rows:] for part in (cases, usual))
        ratio = np.maximum(phi + drift * mean, LEAST_PHI)
        chance = chance_of(total, mean, ratio)
        better = (chance < best.p_value) | (np.isnan(best.p_value) & ~np.isnan(chance))
        found = (chance, np.full(mean.shape, float(length)), total, mean, ratio)
        parts = (best.p_value, best.length, best.total, best.expected, best.phi)
        for part, values in zip(parts, found, strict=True):
            part[better] = values[better]
    return best


def chance_of(total: ArrayLike, mean: ArrayLike, phi: ArrayLike) -> Array:
    """How often a negative binomial reaches a total.

    Args:
        total: Cases.
        mean: Cases expected, above 0.
        phi: Variance-to-mean ratio, above 1.

    Returns:
        P(Y >= total); 1 for a total of 0, NaN where nothing is expected.
    """
    number, middle, ratio = (np.asarray(part, float) for part in (total, mean, phi))
    known = np.where(middle > 0, middle, np.nan)
    reached = betainc(np.maximum(number, 1), known / (ratio - 1), (ratio - 1) / ratio)
    return np.asarray(np.where(number > 0, reached, np.where(np.isnan(known), np.nan, 1.0)))


def chance_in_a_place(
    cases: ArrayLike, days: ArrayLike, before: ArrayLike, history: ArrayLike, usual: ArrayLike
) -> Array:
    """How often chance alone brings a school, say, as many cases in as many days.

    What is usual in places of its kind is weighed with the place's own history: its rate is taken
    for a draw from a gamma distribution of shape 1 with the usual mean, so that the number to come
    is negative binomial.

    Args:
        cases: Cases in the last days.
        days: How many days those are.
        before: The place's cases in the days of its history.
        history: How many days those are.
        usual: Cases a day in an average place of its kind, above 0.

    Returns:
        P(as many or more).

    Source: Clayton and Kaldor 1987, Biometrics 43:671, doi:10.2307/2532003 (empirical Bayes rates of
        small places from a gamma distribution).
    """
    usual_rate = np.asarray(usual, float)
    strength = 1 / usual_rate + np.asarray(history, float)
    mean = (1 + np.asarray(before, float)) / strength * np.asarray(days, float)
    return chance_of(cases, mean, 1 + np.asarray(days, float) / strength)


def _tail(values: Array, rows: int) -> Array:
    """The last rows; zeros (or nothing known) where there are fewer."""
    missing = max(0, rows - len(values))
    zeros = np.zeros((missing, values.shape[1]), values.dtype)
    return np.concatenate([zeros, values[max(0, len(values) - rows) :]])


def _backwards(expected: Array, before: int) -> Array:
    """Expectations for days before the first, each as that of the same weekday a week later."""
    if len(expected) >= WEEK:
        weekday = np.arange(-before, 0) % WEEK
        earlier = expected[weekday]
    else:
        earlier = np.broadcast_to(expected.mean(axis=0), (before, expected.shape[1]))
    return np.concatenate([earlier, expected])


def _sums(values: Array, length: int) -> Array:
    """Sum of each day and those before it."""
    total = np.zeros(values.shape)
    for back in range(length):
        total[back:] += values[: len(values) - back]
    return total
