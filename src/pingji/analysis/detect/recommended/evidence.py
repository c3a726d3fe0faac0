"""How unusual the last few counts are together, and from which count on that is an alarm."""

from functools import lru_cache

import numpy as np
from scipy.special import betainc, gammainc, ndtr, ndtri

from pingji.analysis.detect.result import Array

# What is left of a count's weight when it is forgotten altogether.
FORGOTTEN = 0.005
# Variance-to-mean ratio below which a negative binomial is computed as a Poisson distribution.
NEARLY_POISSON = 1 + 1e-6
# Grid on which the distribution of the sums is computed, in their standard deviations.
STEP = 0.02
FARTHEST = 14.0


def periods_remembered(memory: float) -> int:
    """Say how many time points enter the evidence, the one judged included.

    Args:
        memory: Share of the evidence that is carried to the next time point, below 1.

    Returns:
        Number of time points.
    """
    return 1 if memory <= 0 else 1 + int(np.ceil(np.log(FORGOTTEN) / np.log(memory)))


def at_least(counts: Array, mean: Array, phi: Array) -> Array:
    """Probability of a count or more, for a negative binomial with variance phi * mean.

    Args:
        counts: Counts.
        mean: Mean, above 0.
        phi: Variance-to-mean ratio, at least 1.

    Returns:
        P(Y >= count).
    """
    some = np.maximum(counts, 1)
    spread = phi > NEARLY_POISSON
    extra = np.where(spread, phi - 1, 1)
    tail = betainc(some, mean / extra, np.where(spread, extra / phi, 0.5))
    if not spread.all():
        tail = np.where(spread, tail, gammainc(some, mean))
    return np.where(counts <= 0, 1.0, tail)


def normal_score(counts: Array, mean: Array, phi: Array) -> Array:
    """Put a count on the scale of the standard normal distribution by its mid-p-value.

    The mid-p-value counts half of the probability of the count itself. Its normal scores have
    mean 0 for sparse series too, where plain p-values would make every zero a sign of calm.

    Args:
        counts: Counts; NaN gives 0, neither for nor against an outbreak.
        mean: Expected count.
        phi: Variance-to-mean ratio of the prediction.

    Returns:
        Normal scores: 0 in the middle of the distribution, large when the count is high.
    """
    known = np.nan_to_num(counts)
    middle = (at_least(known, mean, phi) + at_least(known + 1, mean, phi)) / 2
    score = -ndtri(np.clip(middle, 1e-300, 1 - 1e-16))
    return np.where(np.isnan(counts), 0.0, score)


def carried_over(scores: Array, memory: float, autocorrelation: Array) -> tuple[Array, Array]:
    """Evidence that the points before bring along, and the spread left for the point itself.

    With the part of each score that the one before did not announce,

        e[t] = (z[t] - rho z[t-1]) / sqrt(1 - rho^2),

    the evidence is C[t] = e[t] + memory * max(C[t-1], 0): it fades while nothing happens, and
    calm weeks do not make up for later cases. The sum begins with nothing `periods_remembered`
    points before each point judged, so that no judgement depends on where the series begins.

    Args:
        scores: Normal scores, shape (points + periods_remembered, series).
        memory: Share of the evidence that is carried to the next time point; with 0 each point
            is judged by its score alone.
        autocorrelation: Correlation rho of neighbouring scores without outbreak, shape (series,).

    Returns:
        carry, shape (points, series), and spread, shape (series,), with which the evidence of the
        last points is scores / spread + carry.
    """
    length = periods_remembered(memory)
    points = len(scores) - length
    if memory <= 0:
        return np.zeros((points, scores.shape[1])), np.ones(scores.shape[1])
    spread = np.sqrt(1 - autocorrelation**2)
    announced = autocorrelation / spread * scores[:-1]
    fresh = scores[1:] / spread - announced
    carry = np.zeros((points, scores.shape[1]))
    for k in range(length - 1):
        carry = memory * np.maximum(fresh[k : k + points] + carry, 0)
    return carry - announced[length - 1 :], spread


