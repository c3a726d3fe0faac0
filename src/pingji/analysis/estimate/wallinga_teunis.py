"""Case reproduction number: how many people each case of a past window has infected."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.estimate.reproduction import (
    ReproductionNumber,
    local_cases,
    serial_interval_draws,
    window_indices,
    window_sums,
)
from pingji.analysis.estimate.result import (
    PROBABILITIES,
    Array,
    EstimateNote,
    check_probability,
)


def wallinga_teunis(
    counts: ArrayLike,
    *,
    si_mean: float | None = None,
    si_sd: float | None = None,
    si_weights: ArrayLike | None = None,
    imported: ArrayLike | None = None,
    window: int = 7,
    windows: tuple[ArrayLike, ArrayLike] | None = None,
    probabilities: tuple[float, ...] = PROBABILITIES,
    correct_recent: bool = True,
    min_observed: float = 0.5,
    names: list[str] | None = None,
) -> ReproductionNumber:
    """Estimate the case reproduction number of the cases with onset in each window.

    A case of day t was infected by a given case of day j with probability
    w(t - j) / sum_i w(t - i) I(i). The number infected by a window is the sum of such coin
    tosses; its distribution is computed exactly (characteristic function of the sum of
    binomials), so the intervals carry no Monte Carlo noise. They cover who infected whom, not
    the serial interval itself.

    Cases of the last days have not yet infected all whom they will. With `correct_recent` each
    day's number is divided by the part of the serial interval already past, the interval widened
    for the part not seen, and windows with less than `min_observed` of it are left out. Without
    (the original method) R sinks to 0 at the end of every series.

    Args:
        counts: All cases by onset, shape (time, series) or (time,); none missing.
        si_mean: Mean serial interval in time steps (gamma, shifted by 1), greater than 1.
        si_sd: Standard deviation of the serial interval in time steps.
        si_weights: Probabilities of intervals 0, 1, 2 ..., shape (lag,).
        imported: Those of the cases that were infected elsewhere, same shape as counts.
        window: Time steps of each sliding window; the first starts at time index 1.
        windows: First and last time indices of each window instead; the first at least 1.
        probabilities: Probabilities of the quantiles wanted.
        correct_recent: Correct for the infections still to come.
        min_observed: Smallest part of the serial interval that must have passed.
        names: Names of the series for error messages.

    Returns:
        Reproduction numbers by window and series; windows without cases are not estimated.

    Raises:
        ValueError: If counts, serial interval or windows make no sense, or a count is missing.

    Source: Wallinga and Teunis 2004, Am J Epidemiol 160(6):509, doi:10.1093/aje/kwh255;
        correction for recent cases: Cauchemez et al. 2006, Emerg Infect Dis 12(1):110,
        doi:10.3201/eid1201.050593.
    """
    cases = as_counts(counts, names=names)
    if np.isnan(cases).any():
        t, s = (int(i) for i in np.argwhere(np.isnan(cases))[0])
        name = names[s] if names else f"number {s + 1}"
        raise ValueError(f"series {name}, time {t + 1}: Wallinga-Teunis needs every count")
    for probability in probabilities:
        check_probability("each of probabilities", probability)
    local = cases if imported is None else local_cases(cases, imported, names)
    start, end = window_indices(len(cases), window, windows)
    weights, _, certain = serial_interval_draws(len(cases), si_mean, si_sd, si_weights, None)
    if not certain:
        raise ValueError("Wallinga-Teunis takes one serial interval, not several draws")
    seen = _seen(weights[:, 0], len(cases)) if correct_recent else np.ones(len(cases))
    shape = (len(start), cases.shape[1])
    mean, sd = np.full(shape, np.nan), np.full(shape, np.nan)
    quantiles = np.full((len(probabilities), *shape), np.nan)
    note = np.zeros(shape, dtype=np.int8)
    note[window_sums(cases, start, end) == 0] = EstimateNote.TOO_FEW_CASES
    kernel = _lag_matrix(weights[:, 0], len(cases))
    for s in range(cases.shape[1]):
        for w in np.flatnonzero(note[:, s] == EstimateNote.ESTIMATED):
            inside = slice(start[w], end[w] + 1)
            observed = cases[inside, s] @ seen[inside] / cases[inside, s].sum()
            if observed < min_observed:
                note[w, s] = EstimateNote.TOO_RECENT
                continue
            mean[w, s], sd[w, s], quantiles[:, w, s] = _window(
                kernel, cases[:, s], local[:, s], inside, seen, probabilities
            )
    return ReproductionNumber(start, end, mean, sd, tuple(probabilities), quantiles, note)


def _lag_matrix(weights: Array, size: int) -> Array:
    """w(t - j) at row t, column j."""
    lag = np.arange(size)[:, None] - np.arange(size)[None, :]
    padded = np.zeros(size)
    padded[: len(weights)] = weights
    return np.where(lag >= 0, padded[np.maximum(lag, 0)], 0.0)


def _seen(weights: Array, size: int) -> Array:
    """Part of the serial interval of each day's cases that lies within the series."""
    padded = np.zeros(size)
    padded[: len(weights)] = weights
    return np.minimum(np.cumsum(padded)[::-1], 1.0)


