"""Seasonal negative binomial detection that allows for estimation error and reporting delay."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.calendar import Period
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.farrington.baseline import Clock, Layout, lay_out, read_clock
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.loglinear import fit_log_linear
from pingji.analysis.detect.result import Array, Detection, Note

# Nodes of the quadrature over the normal errors of log mean and of dispersion.
MEAN_NODES, DISPERSION_NODES = 11, 5
# The trend of a nearly empty baseline can run away: a mean or bound beyond this is none.
LARGEST = 1e12


@dataclass(frozen=True, slots=True)
class _Options:
    """Options that both detectors share, checked.

    Attributes:
        b: Years in the baseline.
        w: Half width of the window around the same time of each year.
        periods: Seasonal levels.
        trend: Whether the model has a trend.
        past: Most recent time points left out of the baseline.
        alpha: Probability of a false alarm.
        limit54: Cases needed, and time points over which they are counted.
        draws: Standard normal draws, or None for quadrature.
        compat: Whether the fits stop where R's do.
    """

    b: int
    w: int
    periods: int
    trend: bool
    past: int
    alpha: float
    limit54: tuple[int, int]
    draws: Array | None
    compat: bool

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: If an option is out of range.
        """
        if self.b < 1 or self.w < 0 or self.periods < 1 or self.past < 0:
            raise ValueError("b and periods must be 1 or more, w and the weeks left out 0 or more")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha must lie between 0 and 1, not {self.alpha}")
        if self.limit54[0] < 0 or self.limit54[1] < 1:
            raise ValueError(f"limit54 must be cases >= 0 and time points >= 1: {self.limit54}")


@dataclass(frozen=True, slots=True)
class _Prediction:
    """What the baseline says about the points judged; arrays of shape (points,).

    Attributes:
        log_mean: Log of the expected count.
        se: Its standard error.
        dispersion: Variance = mean + dispersion * mean^2.
        dispersion_se: Its standard error.
    """

    log_mean: Array
    se: Array
    dispersion: Array
    dispersion_se: Array


def boda(
    counts: ArrayLike,
    *,
    b: int = 5,
    w: int = 3,
    periods: int = 1,
    trend: bool = True,
    past_weeks_not_included: int | None = None,
    alpha: float = 0.05,
    limit54: tuple[int, int] = (5, 4),
    dates: ArrayLike | None = None,
    period: Period = "week",
    draws: ArrayLike | None = None,
    compat: bool = False,
    judge: slice | None = None,
) -> Detection:
    """Compare each count with a seasonal negative binomial model and all its uncertainty.

    The model log mean = seasonal level (+ slope * time), variance = mean + a mean^2, is fitted by
    maximum likelihood. The bound is the (1 - alpha) quantile of the negative binomial mixed over
    the asymptotic normal errors of log mean and dispersion: a short or scattered baseline gives a
    higher bound. Past outbreaks are not weighted down.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported.
        b: Years in the baseline.
        w: Half width of the window around the same time of each year.
        periods: Seasonal levels; 1 takes only the windows, 10 all points between them too.
        trend: Whether the model has a linear trend.
        past_weeks_not_included: Most recent time points left out of the baseline; None for w.
        alpha: Probability of a false alarm.
        limit54: Judge only with at least so many cases in the last so many time points.
        dates: One date per time point; None takes a year as 52 weeks, 12 months or 365 days.
        period: What one time point stands for.
        draws: Standard normal draws from which means and sizes are made, as R's surveillance does;
            it takes the same draws for both, so that high means go with little dispersion. None,
            which is sounder, integrates over independent errors.
        compat: Stop the fits where R's `glm.nb` does.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. `score` is (count - expected) / (bound - expected); extra "se" is
        the standard error of the log mean, "dispersion" the a above. `Note.HISTORY_TOO_SHORT`
        before the baseline is complete, `Note.TOO_FEW_CASES` by limit54, `Note.NO_FIT` where the
        baseline has no case at the season judged.

    Raises:
        ValueError: If counts, dates or an option are out of range.

    Source: Salmon et al. 2015, Biom J 57:1051, doi:10.1002/bimj.201400159; Manitz & Höhle 2013,
    Biom J 55:509, doi:10.1002/bimj.201200141.
    """
    array = as_counts(counts)
    past = w if past_weeks_not_included is None else past_weeks_not_included
    normal = None if draws is None else np.asarray(draws, np.float64)
    options = _Options(b, w, periods, trend, past, alpha, limit54, normal, compat)
    clock = read_clock(len(array), dates, period)
    rows = judged_rows(len(array), judge)
    layout = lay_out(clock, rows, b=b, w=w, periods=periods, past_not_included=past)
    shape = (rows.stop - rows.start, array.shape[1])
    found = {name: np.full(shape, np.nan) for name in ("expected", "bound", "se", "dispersion")}
    at = layout.times - rows.start
    for s in range(array.shape[1]):
        known = _predict(array[:, s], clock, layout, options)
        found["expected"][at, s], found["se"][at, s] = np.exp(known.log_mean), known.se
        found["dispersion"][at, s] = known.dispersion
        found["bound"][at, s] = _bounds(known, options)
    note = _notes(array, rows, layout.times, found["bound"], limit54)
    return _answer(array, rows, found, note)