@lru_cache(maxsize=32)
def _null_distribution(memory: float) -> tuple[Array, Array]:
    """Sums on a grid and, for each, the normal score of its upper tail without any outbreak."""
    spread = 1 / np.sqrt(1 - memory**2)
    step = STEP * spread
    positive = np.arange(step / 2, FARTHEST * spread, step)
    grid = np.concatenate([-positive[::-1], positive])
    # Mass of max(C, 0): an atom at 0, and cells around the positive grid points.
    carried = np.append(0, positive)
    beyond = ndtr(memory * carried - positive[:, None] + step / 2)
    mass = np.eye(1, len(carried))[0]
    for _ in range(periods_remembered(memory) - 1):
        tail = beyond @ mass
        mass = np.concatenate([1 - tail[:1], tail - np.append(tail[1:], 0)])
    tail = ndtr(memory * carried - grid[:, None]) @ mass
    keep = (tail > 1e-15) & (tail < 1 - 1e-12)
    return grid[keep], -ndtri(tail[keep])


def p_value(sums: Array, memory: float) -> Array:
    """Probability of as much evidence or more when there is no outbreak.

    Exact for independent normal scores; beyond its table it goes on as the table ends.

    Args:
        sums: Evidence: scores / spread + carry of `carried_over`.
        memory: The memory it was made with.

    Returns:
        Upper tail probabilities.
    """
    if memory <= 0:
        return np.asarray(ndtr(-sums))
    grid, score = _null_distribution(memory)
    slope = (score[-1] - score[-51]) / (grid[-1] - grid[-51])
    beyond = np.maximum(sums - grid[-1], 0) * slope
    return np.asarray(ndtr(-(np.interp(sums, grid, score) + beyond)))


def critical_sum(alpha: float, memory: float) -> float:
    """Evidence whose p-value is `alpha`.

    Args:
        alpha: Probability, above 0 and below 1.
        memory: The memory the evidence is made with.

    Returns:
        The evidence.
    """
    if memory <= 0:
        return float(-ndtri(alpha))
    grid, score = _null_distribution(memory)
    return float(np.interp(-ndtri(alpha), score, grid))


def largest_below(limit: Array, mean: Array, phi: Array) -> Array:
    """Find the largest count whose normal score stays below a limit; -1 if not even 0 does.

    The first guess takes the 2/3 power of a count for normal; then the gap to the limit tells
    how far to go, and the counts tried on either side close in on the answer.

    Args:
        limit: Normal scores that must not be reached.
        mean: Expected counts, same shape.
        phi: Variance-to-mean ratios of the prediction, same shape.

    Returns:
        Whole numbers, same shape.
    """
    shape = mean.shape
    limit, mean, phi = (np.ravel(a) for a in np.broadcast_arrays(limit, mean, phi))
    low, high = np.full(len(mean), -1.0), np.full(len(mean), np.inf)
    sd = np.sqrt(phi * mean)
    root = mean ** (2 / 3) + np.clip(limit, -8, 30) * 2 / 3 * sd / np.cbrt(mean)
    guess = np.floor(np.maximum(root, 0) ** 1.5)
    todo = np.arange(len(mean))
    while len(todo):
        tried = guess[todo]
        gap = limit[todo] - normal_score(tried, mean[todo], phi[todo])
        below = gap > 0
        low[todo[below]] = tried[below]
        high[todo[~below]] = tried[~below]
        todo, gap, below = (a[(high - low)[todo] > 1] for a in (todo, gap, below))
        step = np.where(below, 1, -1) * np.maximum(np.floor(np.abs(gap) * sd[todo]), 1)
        between = np.clip(guess[todo] + step, low[todo] + 1, high[todo] - 1)
        guess[todo] = between
    return low.reshape(shape)
