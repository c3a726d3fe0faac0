"""Log-linear models of counts, Poisson and negative binomial, fitted to many series at once."""

import math
from dataclasses import dataclass

import numpy as np

from pingji.analysis.detect.compiled import compiled
from pingji.analysis.detect.result import Array

# When to stop: relative change of the deviance, change of the shape 1 / alpha, rounds of each, and
# 1 where the change of the shape is taken relative to the shape.
TIGHT = (1e-13, 1e-9, 200.0, 1.0)
# The stops of R's functions; a fit then ends a little short of the maximum.
USUAL = (1e-8, 2.0**-13, 25.0, 0.0)
# Smallest mean: where the likelihood has its maximum at 0, means go down to it and stay there.
SMALLEST = 2.0**-52
LOG_SMALLEST = math.log(SMALLEST)
# A column of which no more than this part is left beside the others depends on them.
DEPENDENT = 1e-11


@dataclass(frozen=True, slots=True)
class LogLinearFit:
    """Fitted log-linear models, one per series.

    Attributes:
        coefficients: Per column of the design, shape (columns, series); NaN where no fit exists.
        alpha: Dispersion of each series, shape (series,): variance = mean + alpha * mean^2.
        alpha_information: Information on 1 / alpha where it was estimated, else NaN.
        covariance: Of the coefficients, shape (series, columns, columns).
    """

    coefficients: Array
    alpha: Array
    alpha_information: Array
    covariance: Array


def harmonic_design(
    times: Array, *, cycle: float, harmonics: int = 1, trend: bool = False, origin: int = 0
) -> Array:
    """Columns of a seasonal curve: a constant, perhaps a trend, and pairs of cosine and sine.

    Args:
        times: Time points as numbers, the first of the series being 1, shape (time,).
        cycle: Time points in a year.
        harmonics: Pairs of cosine and sine.
        trend: Whether a straight line on the log scale is included.
        origin: Number of time points fitted; the trend is measured from their middle, so that the
            columns are nearly independent.

    Returns:
        Design, shape (time, columns).

    Raises:
        ValueError: If `harmonics` is negative or `cycle` is not positive.
    """
    if harmonics < 0 or cycle <= 0:
        raise ValueError("harmonics must be 0 or more and the cycle positive")
    times = np.asarray(times, np.float64)
    columns = [np.ones_like(times)]
    if trend:
        columns.append((times - (origin + 1) / 2) / max(origin, 1))
    for order in range(1, harmonics + 1):
        angle = 2 * np.pi * order / cycle * times
        columns += [np.cos(angle), np.sin(angle)]
    return np.stack(columns, axis=1)


def fit_log_linear(
    counts: Array, design: Array, *, alpha: Array | float | None = 0.0, compat: bool = False
) -> LogLinearFit:
    """Fit log mean = design @ coefficients to each series by maximum likelihood.

    Args:
        counts: Counts, shape (time, series); NaN where none was reported.
        design: Columns of the model, shape (time, columns).
        alpha: Dispersion, 0 for Poisson; None estimates it, and gives 0 where the counts do not
            vary more than Poisson counts.
        compat: Stop where R's `glm` and `glm.nb` stop, short of the maximum; a series without
            overdispersion then has a very small alpha.

    Returns:
        Coefficients, dispersion and their uncertainty.

    Source: McCullagh & Nelder 1989, Generalized Linear Models, 2nd ed., section 2.5,
    doi:10.1007/978-1-4899-3242-6; Lawless 1987, Can J Stat 15:209, doi:10.2307/3314912.
    """
    series, columns = counts.shape[1], design.shape[1]
    found = LogLinearFit(
        np.full((columns, series), np.nan),
        np.full(series, np.nan if alpha is None else alpha, np.float64),
        np.full(series, np.nan),
        np.full((series, columns, columns), np.nan),
    )
    _fit_many(
        np.ascontiguousarray(counts.T),
        np.ascontiguousarray(design),
        found.coefficients,
        found.alpha,
        found.alpha_information,
        found.covariance,
        USUAL if compat else TIGHT,
    )
    return found


@compiled
def _fit_many(counts, design, b, alpha, information, covariance, stops):  # type: ignore[no-untyped-def]
    """Fit each series, shape (series, time), into the arrays given; NaN stays where none fits."""
    columns = design.shape[1]
    for s in range(len(counts)):
        reported = np.flatnonzero(~np.isnan(counts[s]))
        y, x = counts[s][reported], design[reported]
        # An all-zero series has its maximum at minus infinity: no fit, unless R's is asked for.
        if len(y) < columns or (stops[3] > 0.0 and not y.any()):
            continue
        own, spread = np.zeros(columns), np.zeros((columns, columns))
        alpha[s], information[s] = _fit_series(y, x, alpha[s], own, spread, stops)
        b[:, s] = own
        covariance[s] = spread


