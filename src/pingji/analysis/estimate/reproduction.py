"""Instantaneous reproduction number: how many people each infector of today infects."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.estimate.gamma_quantile import standard_gamma_quantiles
from pingji.analysis.estimate.result import (
    PROBABILITIES,
    Array,
    EstimateNote,
    Notes,
    check_probability,
)
from pingji.analysis.estimate.serial_interval import (
    UncertainSerialInterval,
    check_weights,
    discretised_serial_interval,
)


@dataclass(frozen=True, slots=True)
class ReproductionNumber:
    """Reproduction numbers of every window and series; arrays of shape (window, series).

    Attributes:
        start: First time index of each window, shape (window,).
        end: Last time index of each window, shape (window,).
        mean: Posterior (or, for Wallinga-Teunis, average) reproduction number.
        sd: Its standard deviation.
        probabilities: Probabilities of the quantiles.
        quantiles: Quantiles, shape (probability, window, series).
        note: An `EstimateNote` per window and series; where it is not 0, all else is NaN.
    """

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    mean: Array
    sd: Array
    probabilities: tuple[float, ...]
    quantiles: Array
    note: Notes

    def quantile(self, probability: float) -> Array:
        """The quantile at one of the probabilities asked for.

        Args:
            probability: One of `probabilities`.

        Returns:
            The quantile, shape (window, series).
        """
        quantile: Array = self.quantiles[self.probabilities.index(probability)]
        return quantile


def reproduction_number(
    counts: ArrayLike,
    *,
    si_mean: float | None = None,
    si_sd: float | None = None,
    si_weights: ArrayLike | None = None,
    si_uncertain: UncertainSerialInterval | None = None,
    imported: ArrayLike | None = None,
    window: int = 7,
    windows: tuple[ArrayLike, ArrayLike] | None = None,
    prior_mean: float = 5.0,
    prior_sd: float = 5.0,
    probabilities: tuple[float, ...] = PROBABILITIES,
    keep_uninformed: bool = False,
    max_missing_weight: float = 0.05,
    names: list[str] | None = None,
) -> ReproductionNumber:
    """Estimate the instantaneous reproduction number over sliding windows.

    Within a window the local cases of day t are Poisson with mean R x sum_k w(k) I(t - k), where
    w is the serial interval and I are all cases; with a gamma prior on R the posterior is gamma
    with shape a + local cases and rate 1/b + summed infectivity, a = (prior_mean/prior_sd)^2,
    b = prior_sd^2/prior_mean. Cases of the first time step have no known infector: they count as
    imported. A serial interval longer than the series is cut, not rescaled. A window is not
    estimated until it ends later than the mean serial interval.

    Exactly one of `si_mean` with `si_sd`, `si_weights`, `si_uncertain` says what the serial
    interval is. With several draws (`si_weights` of two columns or more, or `si_uncertain`) the
    posterior is the mixture over the draws whose mean lies before the end of the window; mean,
    sd and quantiles are those of the mixture itself, so only the draws are random.

    Args:
        counts: All cases by onset, shape (time, series) or (time,); NaN where none was reported.
        si_mean: Mean serial interval in time steps (gamma, shifted by 1), greater than 1.
        si_sd: Standard deviation of the serial interval in time steps.
        si_weights: Probabilities of intervals 0, 1, 2 ...; shape (lag,) or (lag, draw).
        si_uncertain: Mean and sd of the serial interval are drawn.
        imported: Those of the cases that were infected elsewhere, same shape as counts.
        window: Time steps of each sliding window; the first starts at time index 1.
        windows: First and last time indices of each window instead; the first at least 1.
        prior_mean: Prior mean of R.
        prior_sd: Prior standard deviation of R.
        probabilities: Probabilities of the quantiles wanted.
        keep_uninformed: Also give the posterior where nobody could have infected anybody (summed
            infectivity 0) as the reference program does; it then says little more than the
            prior, so by default it is left out.
        max_missing_weight: A window is not estimated when a larger part of the serial interval
            than this falls on missing counts. Smaller gaps count as no cases.
        names: Names of the series for error messages.

    Returns:
        Posterior of R by window and series.

    Raises:
        ValueError: If counts, serial interval, windows or priors make no sense.

    Source: Cori et al. 2013, Am J Epidemiol 178(9):1505, doi:10.1093/aje/kwt133; imported cases
        and uncertain serial intervals: Thompson et al. 2019, Epidemics 29:100356,
        doi:10.1016/j.epidem.2019.100356.
    """
    cases = as_counts(counts, names=names)
    local = local_cases(cases, imported, names)
    start, end = window_indices(len(cases), window, windows)
    if not (prior_mean > 0 and prior_sd > 0):
        raise ValueError("prior_mean and prior_sd must be greater than 0")
    for probability in probabilities:
        check_probability("each of probabilities", probability)
    weights, means, certain = serial_interval_draws(
        len(cases), si_mean, si_sd, si_weights, si_uncertain
    )

    shape, scale = (prior_mean / prior_sd) ** 2, prior_sd**2 / prior_mean
    known = np.nan_to_num(cases)
    local_sum = window_sums(np.nan_to_num(local), start, end)
    note = _missing_note(cases, weights, start, end, max_missing_weight)
    note[end + 1 <= means.min()] = EstimateNote.TOO_EARLY

    if certain:
        infectivity = window_infectivity(known, weights[:, 0], start, end)
        mean, sd, quantiles = _gamma_posterior(
            local_sum, infectivity, shape, 1 / scale, probabilities
        )
        informed = infectivity > 0
    else:
        infectivity = np.stack(
            [window_infectivity(known, w, start, end) for w in weights.T], axis=-1
        )
        late = end[:, None] + 1 > means
        mean, sd, quantiles = _mixture_posterior(
            local_sum, infectivity, late, shape, 1 / scale, probabilities
        )
        informed = np.asarray((infectivity > 0).any(axis=-1))
    if not keep_uninformed:
        note[~informed & (note == EstimateNote.ESTIMATED)] = EstimateNote.NO_INFECTORS
    absent = note != EstimateNote.ESTIMATED
    if absent.any():
        mean[absent] = sd[absent] = np.nan
        quantiles[:, absent] = np.nan
    return ReproductionNumber(start, end, mean, sd, tuple(probabilities), quantiles, note)


def window_indices(
    size: int, window: int, windows: tuple[ArrayLike, ArrayLike] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last time index of each window.

    Args:
        size: Number of time steps.
        window: Time steps of each sliding window.
        windows: First and last time indices instead.

    Returns:
        First and last time indices, each of shape (window,).

    Raises:
        ValueError: If there is no window, one starts before index 1, or ends outside.
    """
    if windows is None:
        if not 1 <= window <= size - 1:
            raise ValueError(
                f"a window of {window} steps needs a series of at least {max(window, 1) + 1}"
                f" steps; this one has {size}"
            )
        start = np.arange(1, size - window + 1)
        return start, start + window - 1
    start, end = (np.asarray(edge, dtype=np.intp).ravel() for edge in windows)
    if start.shape != end.shape or start.size == 0:
        raise ValueError("windows needs as many first as last time indices, at least one")
    if (start < 1).any() or (end < start).any() or (end >= size).any():
        raise ValueError(f"windows must start at index 1 or later and end before index {size}")
    return start, end


