"""Pingji's default detector: what is expected, how unusual the last counts are, and the alarm."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.detect.calendar import PERIODS_PER_YEAR, Period
from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.farrington.baseline import Clock, read_clock
from pingji.analysis.detect.farrington.many import as_population
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.recommended import baseline, evidence
from pingji.analysis.detect.result import Array, Detection, Note

Mode = Literal["overall", "early"]

# Share of the evidence carried to the next time point: in overall mode half of it is left after a
# week; in early mode a day remembers the day before, and weeks and months stand alone.
MEMORY: dict[str, dict[str, float]] = {
    "overall": {"day": 0.9, "week": 0.5, "month": 0.0},
    "early": {"day": 0.5, "week": 0.0, "month": 0.0},
}
# Evidence as strong comes by chance this often. Set so that 1 % of the weeks of the published
# simulation that belong to no current outbreak alarm at most.
ALPHA: dict[str, float] = {"overall": 0.0088, "early": 0.0101}
# Years of reported counts from which a trend and a season are fitted.
TREND_FROM, SEASON_FROM = 3.0, 1.5
# Elements of counts worked on at once.
BLOCK = 80_000


@dataclass(frozen=True, slots=True)
class Spans:
    """Lengths in time points that depend on what a time point stands for.

    Attributes:
        gap: Most recent points left out of a seasonal baseline.
        refit: Points for which one fit serves.
        short_gap: The same as `gap` for a baseline without season.
        short_window: Length of a baseline without season.
        short_least: Reported points that such a baseline needs.
        years: Years in a seasonal baseline.
        recent: Points over which the smallest number of cases is counted.
    """

    gap: int
    refit: int
    short_gap: int
    short_window: int
    short_least: int
    years: int
    recent: int


SPANS: dict[str, Spans] = {
    "day": Spans(56, 28, 3, 91, 28, 5, 7),
    "week": Spans(8, 8, 2, 26, 12, 12, 4),
    "month": Spans(2, 1, 1, 18, 12, 12, 2),
}


@dataclass(frozen=True, slots=True)
class _Model:
    """A baseline: its covariates, and which past points it is fitted to."""

    number: int
    design: baseline.Design
    years: Array
    gap: int
    window: int
    least: int

    def past(self, start: int) -> slice:
        """Past points for a run that begins at `start`."""
        stop = max(0, start - self.gap)
        return slice(max(0, stop - self.window), stop)

    def design_at(self, stop: int) -> baseline.Design:
        """Covariates with the trend counted from the end of the past, so that it stays small."""
        if self.number < 3:
            return self.design
        columns = self.design.columns.copy()
        columns[:, 1] -= self.years[stop - 1]
        return baseline.Design(columns, self.design.prior)


@dataclass(frozen=True, slots=True)
class _Options:
    period: Period
    alpha: float
    memory: float
    harmonics: int
    half_life: float
    threshold: float
    passes: int
    min_cases: int

    def check(self) -> None:
        """Refuse what makes no sense."""
        for name, least, most in (
            ("alpha", 1e-6, 0.5),
            ("memory", 0, 0.95),
            ("harmonics", 0, 6),
            ("half_life", 0.1, np.inf),
            ("threshold", 1, np.inf),
            ("passes", 0, 100),
            ("min_cases", 0, np.inf),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} must lie between {least} and {most}, not {value}")


def recommended(
    counts: ArrayLike,
    *,
    mode: Mode = "overall",
    dates: ArrayLike | None = None,
    period: Period = "week",
    population: ArrayLike | None = None,
    judge: slice | None = None,
    alpha: float | None = None,
    memory: float | None = None,
    harmonics: int = 3,
    half_life: float = 6.0,
    threshold: float = 2.3,
    passes: int = 4,
    min_cases: int = 2,
    names: list[str] | None = None,
) -> Detection:
    """Warn of outbreaks by Pingji's documented default.

    Three steps. (1) A log-linear quasi-Poisson model with trend, waves of the year and, for days,
    weekdays is fitted to all past counts but the most recent, older ones weighing less, and
    repeatedly with less weight for odd ones, so that past outbreaks hide no new one. (2) Each
    count is put on a normal scale by the negative binomial distribution predicted, z, and freed of
    what its neighbour announces. (3) The evidence C[t] = z[t] + memory * max(C[t-1], 0) is
    compared with its distribution when nothing happens.

    With less than 3 years of reported counts there is no trend; with less than 1.5 years no
    season either, but a level from the last half year; with less than 12 weeks (28 days, 12
    months) the point is not judged. `extra["model"]` says which of them judged.

    Args:
        counts: Cases, oldest first, shape (time,) or (time, series); NaN where none reported.
        mode: "overall" adds up the evidence of neighbouring points, to find most outbreaks and most
            of their weeks; "early" looks at each week by itself, to find them in their first.
        dates: A date per time point; None takes 52 weeks, 12 months or 365 days for a year.
        period: What one time point stands for.
        population: Population at risk, shape (time,) or (time, series); None for none.
        judge: Time indices to be judged; None for all.
        alpha: Evidence as strong as an alarm's comes by chance this often; None for the mode's.
        memory: Share of the evidence carried to the next point, 0 to 0.95; None for the mode's.
        harmonics: Waves of the year.
        half_life: Years after which a count weighs half.
        threshold: Anscombe residual from which a past count loses weight.
        passes: How often these weights are renewed.
        min_cases: Cases that an alarm needs, in the last 4 weeks (7 days, 2 months).
        names: Names of the series for error messages.

    Returns:
        Judgement of each point. The score is the p-value of the evidence; an alarm has one of
        at most alpha, a count above the expected one, and enough cases. The upper bound is the
        largest count without alarm, given the points before. Extra: `phi` (variance-to-mean
        ratio), `autocorrelation` and `model` (1 level, 2 and season, 3 and trend).

    Raises:
        ValueError: If a count, a date or an option is out of range.

    Source: this project. Its parts: Noufaily et al. 2013, Stat Med 32:1206, doi:10.1002/sim.5595
        (quasi-Poisson baseline, Anscombe weights, negative binomial prediction); Page 1954,
        Biometrika 41:100, doi:10.1093/biomet/41.1-2.100 (cumulative evidence); Roberts 1959,
        Technometrics 1:239, doi:10.1080/00401706.1959.10489860 (evidence that fades).
    """
    observed = as_counts(counts, names=names)
    clock = read_clock(len(observed), dates, period)
    rows = judged_rows(len(observed), judge)
    if mode not in MEMORY:
        raise ValueError(f"mode must be overall or early, not {mode!r}")
    options = _Options(
        period=period,
        alpha=ALPHA[mode] if alpha is None else alpha,
        memory=MEMORY[mode][period] if memory is None else memory,
        harmonics=harmonics,
        half_life=half_life,
        threshold=threshold,
        passes=passes,
        min_cases=min_cases,
    )
    options.check()
    usable, offset = _exposure(observed, population, names)
    answer = {
        name: np.full((rows.stop - rows.start, observed.shape[1]), np.nan)
        for name in ("expected", "upper_bound", "score", "phi", "autocorrelation", "model")
    }
    width = max(1, BLOCK // max(1, len(observed)))
    for first in range(0, observed.shape[1], width):
        some = slice(first, first + width)
        here = offset if offset.shape[1] == 1 else offset[:, some]
        part = {name: values[:, some] for name, values in answer.items()}
        _judge(usable[:, some], here, clock, rows, options, part)
    note = np.where(np.isnan(answer["score"]), Note.HISTORY_TOO_SHORT, Note.JUDGED)
    note = np.where(np.isnan(usable[rows]), Note.NO_FIT, note)
    return assemble(
        observed,
        rows,
        upper_bound=answer["upper_bound"],
        alarm=observed[rows] > answer["upper_bound"],
        note=note,
        expected=answer["expected"],
        score=answer["score"],
        extra={name: answer[name] for name in ("phi", "autocorrelation", "model")},
    )


def _exposure(
    observed: Array, population: ArrayLike | None, names: list[str] | None
) -> tuple[Array, Array]:
    """Counts with a known population, and its logarithm (0 where it does not matter)."""
    if population is None:
        return observed, np.zeros((len(observed), 1))
    people = as_population(population, observed, names)
    known = people > 0
    return np.where(known, observed, np.nan), np.log(np.where(known, people, 1.0))


def _judge(
    counts: Array,
    offset: Array,
    clock: Clock,
    rows: slice,
    options: _Options,
    answer: dict[str, Array],
) -> None:
    """Fit and judge some series, one run of `refit` time points after the other."""
    spans = SPANS[clock.period]
    models = _models(clock, options.harmonics)
    first = rows.start - (_place(clock) + rows.start) % spans.refit
    for start in range(first, rows.stop, spans.refit):
        points = slice(max(start, rows.start), min(start + spans.refit, rows.stop))
        free = np.ones(counts.shape[1], np.bool_)
        for model in models:
            past = model.past(start)
            reported = (~np.isnan(counts[past])).sum(axis=0)
            which = np.flatnonzero(free & (reported >= model.least))
            if len(which):
                free[which] = False
                found = _judge_run(counts, offset, model, past, points, which, options)
                for name, values in found.items():
                    there = slice(points.start - rows.start, points.stop - rows.start)
                    answer[name][there, which] = values


def _place(clock: Clock) -> int:
    """Number of the first time point on a fixed calendar, so that runs begin at fixed dates."""
    if clock.days is None or not clock.length:
        return 0
    if clock.period == "month":
        return int(clock.days[0].astype("datetime64[M]").astype(np.int64))
    return int(clock.days[0].astype(np.int64)) // (7 if clock.period == "week" else 1)


def _models(clock: Clock, harmonics: int) -> list[_Model]:
    """The baselines there are, richest first."""
    spans, year = SPANS[clock.period], PERIODS_PER_YEAR[clock.period]
    years = baseline.time_in_years(clock)
    trend, season, level = (
        baseline.covariates(clock, harmonics=waves, trend=sloping)
        for waves, sloping in ((harmonics, True), (harmonics, False), (0, False))
    )
    long = (spans.gap, spans.years * year)
    return [
        _Model(3, trend, years, *long, least=int(TREND_FROM * year)),
        _Model(2, season, years, *long, least=int(SEASON_FROM * year)),
        _Model(1, level, years, spans.short_gap, spans.short_window, least=spans.short_least),
    ]


def _judge_run(
    counts: Array,
    offset: Array,
    model: _Model,
    past: slice,
    points: slice,
    which: NDArray[np.int64],
    options: _Options,
) -> dict[str, Array]:
    """Fit one model to the past of some series and judge the points by it."""
    design = model.design_at(past.stop)
    population = offset if offset.shape[1] == 1 else offset[:, which]
    fitted = baseline.fit(
        counts[past][:, which],
        population[past],
        baseline.Design(design.columns[past], design.prior),
        0.5 ** ((model.years[past.stop - 1] - model.years[past]) / options.half_life),
        threshold=options.threshold,
        passes=options.passes,
    )
    back = evidence.periods_remembered(options.memory)
    seen = slice(max(0, points.start - back), points.stop)
    mean, phi = baseline.predict(fitted, design.columns[seen], population[seen])
    y = counts[seen][:, which]
    score = evidence.normal_score(y, mean, phi)
    before = np.zeros((max(0, back - points.start), len(which)))
    carry, spread = evidence.carried_over(
        np.concatenate([before, score]), options.memory, fitted.autocorrelation
    )
    size = points.stop - points.start
    mean, phi, y = mean[-size:], phi[-size:], y[-size:]
    limit = (evidence.critical_sum(options.alpha, options.memory) - carry) * spread
    bound = np.maximum(evidence.largest_below(limit, mean, phi), np.floor(mean))
    enough = options.min_cases - 1 - _recent_cases(counts, points, which, options.period)
    return {
        "expected": mean,
        "upper_bound": np.maximum(bound, enough),
        "score": evidence.p_value(score[-size:] / spread + carry, options.memory),
        "phi": np.broadcast_to(fitted.phi, mean.shape),
        "autocorrelation": np.broadcast_to(fitted.autocorrelation, mean.shape),
        "model": np.full(mean.shape, float(model.number)),
    }


def _recent_cases(counts: Array, points: slice, which: NDArray[np.int64], period: Period) -> Array:
    """Cases in the points just before each one that count towards the smallest number."""
    others = SPANS[period].recent - 1
    seen = np.nan_to_num(counts[max(0, points.start - others) : points.stop, which])
    short = np.zeros((max(0, others - points.start), len(which)))
    total = np.cumsum(np.concatenate([np.zeros((1, len(which))), short, seen]), axis=0)
    size = points.stop - points.start
    recent: Array = total[others : others + size] - total[:size]
    return recent