def _window(
    kernel: Array,
    cases: Array,
    local: Array,
    inside: slice,
    seen: Array,
    probabilities: tuple[float, ...],
) -> tuple[float, float, Array]:
    pressure = kernel @ cases
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(pressure > 0, kernel[:, inside] @ cases[inside] / pressure, 0.0)
        by_day = np.where(
            pressure[:, None] > 0, local[:, None] * kernel[:, inside] / pressure[:, None], 0.0
        ).sum(axis=0)
    share = np.clip(share, 0.0, 1.0)
    infectors = cases[inside].sum()
    infected = float(by_day @ cases[inside])
    with np.errstate(divide="ignore", invalid="ignore"):
        eventual = float(np.nansum(np.where(by_day > 0, by_day / seen[inside], 0) * cases[inside]))
    part = infected / eventual if eventual > 0 else 1.0
    variance = float(np.sum(local * share * (1 - share)))
    # Those not seen yet: given x seen, x (1 - part) / part**2 is their negative binomial variance.
    total = variance / part**2 + infected * (1 - part) / part**2
    quantiles = _tosses_quantiles(local, share, part, probabilities)
    return eventual / infectors, float(np.sqrt(total)) / infectors, quantiles / infectors


def _tosses_quantiles(
    tosses: Array, share: Array, part: float, probabilities: tuple[float, ...]
) -> Array:
    """Quantiles of the number infected, seen and still to come.

    Args:
        tosses: Number of cases of each day.
        share: Probability that such a case was infected by the window.
        part: Part of the infected who are already seen.
        probabilities: Probabilities of the quantiles.

    Returns:
        Whole numbers, shape (probability,).
    """
    first, pmf = _sum_of_binomials(tosses, share)
    p = np.asarray(probabilities)
    seen = first + np.arange(pmf.size)
    if part > 1 - 1e-9:
        index = np.searchsorted(np.cumsum(pmf), p - 1e-12)
        return seen[np.minimum(index, pmf.size - 1)].astype(np.float64)
    return np.array([_smallest(seen, pmf, part, one) for one in p])


def _smallest(seen: NDArray[np.intp], pmf: Array, part: float, p: float) -> float:
    """Smallest total whose probability not to be exceeded reaches p."""
    from scipy.special import betainc

    def reached(total: int) -> bool:
        to_come = total - seen
        below = np.where(to_come >= 0, betainc(seen + 1.0, np.maximum(to_come, 0) + 1.0, part), 0)
        return float(pmf @ below) >= p - 1e-12

    low, high = -1, int(seen[-1]) + 1
    while not reached(high):
        low, high = high, 2 * high + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return float(high)


def _sum_of_binomials(tosses: Array, share: Array) -> tuple[int, Array]:
    """Distribution of a sum of independent binomials: its first value and probabilities.

    The characteristic function is sampled on a circle wide enough for twelve standard
    deviations to either side, so what wraps around is below double precision.
    """
    use = (tosses > 0) & (share > 0)
    n, q = tosses[use], share[use]
    mean, sd = float(n @ q), float(np.sqrt(n @ (q * (1 - q))))
    most = int(n.sum())
    first = max(0, int(mean - 12 * sd - 20))
    width = min(most, int(mean + 12 * sd + 20)) - first + 1
    angle = 2j * np.pi * np.arange(width) / width
    one = 1 - q + q * np.exp(angle)[:, None]
    with np.errstate(divide="ignore"):
        log = np.log(np.abs(one)) @ n + 1j * (np.angle(one) @ n) - angle * first
    pmf = np.fft.fft(np.exp(log)).real / width
    pmf = np.maximum(pmf, 0.0)
    return first, pmf / pmf.sum()