@compiled
def _fit_series(y, x, alpha, b, covariance, stops):  # type: ignore[no-untyped-def]
    """Fit one series; alpha is estimated where it is NaN. Returns alpha and its information."""
    eta = np.empty(len(y))
    if not math.isnan(alpha):
        for t in range(len(y)):
            start = y[t] + 0.1 if alpha == 0.0 else max(y[t], 1.0 / 6.0)
            eta[t] = math.log(start)
        _iterate(y, x, alpha, b, eta, covariance, stops)
        return alpha, math.nan
    for t in range(len(y)):
        eta[t] = math.log(y[t] + 0.1)
    _iterate(y, x, 0.0, b, eta, covariance, stops)
    if stops[3] > 0.0 and _excess(y, eta) <= 0.0:
        return 0.0, math.nan
    return _alternate(y, x, b, eta, covariance, stops)


@compiled
def _excess(y, eta):  # type: ignore[no-untyped-def]
    """Twice the slope of the likelihood in alpha at 0: positive where there is overdispersion."""
    total = 0.0
    for t in range(len(y)):
        rest = y[t] - math.exp(eta[t])
        total += rest * rest - y[t]
    return total


@compiled
def _alternate(y, x, b, eta, covariance, stops):  # type: ignore[no-untyped-def]
    """Mean given shape and shape given mean in turn, from the Poisson fit on."""
    mu = np.maximum(np.exp(eta), SMALLEST)
    distinct, times = _distinct(y)
    shape, information = _shape(y, mu, distinct, times, stops)
    scale = math.sqrt(2.0 * max(1, len(y) - x.shape[1]))
    now = _log_likelihood(y, mu, shape)
    before, step, rounds = now + 2.0 * scale, 1.0, 0
    while rounds < stops[2] and abs(before - now) / scale + abs(step) > stops[0]:
        rounds += 1
        _iterate(y, x, 1.0 / shape, b, eta, covariance, stops)
        last = shape
        shape, information = _shape(y, mu, distinct, times, stops)
        mu = np.maximum(np.exp(eta), SMALLEST)
        step, before = (last - shape) / (1.0 + stops[3] * shape), now
        now = _log_likelihood(y, mu, shape)
    return 1.0 / shape, information


@compiled
def _iterate(y, x, alpha, b, eta, covariance, stops):  # type: ignore[no-untyped-def]
    """Iteratively reweighted least squares; leaves coefficients, eta and the last covariance."""
    n, columns = x.shape
    root, target, mean = np.empty((columns, n)), np.empty(n), np.empty(n)
    full = _constant(y, alpha)
    before = _deviance(y, eta, alpha, full, mean)
    for _ in range(int(stops[2])):
        for t in range(n):
            weight = math.sqrt(mean[t] / (1.0 + alpha * mean[t]))
            target[t] = weight * (eta[t] + (y[t] - mean[t]) / mean[t])
            for i in range(columns):
                root[i, t] = weight * x[t, i]
        _least_squares(root, target, b, covariance)
        eta[:] = 0.0
        for t in range(n):
            for i in range(columns):
                eta[t] += x[t, i] * b[i]
        now = _deviance(y, eta, alpha, full, mean)
        if abs(now - before) / (abs(now) + 0.1) < stops[0]:
            return
        before = now


@compiled
def _least_squares(x, y, b, covariance):  # type: ignore[no-untyped-def]
    """Solve by modified Gram-Schmidt steps, in place; inverse of the matrix of the equations too.

    The columns are the rows of `x`. A column that nearly depends on those before it is left out:
    its coefficient is 0.
    """
    columns = len(x)
    upper, right = np.zeros((columns, columns)), np.zeros(columns)
    for i in range(columns):
        rest = _product(x[i], x[i])
        whole = rest + _product(upper[:i, i], upper[:i, i])
        # A row of the triangle with diagonal infinity leaves the column out.
        upper[i, i] = math.sqrt(rest) if rest > DEPENDENT * DEPENDENT * whole else math.inf
        x[i] /= upper[i, i]
        for j in range(i + 1, columns):
            upper[i, j] = _product(x[i], x[j])
            _subtract(x[j], upper[i, j], x[i])
        right[i] = _product(x[i], y)
        _subtract(y, right[i], x[i])
    inverse = np.zeros((columns, columns))
    for column in range(columns):
        for i in range(column, -1, -1):
            value = 1.0 if i == column else 0.0
            for j in range(i + 1, column + 1):
                value -= upper[i, j] * inverse[j, column]
            inverse[i, column] = value / upper[i, i]
    b[:] = inverse @ right
    covariance[:] = inverse @ inverse.T