def window_sums(values: Array, start: NDArray[np.intp], end: NDArray[np.intp]) -> Array:
    """Sums of whole numbers over windows, without rounding.

    Args:
        values: Whole numbers, shape (time, series).
        start: First indices; those before 0 are cut off.
        end: Last indices; those before 0 give 0.

    Returns:
        Sums, shape (window, series).
    """
    total = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=total[1:])
    return total[np.maximum(end + 1, 0)] - total[np.maximum(start, 0)]


def window_infectivity(
    cases: Array, weights: Array, start: NDArray[np.intp], end: NDArray[np.intp]
) -> Array:
    """Infectivity sum_k w(k) I(t - k), summed over windows.

    Cases are summed over the window first, exactly; so nothing cancels and nothing rounds to
    less than zero however long the series is.

    Args:
        cases: Cases, shape (time, series), none missing.
        weights: Probabilities of intervals 0, 1, 2 ...
        start: First time indices of the windows.
        end: Last time indices of the windows.

    Returns:
        Summed infectivity, shape (window, series).
    """
    total = np.zeros((len(cases) + 1, cases.shape[1]))
    np.cumsum(cases, axis=0, out=total[1:])
    result = np.zeros((len(start), cases.shape[1]))
    lags = np.flatnonzero(weights[: int(end.max()) + 1])
    sliding = (np.diff(start) == 1).all() and (np.diff(end) == 1).all()
    if sliding:
        # Windowed cases by the window's last index; the lag loop then moves whole blocks.
        width = int(end[0] - start[0]) + 1
        windowed = total[1:] - total[np.maximum(np.arange(1, len(total)) - width, 0)]
        first, last = int(end[0]), int(end[-1]) + 1
        for lag in lags:
            low = max(first, int(lag))
            if low < last:
                result[low - first :] += weights[lag] * windowed[low - lag : last - lag]
        return result
    for lag in lags:
        high, low = np.maximum(end + 1 - lag, 0), np.maximum(start - lag, 0)
        result += weights[lag] * (total[high] - total[low])
    return result