def boda_delay(
    triangle: ArrayLike,
    *,
    lag: int = 0,
    delay_window: int = 26,
    b: int = 5,
    w: int = 3,
    periods: int = 1,
    trend: bool = True,
    past_weeks_not_included: int | None = None,
    alpha: float = 0.05,
    limit54: tuple[int, int] = (5, 4),
    dates: ArrayLike | None = None,
    period: Period = "week",
    judge: slice | None = None,
) -> Detection:
    """Judge counts that are still being reported, against what should have arrived by now.

    The number reported within d time points is a thinned negative binomial: mean F(d) * mu and the
    same dispersion as the final number, with mu from `boda`'s model of final numbers and F the
    distribution of the delay. F is the product of the chances that a report came no later, each
    from the last `delay_window` time points where both are known (as in right-truncated survival);
    its error, enlarged where delays vary more than chance, adds to that of log mu. A low count
    is thus no reassurance while reports are outstanding, nor does it hide an outbreak until they
    are in.

    Every time point is judged as of `lag` time points later, with what was known then.

    Args:
        triangle: Cases by time point and delay, shape (time, delay) or (time, delay, series); the
            last delay stands for "as late or later". Cells not yet reported are NaN or 0: they
            are left out by their place.
        lag: Time points between a time point and its judgement; 0 judges it at its own end.
        delay_window: Time points from which the delay is learnt.
        b: Years in the baseline.
        w: Half width of the window around the same time of each year.
        periods: Seasonal levels; 1 takes only the windows, 10 all points between them too.
        trend: Whether the model has a linear trend.
        past_weeks_not_included: Most recent time points left out of the baseline; None for w. At
            least the longest delay less `lag` is left out: final numbers are needed.
        alpha: Probability of a false alarm.
        limit54: Judge only with at least so many cases, reported by then, in the last so many time
            points.
        dates: One date per time point; None takes a year as 52 weeks, 12 months or 365 days.
        period: What one time point stands for.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. `observed`, `expected` and `upper_bound` are about the cases
        reported by then; extra "reported" is F(lag), "final" the expected final number.
        `Note.NO_FIT` also where the delay cannot be learnt.

    Raises:
        ValueError: If a count or an option is out of range, naming series and time.

    Source: Salmon et al. 2015, Biom J 57:1051, doi:10.1002/bimj.201400159; Lawless 1994, Can J
    Stat 22:15, doi:10.2307/3315826.n1.
    """
    cells = _cells(triangle)
    times, delays, series = cells.shape
    if lag < 0 or delay_window < 1:
        raise ValueError("lag must be 0 or more, delay_window 1 or more")
    past = max(w if past_weeks_not_included is None else past_weeks_not_included, delays - 1 - lag)
    options = _Options(b, w, periods, trend, past, alpha, limit54, None, False)
    clock = read_clock(times, dates, period)
    rows = judged_rows(times, judge)
    layout = lay_out(clock, rows, b=b, w=w, periods=periods, past_not_included=past)
    shape = (rows.stop - rows.start, series)
    names = ("expected", "bound", "se", "dispersion", "reported", "final")
    found = {name: np.full(shape, np.nan) for name in names}
    at = layout.times - rows.start
    final = cells.sum(axis=1)
    for s in range(series):
        known = _predict(final[:, s], clock, layout, options)
        share, share_se = _reported(cells[..., s], layout.times, lag, delay_window)
        seen = _Prediction(
            known.log_mean + np.log(share),
            np.hypot(known.se, share_se),
            known.dispersion,
            known.dispersion_se,
        )
        found["expected"][at, s], found["se"][at, s] = np.exp(seen.log_mean), seen.se
        found["dispersion"][at, s], found["final"][at, s] = seen.dispersion, np.exp(known.log_mean)
        found["reported"][at, s] = share
        found["bound"][at, s] = _bounds(seen, options)
    by_then = cells[:, : lag + 1].sum(axis=1)
    recent = _recent_cases(cells, rows, lag, limit54[1])
    note = _notes(by_then, rows, layout.times, found["bound"], limit54, recent)
    return _answer(by_then, rows, found, note)


