"""The CUSUM chart: small excesses that add up."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.calendar import Period, periods_per_year
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.harmonic import yearly_wave
from pingji.analysis.detect.judging import assemble, judged_rows, series_blocks
from pingji.analysis.detect.result import Array, Detection, Note
from pingji.analysis.detect.transformations import (
    TRANSFORMATIONS,
    Transformation,
    compat_bound,
    restore,
    transform,
)

# Years of counts before the chart begins, unless the caller says where it begins.
TRAINING_YEARS = 2


def cusum(
    counts: ArrayLike,
    *,
    k: float = 1.04,
    h: float = 2.26,
    m: ArrayLike | Literal["glm"] | None = None,
    transformation: Transformation = "standard",
    alpha: float = 0.1,
    reset: bool = False,
    start: int | None = None,
    period: Period = "week",
    compat: bool = False,
    judge: slice | None = None,
) -> Detection:
    """Add up by how much the standardised counts are above k; alarm when the sum reaches h.

    C(t) = max(0, C(t-1) + z(t) - k), with C = 0 before the chart begins, alarms when C(t) >= h.
    z is the count standardised around its expected value m by one of:

    - "standard": (x - m) / sqrt(m)
    - "rossi": (x - 3m + 2 sqrt(x m)) / (2 sqrt(m))
    - "anscombe": 3/2 (x^(2/3) - m^(2/3)) / m^(1/6), and "anscombe2nd" with a second term of bias
    - "pearsonNegBin": (x - m) / sqrt(m + alpha m^2)
    - "anscombeNegBin": the variance-stabilising transformation of a negative binomial count
    - "none": x itself

    The chart finds small lasting rises that single-week methods miss. It needs an expected value
    that holds: with a season use `m="glm"`, and where the level drifts begin anew every year. It
    is published without `reset`, so that one outbreak alarms until the sum has run down;
    `reset=True` is sounder where each alarm is looked into.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported,
            which leaves the sum as it is.
        k: Reference value, in standard deviations: about half the rise to be found.
        h: Limit of the sum.
        m: Expected count: a number or one per series; None for the mean of all counts before the
            chart begins; "glm" for a Poisson regression with a yearly wave on these counts.
        transformation: How counts are standardised.
        alpha: Dispersion of the negative binomial transformations, above 0.
        reset: Whether the sum starts anew after an alarm.
        start: Time index at which the chart begins. None: at the first point of `judge` if that
            leaves counts before it, else after two years (at once where m is a number).
        period: What one time point stands for.
        compat: State the bounds of the R package surveillance, slips included (`compat_bound`
            lists them), take "anscombeNegBin" from its coarse table, which has no values for
            alpha * x above 100, and judge series whose expected value is 0. The default is
            sounder: the bound is the largest count without alarm.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point: `expected` is m, `score` the sum C(t); `upper_bound` is -1 where
        the sum is so high that even no case alarms. `Note.HISTORY_TOO_SHORT` before the chart
        begins or without counts before it, `Note.NO_SPREAD` where m is 0,
        `Note.NO_FIT` from where on the table of `compat` has no value.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Rossi et al. 1999, Stat Med 18:2111,
        doi:10.1002/(SICI)1097-0258(19990830)18:16<2111::AID-SIM171>3.0.CO;2-Q.
    """
    array = as_counts(counts)
    chart = _Chart(float(k), float(h), transformation, alpha, reset, compat)
    asked = judged_rows(len(array), judge)
    begin = _chart_start(start, asked, m, period)
    run = array[begin : max(begin, asked.stop)]
    expected = _expected(array[:begin], m, len(run), period)
    parts = [
        chart.judge(run[:, block], expected[:, block])
        for block in series_blocks(len(run), array.shape[1])
    ]
    bound, total, alarm, note = (
        (np.concatenate(figure, axis=1) if len(parts) > 1 else figure[0])
        for figure in zip(*(parts or [chart.judge(run, expected)]), strict=True)
    )

    def placed(values: np.ndarray, before_chart: float) -> np.ndarray:
        if begin == asked.start:
            return values
        rows = np.full((asked.stop - asked.start, array.shape[1]), before_chart, values.dtype)
        whole = np.broadcast_to(values, run.shape)
        rows[max(0, begin - asked.start) :] = whole[max(0, asked.start - begin) :]
        return rows

    return assemble(
        array,
        asked,
        expected=placed(expected, np.nan),
        upper_bound=placed(bound, np.nan),
        score=placed(total, np.nan),
        alarm=placed(alarm, before_chart=False),
        note=placed(note, Note.HISTORY_TOO_SHORT),
    )


@dataclass(frozen=True, slots=True)
class _Chart:
    """The settings of a chart; see `cusum` for the meaning of each."""

    k: float
    h: float
    transformation: Transformation
    alpha: float
    reset: bool
    compat: bool

    def __post_init__(self) -> None:
        if self.transformation not in TRANSFORMATIONS:
            raise ValueError(
                f"transformation must be one of {', '.join(TRANSFORMATIONS)},"
                f" not {self.transformation!r}"
            )
        for name, value in (("k", self.k), ("h", self.h), ("alpha", self.alpha)):
            if not 0 < value < np.inf:
                raise ValueError(f"{name} must be above 0, not {value}")

    def judge(self, run: Array, expected: Array) -> tuple[Array, Array, np.ndarray, np.ndarray]:
        """Bound, sum, alarm and note of each point of some series from the chart's begin on."""
        from pingji.analysis.detect.chart_loops import cusum_loop

        with np.errstate(all="ignore"):
            z = transform(self.transformation, run, expected, self.alpha, compat=self.compat)
            total, before = np.empty((2, *run.shape))
            cusum_loop(np.ascontiguousarray(z), self.k, self.h, self.reset, total, before)
            alarm = total >= self.h
            need = self.h + self.k - before
            if self.compat:
                bound = compat_bound(self.transformation, need, total, expected, self.alpha, self.h)
            else:
                reaching = restore(self.transformation, need, expected, self.alpha)
                bound = _largest_without_alarm(reaching, run, alarm)
        return bound, total, alarm, self._notes(run, z, expected)

    def _notes(self, run: Array, z: Array, expected: Array) -> np.ndarray:
        """Why points of the chart are not judged."""
        note = np.full(run.shape, Note.JUDGED, np.int8)
        if self.transformation == "none":
            return note
        lost = np.isnan(z)
        if lost.any():
            lost &= ~np.isnan(run)
            note[np.logical_or.accumulate(lost, axis=0)] = Note.NO_FIT
        empty = expected == 0
        if empty.any() and not self.compat:
            note[np.broadcast_to(empty, run.shape)] = Note.NO_SPREAD
        unknown = np.isnan(expected)
        if unknown.any():
            note[np.broadcast_to(unknown, run.shape)] = Note.HISTORY_TOO_SHORT
        return note


