"""Loops of control charts that must go through time point by point, compiled."""

import numpy as np

from pingji.analysis.detect.compiled import compiled
from pingji.analysis.detect.result import Array


@compiled
def cusum_loop(
    deviation: Array, k: float, h: float, reset: bool, total: Array, before: Array
) -> None:
    """Add up what each deviation has above k, never below 0.

    Args:
        deviation: Standardised counts, shape (time, series); NaN leaves the sum as it is.
        k: Reference value.
        h: Limit from which the sum alarms.
        reset: Whether the sum starts anew after an alarm.
        total: Filled with the sum at each point, same shape.
        before: Filled with the sum just before each point, same shape.
    """
    times, series = deviation.shape
    current = np.zeros(series)
    for t in range(times):
        for s in range(series):
            if reset and current[s] >= h:
                current[s] = 0.0
            before[t, s] = current[s]
            step = deviation[t, s]
            if not np.isnan(step):
                current[s] = max(0.0, current[s] + (step - k))
            total[t, s] = current[s]


@compiled
def ewma_loop(
    counts: Array,
    weight: float,
    expected: Array,
    spread: Array,
    limit: Array,
    value: Array,
    reach: Array,
) -> None:
    """Smooth each series, and say which count would bring the smoothed value to its limit.

    A smoothed value beyond the limit goes on from the limit, so that an alarm does not echo.

    Args:
        counts: Counts, shape (time, series); NaN leaves the smoothed value as it is.
        weight: Weight of the newest count.
        expected: Expected value, same shape; NaN where the value is not judged.
        spread: Standard deviation of the smoothed value around it, same shape.
        limit: Spreads on either side that a value may go before it is cut, same shape.
        value: Filled with the smoothed value, before it is cut, same shape.
        reach: Filled with the count that brings the value to its upper limit, same shape.
    """
    times, series = counts.shape
    current = np.full(series, np.nan)
    for t in range(times):
        for s in range(series):
            centre, room = expected[t, s], limit[t, s] * spread[t, s]
            before = current[s]
            reach[t, s] = (centre + room - (1.0 - weight) * before) / weight
            if np.isnan(counts[t, s]):
                value[t, s] = np.nan
                continue
            if np.isnan(before):
                before = counts[t, s]
            smoothed = weight * counts[t, s] + (1.0 - weight) * before
            value[t, s] = smoothed
            if smoothed > centre + room:
                smoothed = centre + room
            elif smoothed < centre - room:
                smoothed = centre - room
            current[s] = smoothed
