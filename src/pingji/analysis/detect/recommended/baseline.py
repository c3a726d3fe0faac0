"""What is to be expected: a robust seasonal regression in which the past fades slowly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.detect.calendar import PERIODS_PER_YEAR
from pingji.analysis.detect.farrington.baseline import Clock
from pingji.analysis.detect.result import Array

DAYS_PER_YEAR = 365.2425
# Standard deviations of the coefficients' priors, on the scale of the logarithm. They matter only
# where the series itself says little: many zeros, or few years.
PRIOR_LEVEL = 3.0  # around the mean of the series
PRIOR_TREND = 0.5  # per year
PRIOR_HARMONIC = 1.0  # of the wave of a year's length; the j-th wave has a j-th of it
PRIOR_WEEKDAY = 0.5
MAX_ITERATIONS = 30
# Bound of the change of a fitted logarithm in the last step: of a fit that is only weighed anew, and of
# the one that is used.
ROUGH, FINE = 1e-4, 1e-7
LARGEST_STEP = 3.0
# Power with which an odd count's weight falls.
FALL = 3
# Bounds of the logarithm of the mean, so that nothing overflows on the way.
LOGARITHMS = (-30.0, 30.0)
# Pairs of neighbours that the estimate of their correlation is weighed against.
PAIRS_OF_DOUBT = 20


@dataclass(frozen=True, slots=True)
class Design:
    """Covariates of the regression.

    Attributes:
        columns: Covariates, shape (time, coefficients); the first is the level, all ones.
        prior: Standard deviation of each coefficient's prior, shape (coefficients,).
    """

    columns: Array
    prior: Array


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted baseline of several series.

    Attributes:
        coefficients: Shape (coefficients, series).
        covariance: Shape (series, coefficients, coefficients).
        phi: Robust variance-to-mean ratio, at least 1, shape (series,).
        autocorrelation: Correlation of neighbouring residuals, 0 to 0.9, shape (series,).
    """

    coefficients: Array
    covariance: Array
    phi: Array
    autocorrelation: Array


@dataclass(frozen=True, slots=True)
class _Problem:
    """A weighted, penalised quasi-likelihood; all arrays but `columns` have a column per series."""

    y: Array
    offset: Array
    columns: Array
    weight: Array
    centre: Array
    ridge: Array


def time_in_years(clock: Clock) -> Array:
    """Time in years: from the dates where there are any, else a year is 365, 52 or 12 points.

    Args:
        clock: The time axis.

    Returns:
        Years since the first point, or since 1970, shape (time,).
    """
    if clock.days is None:
        return np.arange(clock.length) / PERIODS_PER_YEAR[clock.period]
    return clock.days.astype(float) / DAYS_PER_YEAR


def covariates(clock: Clock, *, harmonics: int, trend: bool) -> Design:
    """Lay out level, trend, waves of the year and, for days, the days of the week.

    Args:
        clock: The time axis.
        harmonics: Number of waves, the first of a year's length.
        trend: Whether there is a trend.

    Returns:
        The covariates of all time points; the trend, if any, is the second.
    """
    years = time_in_years(clock)
    columns, prior = [np.ones_like(years)], [PRIOR_LEVEL]
    if trend:
        columns.append(years)
        prior.append(PRIOR_TREND)
    for j in range(1, harmonics + 1):
        angle = 2 * np.pi * j * years
        columns += [np.cos(angle), np.sin(angle)]
        prior += [PRIOR_HARMONIC / j] * 2
    if clock.period == "day":
        number = np.arange(clock.length) if clock.days is None else clock.days.astype(np.int64)
        weekday = np.eye(7)[number % 7]
        columns += list((weekday[:, :6] - weekday[:, 6:]).T)
        prior += [PRIOR_WEEKDAY] * 6
    return Design(np.stack(columns, axis=1), np.array(prior))


def fit(
    counts: Array, offset: Array, design: Design, age: Array, *, threshold: float, passes: int
) -> Fit:
    """Fit a log-linear mean by quasi-likelihood, giving odd counts less and less weight.

    After a plain fit, counts whose Anscombe residual s lies beyond the threshold on either side
    get the weight (threshold / s)^3 and the fit is repeated, `passes` times in all. The
    variance-to-mean ratio is that of the weighted Pearson residuals, divided by what the weights
    leave of the variance of an undisturbed normal sample.

    Args:
        counts: Counts of the past, shape (time, series); NaN where none was reported.
        offset: Logarithm of the population, shape (time, series) or (time, 1).
        design: Covariates of the same time points.
        age: Weight of each time point by its age, shape (time,).
        threshold: Residual from which a count loses weight.
        passes: How often the weights are renewed.

    Returns:
        The fit.
    """
    known = ~np.isnan(counts)
    y = np.where(known, counts, 0.0)
    age = np.where(known, age[:, None], 0.0)
    columns = design.columns.shape[1]
    centre = np.zeros((columns, y.shape[1]))
    centre[0] = np.log(((age * y).sum(axis=0) + 0.5) / (age * np.exp(offset)).sum(axis=0))
    total = age.sum(axis=0)
    effective = total**2 / (age**2).sum(axis=0)
    freedom = total * (1 - np.minimum(columns / effective, 0.5))

    ridge = design.prior[:, None] ** -2.0
    power = np.cbrt(y) ** 2

    beta, phi, weight = centre, np.ones(y.shape[1]), age
    for turn in range(passes + 1):
        tolerance = FINE if turn == passes else ROUGH
        problem = _Problem(y, offset, design.columns, weight, centre, phi * ridge)
        beta, mean, information = _newton(problem, beta, tolerance, chord=turn > 0)
        phi = (weight * (y - mean) ** 2 / mean).sum(axis=0) / freedom
        phi = np.maximum(1.0, phi / (_variance_left(threshold) if turn else 1.0))
        residual = _anscombe(power, mean, phi)
        if turn < passes:
            weight = age * _trust(residual, threshold)
    covariance = np.linalg.inv(information) * phi[:, None, None]
    usual = known & (np.abs(residual) < threshold)
    return Fit(beta, covariance, phi, _autocorrelation(residual, usual))


