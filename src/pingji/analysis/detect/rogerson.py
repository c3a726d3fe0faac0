"""Poisson cumulative sums designed by their average run length, also for a changing mean."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.calendar import Period, periods_per_year
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.loglinear import fit_log_linear, harmonic_design
from pingji.analysis.detect.result import Array, Detection, Note


@dataclass(frozen=True, slots=True)
class CusumDesign:
    """A Poisson cumulative sum that alarms falsely about as rarely as asked.

    Attributes:
        theta0: In-control mean.
        h: Decision limit: alarm at or above.
        k: Reference value taken from each count.
        arl: Average run length until a false alarm.
        gap: How far that is from the run length asked for, relative.
    """

    theta0: float
    h: float
    k: float
    arl: float
    gap: float


def poisson_cusum_arl(h: float, k: float, theta: float, *, digits: int = 1) -> tuple[float, float]:
    """Work out how long a Poisson cumulative sum runs on average until it alarms.

    With h and k multiples of 1/d the sum S <- max(0, S + x - k) only takes multiples of 1/d. It is
    a Markov chain on those below h, and the run lengths r from each solve (I - R) r = 1.

    Args:
        h: Decision limit.
        k: Reference value.
        theta: Mean of the counts.
        digits: Decimals to which h and k are rounded.

    Returns:
        Average run length from 0, and from h / 2 (fast initial response).

    Raises:
        ValueError: If an argument is not positive, after rounding.

    Source: Lucas 1985, Technometrics 27:129, doi:10.1080/00401706.1985.10488030; Brook & Evans
    1972, Biometrika 59:539, doi:10.1093/biomet/59.3.539.
    """
    from scipy.special import pdtr

    scale = 10**digits
    limit, reference = round(h * scale), round(k * scale)
    if limit <= 0 or reference <= 0 or not theta > 0:
        raise ValueError(f"h, k and theta must be positive, not {h}, {k}, {theta}")
    shared = math.gcd(scale, limit, reference)
    unit, states, reference = scale // shared, limit // shared, reference // shared
    # P(count <= floor(m / unit)) for the moves m - reference that lead from below h to below h.
    moves = np.arange(1 - states, states) + reference
    below = np.where(moves >= 0, pdtr(np.maximum(moves, 0) // unit, theta), 0.0)
    start, end = np.ogrid[:states, :states]
    place = end - start + states - 1
    chain = below[place] - np.where(place > 0, below[place - 1], 0.0)
    chain[:, 0] = below[place[:, 0]]
    runs = np.linalg.solve(np.eye(states) - chain, np.ones(states))
    return float(runs[0]), float(runs[states // 2])


def find_k(theta0: float, *, s: float = 1.0, digits: int | None = 1) -> float:
    """Find the reference value that tells a raised mean soonest from the in-control mean.

    The raised mean is theta1 = theta0 + s * sqrt(theta0), and
    k = (theta1 - theta0) / (log theta1 - log theta0).

    Args:
        theta0: In-control mean.
        s: Rise to be found, in standard deviations.
        digits: Decimals to which k is rounded, staying off whole and half numbers so that the sum
            takes many values; None does not round.

    Returns:
        Reference value.

    Raises:
        ValueError: If the mean or the rise is not positive.

    Source: Lucas 1985, Technometrics 27:129, doi:10.1080/00401706.1985.10488030.
    """
    if not (theta0 > 0 and s > 0):
        raise ValueError(f"theta0 and s must be positive, not {theta0}, {s}")
    rise = s * math.sqrt(theta0)
    k = rise / math.log1p(rise / theta0)
    if digits is None:
        return k
    unit = 10.0**-digits
    if round(k, digits) % 0.5 == 0:
        # To the nearest other multiple: away from the half on the side on which k lies.
        rest = ((k - math.floor(k)) / unit) % 1
        k += 0.5 * unit if rest < 0.5 else -0.5 * unit
    return round(k, digits)


def find_h(
    arl0: float,
    theta0: float,
    *,
    s: float = 1.0,
    rel_tol: float = 0.03,
    digits: int = 1,
    fir: bool = False,
) -> CusumDesign:
    """Find the decision limit whose run length without outbreak is near the one asked for.

    Two limits bracket it, the logarithm of the run length is interpolated between them, and the
    limit then walks in steps of the chain's unit until the run length is close enough, or passes
    the one asked for.

    Args:
        arl0: Average run length asked for.
        theta0: In-control mean.
        s: Rise to be found, in standard deviations.
        rel_tol: Relative difference of the run length that is close enough.
        digits: Decimals of h and k.
        fir: Judge by the run length of a sum started at h / 2.

    Returns:
        Limit, reference value and their run length.

    Raises:
        ValueError: If an argument is not positive.

    Source: Rogerson & Yamada 2004, Stat Med 23:2195, doi:10.1002/sim.1806.
    """
    if not (arl0 > 1 and rel_tol > 0):
        raise ValueError(f"arl0 must be above 1 and rel_tol positive, not {arl0}, {rel_tol}")
    k = find_k(theta0, s=s, digits=digits)

    def design(h: float) -> CusumDesign:
        h = max(round(h, digits), 10.0**-digits)
        arl = poisson_cusum_arl(h, k, theta0, digits=digits)[int(fir)]
        return CusumDesign(theta0, h, k, arl, abs(arl - arl0) / arl0)

    first = design(min(12.0, 4.0 * k))
    while first.arl < 100:
        first = design(2.0 * first.h)
    second = design(first.h * (2.0 if first.arl < arl0 else 0.5))
    weight = math.log(arl0 / first.arl) / math.log(second.arl / first.arl)
    here = design(first.h + (second.h - first.h) * weight)
    scale = 10**digits
    step = math.gcd(scale, round(k * scale)) / scale
    while here.gap >= rel_tol:
        upwards = here.arl < arl0
        following = design(here.h + (step if upwards else -step))
        if following.gap < rel_tol or following.h == here.h:
            return following
        if (following.arl < arl0) != upwards:
            # The run length asked for lies between the two: the longer one is the safer.
            return following if following.arl > arl0 else here
        here = following
    return here


def rogerson(
    counts: ArrayLike,
    *,
    arl0: float = 300.0,
    s: float = 1.0,
    theta0: ArrayLike | None = None,
    training: int | None = None,
    harmonics: int = 1,
    trend: bool = False,
    rel_tol: float = 0.02,
    digits: int = 1,
    limit: float | None = None,
    period: Period = "week",
    compat: bool = False,
    judge: slice | None = None,
) -> Detection:
    """Watch a series whose mean changes through the year by one cumulative sum (Rogerson).

    For the in-control mean of each time point a pair (h_t, k_t) with run length `arl0` is found;
    the sum is S <- max(0, S + (h / h_t)(x_t - k_t)), with h that of the average mean, and alarms at
    or above h. Without `limit` it is not reset, so that it stays in alarm until the rise is over.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported: the
            sum stands still.
        arl0: Time points that pass on average between false alarms.
        s: Rise to be found, in standard deviations.
        theta0: In-control means, shape (time,) or (time, series); None fits a log-linear curve.
        training: Time points the curve is fitted on; the sum runs after them. None takes two
            years, or none where `theta0` is given.
        harmonics: Yearly waves of the curve.
        trend: Whether the curve has a trend.
        rel_tol: Relative difference of the run length that is close enough.
        digits: Decimals of means, h and k; means below one unit are raised to it.
        limit: After an alarm the sum goes on from at most this part of h; None lets it stand.
        period: What one time point stands for.
        compat: Fit the curve as R's `glm` does, a little short of the maximum.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. `score` is the sum; `upper_bound` the largest count that does not
        alarm, at least -1 (any count alarms while the sum stays above h); extra "cases" the
        smallest that does, "h" and "k" the pair of the point, "limit" the common h.
        `Note.NO_FIT` where no mean could be fitted.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Rogerson & Yamada 2004, Stat Med 23:2195, doi:10.1002/sim.1806.
    """
    array = as_counts(counts)
    if limit is not None and not 0 <= limit <= 1:
        raise ValueError(f"limit must lie between 0 and 1, not {limit}")
    start = training
    if start is None:
        start = 0 if theta0 is not None else 2 * periods_per_year(period)
    start = min(max(start, 0), len(array))
    if theta0 is None:
        mean = _fitted(array, start, periods_per_year(period), harmonics, trend, compat)
    else:
        mean = _given(theta0, array.shape)[start:]
    mean = np.maximum(np.round(mean, digits), 10.0**-digits)

    found = _designs(mean, arl0=arl0, s=s, rel_tol=rel_tol, digits=digits)
    score, cases = _sums(array[start:], found, limit)

    rows = judged_rows(len(array), judge)

    def whole(values: np.ndarray, filler: float = np.nan) -> Array:
        return np.concatenate([np.full((start, array.shape[1]), filler), values])[rows]

    note = np.where(np.isnan(mean), Note.NO_FIT, Note.JUDGED)
    with np.errstate(invalid="ignore"):
        alarm = score >= found["limit"]
    return assemble(
        array,
        rows,
        expected=whole(mean),
        upper_bound=whole(cases - 1),
        score=whole(score),
        alarm=whole(alarm, 0.0).astype(np.bool_),
        note=whole(note, Note.HISTORY_TOO_SHORT).astype(np.int8),
        extra={"cases": whole(cases)} | {name: whole(values) for name, values in found.items()},
    )


def _fitted(
    counts: Array, start: int, cycle: int, harmonics: int, trend: bool, compat: bool
) -> Array:
    """In-control means after the training time points; NaN where nothing could be fitted."""
    times = np.arange(1.0, len(counts) + 1)
    design = harmonic_design(times, cycle=cycle, harmonics=harmonics, trend=trend, origin=start)
    fit = fit_log_linear(counts[:start], design[:start], compat=compat)
    means: Array = np.exp(design[start:] @ fit.coefficients)
    return means


def _given(theta0: ArrayLike, shape: tuple[int, ...]) -> Array:
    mean = np.asarray(theta0, np.float64)
    mean = np.broadcast_to(mean[:, None] if mean.ndim == 1 else mean, shape)
    wrong = ~((mean > 0) & np.isfinite(mean))
    if wrong.any():
        t, s = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"series number {s + 1}, time {t + 1}: mean {mean[t, s]:g} is not above 0")
    return mean


def _designs(
    mean: Array, *, arl0: float, s: float, rel_tol: float, digits: int
) -> dict[str, Array]:
    """Limit and reference value of each time point, and the limit that all share."""
    found = {name: np.full(mean.shape, np.nan) for name in ("h", "k", "limit")}
    pairs: dict[float, CusumDesign] = {}
    for series in range(mean.shape[1]):
        if np.isnan(mean[:, series]).any() or not len(mean):
            continue
        values, places = np.unique(mean[:, series], return_inverse=True)
        for value in values:
            if value not in pairs:
                pairs[value] = find_h(arl0, float(value), s=s, rel_tol=rel_tol, digits=digits)
        found["h"][:, series] = np.array([pairs[value].h for value in values])[places]
        found["k"][:, series] = np.array([pairs[value].k for value in values])[places]
        middle = values[np.argmin(np.abs(values - mean[:, series].mean()))]
        found["limit"][:, series] = pairs[middle].h
    return found


def _sums(counts: Array, design: dict[str, Array], limit: float | None) -> tuple[Array, Array]:
    """The sum, and the smallest count that alarms, after each time point."""
    score, cases = np.empty(counts.shape), np.empty(counts.shape)
    total = np.zeros(counts.shape[1])
    for t in range(len(counts)):
        h, scale = design["limit"][t], design["limit"][t] / design["h"][t]
        if limit is not None:
            total = np.where(total >= h, np.minimum(total, limit * h), total)
        cases[t] = np.maximum(0.0, np.ceil((h - total) / scale + design["k"][t]))
        moved = np.maximum(0.0, total + scale * (counts[t] - design["k"][t]))
        total = np.where(np.isnan(counts[t]), total, moved)
        score[t] = total
    return score, cases
