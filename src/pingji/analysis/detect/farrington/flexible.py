"""The flexible Farrington method: this week against the same season of earlier years."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from pingji.analysis.detect.calendar import Period
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.farrington.baseline import lay_out, read_clock
from pingji.analysis.detect.farrington.many import (
    BaselineFit,
    FitRule,
    as_population,
    fit_baselines,
)
from pingji.analysis.detect.farrington.thresholds import count_quantile, delta_bound
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.result import Array, Detection, Note

Threshold = Literal["delta", "nb_plugin", "muan"]


def fit_flexible(
    counts: ArrayLike,
    *,
    b: int = 5,
    w: int = 3,
    periods: int = 1,
    trend: bool = True,
    p_threshold_trend: float = 0.05,
    reweight: bool = True,
    weights_threshold: float = 2.58,
    past_weeks_not_included: int | None = None,
    population: ArrayLike | None = None,
    dates: ArrayLike | None = None,
    period: Period = "week",
    standard_errors: Literal["corrected", "compat"] = "corrected",
    empty_baseline: Literal["zero", "compat"] = "zero",
    judge: slice | None = None,
    names: list[str] | None = None,
) -> BaselineFit:
    """Fit the flexible method's model to the baseline of each point, and predict the point.

    Args:
        counts: As for `farrington_flexible`, and so all that follow.
        b: Years in the baseline.
        w: Half width of the window around the same time of each year.
        periods: Seasonal levels.
        trend: Whether a linear trend is tried.
        p_threshold_trend: Largest p-value of a trend that is kept.
        reweight: Whether past outbreaks are weighted down.
        weights_threshold: Anscombe residual above which they are.
        past_weeks_not_included: Most recent points left out; None for `w`.
        population: Population at risk.
        dates: A date per time point.
        period: What one time point stands for.
        standard_errors: Corrected, or as the reference has them.
        empty_baseline: Mean of a baseline without any case: 0, or as the reference has it.
        judge: Time indices to be judged; None for all.
        names: Names of the series for error messages.

    Returns:
        Mean, dispersion, standard error and p-value of each point judged, or why there are none.

    Raises:
        ValueError: If a count, a date or an option is out of range.

    Source: Noufaily et al. 2013, Stat Med 32:1206, doi:10.1002/sim.5595.
    """
    checked = as_counts(counts, names=names)
    clock = read_clock(len(checked), dates, period)
    left_out = w if past_weeks_not_included is None else past_weeks_not_included
    check_whole(b=(b, 1), w=(w, 0), periods=(periods, 1), past_weeks_not_included=(left_out, 0))
    asked = judged_rows(len(checked), judge)
    layout = lay_out(clock, asked, b=b, w=w, periods=periods, past_not_included=left_out)
    rule = FitRule(
        trend, b, p_threshold_trend, reweight, weights_threshold, standard_errors, empty_baseline
    )
    people = as_population(population, checked, names)
    return fit_baselines(checked, people, population is not None, clock, layout, asked, rule)


def farrington_flexible(
    counts: ArrayLike,
    *,
    b: int = 5,
    w: int = 3,
    periods: int = 1,
    trend: bool = True,
    p_threshold_trend: float = 0.05,
    reweight: bool = True,
    weights_threshold: float = 2.58,
    past_weeks_not_included: int | None = None,
    threshold: Threshold = "delta",
    power: Literal["2/3", "1/2", "none"] = "2/3",
    alpha: float = 0.05,
    limit54: tuple[int, int] = (5, 4),
    population: ArrayLike | None = None,
    dates: ArrayLike | None = None,
    period: Period = "week",
    standard_errors: Literal["corrected", "compat"] = "corrected",
    empty_baseline: Literal["zero", "compat"] = "zero",
    score: Literal["mean", "linear_predictor"] = "mean",
    judge: slice | None = None,
    names: list[str] | None = None,
) -> Detection:
    """Compare each count with what the same season of earlier years lets expect.

    A quasi-Poisson model is fitted to the baseline,

        log mean = seasonal level + slope * time (+ log population),  variance = phi * mean,

    past outbreaks are weighted down and the model is fitted again. A trend stays only if its
    p-value is below `p_threshold_trend`, the baseline has three years and the predicted mean does
    not exceed the largest baseline count. The upper bound is, by `threshold`,

    - "nb_plugin": the (1 - alpha) quantile of a negative binomial count of mean mu, variance phi mu;
    - "muan": the same with mu at its own (1 - alpha) quantile;
    - "delta": (mu^(2/3) + z sqrt(4/9 mu^(1/3) (phi + se^2 mu)))^(3/2), z the normal quantile and
      se the standard error of log mu.

    A count above its bound is an alarm if at least `limit54[0]` cases were counted in the last
    `limit54[1]` points; where not, the point is not judged (`Note.TOO_FEW_CASES`).

    The published defaults are 1 level and the delta bound. Sounder for routine use, after Noufaily
    and colleagues: `periods=10, past_weeks_not_included=26, p_threshold_trend=1,
    threshold="nb_plugin", alpha=0.01`, whose false alarms come near alpha.

    With "muan" a season without any case in the baseline has no finite bound, and the point is not
    judged (`Note.NO_FIT`).

    A baseline without any case gives mean 0 and bound 0: one case alarms as soon as `limit54`
    allows it.

    Args:
        counts: Cases, oldest first, shape (time,) or (time, series); NaN where none reported.
        b: Years in the baseline, at least 1.
        w: Half width, in time points, of the window around the same time of each year.
        periods: Seasonal levels; 1 takes the windows alone, more take all points since the
            oldest window.
        trend: Whether a linear trend is tried.
        p_threshold_trend: Largest p-value of a trend that is kept, 0 to 1.
        reweight: Whether past outbreaks are weighted down.
        weights_threshold: Anscombe residual above which they are, above 0.
        past_weeks_not_included: Most recent points left out of the baseline; None for `w`.
        threshold: How the upper bound is found.
        power: Power of the count taken as normal by the delta bound.
        alpha: Probability of a false alarm, one-sided.
        limit54: Cases that the last so many points need.
        population: Population at risk, shape (time,) or (time, series); None for none. Baseline
            points where it is 0 or NaN are left out.
        dates: A date per time point, so that "a year before" is the same date (the nearest same
            weekday for weeks); None takes 52 weeks, 12 months or 365 days for a year.
        period: What one time point stands for.
        standard_errors: "corrected" takes the dispersion of the model; "compat" takes that of the
            reference, where the weights of past outbreaks replace the variances, and which is too
            small, up to 40 times. They enter "delta", "muan" and the test of the trend.
        empty_baseline: "zero" gives mean and bound 0 where the baseline has no case at all;
            "compat" leaves them just above 0, where the reference's iteration happens to stop.
        score: What the score compares with the bound: the "mean" (sounder), or, with "nb_plugin"
            and "muan", the "linear_predictor" of the reference.
        judge: Time indices to be judged; None for all.
        names: Names of the series for error messages.

    Returns:
        Judgement of each point. The score is (count - mean) / (bound - mean). Extra: `pvalue`
        (probability of as many cases or more), `phi`, `trend` (1 where kept), `trend_coef` (per
        time step) and, with "muan", `mu0q` (the mean at its quantile).

    Raises:
        ValueError: If a count, a date or an option is out of range.

    Source: Noufaily et al. 2013, Stat Med 32:1206, doi:10.1002/sim.5595; Salmon, Schumacher and
        Höhle 2016, J Stat Softw 70(10), doi:10.18637/jss.v070.i10.
    """
    if threshold not in ("delta", "nb_plugin", "muan"):
        raise ValueError(f"threshold={threshold!r} is none of delta, nb_plugin, muan")
    check_bound_options(alpha, power, limit54)
    observed = as_counts(counts, names=names)
    fit = fit_flexible(
        observed, b=b, w=w, periods=periods, trend=trend, p_threshold_trend=p_threshold_trend,
        reweight=reweight, weights_threshold=weights_threshold,
        past_weeks_not_included=past_weeks_not_included, population=population, dates=dates,
        period=period, standard_errors=standard_errors,
        empty_baseline=empty_baseline, judge=judge, names=names,
    )  # fmt: skip
    rows = judged_rows(len(observed), judge)
    y = observed[rows]
    extra = {
        "pvalue": fit.pvalue,
        "phi": fit.dispersion,
        "trend": fit.trend.astype(np.float64),
        "trend_coef": fit.slope,
    }
    z = float(ndtri(1 - alpha))
    if threshold == "delta":
        bound = delta_bound(z, fit.mean, fit.dispersion, fit.se, power)
    elif threshold == "nb_plugin":
        bound = count_quantile(1 - alpha, fit.mean, fit.dispersion)
    else:
        with np.errstate(over="ignore"):
            extra["mu0q"] = np.where(
                fit.mean > 0, np.exp(fit.linear_predictor + z * fit.se), fit.mean
            )
        bound = count_quantile(1 - alpha, extra["mu0q"], fit.dispersion)
    centre = fit.mean
    if score == "linear_predictor" and threshold != "delta":
        centre = fit.linear_predictor
    return assemble(
        observed,
        rows,
        expected=fit.mean,
        upper_bound=bound,
        score=exceedance(y, centre, bound),
        alarm=(y > bound) & (y > 0),
        note=few_cases(
            observed, rows, limit54, np.where(np.isinf(bound), np.int8(Note.NO_FIT), fit.note)
        ),
        extra=extra,
    )


def check_whole(**options: tuple[float, int]) -> None:
    """Refuse options that are not whole numbers, or too small.

    Args:
        options: Value and smallest value allowed of each option.

    Raises:
        ValueError: If one is out of range.
    """
    for name, (value, least) in options.items():
        if value != int(value) or value < least:
            raise ValueError(f"{name}={value} is not a whole number of at least {least}")


def check_bound_options(alpha: float, power: str, limit54: tuple[int, int]) -> None:
    """Refuse options of the bound that are out of range.

    Args:
        alpha: Probability of a false alarm.
        power: Power of the delta bound.
        limit54: Cases needed, and in how many points.

    Raises:
        ValueError: If one is out of range.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha={alpha} is not between 0 and 1")
    if power not in ("2/3", "1/2", "none"):
        raise ValueError(f"power={power!r} is none of '2/3', '1/2', 'none'")
    if len(limit54) != 2 or limit54[0] < 0 or limit54[1] < 1:
        raise ValueError(f"limit54={limit54} is not (cases, points) with at least one point")


def few_cases(
    counts: Array, rows: slice, limit54: tuple[int, int], note: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Add to the notes where too few cases were counted of late.

    Args:
        counts: Counts, shape (time, series); a missing one adds nothing.
        rows: Points judged.
        limit54: Cases needed, and in how many points, the one judged included.
        note: Notes so far, shape (points, series).

    Returns:
        Notes, same shape.
    """
    least, width = limit54
    if least == 0:
        return note
    recent = np.zeros(note.shape)
    for back in range(width):
        first = max(rows.start - back, 0)
        part = np.nan_to_num(counts[first : max(rows.stop - back, 0)])
        recent[len(recent) - len(part) :] += part
    few = (recent < least) & (note == Note.JUDGED)
    return np.where(few, np.int8(Note.TOO_FEW_CASES), note)


def exceedance(counts: Array, centre: Array, bound: Array) -> Array:
    """Where a count lies between expectation (0) and bound (1).

    Args:
        counts: Counts.
        centre: Expectation, same shape.
        bound: Upper bound, same shape.

    Returns:
        (count - centre) / (bound - centre); 0 where all three are the same.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (counts - centre) / (bound - centre)
    return np.where((counts == centre) & (bound == centre), 0.0, value)
