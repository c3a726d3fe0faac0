"""The baselines of many points of many series, fitted block by block."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from pingji.analysis.detect.farrington.baseline import Clock, Layout
from pingji.analysis.detect.farrington.thresholds import count_tail
from pingji.analysis.detect.result import Array, Note

# Numbers that the fits of one block of series leave, at most.
BLOCK = 1_000_000
# A slope within so many of its standard errors of 0 is 0 but for rounding.
NO_SLOPE = 1e-12
YEARS_FOR_TREND = 3
STANDARD_ERRORS = ("corrected", "compat", "original")

StandardErrors = Literal["corrected", "compat", "original"]


@dataclass(frozen=True, slots=True)
class FitRule:
    """How baselines are fitted.

    Attributes:
        trend: Whether a linear trend is tried.
        years: Years in the baseline; with fewer than three no trend is kept.
        p_threshold_trend: Largest p-value of a trend that is kept.
        reweight: Whether past outbreaks are weighted down.
        weights_threshold: Anscombe residual above which they are.
        standard_errors: Which dispersion enters standard errors and the test of the trend.
        empty_baseline: Whether a baseline without any case has mean 0, or the small number at
            which the iteration stops.
    """

    trend: bool
    years: int
    p_threshold_trend: float
    reweight: bool
    weights_threshold: float
    standard_errors: StandardErrors
    empty_baseline: Literal["zero", "compat"]

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: If one is out of range.
        """
        if not 0 <= self.p_threshold_trend <= 1:
            raise ValueError(f"p_threshold_trend={self.p_threshold_trend} is not from 0 to 1")
        if not self.weights_threshold > 0:
            raise ValueError(f"weights_threshold={self.weights_threshold} is not above 0")
        if self.standard_errors not in STANDARD_ERRORS:
            raise ValueError(f"standard_errors={self.standard_errors!r}: not one of its values")
        if self.empty_baseline not in ("zero", "compat"):
            raise ValueError(f"empty_baseline={self.empty_baseline!r}: neither zero nor compat")


@dataclass(frozen=True, slots=True)
class BaselineFit:
    """What the baselines say about the points judged; arrays have shape (points, series).

    All but `note`, `trend` and `rows` are NaN where there is no fit.

    Attributes:
        times: Time indices of the points, shape (points,).
        note: `JUDGED` where there is a fit, else `HISTORY_TOO_SHORT`, `MISSING` (population at
            the point) or `NO_FIT`.
        mean: Expected count; exactly 0 where the baseline has no case at all, unless
            asked for as the reference has it.
        dispersion: Variance divided by mean, at least 1.
        linear_predictor: Log of the expected count, as fitted.
        se: Standard error of the linear predictor.
        pvalue: Probability of as many cases as counted at the point, or more; NaN also where the
            count is missing.
        trend: Whether the trend was kept.
        slope: Trend per time step in the log mean; 0 where none was kept.
        rows: Reported points in the baseline.
    """

    times: NDArray[np.int64]
    note: NDArray[np.int8]
    mean: Array
    dispersion: Array
    linear_predictor: Array
    se: Array
    pvalue: Array
    trend: NDArray[np.bool_]
    slope: Array
    rows: NDArray[np.int32]


@lru_cache(maxsize=1)
def tables() -> tuple[Array, Array, Array]:
    """log(y + 0.1), log(y) and y^(2/3) of small counts; log(0) is never needed and 0."""
    from pingji.analysis.detect.farrington.solve import TABLE

    y = np.arange(TABLE, dtype=np.float64)
    return np.log(y + 0.1), np.log(np.maximum(y, 1)), np.cbrt(y) ** 2


