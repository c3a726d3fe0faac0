"""Transformations that give counts a spread of about 1 around their mean, and their inverses."""

from typing import Literal, get_args

import numpy as np
from scipy.special import hyp2f1

from pingji.analysis.detect.result import Array

Transformation = Literal[
    "standard", "rossi", "anscombe", "anscombe2nd", "pearsonNegBin", "anscombeNegBin", "none"
]
TRANSFORMATIONS: tuple[str, ...] = get_args(Transformation)
# Steps of Newton's method that bring the inverse of the last one to full precision.
NEWTON_STEPS = 40


def transform(name: Transformation, x: Array, m: Array, alpha: float, *, compat: bool) -> Array:
    """Standardise counts.

    Args:
        name: The transformation.
        x: Counts.
        m: Their expected values.
        alpha: Dispersion of a negative binomial count, variance m + alpha m^2.
        compat: Take the last transformation from a coarse table, as the reference does.

    Returns:
        Standardised counts; NaN or infinite where m is 0.
    """
    z: Array = x
    if name == "standard":
        z = (x - m) / np.sqrt(m)
    elif name == "rossi":
        z = (x - 3 * m + 2 * np.sqrt(x * m)) / (2 * np.sqrt(m))
    elif name == "anscombe":
        z = 1.5 * (x ** (2 / 3) - m ** (2 / 3)) / m ** (1 / 6)
    elif name == "anscombe2nd":
        z = (x ** (2 / 3) - (m ** (2 / 3) - m ** (-1 / 3) / 9)) / (2 / 3 * m ** (1 / 6))
    elif name == "pearsonNegBin":
        z = (x - m) / np.sqrt(m + alpha * m**2)
    elif name == "anscombeNegBin":
        stable = _stable_from_table if compat else _stable
        z = (stable(x, alpha) - stable(m, alpha)) / (m + alpha * m**2) ** (1 / 6)
    return z


def restore(name: Transformation, z: Array, m: Array, alpha: float) -> Array:
    """The inverse of `transform`: the (not necessarily whole) count that gives z.

    Args:
        name: The transformation.
        z: Standardised counts.
        m: Expected values.
        alpha: Dispersion of a negative binomial count.

    Returns:
        Counts; 0 where even no case lies above z.
    """
    if name == "standard":
        x = m + np.sqrt(m) * z
    elif name == "rossi":
        x = np.maximum(2 * np.sqrt(np.maximum(m + np.sqrt(m) * z / 2, 0)) - np.sqrt(m), 0) ** 2
    elif name == "anscombe":
        x = np.maximum(m ** (2 / 3) + 2 / 3 * m ** (1 / 6) * z, 0) ** 1.5
    elif name == "anscombe2nd":
        x = np.maximum(m ** (2 / 3) - m ** (-1 / 3) / 9 + 2 / 3 * m ** (1 / 6) * z, 0) ** 1.5
    elif name == "pearsonNegBin":
        x = m + np.sqrt(m + alpha * m**2) * z
    elif name == "anscombeNegBin":
        x = _unstable(_stable(m, alpha) + z * (m + alpha * m**2) ** (1 / 6), alpha)
    else:
        x = z
    return np.maximum(x, 0)


def compat_bound(
    name: Transformation, z: Array, after: Array, m: Array, alpha: float, h: float
) -> Array:
    """The bounds that the reference states, with its slips.

    "standard" is rounded up to the count that alarms itself; "anscombe2nd" has m^(1/3) in the
    place of m^(-1/3); "anscombeNegBin" states what is left to the limit *after* the count.

    Args:
        name: The transformation.
        z: Standardised count that reaches the limit.
        after: Sum after the count.
        m: Expected values.
        alpha: Dispersion of a negative binomial count.
        h: Limit.

    Returns:
        Bounds, at least 0; 0 where there is none.
    """
    if name == "standard":
        bound = np.ceil(m + np.sqrt(m) * z)
    elif name == "rossi":
        bound = 5 * m + 2 * np.sqrt(m) * z - 2 * np.sqrt(4 * m**2 + 2 * m**1.5 * z)
    elif name == "anscombe2nd":
        bound = np.maximum(m ** (2 / 3) - m ** (1 / 3) / 9 + 2 / 3 * m ** (1 / 6) * z, 0) ** 1.5
    elif name in ("anscombeNegBin", "none"):
        bound = h - after
    else:
        bound = restore(name, z, m, alpha)
    stated: Array = np.maximum(np.nan_to_num(bound, nan=0.0, posinf=np.inf), 0)
    return stated


def _stable(y: Array, alpha: float) -> Array:
    """The integral of (y + alpha y^2)^(-1/3), a stable scale for negative binomial counts."""
    stable: Array = 1.5 * y ** (2 / 3) * hyp2f1(1 / 3, 2 / 3, 5 / 3, -alpha * y)
    return stable


def _stable_from_table(y: Array, alpha: float) -> Array:
    """The same with the hypergeometric function from a table of ten decimals.

    The table has steps of 0.01 up to 10, where the nearest entry is taken, and of 1 up to 100,
    where it is interpolated; beyond 100 there is no value.
    """
    x = alpha * np.asarray(y, dtype=float)
    near = np.ceil(100 * x - 0.5) / 100
    low = np.floor(np.minimum(x, 99))

    def entry(at: Array) -> Array:
        rounded: Array = np.round(hyp2f1(1 / 3, 2 / 3, 5 / 3, -at), 10)
        return rounded

    value = np.where(x <= 10, entry(near), entry(low) + (entry(low + 1) - entry(low)) * (x - low))
    stable: Array = 1.5 * y ** (2 / 3) * np.where(x <= 100, value, np.nan)
    return stable


def _unstable(target: Array, alpha: float) -> Array:
    """The count whose `_stable` value is given; 0 where that is negative."""
    goal = np.maximum(target, 0)
    # The stable scale is concave and lies below 1.5 y^(2/3): start there and close in from below.
    x: Array = (goal / 1.5) ** 1.5
    for _ in range(NEWTON_STEPS):
        step = (goal - _stable(x, alpha)) * np.cbrt(x + alpha * x**2)
        x = x + step
        if not (np.abs(step) > 1e-12 * x).any():
            break
    return x