def local_cases(cases: Array, imported: ArrayLike | None, names: list[str] | None) -> Array:
    """Cases infected here: all but the imported and those of the first time step.

    Args:
        cases: All cases, shape (time, series).
        imported: Imported cases, same shape, or None.
        names: Names of the series for error messages.

    Returns:
        Local cases, shape (time, series).

    Raises:
        ValueError: If there are more imported cases than cases.
    """
    local = cases.copy()
    if imported is not None:
        foreign = as_counts(imported, names=names)
        if foreign.shape != cases.shape:
            raise ValueError(f"imported has shape {foreign.shape}, counts have {cases.shape}")
        local -= np.nan_to_num(foreign)
        if (local < 0).any():
            t, s = (int(i) for i in np.argwhere(local < 0)[0])
            name = names[s] if names else f"number {s + 1}"
            raise ValueError(f"series {name}, time {t + 1}: more imported cases than cases")
    local[0] = 0.0
    return local


def serial_interval_draws(
    size: int,
    si_mean: float | None,
    si_sd: float | None,
    si_weights: ArrayLike | None,
    si_uncertain: UncertainSerialInterval | None,
) -> tuple[Array, Array, bool]:
    """Read the serial interval in whichever way it was given.

    Args:
        size: Number of time steps of the series.
        si_mean: Mean serial interval.
        si_sd: Standard deviation of the serial interval.
        si_weights: Probabilities instead, shape (lag,) or (lag, draw).
        si_uncertain: Uncertain mean and sd instead.

    Returns:
        Probabilities, shape (lag, draw), the mean of each draw, and whether there is but one.

    Raises:
        ValueError: If not exactly one way was used.
    """
    given = (
        si_mean is not None or si_sd is not None,
        si_weights is not None,
        si_uncertain is not None,
    )
    if sum(given) != 1:
        raise ValueError("give exactly one of si_mean with si_sd, si_weights, si_uncertain")
    if si_uncertain is not None:
        weights, means = si_uncertain.sample(size)
        return weights, means, False
    if si_weights is not None:
        weights = check_weights(si_weights)
    else:
        if si_mean is None or si_sd is None:
            raise ValueError("si_mean and si_sd are needed together")
        weights = discretised_serial_interval(si_mean, si_sd, size)[:, None]
    means = np.arange(len(weights)) @ weights
    return weights[:size], means, weights.shape[1] == 1


