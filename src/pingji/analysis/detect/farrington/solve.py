"""The inner solver of the fits: sums over levels, steps of the slope, in compiled loops.

It starts, steps and stops as iteratively reweighted least squares does in R's `glm` (means start at
count + 0.1; it stops when the deviance changes by less than 1e-8 of itself).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.detect.compiled import compiled
from pingji.analysis.detect.result import Array

STEPS = 25
TOLERANCE = 1e-8
# Share of the size of the sums by which rounding alone may change a deviance.
ROUNDING = 4e-16
# Smallest mean the reference's inverse link gives.
SMALLEST_MEAN = 2.220446049250313e-16
# Counts below this have their logarithms and powers looked up.
TABLE = 4096

# Rows of `Baseline.runs`.
FROM, TO, LEVEL = range(3)
# Rows of a series' columns: count, whether it is reported (1 or 0), population and its sixth root (1
# without population), count^(2/3), weighted response at the start, y log(y / population), and half
# the deviance at the start.
Y, VALID, PEOPLE, ROOT6, Y23, START, SATURATED, DEVIANCE0 = range(8)
# Rows of `Work.point`: prior weight, then the powers.
OMEGA, POWER = range(2)


class Work(NamedTuple):
    """Room for one fit: per time point, and per level."""

    point: Array  # OMEGA, and exp(slope * time) of the present and the last step, (3, time)
    level: Array  # log mean of each level at time 0, present and last, (2, level)
    sums: Array  # weighted sums of 1, time, time^2, (3, level)
    last: Array  # the same at the last step's weights, (3, level)
    totals: Array  # sums of omega y and omega y time, (2, level)
    residual: Array  # right-hand side of a step, (2, level)
    height: Array  # exp(level), present and last, and exp(present / 6), (3, level)


class Baseline(NamedTuple):
    """The runs of one point's baseline, and the time covariate relative to its middle."""

    runs: NDArray[np.int64]  # FROM, TO and LEVEL, (3, run)
    time: Array


@compiled
def read_series(
    counts: Array,
    population: Array,
    offset: bool,
    first: int,
    stop: int,
    tables: tuple[Array, Array, Array],
    series: Array,
) -> None:
    """Prepare the columns of one series between two time points."""
    log01, log0, y23 = tables
    for i in range(first, stop):
        y = counts[i]
        pop = 1.0
        if offset:
            pop = population[i]
        valid = y >= 0.0 and pop > 0.0
        series[VALID, i] = 1.0 if valid else 0.0
        if not valid:
            y, pop = 0.0, 1.0
        if y < TABLE:
            k = int(y)
            a, b, c = log01[k], log0[k], y23[k]
        else:
            a, b, c = np.log(y + 0.1), np.log(y), y ** (2.0 / 3.0)
        log_pop = np.log(pop) if offset else 0.0
        series[Y, i] = y
        series[Y23, i] = c
        series[PEOPLE, i] = pop
        series[ROOT6, i] = pop ** (1.0 / 6.0) if offset else 1.0
        series[START, i] = (y + 0.1) * (a - log_pop) - 0.1
        series[SATURATED, i] = y * (b - log_pop)
        series[DEVIANCE0, i] = y * (b - a) + 0.1


@compiled
def sums_at(slope: float, even: bool, base: Baseline, series: Array, work: Work, now: int) -> None:
    """Sum the means of each level, with their times, at a slope; keep the powers."""
    sums = work.sums
    sums[:] = 0.0
    factor = np.exp(slope)
    current, end = 1.0, -1
    for k in range(base.runs.shape[1]):
        a, b, g = base.runs[FROM, k], base.runs[TO, k], base.runs[LEVEL, k]
        if a >= b:
            continue
        s0, s1, s2 = 0.0, 0.0, 0.0
        if a != end:
            current = np.exp(slope * base.time[a])
        end = b
        for i in range(a, b):
            if not even:
                current = np.exp(slope * base.time[i])
            work.point[POWER + now, i] = current
            v = work.point[OMEGA, i] * series[PEOPLE, i] * current
            current *= factor
            t = base.time[i]
            s0 += v
            s1 += v * t
            s2 += v * t * t
        sums[0, g] += s0
        sums[1, g] += s1
        sums[2, g] += s2
    for g in range(sums.shape[1]):
        height = np.exp(work.level[now, g])
        sums[0, g] *= height
        sums[1, g] *= height
        sums[2, g] *= height