def as_population(population: ArrayLike | None, counts: Array, names: list[str] | None) -> Array:
    """Give the population back as an array of the shape of the counts.

    Args:
        population: Population at risk, shape (time,) for all series or (time, series), NaN where
            unknown; None where it does not matter.
        counts: Counts, shape (time, series).
        names: Names of the series for error messages.

    Returns:
        Population, shape (time, series), perhaps a view; the counts themselves (not to be used)
        where none was given.

    Raises:
        ValueError: If the shape does not fit, a value is negative or infinite, or cases are
            counted in a population of 0.
    """
    if population is None:
        return counts
    array = np.asarray(population, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if (
        array.ndim != 2
        or array.shape[0] != len(counts)
        or array.shape[1] not in (1, *counts.shape[1:])
    ):
        raise ValueError(f"population has shape {array.shape}, counts have {counts.shape}")
    array = np.broadcast_to(array, counts.shape)
    for what, bad in (
        ("is not a number of people", (array < 0) | np.isinf(array)),
        ("has cases", (array == 0) & (counts > 0)),
    ):
        if bad.any():
            t, s = (int(i) for i in np.argwhere(bad)[0])
            name = names[s] if names else f"number {s + 1}"
            raise ValueError(f"series {name}, time {t + 1}: population {array[t, s]:g} {what}")
    return array


def critical_slopes(p_threshold: float, rows: int) -> Array:
    """Smallest |slope / standard error| that is kept, by degrees of freedom 0, 1 ... rows.

    Args:
        p_threshold: Largest two-sided p-value of a slope that is kept.
        rows: Largest number of degrees of freedom.

    Returns:
        Quantiles of Student's t distribution.
    """
    freedom = np.maximum(1, np.arange(rows + 1))
    with np.errstate(all="ignore"):
        quantile: Array = -stdtrit(freedom, p_threshold / 2)
    return np.maximum(quantile, NO_SLOPE)


def fit_baselines(
    counts: Array,
    population: Array,
    offset: bool,
    clock: Clock,
    layout: Layout,
    asked: slice,
    rule: FitRule,
) -> BaselineFit:
    """Fit the baseline of each point asked about, for each series.

    Args:
        counts: Counts, shape (time, series), checked.
        population: Population, same shape.
        offset: Whether the population matters.
        clock: The time axis.
        layout: Baselines of the points with enough history.
        asked: Time indices asked about.
        rule: How to fit.

    Returns:
        The fits, a row for each point asked about.
    """
    from pingji.analysis.detect.farrington import fit

    points, series = asked.stop - asked.start, counts.shape[1]
    floats = {
        name: np.full((points, series), np.nan)
        for name in ("mean", "dispersion", "linear_predictor", "se", "slope")
    }
    note = np.full((points, series), Note.HISTORY_TOO_SHORT, np.int8)
    trend = np.zeros((points, series), np.bool_)
    rows = np.zeros((points, series), np.int32)
    most = int((layout.stop - layout.start).sum(axis=1).max(initial=0))
    options = fit.Options(
        trend=bool(rule.trend),
        keep_trend=bool(rule.years >= YEARS_FOR_TREND),
        critical=critical_slopes(rule.p_threshold_trend, most),
        reweight=bool(rule.reweight),
        weights_threshold=float(rule.weights_threshold),
        se_rule=STANDARD_ERRORS.index(rule.standard_errors),
        even=clock.even,
    )
    runs = np.stack([layout.start, layout.stop, layout.level], axis=1)
    rooms = fit.room(len(counts), layout.levels)
    span = int(layout.start.min(initial=len(counts))), int(layout.stop.max(initial=0))
    there = slice(asked.stop - len(layout.times) - asked.start, points)
    width = max(1, BLOCK // max(1, len(layout.times) * len(fit.FIELDS)))
    for first in range(0, series if len(layout.times) else 0, width):
        part = slice(first, min(series, first + width))
        # One kind of array for all inputs (in order, writable): each kind is compiled by itself.
        y = np.array(counts[:, part], order="C")
        people = np.array(population[:, part], order="C") if offset else y
        out = np.empty((len(layout.times), y.shape[1], len(fit.FIELDS)))
        fit.fit_series(
            y, people, offset, clock.position, layout.times, runs, span, options, tables(),
            rooms, out,
        )  # fmt: skip
        column = dict(zip(fit.FIELDS, np.moveaxis(out, 2, 0), strict=True))
        failed = column["status"] != 0
        found = np.where(failed, np.int8(Note.NO_FIT), np.int8(Note.JUDGED))
        if offset:
            found[~(people[layout.times] > 0)] = Note.MISSING
        note[there, part] = found
        if rule.empty_baseline == "zero":
            column["mean"][column["total"] == 0] = 0.0
        for name, values in floats.items():
            values[there, part] = np.where(failed, np.nan, column[name])
        trend[there, part] = ~failed & (column["trend"] > 0)
        rows[there, part] = column["rows"]
    return BaselineFit(
        times=np.arange(asked.start, asked.stop),
        note=note,
        pvalue=count_tail(counts[asked], floats["mean"], floats["dispersion"]),
        trend=trend,
        rows=rows,
        **floats,
    )
