"""How one point's expectation came about: the baseline, row by row."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from pingji.analysis.detect.calendar import Period
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.farrington.baseline import lay_out, read_clock
from pingji.analysis.detect.farrington.flexible import check_whole
from pingji.analysis.detect.farrington.many import FitRule, as_population, tables
from pingji.analysis.detect.result import Array


@dataclass(frozen=True, slots=True)
class Explanation:
    """One baseline with its fits; arrays of shape (rows,), reported points only, oldest first.

    Attributes:
        rows: Time indices.
        season: Seasonal level of each row, 1 to the number of levels; the last is that of the
            point explained.
        observed: Counts.
        first_mean: Means of the fit without weights.
        leverage: Leverage in that fit.
        residual: Anscombe residuals in that fit.
        weight: Weights that follow; all 1 where none stands out.
        mean: Means of the weighted fit.
        dispersion_first: Dispersion of the first fit, not floored at 1.
        dispersion: Dispersion of the weighted fit, not floored at 1.
        dispersion_for_se: The one that enters the standard errors.
        slope: Trend per time step in the log mean.
        season_effects: Log of the ratio of each level's mean to that of level 1.
        linear_predictor: Log of the mean expected at the point.
        se: Its standard error.
        trend_pvalue: Two-sided p-value of the slope; NaN without a trend.
    """

    rows: NDArray[np.int64]
    season: NDArray[np.int64]
    observed: Array
    first_mean: Array
    leverage: Array
    residual: Array
    weight: Array
    mean: Array
    dispersion_first: float
    dispersion: float
    dispersion_for_se: float
    slope: float
    season_effects: Array
    linear_predictor: float
    se: float
    trend_pvalue: float


def explain_flexible(
    counts: ArrayLike,
    time: int,
    *,
    b: int = 5,
    w: int = 3,
    periods: int = 1,
    trend: bool = True,
    reweight: bool = True,
    weights_threshold: float = 2.58,
    past_weeks_not_included: int | None = None,
    population: ArrayLike | None = None,
    dates: ArrayLike | None = None,
    period: Period = "week",
    standard_errors: Literal["corrected", "compat"] = "corrected",
) -> Explanation:
    """Show how `farrington_flexible` arrives at the expected count of one point.

    The model is fitted as asked, with or without a trend: whether a trend would be kept is not
    decided here.

    Args:
        counts: Counts of one series, oldest first, shape (time,).
        time: Index of the point.
        b: This and all that follow as for `farrington_flexible`.
        w: Half width of the window around the same time of each year.
        periods: Seasonal levels.
        trend: Whether the model has a trend.
        reweight: Whether past outbreaks are weighted down.
        weights_threshold: Anscombe residual above which they are.
        past_weeks_not_included: Most recent points left out; None for `w`.
        population: Population at risk, shape (time,).
        dates: A date per time point.
        period: What one time point stands for.
        standard_errors: Corrected, or as the reference has them.

    Returns:
        The baseline, both fits, and the prediction.

    Raises:
        ValueError: If a count, a date or an option is out of range, the history of the point is
            too short, or no model can be fitted.

    Source: Noufaily et al. 2013, Stat Med 32:1206, doi:10.1002/sim.5595.
    """
    from pingji.analysis.detect.farrington import fit, solve

    left_out = w if past_weeks_not_included is None else past_weeks_not_included
    check_whole(b=(b, 1), w=(w, 0), periods=(periods, 1), past_weeks_not_included=(left_out, 0))
    FitRule(trend, b, 1.0, reweight, weights_threshold, standard_errors, "zero")
    checked = as_counts(counts)[:, :1]
    people = as_population(population, checked, None)
    clock = read_clock(len(checked), dates, period)
    layout = lay_out(
        clock, slice(time, time + 1), b=b, w=w, periods=periods, past_not_included=left_out
    )
    if not len(layout.times):
        raise ValueError(f"time {time + 1}: its history is too short for {b} years")
    runs = np.stack([layout.start, layout.stop, layout.level], axis=1)
    series, work, times, present = fit.room(len(checked), layout.levels)
    base, ahead = fit.baseline_of(0, clock.position, layout.times, runs, times)
    solve.read_series(
        checked[:, 0], people[:, 0], population is not None, 0, time, tables(), series
    )
    n, levels, _, _ = fit.count_rows(base, series, present)
    freedom = n - levels - int(trend)
    options = fit.Options(
        trend, True, np.zeros(1), False, float(weights_threshold), fit.SE_CORRECTED, clock.even
    )
    spans = [range(a, b) for a, b, _ in base.runs.T]
    where = np.concatenate([np.asarray(span, np.int64) for span in spans])
    level = np.repeat(base.runs[solve.LEVEL], [len(span) for span in spans])
    seen = series[solve.VALID, where] > 0
    where, level = where[seen], level[seen]

    def means(place: int) -> Array:
        height = np.exp(work.level[place, level])
        mean: Array = height * series[solve.PEOPLE, where] * work.point[solve.POWER + place, where]
        return mean

    fitted, now, _, first_phi, _ = fit.fit_model(trend, options, base, series, work, n, freedom)
    if freedom <= 0 or not fitted:
        raise ValueError(f"time {time + 1}: no model can be fitted to its baseline")
    first = means(now)
    inverse = 1.0 / work.last[0, level]
    if trend:
        distance = base.time[where] - work.last[1, level] * inverse
        inverse += distance**2 / solve.slope_information(work.last)
    leverage = means(1 - now) * inverse
    scale = np.sqrt(max(1.0, first_phi) * (1 - leverage))
    residual = 1.5 * (series[solve.Y23, where] * first ** (-1 / 6) - np.sqrt(first)) / scale
    options = options._replace(reweight=reweight)
    _, now, slope, phi, prior = fit.fit_model(trend, options, base, series, work, n, freedom)
    g = layout.levels - 1
    variance = 1.0 / work.last[0, g]
    for_se = prior if standard_errors == "compat" else max(1.0, phi)
    pvalue = np.nan
    if trend:
        information = solve.slope_information(work.last)
        variance += (ahead - work.last[1, g] / work.last[0, g]) ** 2 / information
        pvalue = 2 * stdtr(freedom, -abs(slope) / np.sqrt(for_se / information))
    log_people = 0.0 if population is None else np.log(people[time, 0])
    return Explanation(
        rows=where,
        season=level + 1,
        observed=series[solve.Y, where],
        first_mean=first,
        leverage=leverage,
        residual=residual,
        weight=work.point[solve.OMEGA, where],
        mean=means(now),
        dispersion_first=first_phi,
        dispersion=phi,
        dispersion_for_se=for_se,
        slope=slope,
        season_effects=work.level[now] - work.level[now, 0],
        linear_predictor=float(work.level[now, g] + slope * ahead + log_people),
        se=float(np.sqrt(for_se * variance)),
        trend_pvalue=float(pvalue),
    )