def _cells(triangle: ArrayLike) -> Array:
    """The reporting triangle as (time, delay, series); what was not yet reported is 0."""
    cells = np.asarray(triangle, np.float64)
    cells = cells[..., None] if cells.ndim == 2 else cells
    if cells.ndim != 3 or cells.shape[1] < 2:
        raise ValueError(f"the triangle must have shape (time, delay[, series]), not {cells.shape}")
    times, delays, series = cells.shape
    as_counts(cells.transpose(0, 2, 1).reshape(times, -1), names=[
        f"number {s + 1}, delay {d}" for s in range(series) for d in range(delays)
    ])  # fmt: skip
    due = np.arange(times)[:, None] + np.arange(delays) < times
    wrong = np.isnan(cells) & due[..., None]
    if wrong.any():
        t, d, s = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"series number {s + 1}, time {t + 1}: cases of delay {d} are missing")
    return np.where(due[..., None], cells, 0.0)


def _predict(column: Array, clock: Clock, layout: Layout, options: _Options) -> _Prediction:
    """Fit the baseline of each point and predict its log mean; NaN where none can be fitted."""
    points = len(layout.times)
    found = _Prediction(*(np.full(points, np.nan) for _ in range(4)))
    for i, time in enumerate(layout.times):
        row, level = _baseline(column, layout, i, keep_empty=options.compat)
        used = np.unique(level)
        target = (used == layout.levels - 1).astype(np.float64)
        if not target.any():
            continue
        design = (level[:, None] == used).astype(np.float64)
        if options.trend and len(np.unique(row)) > len(used):
            position = clock.position[row]
            middle, scale = position.mean(), np.ptp(position)
            design = np.column_stack([design, (position - middle) / scale])
            target = np.append(target, (clock.position[time] - middle) / scale)
        if len(row) <= len(target):
            continue
        fit = fit_log_linear(column[row, None], design, alpha=None, compat=options.compat)
        dispersion, information = fit.alpha[0], fit.alpha_information[0]
        log_mean = target @ fit.coefficients[:, 0]
        if not log_mean < np.log(LARGEST) or (dispersion > 0 and not information > 0):
            continue
        found.log_mean[i] = log_mean
        found.se[i] = np.sqrt(target @ fit.covariance[0] @ target)
        found.dispersion[i] = dispersion
        found.dispersion_se[i] = dispersion**2 / np.sqrt(information) if dispersion > 0 else 0.0
    return found


