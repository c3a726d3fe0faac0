"""Charts for an epidemic component: after the change each case brings a number of further ones."""

import math

from pingji.analysis.detect.compiled import compiled

# Sizes tried first where the likelihood may have more than one hump (negative binomial).
TRIES = 12


@compiled
def run_charts(  # type: ignore[no-untyped-def]
    x, mu, source, alpha, threshold, window, shortest, tries, score, alarm
):
    """Run each series through the chart for the mean mu + rate * source, rate above 0.

    Args:
        x: Counts, shape (series, time).
        mu: In-control means, same shape; a point with both 0 is passed over.
        source: Cases of the time point before, same shape.
        alpha: Dispersion, 0 for Poisson, shape (series,).
        threshold: Alarm at or above.
        window: How far back the change may have come.
        shortest: Time points that a change must have lasted.
        tries: Sizes tried first for a negative binomial series.
        score: Filled with the statistic, same shape.
        alarm: Filled with alarms, same shape.
    """
    series, times = x.shape
    for s in range(series):
        reset = 0
        for t in range(times):
            best = 0.0
            for k in range(max(reset, t - window), t - shortest + 2):
                view = slice(k, t + 1)
                best = max(
                    best, _largest(x[s, view], mu[s, view], source[s, view], alpha[s], tries)
                )
            score[s, t] = best
            if best >= threshold:
                alarm[s, t] = True
                reset = t + 1


@compiled
def _largest(x, mu, source, alpha, tries):  # type: ignore[no-untyped-def]
    """Largest log likelihood ratio over the rate."""
    top = 0.0
    for i in range(len(x)):
        if source[i] > 0.0:
            top = max(top, (x[i] - mu[i]) / source[i])
    if top <= 0.0:
        return 0.0
    if alpha > 0.0:
        low, high = _hump(x, mu, source, alpha, top, tries)
    elif _slope(x, mu, source, alpha, 0.0)[0] > 0.0:
        low, high = 0.0, top
    else:
        return 0.0
    rate = 0.5 * (low + high)
    for _ in range(200):
        slope, bend = _slope(x, mu, source, alpha, rate)
        if slope > 0.0:
            low = rate
        else:
            high = rate
        following = rate - slope / bend if bend < 0.0 else low
        if not low < following < high:
            following = 0.5 * (low + high)
        step, rate = following - rate, following
        if abs(step) <= 1e-9 * high:
            break
    return max(0.0, _ratio(x, mu, source, alpha, rate))


@compiled
def _hump(x, mu, source, alpha, top, tries):  # type: ignore[no-untyped-def]
    """Rates between which the largest log likelihood ratio lies, from a few tries up to `top`."""
    best, at = 0.0, 0
    for j in range(1, tries + 1):
        now = _ratio(x, mu, source, alpha, top * (j / tries) ** 2)
        if now > best:
            best, at = now, j
    return top * (max(0, at - 1) / tries) ** 2, top * ((at + 1) / tries) ** 2


@compiled
def _slope(x, mu, source, alpha, rate):  # type: ignore[no-untyped-def]
    """Slope of the log likelihood ratio in the rate, and the slope of that slope."""
    total, bend = 0.0, 0.0
    for i in range(len(x)):
        if source[i] > 0.0:
            changed = mu[i] + rate * source[i]
            spread = changed * (1.0 + alpha * changed)
            part = source[i] / spread
            total += part * (x[i] - changed)
            bend -= part * source[i]
            bend -= part * part * (x[i] - changed) * (1.0 + 2.0 * alpha * changed)
    return total, bend


@compiled
def _ratio(x, mu, source, alpha, rate):  # type: ignore[no-untyped-def]
    """Log likelihood ratio at a rate."""
    total = 0.0
    for i in range(len(x)):
        added = rate * source[i]
        if added > 0.0:
            total += x[i] * math.log1p(added / mu[i])
            if alpha > 0.0:
                odds = math.log1p(alpha * added / (1.0 + alpha * mu[i]))
                total -= (x[i] + 1.0 / alpha) * odds
            else:
                total -= added
    return total
