"""Negative binomial charts: the largest log likelihood ratio over start and size of the change."""

import math

import numpy as np

from pingji.analysis.detect.compiled import compiled

# Sizes of the change (log of the factor) at which running sums are kept.
NODES = 0.125 * np.arange(33)
# Largest count tried when the smallest count that alarms is looked for.
MOST_CASES = 2.0**40
# Beyond this size of the change its exponential is too large for a number.
LARGEST = 709.0
VANISHING = math.log(1e-8)


@compiled
def run_charts(  # type: ignore[no-untyped-def]
    x, mu, alpha, sign, threshold, window, shortest, want_cases, nodes, score, alarm, cases
):
    """Run each series through the chart.

    For a given start the log likelihood ratio is concave in the size of the change. Running sums
    of it and of its slope at a few sizes therefore bound its maximum from above for every start
    at once; only starts whose bound exceeds the best maximum so far are worked out.

    Args:
        x: Counts, shape (series, time).
        mu: In-control means, same shape; a point with both 0 is passed over.
        alpha: Dispersion, above 0, shape (series,).
        sign: 1 for increases, -1 for decreases.
        threshold: Alarm at or above.
        window: How far back the change may have come.
        shortest: Time points that a change must have lasted.
        want_cases: Whether the smallest count that alarms is worked out; for increases only.
        nodes: Sizes of the change at which sums are kept, from 0 upwards.
        score: Filled with the statistic, same shape.
        alarm: Filled with alarms, same shape.
        cases: Filled with the smallest count that alarms, same shape.
    """
    series, times = x.shape
    values, slopes = np.zeros((times + 1, len(nodes))), np.zeros((times + 1, len(nodes)))
    counts, bounds = np.empty(times), np.empty(times)
    for s in range(series):
        reset = 0
        counts[:] = x[s]
        state = (counts, mu[s], alpha[s], sign, values, slopes, nodes, bounds)
        for t in range(times):
            first, last = max(reset, t - window), t - shortest + 1
            if want_cases:
                cases[s, t] = _cases(state, first, last, t, threshold)
                counts[t] = x[s, t]
            score[s, t] = _statistic(state, first, last, t)
            if score[s, t] >= threshold:
                alarm[s, t] = True
                reset = t + 1


@compiled
def _statistic(state, first, last, t):  # type: ignore[no-untyped-def]
    """The statistic at time t over starts from first to last; refreshes the sums of row t + 1."""
    values, slopes, nodes, bounds = state[4:]
    _add(state, t)
    likely, highest = -1, 0.0
    for k in range(first, last + 1):
        bounds[k] = _bound(values, slopes, k, t + 1, nodes)[0]
        if bounds[k] > highest:
            likely, highest = k, bounds[k]
    if likely < 0:
        return 0.0
    best = _largest(state, likely, t)
    for k in range(first, last + 1):
        if k != likely and bounds[k] > best:
            best = max(best, _largest(state, k, t))
    return best


@compiled
def _add(state, t):  # type: ignore[no-untyped-def]
    """Running sums, up to time t, of log likelihood ratio and slope at each node."""
    counts, mu, alpha, sign, values, slopes, nodes, _ = state
    total, at_rest = counts[t] + 1.0 / alpha, math.log(1.0 + alpha * mu[t])
    growth, factor = alpha * mu[t], math.exp(sign * (nodes[1] - nodes[0]))
    for j in range(len(nodes)):
        # The nodes are evenly spaced: each mean is a constant times the one before.
        ratio = counts[t] * sign * nodes[j] - total * (math.log(1.0 + growth) - at_rest)
        values[t + 1, j] = values[t, j] + ratio
        slope = counts[t] - total * growth / (1.0 + growth)
        slopes[t + 1, j] = slopes[t, j] + sign * slope
        growth *= factor


@compiled
def _sum(counts, mu, alpha, kappa):  # type: ignore[no-untyped-def]
    """Log likelihood ratio of counts for means mu * exp(kappa) against mu."""
    growth, total = alpha * math.exp(kappa), 0.0
    for i in range(len(counts)):
        odds = math.log((1.0 + growth * mu[i]) / (1.0 + alpha * mu[i]))
        total += counts[i] * kappa - (counts[i] + 1.0 / alpha) * odds
    return total


@compiled
def _bound(values, slopes, k, n, nodes):  # type: ignore[no-untyped-def]
    """Upper bound of the maximum, the node below it (-1 where it is at 0), and about where.

    Row n less row k of the running sums is about the time points from k to n - 1.
    """
    if slopes[n, 0] <= slopes[k, 0]:
        return 0.0, -1, 0.0
    low, high = 0, len(nodes) - 1
    if slopes[n, high] > slopes[k, high]:
        return math.inf, high, nodes[high]
    while high - low > 1:
        middle = (low + high) // 2
        if slopes[n, middle] > slopes[k, middle]:
            low = middle
        else:
            high = middle
    rise, fall = slopes[n, low] - slopes[k, low], slopes[n, high] - slopes[k, high]
    at_low, at_high = values[n, low] - values[k, low], values[n, high] - values[k, high]
    # The two tangents meet above the maximum; the slope is zero near where its secant is.
    width = nodes[high] - nodes[low]
    bound = at_low + rise * (at_high - at_low - fall * width) / (rise - fall)
    return bound, low, nodes[low] + width * rise / (rise - fall)