def _baseline(
    column: Array, layout: Layout, point: int, *, keep_empty: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Time indices of a point's baseline and their seasonal levels.

    A level without any case has its mean at 0 and tells nothing about the others: it is left out.
    """
    runs = list(zip(layout.start[point], layout.stop[point], layout.level[point], strict=True))
    row = np.concatenate([np.arange(start, stop) for start, stop, _ in runs])
    level = np.concatenate([np.full(max(0, stop - start), at) for start, stop, at in runs])
    reported = ~np.isnan(column[row])
    row, level = row[reported], level[reported]
    if not keep_empty:
        filled = np.bincount(level, weights=column[row], minlength=layout.levels)[level] > 0
        row, level = row[filled], level[filled]
    return row, level


def _bounds(known: _Prediction, options: _Options) -> Array:
    """Quantile of the count of each point, mixed over the errors of mean and dispersion."""
    bounds = np.full(len(known.se), np.nan)
    for i in np.flatnonzero(np.isfinite(known.log_mean) & np.isfinite(known.se)):
        mean, size, weight = _mixture(
            known.log_mean[i],
            known.se[i],
            known.dispersion[i],
            known.dispersion_se[i],
            options.draws,
        )
        bounds[i] = _quantile(1 - options.alpha, mean, size, weight)
    return bounds


def _mixture(
    log_mean: float, se: float, dispersion: float, dispersion_se: float, draws: Array | None
) -> tuple[Array, Array, Array]:
    """Means, sizes (1 / dispersion) and weights of the distributions mixed."""

    def mean_at(normal: Array) -> Array:
        return np.exp(np.minimum(log_mean + se * normal, np.log(1e3 * LARGEST)))

    if draws is not None:
        if dispersion <= 0:
            return mean_at(draws), np.full(draws.shape, np.inf), _even(draws)
        size = 1 / dispersion + dispersion_se / dispersion**2 * draws
        kept = size > 0
        return mean_at(draws[kept]), size[kept], _even(draws[kept])
    node, weight = _normal_nodes(MEAN_NODES)
    other, other_weight = _normal_nodes(DISPERSION_NODES if dispersion_se > 0 else 1)
    mean, spread = np.meshgrid(mean_at(node), dispersion + dispersion_se * other)
    with np.errstate(divide="ignore"):
        size = 1 / np.maximum(spread, 0.0)
    return mean.ravel(), size.ravel(), np.outer(other_weight, weight).ravel()


def _even(draws: Array) -> Array:
    return np.full(draws.shape, 1 / len(draws))


@cache
def _normal_nodes(number: int) -> tuple[Array, Array]:
    """Nodes and weights that integrate over a standard normal distribution."""
    node, weight = np.polynomial.hermite_e.hermegauss(number)
    return node, weight / weight.sum()


def _quantile(p: float, mean: Array, size: Array, weight: Array) -> float:
    """Smallest count whose mixed distribution function reaches p; NaN beyond `LARGEST`."""
    from scipy.special import betainc, pdtr

    poisson = np.isinf(size)

    def reached(count: float) -> float:
        below = pdtr(count, mean[poisson]) @ weight[poisson]
        m, r = mean[~poisson], size[~poisson]
        return float(below + betainc(r, count + 1, r / (r + m)) @ weight[~poisson])

    low, high = -1.0, min(LARGEST, max(1.0, float(np.ceil(mean.max()))))
    while reached(high) < p:
        if high >= LARGEST:
            return np.nan
        low, high = high, min(2 * high, LARGEST)
    while high - low > 1:
        middle = np.floor((low + high) / 2)
        if reached(middle) < p:
            low = middle
        else:
            high = middle
    return high


def _reported(cells: Array, times: NDArray[np.int64], lag: int, window: int) -> tuple[Array, Array]:
    """Share of the final number reported within the lag, and the standard error of its log.

    Known at time t + lag are the cells whose time and delay add up to no more. The chance that a
    report within d came at d is learnt for each d > lag from the time points that have both.
    """
    delays = cells.shape[1]
    log_share, variance = np.zeros(len(times)), np.zeros(len(times))
    within = cells.cumsum(axis=1)
    for d in range(lag + 1, delays):
        last = times + lag - d
        for i, stop in enumerate(last + 1):
            recent = slice(max(0, stop - window), max(0, stop))
            late, known = cells[recent, d], within[recent, d]
            total = known.sum()
            chance = late.sum() / total if total else np.nan
            if not chance < 1:
                log_share[i] = np.nan
                continue
            log_share[i] += np.log1p(-chance)
            if chance > 0:
                expected = known * chance * (1 - chance)
                used = expected > 0
                rest = (late - known * chance)[used] ** 2 / expected[used]
                spread = max(1.0, rest.sum() / max(1, used.sum() - 1))
                variance[i] += spread * chance / (1 - chance) / total
    return np.exp(log_share), np.sqrt(variance)


def _recent_cases(cells: Array, rows: slice, lag: int, length: int) -> Array:
    """Cases of the last time points reported by the moment of judgement, shape (rows, series)."""
    totals = []
    within = cells.cumsum(axis=1)
    for t in range(rows.start, rows.stop):
        back = np.arange(max(0, t - length + 1), t + 1)
        totals.append(within[back, np.minimum(t + lag - back, cells.shape[1] - 1)].sum(axis=0))
    return np.array(totals).reshape(-1, cells.shape[2])


def _notes(
    counts: Array,
    rows: slice,
    reached: NDArray[np.int64],
    bound: Array,
    limit54: tuple[int, int],
    recent: Array | None = None,
) -> NDArray[np.int8]:
    """Why points are not judged."""
    note = np.full(bound.shape, np.int8(Note.HISTORY_TOO_SHORT))
    note[reached - rows.start] = Note.JUDGED
    if recent is None:
        running = np.concatenate([np.zeros((1, counts.shape[1])), np.nan_to_num(counts).cumsum(0)])
        at = np.arange(rows.start, rows.stop)
        recent = running[at + 1] - running[np.maximum(0, at + 1 - limit54[1])]
    note[(recent < limit54[0]) & (note == Note.JUDGED)] = Note.TOO_FEW_CASES
    note[np.isnan(bound) & (note == Note.JUDGED)] = Note.NO_FIT
    return note


def _answer(
    counts: Array, rows: slice, found: dict[str, Array], note: NDArray[np.int8]
) -> Detection:
    expected, bound = found.pop("expected"), found.pop("bound")
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (counts[rows] - expected) / (bound - expected)
        alarm = counts[rows] > bound
    return assemble(
        counts,
        rows,
        expected=expected,
        upper_bound=bound,
        score=score,
        alarm=alarm,
        note=note,
        extra=found,
    )