@compiled
def _product(x, y):  # type: ignore[no-untyped-def]
    """Scalar product."""
    total = 0.0
    for t in range(len(x)):
        total += x[t] * y[t]
    return total


@compiled
def _subtract(y, factor, x):  # type: ignore[no-untyped-def]
    """Take a multiple of x from y, in place."""
    for t in range(len(x)):
        y[t] -= factor * x[t]


@compiled
def _deviance(y, eta, alpha, full, mean):  # type: ignore[no-untyped-def]
    """Deviance, given its part that does not depend on the means; fills in the means."""
    total = 0.0
    for t in range(len(y)):
        log_mu = max(eta[t], LOG_SMALLEST)
        mu = math.exp(log_mu)
        mean[t] = mu
        if alpha == 0.0:
            total += mu - y[t] * log_mu
        else:
            total += (y[t] + 1.0 / alpha) * math.log(1.0 + alpha * mu) - y[t] * log_mu
    return full + 2.0 * total


@compiled
def _constant(y, alpha):  # type: ignore[no-untyped-def]
    """The part of the deviance that does not depend on the means."""
    total = 0.0
    for t in range(len(y)):
        if y[t] > 0.0:
            total += y[t] * math.log(y[t])
        if alpha == 0.0:
            total -= y[t]
        else:
            total -= (y[t] + 1.0 / alpha) * math.log(1.0 + alpha * y[t])
    return 2.0 * total


@compiled
def _log_likelihood(y, mu, shape):  # type: ignore[no-untyped-def]
    total = 0.0
    for t in range(len(y)):
        total += math.lgamma(shape + y[t]) - math.lgamma(shape) - math.lgamma(y[t] + 1.0)
        total += shape * math.log(shape) - (shape + y[t]) * math.log(shape + mu[t])
        if y[t] > 0.0:
            total += y[t] * math.log(mu[t])
    return total


@compiled
def _shape(y, mu, distinct, times, stops):  # type: ignore[no-untyped-def]
    """Likeliest shape 1 / alpha given the means, by Newton steps from the moment estimate.

    What depends on the count alone is worked out once per distinct count.
    """
    spread = 0.0
    for t in range(len(y)):
        spread += (y[t] / mu[t] - 1.0) ** 2
    shape, information = len(y) / spread, math.nan
    for _ in range(int(stops[2]) - 1):
        shape = abs(shape)
        own, own_slope = _digamma(shape), _trigamma(shape)
        slope, information = 0.0, 0.0
        for i in range(len(distinct)):
            slope += times[i] * (_digamma(shape + distinct[i]) - own)
            information += times[i] * (own_slope - _trigamma(shape + distinct[i]))
        for t in range(len(y)):
            rest = 1.0 / (shape + mu[t])
            odds = (y[t] + shape) * rest
            slope += math.log(shape * rest) + 1.0 - odds
            information += (2.0 - odds) * rest - 1.0 / shape
        step = slope / information
        # Counts equal to their means: no variation at all, the shape is infinite.
        if not math.isfinite(step):
            break
        shape += step
        if abs(step) <= stops[1] * (1.0 + stops[3] * abs(shape)):
            break
    return shape, information


@compiled
def _distinct(y):  # type: ignore[no-untyped-def]
    """The counts that occur, and how often."""
    ordered = np.sort(y)
    values, times = np.empty(len(y)), np.zeros(len(y))
    last = -1
    for t in range(len(y)):
        if last < 0 or ordered[t] != values[last]:
            last += 1
            values[last] = ordered[t]
        times[last] += 1.0
    return values[: last + 1], times[: last + 1]


@compiled
def _digamma(x):  # type: ignore[no-untyped-def]
    """Derivative of log gamma for x > 0: shifted beyond 10, then the asymptotic series."""
    shift = 0.0
    while x < 10.0:
        shift += 1.0 / x
        x += 1.0
    z = 1.0 / (x * x)
    series = z * (
        1 / 12
        - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * (691 / 32760 - z / 12)))))
    )
    return math.log(x) - 0.5 / x - series - shift


@compiled
def _trigamma(x):  # type: ignore[no-untyped-def]
    """Derivative of digamma for x > 0."""
    shift = 0.0
    while x < 10.0:
        shift += 1.0 / (x * x)
        x += 1.0
    z = 1.0 / (x * x)
    series = 1 / 6 - z * (
        1 / 30 - z * (1 / 42 - z * (1 / 30 - z * (5 / 66 - z * (691 / 2730 - z * 7 / 6))))
    )
    return 1.0 / x + 0.5 * z + series * z / x + shift
