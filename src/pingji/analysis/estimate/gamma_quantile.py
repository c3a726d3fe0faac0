"""Quantiles of gamma distributions for millions of shapes, most of which repeat."""

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.estimate.result import Array

# From here on the Cornish-Fisher start is so near that one Halley step leaves less than 1e-9.
LARGE = 1000


def standard_gamma_quantiles(
    cases: NDArray[np.float64], offset: float, probabilities: tuple[float, ...]
) -> Array:
    """Quantiles of the gamma distribution with scale 1 and shape `cases + offset`.

    Cases are whole numbers, so few shapes are distinct: each is inverted once.

    Args:
        cases: Whole numbers, not negative, any shape.
        offset: Shape of the prior, greater than 0.
        probabilities: Probabilities of the quantiles.

    Returns:
        Quantiles, shape (probability, *cases.shape).
    """
    flat = cases.ravel()
    out = np.empty((len(probabilities), flat.size))
    small = flat < LARGE
    p = np.asarray(probabilities)
    if small.all():
        out[:] = _tabulated(flat, offset, p)
    else:
        out[:, small] = _tabulated(flat[small], offset, p)
        out[:, ~small] = _expanded(flat[~small] + offset, p)
    return out.reshape(len(probabilities), *cases.shape)


def _tabulated(cases: Array, offset: float, p: Array) -> Array:
    from scipy.special import gammaincinv

    index = cases.astype(np.intp)
    used = np.flatnonzero(np.bincount(index, minlength=1))
    table = np.empty((p.size, used[-1] + 1 if used.size else 1))
    table[:, used] = gammaincinv(used + offset, p[:, None])
    return table[:, index]


def _expanded(shape: Array, p: Array) -> Array:
    """Invert by Cornish-Fisher and one Halley step on the distribution function.

    Args:
        shape: Shapes of at least `LARGE`.
        p: Probabilities.

    Returns:
        Quantiles, shape (probability, shape).
    """
    from scipy.special import gammainc, ndtri

    z, a = ndtri(p)[:, None], shape[None, :]
    root = np.sqrt(a)
    x = (
        a
        + z * root
        + (z**2 - 1) / 3
        + (z**3 - 7 * z) / (36 * root)
        - (3 * z**4 + 7 * z**2 - 16) / (810 * a)
    )
    # x density = x**a exp(-x) / gamma(a): near x = a each term is huge, their sum is not.
    d = (x - a) / a
    log_density = a * (np.log1p(d) - d) - _stirling(a) - np.log(x)
    step = (gammainc(a, x) - p[:, None]) / np.exp(log_density)
    better: Array = x - step / (1 - 0.5 * step * ((a - 1) / x - 1))
    return better


def _stirling(a: Array) -> Array:
    """log gamma(a) - a log(a) + a, without the cancellation."""
    return 0.5 * np.log(2 * np.pi / a) + 1 / (12 * a) - 1 / (360 * a**3)