def predict(fitted: Fit, columns: Array, offset: Array) -> tuple[Array, Array]:
    """Expected counts and the variance-to-mean ratio of a new count.

    The latter holds the uncertainty of the expectation itself.

    Args:
        fitted: The fit.
        columns: Covariates of the points asked about, shape (points, coefficients).
        offset: Logarithm of their population, shape (points, series) or (points, 1).

    Returns:
        Expected counts and variance-to-mean ratios, each of shape (points, series).
    """
    mean = _mean(columns, fitted.coefficients, offset)
    variance = np.einsum("ti,sij,tj->ts", columns, fitted.covariance, columns, optimize=True)
    return mean, fitted.phi + np.minimum(variance, 1.0) * mean


def _anscombe(power: Array, mean: Array, phi: Array) -> Array:
    """Residuals of nearly normal distribution, from the 2/3 powers of the counts."""
    root = np.cbrt(mean)
    return np.asarray(1.5 * (power - root**2) / np.sqrt(phi * root))


def _mean(columns: Array, beta: Array, offset: Array) -> Array:
    """Means of a log-linear model."""
    logarithm: Array = columns @ beta
    logarithm += offset
    np.clip(logarithm, *LOGARITHMS, out=logarithm)
    np.exp(logarithm, out=logarithm)
    return logarithm


def _newton(
    problem: _Problem, beta: Array, tolerance: float, *, chord: bool
) -> tuple[Array, Array, Array]:
    """Maximise the penalised quasi-likelihood, each series until its own steps are negligible.

    With `chord` the matrix of the first step serves for all: close to the solution it hardly
    changes, and it is the dearest part.
    """
    y, offset, weight, centre = problem.y, problem.offset, problem.weight, problem.centre
    columns = problem.columns
    ridge = problem.ridge
    moving = np.ones(y.shape[1], np.bool_)
    reach = np.abs(columns).max(axis=0)
    mean = _mean(columns, beta, offset)
    work = np.empty_like(mean)
    information: Array = np.empty((0, 0, 0))
    inverse: Any = information
    for turn in range(MAX_ITERATIONS):
        if turn == 0 or not chord:
            information = _information(columns, np.multiply(weight, mean, out=work), ridge)
            inverse = np.linalg.inv(information)
        np.subtract(y, mean, out=work)
        work *= weight
        slope = columns.T @ work - ridge * (beta - centre)
        step = (inverse @ slope.T[..., None])[..., 0].T
        size = reach @ np.abs(step)
        beta = beta + step * np.minimum(1.0, LARGEST_STEP / np.maximum(size, 1e-12)) * moving
        mean = _mean(columns, beta, offset)
        moving &= size > tolerance
        if not moving.any():
            break
    return beta, mean, information


def _information(columns: Array, weight: Array, ridge: Array) -> Array:
    """Sums of products of covariates, and the prior, shape (series, coefficients, coefficients)."""
    p = columns.shape[1]
    row, column = np.triu_indices(p)
    cross = ((columns[:, row] * columns[:, column]).T @ weight).T
    information = np.empty((weight.shape[1], p, p))
    information[:, row, column] = cross
    information[:, column, row] = cross
    information[:, np.arange(p), np.arange(p)] += ridge.T
    return information


def _trust(residual: Array, threshold: float) -> Array:
    """Weights that fall from 1 beyond the threshold."""
    return np.asarray(np.minimum(1, (threshold / np.maximum(np.abs(residual), 1e-9)) ** FALL))


def _variance_left(threshold: float) -> float:
    """Variance of a standard normal sample under the weights of `fit`."""
    u = np.linspace(-9, 9, 3601)
    density = np.exp(-(u**2) / 2)
    weight = _trust(u, threshold)
    return float((density * weight * u**2).sum() / density.sum())


def _autocorrelation(residual: Array, usual: NDArray[np.bool_]) -> Array:
    """Correlation of neighbouring residuals where neither is odd, drawn towards 0 if few."""
    number = np.maximum(usual.sum(axis=0), 1)
    centred = np.where(usual, residual, 0.0)
    centred = np.where(usual, centred - centred.sum(axis=0) / number, 0.0)
    pairs = (usual[1:] & usual[:-1]).sum(axis=0)
    variance = np.maximum((centred**2).sum(axis=0) / number, 1e-12)
    covariance = (centred[1:] * centred[:-1]).sum(axis=0) / (pairs + PAIRS_OF_DOUBT)
    return np.asarray(np.clip(covariance / variance, 0.0, 0.9))
