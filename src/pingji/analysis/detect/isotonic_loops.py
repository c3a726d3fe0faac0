"""Loops of the outbreak-P statistic, compiled: rising regression point by point."""

import math

import numpy as np

from pingji.analysis.detect.compiled import compiled
from pingji.analysis.detect.result import Array


@compiled
def _log_power(total: float, weight: float) -> float:
    """Logarithm of (total / weight) to the power of total; 0 for nothing."""
    return total * math.log(total / weight) if total > 0 else 0.0


@compiled
def _join(sums: Array, weights: Array, depth: int, total: float) -> tuple[int, float, float]:
    """Pool a new value with the blocks before it that it does not exceed.

    Returns how many blocks stay, and sum and weight of the pooled one.
    """
    weight = 1.0
    while depth > 0 and total * weights[depth - 1] <= sums[depth - 1] * weight:
        depth -= 1
        total += sums[depth]
        weight += weights[depth]
    return depth, total, weight


@compiled
def _with_last(
    sums: Array,
    weights: Array,
    logs: Array,
    depth: int,
    total: float,
    reported: float,
    last: float,
) -> float:
    """Log likelihood ratio if the newest count were `last`."""
    depth, pooled, weight = _join(sums, weights, depth, last)
    start = logs[depth - 1] if depth > 0 else 0.0
    ratio: float = start + _log_power(pooled, weight) - _log_power(total + last, reported)
    return ratio


@compiled
def _first_alarm(
    sums: Array,
    weights: Array,
    logs: Array,
    depth: int,
    total: float,
    reported: float,
    limit: float,
    most: float,
) -> float:
    """Smallest newest count whose log ratio is above the limit; NaN beyond `most`."""
    low, high = -1.0, 1.0
    while _with_last(sums, weights, logs, depth, total, reported, high) <= limit:
        if high >= most:
            return math.nan
        low, high = high, min(2.0 * high, most)
    while high - low > 1.0:
        middle = math.floor((low + high) / 2)
        if _with_last(sums, weights, logs, depth, total, reported, middle) > limit:
            high = middle
        else:
            low = middle
    return high


@compiled
def outbreak_loop(
    counts: Array,
    limit: float,
    most: float,
    judged_from: int,
    ratio: Array,
    mean: Array,
    first_alarm: Array,
) -> None:
    """Compare, at each point, the best rising mean with a constant one.

    Args:
        counts: Counts of one series, shape (time,); NaN are left out.
        limit: Logarithm of the limit.
        most: Largest count tried for `first_alarm`.
        judged_from: First row whose `first_alarm` is wanted.
        ratio: Filled with the log likelihood ratio, shape (time,).
        mean: Filled with the mean of the counts so far.
        first_alarm: Filled with the smallest newest count that alarms.
    """
    times = len(counts)
    sums, weights, logs = np.empty(times), np.empty(times), np.empty(times)
    depth, total, reported = 0, 0.0, 0.0
    for t in range(times):
        ratio[t] = mean[t] = first_alarm[t] = np.nan
        count = counts[t]
        if np.isnan(count):
            continue
        reported += 1.0
        if t >= judged_from:
            upto = max(most, count)
            first_alarm[t] = _first_alarm(sums, weights, logs, depth, total, reported, limit, upto)
        depth, pooled, weight = _join(sums, weights, depth, count)
        sums[depth], weights[depth] = pooled, weight
        logs[depth] = (logs[depth - 1] if depth > 0 else 0.0) + _log_power(pooled, weight)
        total += count
        depth += 1
        mean[t] = total / reported
        ratio[t] = logs[depth - 1] - _log_power(total, reported)
