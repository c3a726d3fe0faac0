"""Figures by which an invented series is compared with real ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Likeness:
    """How a series of counts looks.

    Attributes:
        mean: Mean count.
        dispersion: Variance divided by mean; 1 for plain chance.
        autocorrelation: Correlation of a count with the one before.
        seasonal: Correlation of a count with the one a year before; NaN below two years.
        zeros: Share of counts that are 0.
    """

    mean: float
    dispersion: float
    autocorrelation: float
    seasonal: float
    zeros: float


def likeness(counts: ArrayLike, *, year: int = 52) -> Likeness:
    """Describe a series of counts; NaN where a figure has no meaning.

    Args:
        counts: Counts, oldest first; NaN is left out of every figure.
        year: Counts in a year.

    Returns:
        The five figures.
    """
    series = np.asarray(counts, np.float64)
    known = series[~np.isnan(series)]
    if not len(known):
        return Likeness(*(float("nan"),) * 5)
    mean = float(known.mean())
    return Likeness(
        mean,
        float(known.var() / mean) if mean else float("nan"),
        _lagged(series, 1),
        _lagged(series, year) if len(series) >= 2 * year else float("nan"),
        float((known == 0).mean()),
    )


def _lagged(series: np.ndarray, lag: int) -> float:
    now, before = series[lag:], series[:-lag]
    both = ~np.isnan(now) & ~np.isnan(before)
    now, before = now[both], before[both]
    if len(now) < 3 or not now.std() or not before.std():
        return float("nan")
    return float(np.corrcoef(now, before)[0, 1])