@compiled
def step(trend: bool, sums: Array, residual: Array, level: Array, now: int) -> float:
    """Solve one weighted least-squares step; add it to the levels and give the slope's part."""
    slope = 0.0
    if trend:
        slope = slope_part(sums, residual) / slope_information(sums)
    for g in range(level.shape[1]):
        if sums[0, g] > 0.0:
            level[now, g] += (residual[0, g] - sums[1, g] * slope) / sums[0, g]
    return slope


@compiled
def slope_part(sums: Array, residual: Array) -> float:
    """Right-hand side for the slope once the levels are taken out."""
    total = 0.0
    for g in range(sums.shape[1]):
        if sums[0, g] > 0.0:
            total += residual[1, g] - sums[1, g] / sums[0, g] * residual[0, g]
    return total


@compiled
def slope_information(sums: Array) -> float:
    """Weighted spread of time within levels."""
    total = 0.0
    for g in range(sums.shape[1]):
        if sums[0, g] > 0.0:
            total += sums[2, g] - sums[1, g] * sums[1, g] / sums[0, g]
    return total


@compiled
def start_values(
    trend: bool, base: Baseline, series: Array, work: Work, now: int
) -> tuple[float, float, float]:
    """First step, from means of count + 0.1; gives slope, deviance and its constant part."""
    sums, residual, totals = work.sums, work.residual, work.totals
    sums[:] = 0.0
    residual[:] = 0.0
    totals[:] = 0.0
    constant, deviance = 0.0, 0.0
    for k in range(base.runs.shape[1]):
        g = base.runs[LEVEL, k]
        s0, s1, s2, z0, z1, y0, y1 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(base.runs[FROM, k], base.runs[TO, k]):
            o, y, t = work.point[OMEGA, i], series[Y, i], base.time[i]
            v, z = o * (y + 0.1), o * series[START, i]
            s0 += v
            s1 += v * t
            s2 += v * t * t
            z0 += z
            z1 += z * t
            y0 += o * y
            y1 += o * y * t
            constant += o * series[SATURATED, i]
            deviance += o * series[DEVIANCE0, i]
        sums[0, g] += s0
        sums[1, g] += s1
        sums[2, g] += s2
        residual[0, g] += z0
        residual[1, g] += z1
        totals[0, g] += y0
        totals[1, g] += y1
    for g in range(sums.shape[1]):
        work.level[now, g] = 0.0
    slope = step(trend, sums, residual, work.level, now)
    return slope, 2.0 * deviance, constant


@compiled
def copy_sums(sums: Array, last: Array) -> None:
    """Keep the sums of a step."""
    for k in range(sums.shape[0]):
        for g in range(sums.shape[1]):
            last[k, g] = sums[k, g]


@compiled
def iterate(
    trend: bool, even: bool, base: Baseline, series: Array, work: Work
) -> tuple[bool, float, float, int]:
    """Fit; gives success, slope, last slope but one (NaN: count + 0.1) and where the fit lies."""
    totals, sums, residual = work.totals, work.sums, work.residual
    now = int(np.int64(0))  # a bare 0 would be compiled as a case of its own
    slope, deviance_old, constant = start_values(trend, base, series, work, now)
    slope_old = np.nan
    copy_sums(sums, work.last)
    for _ in range(STEPS):
        level = work.level
        sums_at(slope, even, base, series, work, now)
        deviance = constant
        for g in range(level.shape[1]):
            deviance += sums[0, g] - totals[0, g] * (1.0 + level[now, g]) - slope * totals[1, g]
        deviance *= 2.0
        change = abs(deviance - deviance_old)
        if change < TOLERANCE * (abs(deviance) + 0.1) + ROUNDING * abs(constant):
            return True, slope, slope_old, now
        if not np.isfinite(deviance):
            break
        deviance_old, slope_old = deviance, slope
        copy_sums(sums, work.last)
        for g in range(level.shape[1]):
            residual[0, g] = totals[0, g] - sums[0, g]
            residual[1, g] = totals[1, g] - sums[1, g]
            level[1 - now, g] = level[now, g]
        now = 1 - now
        slope += step(trend, sums, residual, work.level, now)
    return False, slope, slope_old, now


@compiled
def set_heights(work: Work, now: int) -> None:
    """Means of the levels at time 0, once per level rather than once per run."""
    for g in range(work.level.shape[1]):
        work.height[0, g] = np.exp(work.level[now, g])
        work.height[1, g] = np.exp(work.level[1 - now, g])
        work.height[2, g] = np.exp(work.level[now, g] / 6.0)
