"""Poisson charts: the largest log likelihood ratio over all times the change may have come."""

import math

import numpy as np

from pingji.analysis.detect.compiled import compiled


@compiled
def run_charts(x, mu, sign, threshold, want_cases, score, alarm, cases):  # type: ignore[no-untyped-def]
    """Run each series through the chart that looks back to the last alarm.

    Only starts of the change on the convex hull of (sum of means, sum of counts) can be the
    likeliest, now or later; there are about log(n) of them among n. Hence no loop over all starts.

    Args:
        x: Counts, shape (series, time).
        mu: In-control means, same shape; a point with both 0 is passed over.
        sign: 1 for increases, -1 for decreases.
        threshold: Alarm at or above.
        want_cases: Whether the smallest count that alarms is worked out; for increases only.
        score: Filled with the statistic, same shape.
        alarm: Filled with alarms, same shape.
        cases: Filled with the smallest count that alarms, same shape.

    Source: Ward, Romano, Eckley & Fearnhead 2024, Stat Comput 34, doi:10.1007/s11222-024-10416-6.
    """
    series, times = x.shape
    hull_mu, hull_x = np.empty(times + 1), np.empty(times + 1)
    for s in range(series):
        first, last, sum_x, sum_mu = 0, -1, 0.0, 0.0
        for t in range(times):
            first, last = _insert(hull_mu, hull_x, first, last, sum_mu, sum_x, sign)
            sum_mu += mu[s, t]
            if want_cases:
                needed = math.inf
                for j in range(first, last + 1):
                    needed = _cases(sum_x - hull_x[j], sum_mu - hull_mu[j], threshold, needed)
                cases[s, t] = needed
            sum_x += x[s, t]
            best = 0.0
            for j in range(first, last + 1):
                best = max(best, _ratio(sum_x - hull_x[j], sum_mu - hull_mu[j], sign))
            score[s, t] = best
            if best >= threshold:
                alarm[s, t] = True
                first, last, sum_x, sum_mu = 0, -1, 0.0, 0.0


@compiled
def _insert(hull_mu, hull_x, first, last, new_mu, new_x, sign):  # type: ignore[no-untyped-def]
    """Add a start of the change to the hull; drop those that can never be the likeliest again."""
    if last >= first and hull_mu[last] == new_mu:
        return first, last
    while last > first:
        step_mu, step_x = hull_mu[last] - hull_mu[last - 1], hull_x[last] - hull_x[last - 1]
        if sign * (step_x * (new_mu - hull_mu[last]) - (new_x - hull_x[last]) * step_mu) < 0.0:
            break
        last -= 1
    last += 1
    hull_mu[last], hull_x[last] = new_mu, new_x
    while last > first:
        step_mu, step_x = hull_mu[first + 1] - hull_mu[first], hull_x[first + 1] - hull_x[first]
        if sign * (step_x - step_mu) > 0.0:
            break
        first += 1
    return first, last


@compiled
def run_windows(  # type: ignore[no-untyped-def]
    x, mu, sign, threshold, window, shortest, skip_zeros, want_cases, score, alarm, cases
):
    """Run each series through the chart that looks back a limited time, trying every start.

    Args:
        x: Counts, shape (series, time).
        mu: In-control means, same shape; a point with both 0 is passed over.
        sign: 1 for increases, -1 for decreases.
        threshold: Alarm at or above.
        window: How far back the change may have come.
        shortest: Time points that a change must have lasted.
        skip_zeros: Whether a change since which there was no case counts for nothing.
        want_cases: Whether the smallest count that alarms is worked out; for increases only.
        score: Filled with the statistic, same shape.
        alarm: Filled with alarms, same shape.
        cases: Filled with the smallest count that alarms, same shape.
    """
    series, times = x.shape
    for s in range(series):
        reset = 0
        for t in range(times):
            sum_x, sum_mu, best, needed = 0.0, 0.0, 0.0, math.inf
            for k in range(t, max(reset, t - window) - 1, -1):
                sum_x += x[s, k]
                sum_mu += mu[s, k]
                if t - k + 1 < shortest:
                    continue
                if want_cases:
                    needed = _cases(sum_x - x[s, t], sum_mu, threshold, needed)
                if sum_x > 0.0 or not skip_zeros:
                    best = max(best, _ratio(sum_x, sum_mu, sign))
            score[s, t] = best
            cases[s, t] = needed
            if best >= threshold:
                alarm[s, t] = True
                reset = t + 1


@compiled
def _ratio(x, mu, sign):  # type: ignore[no-untyped-def]
    """Largest log likelihood ratio of x cases where mu are expected, change in one direction."""
    if sign * (x - mu) <= 0.0:
        return 0.0
    return x * math.log(x / mu) - x + mu if x > 0.0 else mu


@compiled
def _cases(before, mu, threshold, known):  # type: ignore[no-untyped-def]
    """Smallest count that alarms together with the cases before, if it is less than `known`."""
    if known < math.inf and _ratio(before + known - 1.0, mu, 1.0) < threshold:
        return known
    if mu <= 0.0:
        return known
    # An upper limit of the total that is needed (Bennett's inequality), then Newton from above.
    total = mu + threshold / 3.0 + math.sqrt(threshold * threshold / 9.0 + 2.0 * threshold * mu)
    for _ in range(50):
        slope = math.log(total / mu)
        step = (total * slope - total + mu - threshold) / slope
        total -= step
        if step <= 1e-9 * total:
            break
    count = max(0.0, math.ceil(total - before))
    # The root is only near: settle which whole number it is by the statistic itself.
    while count > 0.0 and _ratio(before + count - 1.0, mu, 1.0) >= threshold:
        count -= 1.0
    while _ratio(before + count, mu, 1.0) < threshold:
        count += 1.0
    return min(known, count)
