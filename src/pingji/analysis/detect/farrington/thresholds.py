"""Upper bounds and tail probabilities of counts with mean m and variance phi m, many at once.

Where phi is above 1 the count is negative binomial with size m / (phi - 1) and probability 1 / phi;
else it is Poisson.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from pingji.analysis.detect.result import Array


def in_order(values: Array) -> Array:
    """Copy the values to one row: compiled code is made anew for each kind of array it meets.

    Args:
        values: Any array.

    Returns:
        Its values, shape (values,), writable.
    """
    return np.array(values, dtype=np.float64, order="C").reshape(-1)


def count_quantile(p: float, mean: Array, phi: Array) -> Array:
    """Smallest count that is not exceeded with probability p.

    Args:
        p: Probability, above 0 and below 1.
        mean: Means; NaN where unknown.
        phi: Variance divided by mean, at least 1, same shape.

    Returns:
        Counts, same shape; 0 for a mean of 0. Where both the mean and mean / (phi - 1) exceed 1e7,
        or the mean 1e12, they are Cornish-Fisher approximations.
    """
    from pingji.analysis.detect.farrington.negative_binomial import fill_quantiles

    out = np.empty(mean.shape)
    fill_quantiles(float(p), float(ndtri(p)), in_order(mean), in_order(phi), out.reshape(-1))
    return out


def count_tail(counts: Array, mean: Array, phi: Array) -> Array:
    """Probability of as many cases as counted, or more.

    Args:
        counts: Counts; NaN where none was reported.
        mean: Means, same shape; NaN where unknown.
        phi: Variance divided by mean, at least 1, same shape.

    Returns:
        Probabilities, same shape; with a mean of 0: 1 for no case, else 0. Where both the mean and
        mean / (phi - 1) exceed 1e7 they are Edgeworth approximations, off by less than 1e-6.
    """
    from pingji.analysis.detect.farrington.negative_binomial import fill_tails

    out = np.empty(mean.shape)
    fill_tails(in_order(counts), in_order(mean), in_order(phi), out.reshape(-1))
    return out


def delta_bound(z: float, mean: Array, phi: Array, se: Array, power: str) -> Array:
    """Upper bound of a normal interval for a power of the count.

    Args:
        z: Quantile of the normal distribution.
        mean: Predicted means.
        phi: Variance divided by mean, same shape.
        se: Standard errors of the log mean, same shape.
        power: "2/3" (symmetric), "1/2" (constant variance) or "none".

    Returns:
        Bounds, same shape.

    Source: Farrington et al. 1996, J R Stat Soc A 159:547, doi:10.2307/2983331.
    """
    tau = phi + mean * se * se
    if power == "none":
        return mean + z * np.sqrt(mean * tau)
    if power == "1/2":
        return np.square(np.sqrt(mean) + z * np.sqrt(tau / 4))
    third = np.cbrt(mean)
    base = third * third + z * np.sqrt(4 / 9 * third * tau)
    return base * np.sqrt(base)


def delta_probability(counts: Array, mean: Array, phi: Array, se: Array, power: str) -> Array:
    """Probability of a smaller power of the count, taken as normal: the bound's other direction.

    Args:
        counts: Counts.
        mean: Predicted means, same shape.
        phi: Variance divided by mean, same shape.
        se: Standard errors of the log mean, same shape.
        power: As for `delta_bound`.

    Returns:
        Probabilities, same shape.

    Source: Farrington et al. 1996, J R Stat Soc A 159:547, doi:10.2307/2983331.
    """
    tau = phi + mean * se * se
    exponent = {"2/3": 2 / 3, "1/2": 1 / 2, "none": 1.0}[power]
    spread = exponent * mean ** (exponent - 0.5) * np.sqrt(tau)
    with np.errstate(divide="ignore", invalid="ignore"):
        probability: Array = ndtr((counts**exponent - mean**exponent) / spread)
    return probability
