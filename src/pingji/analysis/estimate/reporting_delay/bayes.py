"""Bayesian nowcasts of the periods that lie 0, 1, 2 ... before now."""

from collections.abc import Callable

import numpy as np

from pingji.analysis.estimate.reporting_delay.delays import first_above
from pingji.analysis.estimate.result import Array, Notes

# Beyond this number of cases of one period an interval tells nothing any more.
LARGEST = 100_000


def exact_lags(
    reported: Array,
    at: Array,
    tails: tuple[float, float, float],
    *,
    kappa: float,
    support_max: int | None,
) -> tuple[Array, list[Array], Notes]:
    """Beta-negative-binomial number still to come.

    Args:
        reported: Cases reported by lag, shape (lag,), fewer lags than delays.
        at: Cases with each delay.
        tails: Probabilities of lower bound, median and upper bound.
        kappa: Weight of each delay in the Dirichlet prior.
        support_max: Largest eventual number considered, or None.

    Returns:
        Share reported by lag; lower bound, median and upper bound by lag; notes.
    """
    from scipy.special import gammaln

    total = (at + kappa).sum()
    alpha = np.cumsum(at + kappa)[: len(reported)]
    beta = total - alpha
    bounds = [np.full(len(reported), np.nan) for _ in tails]
    for lag, count in enumerate(reported):
        most = int((support_max if support_max is not None else LARGEST) - count)
        if most < 0:
            continue
        k, a, b, n = np.arange(most + 1.0), alpha[lag], beta[lag], count + 1
        log = (
            gammaln(k + b)
            + gammaln(n + k)
            - gammaln(n + k + a + b)
            - gammaln(k + 1)
            + gammaln(n + a)
            + gammaln(a + b)
            - gammaln(n)
            - gammaln(a)
            - gammaln(b)
        )
        cdf = np.cumsum(np.exp(log))
        for bound, p in zip(bounds, tails, strict=True):
            bound[lag] = count + first_above(cdf, p)
    return alpha / total, bounds, np.zeros(len(reported), dtype=np.int8)


def expected_share(at: Array, below: Array, kappa: float) -> Array:
    """Posterior mean of the share reported after each delay; 1 after the longest.

    Args:
        at: Cases with each delay.
        below: Cases with a shorter delay that stand beside them.
        kappa: Weight of each delay in the prior.

    Returns:
        Shares, shape (delay,).
    """
    a, b = kappa + at[1:], kappa * np.arange(1, len(at)) + below[1:]
    return np.append(np.cumprod((b / (a + b))[::-1])[::-1], 1.0)


def sampled_lags(
    reported: Array,
    at: Array,
    below: Array,
    tails: tuple[float, float, float],
    *,
    kappa: float,
    mean: float,
    variance: float,
    samples: int,
    seed: int,
    support_max: int | None,
) -> tuple[Array, list[Array], Notes]:
    """Sample the share reported; given it, the number still to come is negative binomial.

    Args:
        reported: Cases reported by lag, shape (lag,), fewer lags than delays.
        at: Cases with each delay.
        below: Cases with a shorter delay that stand beside them.
        tails: Probabilities of lower bound, median and upper bound.
        kappa: Weight of each delay in the prior.
        mean: Prior mean of a period's eventual number.
        variance: Its prior variance, larger than the mean.
        samples: Shares drawn.
        seed: Start of the random numbers.
        support_max: Largest eventual number considered, or None.

    Returns:
        Share reported by lag; lower bound, median and upper bound by lag; notes.
    """
    rng = np.random.default_rng(seed)
    x = np.arange(1, len(at))
    a, b = kappa + at[1:], kappa * x + below[1:]
    hazard = rng.beta(a, b, size=(samples, len(x)))
    shares = np.cumprod((1 - hazard)[:, ::-1], axis=1)[:, ::-1]
    size = mean**2 / (variance - mean)
    bounds = [np.full(len(reported), np.nan) for _ in tails]
    for lag, count in enumerate(reported):
        success = np.asarray(1 - mean / (mean + size) * (1 - shares[:, lag]), dtype=np.float64)
        for bound, number in zip(
            bounds, _to_come(size + count, success, tails, support_max, count), strict=True
        ):
            bound[lag] = count + number
    return (
        expected_share(at, below, kappa)[: len(reported)],
        bounds,
        np.zeros(len(reported), dtype=np.int8),
    )


def _to_come(
    size: float,
    success: Array,
    tails: tuple[float, float, float],
    support_max: int | None,
    count: float,
) -> list[float]:
    """First numbers whose probability, averaged over the draws, exceeds each of the tails.

    With a largest number given, each draw's distribution is cut there and rescaled. NaN where
    the number lies beyond the support.
    """
    from scipy.special import betainc

    most = int((support_max if support_max is not None else LARGEST) - count)
    if most < 0:
        return [np.nan] * len(tails)
    whole = np.ones_like(success)
    if support_max is not None:
        whole = betainc(size, most + 1.0, success)

    def probability(k: int, draws: slice = slice(None)) -> float:
        return float(np.mean(betainc(size, k + 1.0, success[draws]) / whole[draws]))

    def exceeds(tail: float, draws: slice = slice(None)) -> Callable[[int], bool]:
        return lambda k: probability(k, draws) > tail

    few = slice(0, 40)
    numbers = []
    for p in tails:
        near = _first(exceeds(p, few), -1, most)
        # Widen from the answer of a few draws until all draws agree that it lies between.
        reach, low, high = 1, near - 1, near
        while low >= 0 and probability(low) > p:
            low, high, reach = max(-1, low - reach), low, 2 * reach
        while high < most and not probability(high) > p:
            low, high, reach = high, min(most, high + reach), 2 * reach
        if high >= most and not probability(most) > p:
            numbers.append(np.nan)
        else:
            numbers.append(float(_first(exceeds(p), low, high)))
    return numbers


def _first(true: Callable[[int], bool], low: int, high: int) -> int:
    """First number above low, at most high, where a condition that stays true becomes true."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle, high)
    return high