def _chart_start(start: int | None, asked: slice, m: ArrayLike | None, period: Period) -> int:
    """Time index at which the chart begins."""
    years = TRAINING_YEARS * periods_per_year(period)
    if start is not None:
        if start < 0:
            raise ValueError(f"start must be 0 or more, not {start}")
        return start
    if asked.start > 0 or not (m is None or isinstance(m, str)):
        return int(asked.start)
    return years


def _expected(
    training: Array, m: ArrayLike | Literal["glm"] | None, rows: int, period: Period
) -> Array:
    """Expected counts of the chart, shape (rows or 1, series)."""
    if isinstance(m, str):
        if m != "glm":
            raise ValueError(f"m must be a number, None or 'glm', not {m!r}")
        return yearly_wave(training, periods_per_year(period), rows)
    if m is None:
        total, reported = training.sum(axis=0), float(len(training))
        if np.isnan(total).any():
            present = ~np.isnan(training)
            total = training.sum(axis=0, where=present)
            reported = present.sum(axis=0, dtype=float)
        with np.errstate(invalid="ignore"):
            mean: Array = (total / np.float64(reported))[None]
        return mean
    given = np.asarray(m, dtype=float)
    series = training.shape[1]
    if given.ndim and given.shape != (series,):
        raise ValueError(f"m must be one number or {series}, not shape {given.shape}")
    if not ((given >= 0) & np.isfinite(given)).all():
        raise ValueError("m must be 0 or more")
    return np.broadcast_to(given, (1, series))


def _largest_without_alarm(reaching: Array, run: Array, alarm: np.ndarray) -> Array:
    """Largest whole count below the one that reaches the limit, rounding made good."""
    bound = np.ceil(reaching)
    bound -= 1
    wrong = (run > bound) != alarm
    if wrong.any():
        wrong &= ~np.isnan(run)
        bound[wrong] = (run - alarm)[wrong]
    return bound
