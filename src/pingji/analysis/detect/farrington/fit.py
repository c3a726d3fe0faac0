"""Quasi-Poisson fits of many baselines, in compiled loops.

The model is log mean = level + slope * time + log population. As the points of a level share all
but the slope, the means of a level are one number times exp(slope * time); with evenly spaced
points these are the powers of one number. A step of the iteration then needs sums over the levels
only, not a system of equations, and no logarithm or exponential per point.

The iteration starts, steps and stops as iteratively reweighted least squares does in R's `glm`
(means start at count + 0.1; it stops when the deviance changes by less than 1e-8 of itself), and
dispersion and leverage use the weights of its last step, as they do there.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.detect.compiled import compiled
from pingji.analysis.detect.farrington.solve import (
    FROM,
    LEVEL,
    OMEGA,
    PEOPLE,
    POWER,
    ROOT6,
    SMALLEST_MEAN,
    TO,
    VALID,
    Y23,
    Baseline,
    Work,
    Y,
    iterate,
    read_series,
    set_heights,
    slope_information,
)
from pingji.analysis.detect.result import Array

# What the fits leave for each point, in this order.
FIELDS = (
    "status", "mean", "dispersion", "linear_predictor", "se", "trend", "slope", "slope_se",
    "rows", "largest", "total",
)  # fmt: skip

FITTED, NO_FIT = 0.0, 1.0
# Which dispersion enters standard error and trend test.
SE_CORRECTED, SE_COMPAT, SE_ORIGINAL = 0, 1, 2

# A point with less leverage to spare than this determines its own mean: it keeps its weight.
SMALLEST_REST = 1e-10


class Options(NamedTuple):
    """How to fit.

    Attributes:
        trend: Whether a trend is tried.
        keep_trend: Whether a trend may be kept at all (at least three years).
        critical: |slope / se| above which it is kept, by degrees of freedom.
        reweight: Whether past outbreaks are weighted down.
        weights_threshold: Anscombe residual above which they are.
        se_rule: One of SE_CORRECTED, SE_COMPAT, SE_ORIGINAL.
        even: Whether points are the same time apart.
    """

    trend: bool
    keep_trend: bool
    critical: Array
    reweight: bool
    weights_threshold: float
    se_rule: int
    even: bool


@compiled
def dispersions(
    slope_old: float, base: Baseline, series: Array, work: Work, now: int
) -> tuple[float, float]:
    """Pearson sums: with the weights of the last step, and with the prior weights alone."""
    set_heights(work, now)
    started = np.isnan(slope_old)
    working, prior = 0.0, 0.0
    for k in range(base.runs.shape[1]):
        if base.runs[FROM, k] >= base.runs[TO, k]:
            continue
        height, before = work.height[0, base.runs[LEVEL, k]], work.height[1, base.runs[LEVEL, k]]
        for i in range(base.runs[FROM, k], base.runs[TO, k]):
            y, pop = series[Y, i], series[PEOPLE, i]
            mean = height * pop * work.point[POWER + now, i]
            weight = y + 0.1 if started else before * pop * work.point[POWER + 1 - now, i]
            relative = (y - mean) / mean
            square = work.point[OMEGA, i] * relative * relative
            working += weight * square
            prior += square
    return working, prior


@compiled
def weigh(y23: float, m6: float, threshold: float, spread: float) -> float:
    """Weight of a point by its Anscombe residual; m6 is the sixth root of its mean."""
    excess = 1.5 * (y23 / m6 - m6 * m6 * m6)
    if excess > 0.0 and spread > 0.0 and excess * excess > threshold * threshold * spread:
        return spread / (excess * excess)
    return 1.0


@compiled
def reweigh(
    trend: bool,
    slope: float,
    slope_old: float,
    phi: float,
    threshold: float,
    even: bool,
    base: Baseline,
    series: Array,
    work: Work,
    now: int,
) -> tuple[float, bool]:
    """Weight down points far above their mean; gives the sum of weights and whether any was."""
    started = np.isnan(slope_old)
    last = work.last
    # Without a trend time adds nothing to the leverage.
    precision = 1.0 / slope_information(last) if trend else 0.0
    factor = np.exp(slope / 6.0)
    total, found = 0.0, False
    current, end = 1.0, -1
    for k in range(base.runs.shape[1]):
        a, b, g = base.runs[FROM, k], base.runs[TO, k], base.runs[LEVEL, k]
        if a >= b or last[0, g] == 0.0:
            continue
        root, before = work.height[2, g], work.height[1, g]
        centre, inverse = last[1, g] / last[0, g], 1.0 / last[0, g]
        if a != end:
            current = np.exp(slope / 6.0 * base.time[a])
        end = b
        for i in range(a, b):
            if not even:
                current = np.exp(slope / 6.0 * base.time[i])
            m6 = root * current * series[ROOT6, i]
            current *= factor
            v = before * series[PEOPLE, i] * work.point[POWER + 1 - now, i]
            if started:
                v = series[Y, i] + 0.1
            d = base.time[i] - centre
            rest = 1.0 - v * (inverse + d * d * precision)
            rest = rest if rest > SMALLEST_REST else 0.0
            weight = weigh(series[Y23, i], m6, threshold, phi * rest) * series[VALID, i]
            found = found or (weight != 1.0 and series[VALID, i] > 0.0)
            work.point[OMEGA, i] = weight
            total += weight
    return total, found


@compiled
def scale_weights(base: Baseline, work: Work, factor: float) -> None:
    """Bring the weights to a given sum."""
    for k in range(base.runs.shape[1]):
        for i in range(base.runs[FROM, k], base.runs[TO, k]):
            work.point[OMEGA, i] *= factor


@compiled
def fit_model(
    trend: bool,
    options: Options,
    base: Baseline,
    series: Array,
    work: Work,
    rows: int,
    freedom: int,
) -> tuple[bool, int, float, float, float]:
    """Fit, weight down and fit again; gives success, place, slope and both dispersions."""
    even = options.even
    for k in range(base.runs.shape[1]):
        for i in range(base.runs[FROM, k], base.runs[TO, k]):
            work.point[OMEGA, i] = series[VALID, i]
    fitted, slope, slope_old, now = iterate(trend, even, base, series, work)
    if not fitted:
        return False, now, slope, 0.0, 0.0
    working, prior = dispersions(slope_old, base, series, work, now)
    if options.reweight:
        phi = max(1.0, working / freedom)
        threshold = options.weights_threshold
        total, found = reweigh(
            trend, slope, slope_old, phi, threshold, even, base, series, work, now
        )
        if found:
            scale_weights(base, work, rows / total)
            fitted, slope, slope_old, now = iterate(trend, even, base, series, work)
            if not fitted:
                return False, now, slope, 0.0, 0.0
            working, prior = dispersions(slope_old, base, series, work, now)
    else:
        prior = working
    return True, now, slope, working / freedom, prior / freedom


@compiled
def count_rows(base: Baseline, series: Array, present: Array) -> tuple[int, int, float, float]:
    """Reported points, levels among them, largest count and sum of the counts."""
    rows, largest, total, levels = 0, 0.0, 0.0, 0
    for g in range(present.size):
        present[g] = 0.0
    for k in range(base.runs.shape[1]):
        for i in range(base.runs[FROM, k], base.runs[TO, k]):
            if series[VALID, i] > 0.0:
                rows += 1
                levels += 1 if present[base.runs[LEVEL, k]] == 0.0 else 0
                present[base.runs[LEVEL, k]] = 1.0
                largest = max(largest, series[Y, i])
                total += series[Y, i]
    return rows, levels, largest, total


@compiled
def fit_point(
    trend: bool,
    options: Options,
    base: Baseline,
    series: Array,
    work: Work,
    rows: int,
    levels: int,
    time: float,
    population: float,
    out: Array,
) -> None:
    """One model for one point: its mean, dispersion and standard errors into `out`."""
    freedom = rows - levels - (1 if trend else 0)
    out[0] = 1.0
    if freedom <= 0:
        return
    fitted, now, slope, phi_raw, phi_prior = fit_model(
        trend, options, base, series, work, rows, freedom
    )
    if not fitted:
        return
    g = work.last.shape[1] - 1
    phi = max(1.0, phi_raw)
    variance = 1.0 / work.last[0, g]
    for_se = phi_prior if options.se_rule == SE_COMPAT else phi
    out[7] = np.nan
    if trend:
        information = slope_information(work.last)
        distance = time - work.last[1, g] / work.last[0, g]
        variance += distance * distance / information
        for_test = phi_raw if options.se_rule == SE_ORIGINAL else for_se
        out[7] = np.sqrt(for_test / information)
    eta = work.level[now, g] + slope * time + np.log(population)
    out[0] = 0.0
    out[1] = max(np.exp(eta), SMALLEST_MEAN)
    out[2] = phi
    out[3] = eta
    out[4] = np.sqrt(for_se * variance)
    out[5] = 1.0 if trend else 0.0
    out[6] = slope if trend else 0.0


@compiled
def judge_point(
    options: Options,
    base: Baseline,
    series: Array,
    work: Work,
    present: Array,
    ahead: float,
    pop: float,
    out: Array,
) -> None:
    """Fit with a trend, then without one where it is not to be kept."""
    rows, levels, largest, total = count_rows(base, series, present)
    out[0] = 1.0
    out[8], out[9], out[10] = rows, largest, total
    if present[present.size - 1] == 0.0 or not pop > 0.0:
        return
    keep = False
    for attempt in range(2):
        trend = attempt == 0
        if keep or (trend and not options.trend):
            continue
        fit_point(trend, options, base, series, work, rows, levels, ahead, pop, out)
        if trend:
            steep = abs(out[6]) > options.critical[max(0, rows - levels - 1)] * out[7]
            keep = out[0] == 0.0 and options.keep_trend and steep and out[1] <= largest


def room(length: int, levels: int) -> tuple[Array, Work, Array, Array]:
    """Empty columns for a series, working room, times and levels present."""
    columns, by_level = np.ones((8, length)), np.zeros((6, 3, levels))
    work = Work(np.ones((3, length)), *by_level)
    return columns, work, np.zeros(length), np.zeros(levels)


@compiled
def baseline_of(
    j: int, position: Array, times: NDArray[np.int64], runs: NDArray[np.int64], time: Array
) -> tuple[Baseline, float]:
    """Baseline of the j-th point, its times (in `time`) and the point's own from their middle."""
    first = runs[j, FROM, 0]
    middle = position[(first + times[j]) // 2]
    for i in range(first, times[j]):
        time[i] = position[i] - middle
    return Baseline(runs[j], time), position[times[j]] - middle


@compiled
def fit_series(
    counts: Array,
    population: Array,
    offset: bool,
    position: Array,
    times: NDArray[np.int64],
    runs: NDArray[np.int64],
    span: tuple[int, int],
    options: Options,
    tables: tuple[Array, Array, Array],
    rooms: tuple[Array, Work, Array, Array],
    out: Array,
) -> None:
    """Fit every point of every series of a block; `out` has shape (points, series, fields)."""
    series, work, time, present = rooms
    first, last = span
    for s in range(counts.shape[1]):
        read_series(counts[:, s], population[:, s], offset, first, last, tables, series)
        for j in range(times.size):
            base, ahead = baseline_of(j, position, times, runs, time)
            pop = population[times[j], s] if offset else 1.0
            judge_point(options, base, series, work, present, ahead, pop, out[j, s])
