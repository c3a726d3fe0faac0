"""Lawless's estimate: scale up by the share reported, with a normal interval."""

import numpy as np

from pingji.analysis.estimate.reporting_delay.delays import first_above
from pingji.analysis.estimate.result import Array, EstimateNote, Notes


def nowcast_lags(
    reported: Array,
    at: Array,
    up_to: Array,
    tails: tuple[float, float, float],
    *,
    support_max: int | None,
    reference: bool,
) -> tuple[Array, list[Array], Notes]:
    """Nowcast the periods that lie 0, 1, 2 ... before now.

    Args:
        reported: Cases reported by lag, shape (lag,), fewer lags than delays.
        at: Cases with each delay.
        up_to: Cases with that delay or a shorter one, in the same periods.
        tails: Probabilities of lower bound, median and upper bound.
        support_max: Largest number considered, or None.
        reference: Match the reference program's interval.

    Returns:
        Share reported by lag; lower bound, median and upper bound by lag; notes.
    """
    hazard = np.divide(at, up_to, out=np.zeros_like(at), where=up_to > 0)
    share = np.append(np.cumprod((1 - hazard[1:])[::-1])[::-1], 1.0)[: len(reported)]
    relative = _relative_variance(hazard, up_to)[: len(reported)]
    bounds = [np.full(len(reported), np.nan) for _ in tails]
    note = np.zeros(len(reported), dtype=np.int8)
    for lag, (count, part) in enumerate(zip(reported, share, strict=True)):
        if part <= 0:
            note[lag] = EstimateNote.UNBOUNDED
            continue
        expected = count / part
        variance = count * (1 - part) / part**2
        if not reference:
            # The term for the estimated delays, which the reference program loses.
            variance += count * (count + 1) / part**2 * relative[lag]
        if variance <= 0:
            if count == 0 and not reference:
                note[lag] = EstimateNote.TOO_FEW_CASES
                continue
            for bound in bounds:
                bound[lag] = expected
            continue
        found = (_reference_bounds if reference else _bounds)(
            count, expected, np.sqrt(variance), tails, support_max
        )
        for bound, value in zip(bounds, found, strict=True):
            bound[lag] = value
    return share, bounds, note


def _relative_variance(hazard: Array, up_to: Array) -> Array:
    """Variance of the estimated share, divided by its square, by lag."""
    term = np.zeros_like(hazard)
    use = (up_to > 0) & (hazard < 1)
    term[use] = hazard[use] / (up_to[use] * (1 - hazard[use]))
    return np.append(np.cumsum(term[1:][::-1])[::-1], 0.0)


def _bounds(
    count: float,
    expected: float,
    sd: float,
    tails: tuple[float, float, float],
    support_max: int | None,
) -> list[float]:
    """Quantiles of the normal rounded to whole numbers and cut off below the count."""
    from scipy.special import ndtr, ndtri

    kept = ndtr(-(count - 0.5 - expected) / sd)  # probability left above the cut
    values = []
    for p in tails:
        value = expected - sd * float(ndtri(kept * (1 - p)))
        whole = max(count, np.floor(value + 0.5))
        values.append(np.nan if support_max is not None and whole > support_max else whole)
    return values


def _reference_bounds(
    count: float,
    expected: float,
    sd: float,
    tails: tuple[float, float, float],
    support_max: int | None,
) -> list[float]:
    from scipy.special import ndtr

    most = support_max if support_max is not None else int(count + expected + 10 * sd) + 1
    support = np.arange(most + 1.0)
    cdf = np.where(
        support < count, 0.0, ndtr((support - expected) / sd) / ndtr(-(count - expected) / sd)
    )
    return [first_above(cdf, p) for p in tails]