@compiled
def _largest(state, k, t):  # type: ignore[no-untyped-def]
    """Largest log likelihood ratio for a change at k, by safeguarded Newton steps in its size."""
    counts, mu, alpha, sign, values, slopes, nodes, _ = state
    _, node, size = _bound(values, slopes, k, t + 1, nodes)
    if node < 0:
        return 0.0
    if not counts[k : t + 1].any():
        # No case since the change: the likeliest mean after it is 0.
        return np.log1p(alpha * mu[k : t + 1]).sum() / alpha
    low, high = nodes[node], math.inf
    if node + 1 < len(nodes):
        high = nodes[node + 1]
    for _ in range(200):
        slope, curve = 0.0, 0.0
        growth = alpha * math.exp(sign * size)
        for i in range(k, t + 1):
            odds = mu[i] * growth
            part = (counts[i] * alpha + 1.0) / alpha / (1.0 + odds)
            slope += counts[i] - part * odds
            curve += part * odds / (1.0 + odds)
        if sign * slope > 0.0:
            low = size
        else:
            high = size
        step = sign * slope / curve
        following = size + min(step, 2.0)
        if not low <= following <= high:
            following = 0.5 * (low + high)
        step, size = following - size, following
        if abs(step) < 1e-7:
            break
    return max(0.0, _sum(counts[k : t + 1], mu[k : t + 1], alpha, sign * size))


@compiled
def _cases(state, first, last, t, threshold):  # type: ignore[no-untyped-def]
    """Smallest count at time t that alarms: doubled until it does, then halved in."""
    counts, mu = state[0], state[1]
    low, high = -1.0, max(1.0, math.ceil(mu[t]))
    while high < MOST_CASES:
        counts[t] = high
        if _statistic(state, first, last, t) >= threshold:
            break
        low, high = high, 2.0 * high
    if high >= MOST_CASES:
        return math.inf
    while high - low > 1.0:
        middle = math.floor(0.5 * (low + high))
        counts[t] = middle
        if _statistic(state, first, last, t) >= threshold:
            high = middle
        else:
            low = middle
    return high


@compiled
def run_reference_charts(  # type: ignore[no-untyped-def]
    x, mu, alpha, sign, threshold, window, shortest, score, alarm
):
    """Run each series through the chart as R's surveillance does, its fault included.

    Newton steps are not safeguarded and start from the size found for the start before; where
    they run away the change counts for nothing, so that a steep rise may go unnoticed.

    Args:
        x: Counts, shape (series, time).
        mu: In-control means, same shape.
        alpha: Dispersion, above 0, shape (series,).
        sign: 1 for increases, -1 for decreases.
        threshold: Alarm at or above.
        window: How far back the change may have come.
        shortest: Time points that a change must have lasted.
        score: Filled with the statistic, same shape.
        alarm: Filled with alarms, same shape.
    """
    series, times = x.shape
    for s in range(series):
        reset = 0
        for t in range(times):
            best, kappa = 0.0, 0.5
            for k in range(max(reset, t - window), t - shortest + 2):
                kappa = _unguarded(x[s, k : t + 1], mu[s, k : t + 1], alpha[s], kappa)
                kappa = sign * max(0.0, sign * kappa) if kappa == kappa else 0.0
                total = _sum(x[s, k : t + 1], mu[s, k : t + 1], alpha[s], kappa)
                if math.isfinite(total):
                    best = max(best, total)
            score[s, t] = best
            if best >= threshold:
                alarm[s, t] = True
                reset = t + 1


@compiled
def _unguarded(x, mu, alpha, kappa):  # type: ignore[no-untyped-def]
    """Plain Newton steps for the size of the change; infinite or NaN where they run away.

    Once the mean is next to nothing the search ends, wherever it was heading, and the searches for
    the starts after it do not leave that place either.
    """
    step = math.inf
    for _ in range(50):
        if abs(step) < 1e-6 or not kappa > VANISHING:
            break
        if not kappa < LARGEST:
            return math.nan
        slope, curve, growth = 0.0, 0.0, alpha * math.exp(kappa)
        for i in range(len(x)):
            odds, total = mu[i] * growth, x[i] + 1.0 / alpha
            slope += x[i] - total * odds / (1.0 + odds)
            curve += total * odds / ((1.0 + odds) * (1.0 + odds))
        if curve == 0.0:
            return -math.inf
        step = slope / curve
        kappa += step
    return kappa
