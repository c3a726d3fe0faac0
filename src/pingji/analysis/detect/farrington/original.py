"""The original Farrington method, as England and Wales have used it since 1996."""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from pingji.analysis.detect.calendar import Period
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.farrington.baseline import lay_out, read_clock
from pingji.analysis.detect.farrington.flexible import (
    check_bound_options,
    check_whole,
    exceedance,
    few_cases,
)
from pingji.analysis.detect.farrington.many import FitRule, as_population, fit_baselines
from pingji.analysis.detect.farrington.thresholds import delta_bound, delta_probability
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.result import Detection


def farrington(
    counts: ArrayLike,
    *,
    b: int = 5,
    w: int = 3,
    trend: bool = True,
    p_threshold_trend: float = 0.05,
    reweight: bool = True,
    weights_threshold: float = 1.0,
    power: Literal["2/3", "1/2", "none"] = "2/3",
    alpha: float = 0.05,
    limit54: tuple[int, int] = (5, 4),
    population: ArrayLike | None = None,
    dates: ArrayLike | None = None,
    period: Period = "week",
    empty_baseline: Literal["zero", "compat"] = "zero",
    judge: slice | None = None,
    names: list[str] | None = None,
) -> Detection:
    """Compare each count with the same weeks of earlier years by the original Farrington method.

    A quasi-Poisson model of level and trend (per time point) is fitted to the windows of the same
    time in the `b` years before, points above their mean are weighted down (here from an Anscombe
    residual of 1 on), and the model is fitted again. A trend stays only if its p-value is below
    `p_threshold_trend`, there are three years, and the predicted mean does not exceed the largest
    baseline count. With mu the mean predicted, phi its dispersion (at least 1) and se the standard
    error of its logarithm, the bound is

        (mu^(2/3) + z sqrt(4/9 mu^(1/3) (phi + se^2 mu)))^(3/2),

    z being the normal (1 - alpha/2) quantile: alpha is two-sided here, as published. A count above
    the bound is an alarm if at least `limit54[0]` cases were counted in the last `limit54[1]`
    points; where not, the point is not judged (`Note.TOO_FEW_CASES`).

    `farrington_flexible` is sounder: it uses the whole year, and fewer weights. Here cases in the
    oldest year alone make the slope endless and the bound all but 0, so that one case alarms.

    Args:
        counts: Cases, oldest first, shape (time,) or (time, series); NaN where none reported.
        b: Years in the baseline, at least 1.
        w: Half width, in time points, of the window around the same time of each year.
        trend: Whether a linear trend is tried.
        p_threshold_trend: Largest p-value of a trend that is kept, 0 to 1.
        reweight: Whether points above their mean are weighted down.
        weights_threshold: Anscombe residual above which they are, above 0.
        power: Power of the count taken as normal.
        alpha: Probability of a false alarm, two-sided.
        limit54: Cases that the last so many points need.
        population: Population at risk, shape (time,) or (time, series); None for none. Baseline
            points where it is 0 or NaN are left out.
        dates: A date per time point, so that "a year before" is the same date (the nearest same
            weekday for weeks); None takes 52 weeks, 12 months or 365 days for a year.
        period: What one time point stands for.
        empty_baseline: "zero" gives mean and bound 0 where the baseline has no case at all;
            "compat" leaves them just above 0, where the reference's iteration happens to stop.
        judge: Time indices to be judged; None for all.
        names: Names of the series for error messages.

    Returns:
        Judgement of each point. The score is (count - mean) / (bound - mean). Extra: `probability`
        (of a smaller transformed count, under the model), `phi`, `trend` (1 where kept).

    Raises:
        ValueError: If a count, a date or an option is out of range.

    Source: Farrington et al. 1996, J R Stat Soc A 159:547, doi:10.2307/2983331.
    """
    check_bound_options(alpha, power, limit54)
    check_whole(b=(b, 1), w=(w, 0))
    observed = as_counts(counts, names=names)
    people = as_population(population, observed, names)
    clock = replace(
        read_clock(len(observed), dates, period),
        position=np.arange(len(observed), dtype=np.float64),
        even=True,
    )
    rows = judged_rows(len(observed), judge)
    layout = lay_out(clock, rows, b=b, w=w, periods=1, past_not_included=w)
    rule = FitRule(
        trend, b, p_threshold_trend, reweight, weights_threshold, "original", empty_baseline
    )
    fit = fit_baselines(observed, people, population is not None, clock, layout, rows, rule)
    y = observed[rows]
    bound = delta_bound(float(ndtri(1 - alpha / 2)), fit.mean, fit.dispersion, fit.se, power)
    return assemble(
        observed,
        rows,
        expected=fit.mean,
        upper_bound=bound,
        score=exceedance(y, fit.mean, bound),
        alarm=(y > bound) & (y > 0),
        note=few_cases(observed, rows, limit54, fit.note),
        extra={
            "probability": delta_probability(y, fit.mean, fit.dispersion, fit.se, power),
            "phi": fit.dispersion,
            "trend": fit.trend.astype(np.float64),
        },
    )