def _missing_note(
    cases: Array,
    weights: Array,
    start: NDArray[np.intp],
    end: NDArray[np.intp],
    max_missing_weight: float,
) -> Notes:
    note = np.zeros((len(start), cases.shape[1]), dtype=np.int8)
    missing = np.isnan(cases)
    if missing.any():
        gap = missing.astype(np.float64)
        inside = window_sums(gap, start, end) > 0
        length = (end - start + 1)[:, None]
        unseen = window_infectivity(gap, weights.mean(axis=1), start, end) / length
        note[inside | (unseen > max_missing_weight)] = EstimateNote.MISSING
    return note


def _gamma_posterior(
    local: Array, infectivity: Array, shape: float, rate: float, probabilities: tuple[float, ...]
) -> tuple[Array, Array, Array]:
    scale = 1 / (rate + infectivity)
    quantiles = standard_gamma_quantiles(local, shape, probabilities)
    quantiles *= scale
    posterior = local + shape
    return posterior * scale, np.sqrt(posterior) * scale, quantiles


def _mixture_posterior(
    local: Array,
    infectivity: Array,
    late: NDArray[np.bool_],
    shape: float,
    rate: float,
    probabilities: tuple[float, ...],
) -> tuple[Array, Array, Array]:
    """Mean, sd and quantiles of the mixture over the draws that are late enough."""
    posterior = local + shape
    scale = 1 / (rate + infectivity)
    weight = late / np.maximum(late.sum(axis=1, keepdims=True), 1)
    mean_scale = np.einsum("wsd,wd->ws", scale, weight)
    spread = np.einsum("wsd,wd->ws", (scale - mean_scale[..., None]) ** 2, weight)
    mean = posterior * mean_scale
    # Variance within the draws plus variance between their means.
    sd = np.sqrt(posterior * (mean_scale**2 + spread) + posterior**2 * spread)
    quantiles = np.full((len(probabilities), *mean.shape), np.nan)
    for w in np.flatnonzero(late.any(axis=1)):
        for s in range(mean.shape[1]):
            quantiles[:, w, s] = _mixture_quantiles(
                posterior[w, s], scale[w, s, late[w]], probabilities
            )
    return mean, sd, quantiles


def _mixture_quantiles(shape: float, scale: Array, probabilities: tuple[float, ...]) -> Array:
    """Invert the mean of gamma distribution functions by Newton steps kept in a bracket."""
    from scipy.special import gammainc, gammaincinv, gammaln

    p = np.asarray(probabilities)
    pure = gammaincinv(shape, p)
    low, high = pure * scale.min(), pure * scale.max()
    # A gamma distribution with the mixture's mean and variance is a near start.
    mean, excess = scale.mean(), scale.var() * (shape + 1) / (shape * scale.mean() ** 2)
    alike = shape / (1 + shape * excess)
    x = np.clip(gammaincinv(alike, p) * shape * mean / alike, low, high)
    log_scale = np.log(scale)
    todo = np.arange(p.size)
    for _ in range(60):
        ratio = x[todo, None] / scale
        gap = gammainc(shape, ratio).mean(axis=1) - p[todo]
        low[todo] = np.where(gap < 0, x[todo], low[todo])
        high[todo] = np.where(gap < 0, high[todo], x[todo])
        density = np.exp(
            (shape - 1) * (np.log(x[todo, None]) - log_scale) - ratio - log_scale - gammaln(shape)
        ).mean(axis=1)
        newton = x[todo] - gap / density
        inside = (newton >= low[todo]) & (newton <= high[todo])
        following = np.where(inside, newton, (low[todo] + high[todo]) / 2)
        moved = np.abs(following - x[todo]) > 1e-9 * following
        x[todo] = following
        todo = todo[moved]
        if todo.size == 0:
            break
    found: Array = x
    return found
