"""Loops of control charts that must go through time point by point, compiled."""

import numpy as np

from pingji.analysis.detect.compiled import compiled


@compiled
def cusum_loop(deviation, k, h, reset, total, before):
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
