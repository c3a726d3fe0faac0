"""Serial intervals and delays in whole days, and what is not known about them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.estimate.result import Array


def discretised_serial_interval(mean: float, sd: float, size: int) -> Array:
    """Probability of a serial interval of 0, 1, 2 ... time steps.

    The continuous interval is a gamma distribution shifted by one step, so that nobody infects
    on the day of his own onset; both onsets fall uniformly within their day, which spreads an
    interval u over the whole numbers around it with weight 1 - |u - k|. Mean and sd are those
    of the continuous interval; the probabilities sum to less than 1 when `size` cuts the tail.

    Args:
        mean: Mean serial interval in time steps, greater than 1.
        sd: Standard deviation in time steps, greater than 0.
        size: Number of probabilities, for intervals 0 .. size - 1.

    Returns:
        Probabilities, shape (size,); the first one is 0.

    Raises:
        ValueError: If mean is not above 1, or sd or size is not positive.

    Source: Cori et al. 2013, Am J Epidemiol 178(9):1505, web appendix 11,
        doi:10.1093/aje/kwt133.
    """
    if not mean > 1:
        raise ValueError(f"the mean serial interval must be greater than 1 step, not {mean}")
    return _discretised_gamma(mean - 1.0, sd, size, shift=1)


def discretised_delay(mean: float, sd: float, size: int) -> Array:
    """Probability that a gamma distributed delay spans 0, 1, 2 ... calendar days.

    Both events fall uniformly within their day, so the mean of the discretised delay is that of
    the continuous one.

    Args:
        mean: Mean delay in time steps, greater than 0.
        sd: Standard deviation in time steps, greater than 0.
        size: Number of probabilities, for delays 0 .. size - 1.

    Returns:
        Probabilities, shape (size,); they sum to less than 1 when `size` cuts the tail.

    Raises:
        ValueError: If mean, sd or size is not positive.

    Source: the discretisation of Cori et al. 2013 without its shift, doi:10.1093/aje/kwt133.
    """
    if not mean > 0:
        raise ValueError(f"the mean delay must be greater than 0, not {mean}")
    return _discretised_gamma(mean, sd, size, shift=0)


def _discretised_gamma(mean: float, sd: float, size: int, *, shift: int) -> Array:
    from scipy.special import gammainc, gammaincc

    if not (sd > 0 and np.isfinite(sd) and np.isfinite(mean)):
        raise ValueError(f"mean and sd must be finite and sd greater than 0, not {mean}, {sd}")
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    shape, scale = (mean / sd) ** 2, sd**2 / mean
    u = np.arange(-1 - shift, size + 1 - shift, dtype=np.float64)
    x = np.maximum(u, 0.0) / scale
    # Second differences of the integral of the distribution function, or of the survival
    # function above the mean: there the first would be a difference of nearly equal numbers.
    below = np.maximum(u, 0.0) * gammainc(shape, x) - mean * gammainc(shape + 1, x)
    above = mean * gammaincc(shape + 1, x) - u * gammaincc(shape, x)
    lower = below[2:] - 2 * below[1:-1] + below[:-2]
    upper = above[2:] - 2 * above[1:-1] + above[:-2]
    weights: Array = np.maximum(np.where(u[1:-1] > mean, upper, lower), 0.0)
    return weights


@dataclass(frozen=True, kw_only=True)
class UncertainSerialInterval:
    """A serial interval whose mean and sd are known only roughly.

    Mean and sd are drawn, independently, from normal distributions cut off at their limits.

    Attributes:
        mean: Expected mean in time steps.
        mean_sd: Standard deviation of the mean.
        mean_min: Smallest mean believed possible, greater than 1.
        mean_max: Largest mean believed possible.
        sd: Expected standard deviation in time steps.
        sd_sd: Standard deviation of the standard deviation.
        sd_min: Smallest standard deviation believed possible, greater than 0.
        sd_max: Largest standard deviation believed possible.
        draws: Serial intervals drawn.
        seed: Start of the random numbers; the same seed gives the same draws.

    Source: Cori et al. 2013, web appendix 4, doi:10.1093/aje/kwt133.
    """

    mean: float
    mean_sd: float
    mean_min: float
    mean_max: float
    sd: float
    sd_sd: float
    sd_min: float
    sd_max: float
    draws: int = 300
    seed: int = 1

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            ValueError: If limits are out of order, or there is no draw.
        """
        if not 1 < self.mean_min <= self.mean <= self.mean_max:
            raise ValueError("the mean must lie between mean_min and mean_max, mean_min above 1")
        if not 0 < self.sd_min <= self.sd <= self.sd_max:
            raise ValueError("the sd must lie between sd_min and sd_max, sd_min above 0")
        if not (self.mean_sd > 0 and self.sd_sd > 0):
            raise ValueError("mean_sd and sd_sd must be greater than 0")
        if self.draws < 1:
            raise ValueError("draws must be at least 1")

    def sample(self, size: int) -> tuple[Array, Array]:
        """Draw serial intervals.

        Args:
            size: Number of probabilities of each, for intervals 0 .. size - 1.

        Returns:
            Probabilities, shape (size, draws), and the mean drawn for each, shape (draws,).
        """
        rng = np.random.default_rng(self.seed)
        means = _truncated_normal(
            rng, self.mean, self.mean_sd, self.mean_min, self.mean_max, self.draws
        )
        sds = _truncated_normal(rng, self.sd, self.sd_sd, self.sd_min, self.sd_max, self.draws)
        weights = [
            discretised_serial_interval(mean, sd, size) for mean, sd in zip(means, sds, strict=True)
        ]
        return np.stack(weights, axis=1), means


def _truncated_normal(
    rng: np.random.Generator, mean: float, sd: float, low: float, high: float, size: int
) -> Array:
    from scipy.special import ndtr, ndtri

    below, above = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    drawn: Array = np.clip(mean + sd * ndtri(rng.uniform(below, above, size)), low, high)
    return drawn


def check_weights(weights: ArrayLike) -> Array:
    """Give back the probabilities of a serial interval, shape (lag, draw), or refuse them.

    Args:
        weights: Probabilities of intervals 0, 1, 2 ..., shape (lag,) or (lag, draw).

    Returns:
        Probabilities, shape (lag, draw).

    Raises:
        ValueError: If one is negative or not finite, the first is not 0, or they do not sum to 1.
    """
    array = np.asarray(weights, dtype=np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or len(array) < 2:
        raise ValueError("a serial interval needs probabilities for intervals 0, 1, ...")
    if not np.isfinite(array).all() or (array < 0).any():
        raise ValueError("the probabilities of a serial interval must be finite, not negative")
    if (array[0] != 0).any():
        raise ValueError("the probability of a serial interval of 0 must be 0")
    if (np.abs(array.sum(axis=0) - 1) > 0.01).any():
        raise ValueError("the probabilities of a serial interval must sum to 1")
    return array
