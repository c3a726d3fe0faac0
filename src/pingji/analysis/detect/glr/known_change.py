"""Charts for a change of known size: the cumulative sum of the log likelihood ratio."""

import math

from pingji.analysis.detect.compiled import compiled


@compiled
def run_charts(x, mu, changed, alpha, threshold, score, alarm, cases):  # type: ignore[no-untyped-def]
    """Run each series through the chart, Poisson where its dispersion is 0.

    Args:
        x: Counts, shape (series, time).
        mu: In-control means, same shape; a point with count and mean 0 is passed over.
        changed: Means after the change, same shape.
        alpha: Dispersion, shape (series,).
        threshold: Alarm at or above.
        score: Filled with the sum, same shape.
        alarm: Filled with alarms, same shape.
        cases: Filled with the count, not rounded, at which the sum reaches the threshold; NaN
            where the mean falls, for then more cases never alarm.
    """
    series, times = x.shape
    for s in range(series):
        total = 0.0
        for t in range(times):
            per_case, charge = 0.0, 0.0
            if mu[s, t] > 0.0 and changed[s, t] != mu[s, t]:
                per_case = math.log(changed[s, t] / mu[s, t])
                charge = changed[s, t] - mu[s, t]
                if alpha[s] > 0.0:
                    odds = math.log((1.0 + alpha[s] * changed[s, t]) / (1.0 + alpha[s] * mu[s, t]))
                    per_case -= odds
                    charge = odds / alpha[s]
            cases[s, t] = (threshold - total + charge) / per_case if per_case > 0.0 else math.nan
            total = max(0.0, total + x[s, t] * per_case - charge)
            score[s, t] = total
            if total >= threshold:
                alarm[s, t] = True
                total = 0.0
