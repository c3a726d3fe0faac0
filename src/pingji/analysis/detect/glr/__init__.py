"""Count regression charts: cumulative and generalised likelihood ratio detectors."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.calendar import Period, periods_per_year
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.glr import epidemic, known_change, negative_binomial, poisson
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.loglinear import SMALLEST, fit_log_linear, harmonic_design
from pingji.analysis.detect.result import Array, Detection, Note


def glr(
    counts: ArrayLike,
    *,
    threshold: float = 5.0,
    alpha: float | ArrayLike | None = 0.0,
    change: Literal["intercept", "epi"] = "intercept",
    theta: float | None = None,
    direction: Literal["inc", "dec"] = "inc",
    ret: Literal["value", "cases"] = "value",
    window: int | None = None,
    shortest: int = 1,
    mean: ArrayLike | None = None,
    training: int | None = None,
    harmonics: int = 1,
    trend: bool = False,
    refit: bool = False,
    period: Period = "week",
    compat: bool = False,
    judge: slice | None = None,
) -> Detection:
    """Watch for a lasting change of the mean by a (generalised) likelihood ratio chart.

    With in-control means m_t, the chart compares "the mean changed at k" with "it never did":

        max over k of  sup over theta of  sum_{t=k..n} log( f(x_t; changed) / f(x_t; m_t) )

    where the changed mean is m_t * exp(theta) (`change="intercept"`) or m_t + theta * x_{t-1}
    (`change="epi"`, an epidemic that feeds itself). It alarms at or above `threshold` and starts
    anew after each alarm. With `theta` given, the cheaper cumulative sum of the log likelihood
    ratio at this theta is used. Small lasting rises are found that no single week betrays.

    The in-control mean is a log-linear fit (constant, `harmonics` yearly waves, optional trend) to
    the first `training` time points, which should hold no outbreak, unless `mean` gives it.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported: the
            chart passes over it.
        threshold: Alarm at or above; about 5 is usual, larger for fewer false alarms.
        alpha: Dispersion, variance = mean + alpha * mean^2: 0 for Poisson, a number or one per
            series, or None to estimate it on the training time points.
        change: Kind of change.
        theta: Size of the change, log factor or rate; None takes the likeliest at each time.
        direction: "inc" for rises, "dec" for falls; a given theta says so by its sign.
        ret: "cases" also works out the smallest count that would alarm (upper bound and extra
            "cases"), for rises of the intercept and for any given theta.
        window: How many time points the change may lie back; None for any, which is published.
        shortest: Time points that a change must have lasted.
        mean: In-control means, shape (time,) or (time, series), above 0.
        training: Time points the in-control mean is fitted on; the chart runs after them. None
            takes two years, or none where `mean` is given.
        harmonics: Yearly waves of the fit, each a cosine and a sine.
        trend: Whether the fit has a trend. It is carried forward: sound only for short charts.
        refit: Fit anew after each alarm, on all time points up to it; dispersion stays.
        period: What one time point stands for.
        compat: Do as R's surveillance 1.20.3 does. Its fits stop a little short of the maximum; a
            stretch without any case counts for nothing in a Poisson chart for falls; and in a
            negative binomial chart steep rises are lost where its search for theta runs away. The
            default follows the definition and is sounder.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point. `score` is the statistic; `upper_bound` the largest count that
        does not alarm (NaN unless `ret="cases"`); extra "alpha" is the dispersion, extra "cases"
        the smallest count that alarms (for a given theta not rounded). `Note.HISTORY_TOO_SHORT`
        for the training time points, `Note.NO_FIT` where no mean could be fitted (no case in the
        training time points).

    Raises:
        ValueError: If a count, a mean or an option is out of range.

    Source: Höhle & Paul 2008, Comput Stat Data Anal 52:4357, doi:10.1016/j.csda.2008.02.015.
    """
    array = as_counts(counts)
    _check(threshold, alpha, shortest, window)
    chart = _Chart(threshold, change, theta, direction, ret, window, shortest, compat)
    start = training
    if start is None:
        start = 0 if mean is not None else 2 * periods_per_year(period)
    start = min(max(start, 0), len(array))
    rows = judged_rows(len(array), judge)

    watched = array[start:]
    if mean is not None:
        expected, spread = _given(mean, array.shape, start), _alpha(alpha, array.shape[1])
        score, alarm, cases = chart.run(watched, expected, spread, array[:start])
    else:
        model = _Model(start, harmonics, trend, periods_per_year(period), compat)
        expected, spread = model.fit(array, alpha)
        score, alarm, cases = chart.run(watched, expected, spread, array[:start])
        if refit:
            _refit(array, model, chart, spread, expected, score, alarm, cases)

    def whole(values: np.ndarray, filler: float) -> Array:
        ahead = np.full((start, array.shape[1]), filler)
        return np.concatenate([ahead, values])[rows]

    note = np.full(watched.shape, np.int8(Note.JUDGED))
    note[np.isnan(expected)] = Note.NO_FIT
    bound = np.where(np.isinf(cases), np.nan, np.ceil(cases) - 1)
    return assemble(
        array,
        rows,
        expected=whole(expected, np.nan),
        upper_bound=whole(bound, np.nan),
        score=whole(score, np.nan),
        alarm=whole(alarm, 0.0).astype(np.bool_),
        note=whole(note, Note.HISTORY_TOO_SHORT).astype(np.int8),
        extra={
            "alpha": whole(np.broadcast_to(spread, watched.shape), np.nan),
            "cases": whole(cases, np.nan),
        },
    )


class _Model:
    """The in-control mean as a log-linear fit."""

    def __init__(self, start: int, harmonics: int, trend: bool, cycle: int, compat: bool) -> None:
        self.start, self.compat = start, compat
        self.options: dict[str, Any] = {
            "harmonics": harmonics,
            "trend": trend,
            "cycle": cycle,
            "origin": start,
        }

    def fit(
        self, counts: Array, alpha: float | ArrayLike | None, end: int | None = None
    ) -> tuple[Array, Array]:
        """Fit on the time points before `end`; give the means after it and the dispersion."""
        end = self.start if end is None else end
        design = harmonic_design(np.arange(1.0, len(counts) + 1), **self.options)
        known = None if alpha is None else _alpha(alpha, counts.shape[1])
        found = fit_log_linear(counts[:end], design[:end], alpha=known, compat=self.compat)
        return np.maximum(np.exp(design[end:] @ found.coefficients), SMALLEST), found.alpha


class _Chart:
    """Which chart to run, with its options."""

    def __init__(
        self,
        threshold: float,
        change: str,
        theta: float | None,
        direction: str,
        ret: str,
        window: int | None,
        shortest: int,
        compat: bool,
    ) -> None:
        for name, value, known in (
            ("change", change, ("intercept", "epi")),
            ("direction", direction, ("inc", "dec")),
            ("ret", ret, ("value", "cases")),
        ):
            if value not in known:
                raise ValueError(f"{name} must be {' or '.join(known)}, not {value!r}")
        if theta == 0 or (change == "epi" and (direction == "dec" or (theta or 1.0) < 0)):
            raise ValueError("theta must not be 0, and an epidemic component can only rise")
        self.threshold, self.change, self.theta = float(threshold), change, theta
        self.sign = 1.0 if direction == "inc" else -1.0
        self.want_cases = ret == "cases"
        if self.want_cases and theta is None and (change == "epi" or direction == "dec"):
            raise ValueError('ret="cases" needs a rise of the intercept, or theta given')
        self.window, self.shortest, self.compat = window, shortest, compat

    def run(
        self, counts: Array, mean: Array, alpha: Array, before: Array
    ) -> tuple[Array, np.ndarray, Array]:
        """Score, alarm and smallest count that alarms, each of shape (time, series)."""
        fitted = ~np.isnan(mean)
        x = np.ascontiguousarray(np.where(np.isnan(counts) | ~fitted, 0.0, counts).T)
        mu = np.ascontiguousarray(np.where(np.isnan(counts) | ~fitted, 0.0, mean).T)
        score, alarm = np.zeros(x.shape), np.zeros(x.shape, np.bool_)
        cases = np.full(x.shape, np.nan)
        if self.theta is not None:
            changed = mu * np.exp(self.theta)
            if self.change == "epi":
                changed = mu + self.theta * self._source(counts, before)
                changed[mu == 0] = 0.0
            known_change.run_charts(x, mu, changed, alpha, self.threshold, score, alarm, cases)
            if not self.want_cases:
                cases[:] = np.nan
        elif self.change == "epi":
            self._epidemic(x, mu, self._source(counts, before), alpha, score, alarm)
        else:
            self._intercept(x, mu, alpha, score, alarm, cases)
        return score.T, alarm.T, cases.T

    def _source(self, counts: Array, before: Array) -> Array:
        """The last reported count before each time point, shape (series, time)."""
        first = np.zeros((1, counts.shape[1]))
        source = np.concatenate([first, before, counts])[:-1]
        for t in range(1, len(source)):
            source[t] = np.where(np.isnan(source[t]), source[t - 1], source[t])
        source = source[len(before) :]
        if self.compat and len(source):
            source[0] = 0.0
        return np.ascontiguousarray(source.T)

    def _back(self, times: int) -> int:
        return times if self.window is None else self.window

    def _epidemic(
        self, x: Array, mu: Array, source: Array, alpha: Array, score: Array, alarm: np.ndarray
    ) -> None:
        back, tries = self._back(x.shape[1]), epidemic.TRIES
        source[mu == 0] = 0.0
        epidemic.run_charts(
            x, mu, source, alpha, self.threshold, back, self.shortest, tries, score, alarm
        )

    def _intercept(
        self, x: Array, mu: Array, alpha: Array, score: Array, alarm: np.ndarray, cases: Array
    ) -> None:
        back, series = self._back(x.shape[1]), np.flatnonzero(alpha > 0)
        rest = np.flatnonzero(~(alpha > 0))
        sign, threshold = self.sign, self.threshold
        if len(rest):
            part = (score[rest], alarm[rest], cases[rest])
            if self.window is None and self.shortest == 1 and not (self.compat and sign < 0):
                poisson.run_charts(x[rest], mu[rest], sign, threshold, self.want_cases, *part)
            else:
                poisson.run_windows(
                    x[rest], mu[rest], sign, threshold, back, self.shortest, self.compat,
                    self.want_cases, *part,
                )  # fmt: skip
            score[rest], alarm[rest], cases[rest] = part
        if not len(series):
            return
        if self.compat and self.want_cases:
            raise ValueError('ret="cases" is not offered for a negative binomial compat chart')
        x, mu, alpha = x[series], mu[series], alpha[series]
        part = (score[series], alarm[series], cases[series])
        if self.compat:
            negative_binomial.run_reference_charts(
                x, mu, alpha, sign, threshold, back, self.shortest, *part[:2]
            )
        else:
            negative_binomial.run_charts(
                x, mu, alpha, sign, threshold, back, self.shortest, self.want_cases,
                negative_binomial.NODES, *part,
            )  # fmt: skip
        score[series], alarm[series], cases[series] = part


def _check(
    threshold: float, alpha: float | ArrayLike | None, shortest: int, window: int | None
) -> None:
    if not threshold > 0:
        raise ValueError(f"threshold must be above 0, not {threshold}")
    if alpha is not None and not (np.asarray(alpha, np.float64) >= 0).all():
        raise ValueError(f"alpha must be 0 or more, not {alpha}")
    if shortest < 1 or (window is not None and window < 1):
        raise ValueError("shortest and window must be 1 or more")


def _alpha(alpha: float | ArrayLike | None, series: int) -> Array:
    if alpha is None:
        raise ValueError("alpha cannot be estimated where the mean is given: give both")
    return np.array(np.broadcast_to(np.asarray(alpha, np.float64), series))


def _given(mean: ArrayLike, shape: tuple[int, ...], start: int) -> Array:
    """The means after the training time points, one per series."""
    array = np.asarray(mean, np.float64)
    array = np.broadcast_to(array[:, None] if array.ndim == 1 else array, shape)[start:]
    wrong = ~((array > 0) & np.isfinite(array))
    if wrong.any():
        t, s = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"series number {s + 1}, time {start + t + 1}: mean {array[t, s]:g} is not above 0"
        )
    return array


def _refit(
    counts: Array,
    model: _Model,
    chart: _Chart,
    alpha: Array,
    expected: Array,
    score: Array,
    alarm: np.ndarray,
    cases: Array,
) -> None:
    """Run each series again from each alarm on, with the means fitted anew; fills the arrays."""
    for s in range(counts.shape[1]):
        column, done = counts[:, [s]], model.start
        while True:
            fired = np.flatnonzero(alarm[done - model.start :, s])
            if not len(fired):
                break
            done += int(fired[0]) + 1
            if done >= len(counts):
                break
            after = slice(done - model.start, None)
            mean = model.fit(column, alpha[s], done)[0]
            found = chart.run(column[done:], mean, alpha[[s]], column[:done])
            expected[after, s] = mean[:, 0]
            score[after, s], alarm[after, s], cases[after, s] = (part[:, 0] for part in found)
