"""What the triangle says about the delays."""

import numpy as np

from pingji.analysis.estimate.result import Array


def delay_counts(counts: Array, window: int | None) -> tuple[Array, Array]:
    """Cases of each delay, and of that delay or a shorter one among the same periods.

    Args:
        counts: Reporting triangle, shape (time, delay).
        window: Periods before the last one to use; None for all.

    Returns:
        Cases with delay x, and cases with delay at most x in the periods old enough to show
        delay x; each of shape (delay,).
    """
    size, delays = counts.shape
    first = 0 if window is None else max(0, size - 1 - window)
    at, up_to = np.zeros(delays), np.zeros(delays)
    for x in range(delays):
        rows = counts[first : size - x]
        at[x] = rows[:, x].sum()
        up_to[x] = rows[:, : x + 1].sum()
    return at, up_to


def first_above(cdf: Array, probability: float) -> float:
    """The first whole number whose cumulative probability exceeds `probability`.

    Args:
        cdf: Cumulative probabilities of 0, 1, 2 ...
        probability: Probability to exceed.

    Returns:
        The number, or NaN if none does.
    """
    index = int(np.searchsorted(cdf, probability, side="right"))
    return float(index) if index < len(cdf) else np.nan
