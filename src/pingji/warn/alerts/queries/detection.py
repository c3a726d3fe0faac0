"""The detectors run over a county's series: settings from the profile, arrays in, verdicts out."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from pingji.analysis.detect import ears_c1, ears_c2, ears_c3, moving_percentile, recommended
from pingji.analysis.detect.result import Detection, Note
from pingji.monitor.surveillance.queries import Series, SeriesKey
from pingji.warn.alerts.queries.kinds import by_options
from pingji.warn.alerts.queries.named_methods import NAMED, judged_by
from pingji.warn.alerts.queries.recent_total import recent_total
from pingji.warn.alerts.queries.settings import Settings

# Asked of every series; methods that the catalogue names for a disease come beside them.
METHODS = ("ears_c1", "ears_c2", "ears_c3", "moving_percentile", "recommended", "recent_total")
EARS: dict[str, Callable[..., Detection]] = {
    "ears_c1": ears_c1,
    "ears_c2": ears_c2,
    "ears_c3": ears_c3,
}
# Of these the score is no distance in standard deviations from one day's expectation.
NOT_A_DISTANCE = "ears_c3"
BASELINE = "baseline"  # of EARS, where some series are compared with more or fewer periods
# Whose figures are shown where several alarm: the last days together say most. Those that the
# catalogue names come after these, and EARS C3 last: its excess may lie in the days before the one
# that it marks.
SHOWN_FIRST = ("recent_total", "recommended", "ears_c1", "ears_c2", "moving_percentile")
DAYS_IN = {"day": 1, "week": 7, "month": 28}
LATELY = 7


@dataclass(frozen=True)
class Seen:
    """What one method made of one point."""

    method: str
    alarm: bool
    note: str
    observed: int | None
    expected: float | None
    upper_bound: float | None
    score: float | None
    settings: dict[str, Any]


@dataclass
class Verdict:
    """A series that is out of the ordinary: which periods, and what each method saw in them.

    Attributes:
        observed: What the last of these periods holds.
        shown: Of the methods that alarm in it the one whose figures say most.
        over: Of how many periods, up to the last, its figures are.
    """

    key: SeriesKey
    days: list[date] = field(default_factory=list)
    seen: dict[date, list[Seen]] = field(default_factory=dict)
    observed: int = 0
    shown: Seen | None = None
    over: int = 1
    p_value: float = 1.0
    growth: float = 1.0


def detect(
    series: Series, settings: Settings, *, judge: slice | None = None, each_day: bool = False
) -> dict[str, Detection]:
    """Every method's judgement of all series at once, by method.

    Args:
        series: The series.
        settings: The plan's and the catalogue's settings.
        judge: Which periods; none stands for all.
        each_day: Whether methods that look at weeks judge every day asked for, not the last alone.
    """
    found: dict[str, Detection] = {}
    for name in (*METHODS, *NAMED):
        judged = judged_alone(name, series, settings, found, judge, each_day=each_day)
        if judged is not None:
            found[name] = judged
    return found


def judged_alone(
    name: str,
    series: Series,
    settings: Settings,
    found: dict[str, Detection],
    judge: slice | None,
    *,
    each_day: bool = False,
) -> Detection | None:
    """One method's judgement, beside what others found; None where it is asked of no series."""
    if name in EARS:
        return _ears(name, series, settings, judge)
    if name == "moving_percentile":
        return _percentile(series, settings, judge)
    if name == "recommended":
        return _recommended(series, settings, judge)
    if name == "recent_total":
        return recent_total(series, found["recommended"], settings, judge)
    return judged_by(name, series, settings, judge, each_day=each_day)


def _ears(name: str, series: Series, settings: Settings, judge: slice | None) -> Detection:
    """One of EARS, each series as it is set for it."""
    groups = by_options(name, series, settings)
    if not groups:
        return EARS[name](series.counts, judge=judge)
    whole = EARS[name](series.counts, judge=judge, **groups[0][0])
    baseline = np.full(series.counts.shape[1], groups[0][0]["baseline"])
    for options, columns in groups[1:]:
        _put(EARS[name](series.counts[:, columns], judge=judge, **options), whole, columns)
        baseline[columns] = options["baseline"]
    if (baseline != settings.baseline).any():
        whole.extra[BASELINE] = np.broadcast_to(baseline, series.counts.shape)
    return whole


def _put(judged: Detection, whole: Detection, columns: list[int]) -> None:
    """Keep what was judged of some series in the judgement of all."""
    for part in ("expected", "upper_bound", "score", "alarm", "note"):
        getattr(whole, part)[:, columns] = getattr(judged, part)


def _percentile(series: Series, settings: Settings, judge: slice | None) -> Detection:
    """The moving percentile, each series with the cut point that holds for it."""
    cuts = np.empty(len(series.keys))
    for options, columns in by_options("moving_percentile", series, settings):
        cuts[columns] = options["percentile"]
    window = max(1, settings.window_days // DAYS_IN[series.period])
    found = moving_percentile(
        series.counts,
        dates=series.dates,
        period=series.period,  # type: ignore[arg-type]
        percentile=cuts,
        years=settings.years,
        neighbours=(settings.blocks - 1) // 2,
        window=window,
        min_cases=settings.minimum_cases,
        judge=judge,
    )
    found.extra["window"] = np.full(series.counts.shape, window)
    return found


def _recommended(series: Series, settings: Settings, judge: slice | None) -> Detection:
    """The recommended detector, over the series with enough cases lately; it is the dearest."""
    rows = range(*(judge or slice(None)).indices(len(series.dates)))
    shape = series.counts.shape
    # Who has too few cases in the longest sum of last days can alarm neither here nor there.
    longest = max(LATELY, *settings.lengths) // DAYS_IN[series.period]
    lead = max(0, rows.start - longest)
    held = _of_last(series.counts[lead : rows.stop], max(1, longest))[rows.start - lead :]
    busy = np.flatnonzero((held >= settings.minimum_cases).any(axis=0))
    empty = Detection(
        observed=series.counts,
        **{name: np.full(shape, np.nan) for name in ("expected", "upper_bound", "score")},
        alarm=np.zeros(shape, np.bool_),
        note=np.full(shape, Note.TOO_FEW_CASES, np.int8),
        extra={"phi": np.full(shape, np.nan)},
    )
    for options, columns in by_options("recommended", series, settings, busy.tolist()):
        judged = recommended(
            series.counts[:, columns],
            dates=series.dates,
            period=series.period,  # type: ignore[arg-type]
            min_cases=settings.minimum_cases,
            judge=judge,
            **options,
        )
        _put(judged, empty, columns)
        empty.extra["phi"][:, columns] = judged.extra["phi"]
    return empty


@dataclass(frozen=True)
class Judged:
    """What the detectors made of the latest periods of many series.

    Attributes:
        verdicts: The series out of the ordinary.
        series: How many series at least one method could judge in at least one period.
        alarms: How many points were out of the ordinary.
        reasons: How many points no method could judge, by reason.
    """

    verdicts: list[Verdict]
    series: int
    alarms: int
    reasons: Counter[str]


def judge(series: Series, settings: Settings) -> Judged:
    """Judge the latest periods of all series.

    A period is out of the ordinary where it holds the fewest cases that can raise an alert and
    enough methods alarm together.
    """
    latest = max(1, settings.judged_days // DAYS_IN[series.period])
    begin = max(0, len(series.dates) - latest)
    # Of years of history only the end is looked at further, with the week that leads up to it.
    lead = max(0, begin - LATELY)
    found = {
        name: judged.since(lead)
        for name, judged in detect(series, settings, judge=slice(begin, None)).items()
    }
    counts, dates = series.counts[lead:], series.dates[lead:]
    enough = _together(counts, series.period, found, settings)
    enough[: begin - lead] = False
    unjudged = np.min([one.note for one in found.values()], axis=0)[begin - lead :]
    chance = by_chance(counts, found, settings)
    verdicts = []
    for column in np.flatnonzero(enough.any(axis=0)):
        verdict = Verdict(series.keys[column])
        for row in np.flatnonzero(enough[:, column]):
            day = dates[row].item()
            verdict.days.append(day)
            verdict.seen[day] = [
                _seen(name, found[name], int(row), int(column), settings, verdict.key)
                for name in found
                if found[name].note[row, column] != Note.NOT_ASKED
            ]
            verdict.observed = int(counts[row, column])
            verdict.p_value = min(verdict.p_value, float(chance[row, column]))
            verdict.shown = says_most(verdict.seen[day])
            verdict.over = _periods(found[verdict.shown.method], int(row), int(column))
        verdict.growth = _growth(series.counts[:, column], DAYS_IN[series.period])
        verdicts.append(verdict)
    return Judged(
        verdicts,
        series=int((unjudged == Note.JUDGED).any(axis=0).sum()),
        alarms=int(enough.sum()),
        reasons=Counter(
            Note(code).name for code in unjudged.ravel().tolist() if code != Note.JUDGED
        ),
    )


def says_most(seen: list[Seen]) -> Seen:
    """Of the methods that alarm in one period the one whose figures a reader understands best.

    Its count lies above its bound; of several, it is the one that takes the most days together.
    """
    alarmed = [one for one in seen if one.alarm]
    order = [*SHOWN_FIRST, *NAMED, NOT_A_DISTANCE]

    def rank(one: Seen) -> tuple[bool, int]:
        known = one.observed is not None and one.upper_bound is not None
        above = known and one.observed > one.upper_bound  # type: ignore[operator]
        return (not above, order.index(one.method))

    return min(alarmed, key=rank)


def _periods(found: Detection, row: int, column: int) -> int:
    """Of how many periods, up to a point, a method's count and expectation are."""
    window = found.extra.get("window")
    return 1 if window is None or np.isnan(window[row, column]) else int(window[row, column])


def _together(
    counts: np.ndarray, period: str, found: dict[str, Detection], settings: Settings
) -> NDArray[np.bool_]:
    """Where enough methods alarm together over enough cases; one method at the least.

    The cases of a day count together with those of the six days before. The total of the last days
    says by itself how rare it is, and needs no second.
    """
    alarms = np.sum([one.alarm for one in found.values()], axis=0)
    needed = max(1, settings.methods_needed)
    together = (alarms >= needed) & (_lately(counts, period) >= settings.minimum_cases)
    return (together | found["recent_total"].alarm) & (counts > 0)


def tried(
    series: Series,
    settings: Settings,
    found: dict[str, Detection],
    *,
    method: str,
    options: Mapping[str, Any] | None,
    judge: slice,
) -> tuple[Detection | None, NDArray[np.bool_]]:
    """One method set otherwise: what it sees, and where enough methods alarm together then.

    Args:
        series: The series of one disease in one channel.
        settings: What is in force.
        found: What the methods see with the settings in force, each day by itself.
        method: Any method of the catalogue.
        options: What is tried; None for what is in force.
        judge: Which periods.

    Returns:
        What the method sees, None where it is asked of no series, and the alarms of all.
    """
    judged, others = found.get(method), dict(found)
    if options is not None:
        wanted = replace(settings, tried={method: options})
        judged = judged_alone(method, series, wanted, found, judge, each_day=True)
        if judged is not None:
            others[method] = judged
        if method == "recommended" and judged is not None:  # the last days are held against it
            others["recent_total"] = recent_total(series, judged, settings, judge)
    together = _together(series.counts, series.period, others, settings)
    together[: judge.start or 0] = False
    return judged, together


def _lately(counts: np.ndarray, period: str) -> NDArray[np.float64]:
    """Cases of the week up to each point; of a longer period, its own."""
    return _of_last(counts, max(1, LATELY // DAYS_IN[period]))


def _of_last(counts: np.ndarray, width: int) -> NDArray[np.float64]:
    """Cases of the last points up to each one."""
    running = np.cumsum(np.nan_to_num(counts), axis=0)
    before = np.zeros_like(running)
    before[width:] = running[:-width]
    recent: NDArray[np.float64] = running - before
    return recent


def by_chance(
    counts: np.ndarray, found: dict[str, Detection], settings: Settings
) -> NDArray[np.float64]:
    """How often chance alone gives as much as each point; 1 where nothing can say.

    The total of the last days gives it, else the recommended detector. Where neither could judge,
    EARS does: its distance from the mean of a short baseline follows Student's t.
    """
    chance = np.ones(counts.shape)
    for name, one in found.items():
        if name in EARS and name != NOT_A_DISTANCE:
            baseline = one.extra.get(BASELINE, settings.baseline)
            free, widen = np.maximum(1, baseline - 1), np.sqrt(1 + 1 / baseline)
            usual = student.sf(one.score / widen, free)
            chance = np.fmin(chance, np.where(one.alarm, usual, 1.0))
    for name in ("recommended", "recent_total"):
        one = found[name]
        chance = np.where(one.note == Note.JUDGED, one.score, chance)
    return chance


def _growth(counts: np.ndarray, length: int) -> float:
    """The last week's cases over those of the week before; of longer periods, one over one."""
    width = max(1, LATELY // length)
    now, before = np.nansum(counts[-width:]), np.nansum(counts[-2 * width : -width])
    return float(now / max(1.0, before))


def _seen(
    name: str, found: Detection, row: int, column: int, settings: Settings, key: SeriesKey
) -> Seen:
    def at(values: np.ndarray) -> float | None:
        value = float(values[row, column])
        return value if np.isfinite(value) else None

    # What judges several days together has a count of its own, to be shown beside its expectation.
    observed = at(found.extra.get("window_count", found.observed))
    note = int(found.note[row, column])
    return Seen(
        method=name,
        alarm=bool(found.alarm[row, column]),
        note="" if note == Note.JUDGED else Note(note).name,
        observed=None if observed is None else int(observed),
        expected=at(found.expected),
        upper_bound=at(found.upper_bound),
        score=at(found.score),
        settings=settings.of(name, key.disease, key.channel, key.area),
    )


def at_last(series: Series, settings: Settings) -> list[Seen]:
    """What each method makes of the last period of the first series."""
    row = len(series.dates) - 1
    found = detect(series, settings, judge=slice(row, None))
    return [
        _seen(name, one, row, 0, settings, series.keys[0])
        for name, one in found.items()
        if one.note[row, 0] != Note.NOT_ASKED
    ]


def curve(series: Series, settings: Settings, *, last: int) -> dict[str, list[object]]:
    """The last periods of the first series with the expectation of EARS C1, for a chart."""
    begin = max(0, len(series.dates) - last)
    found = detect(series, settings, judge=slice(begin, None))
    c1 = found["ears_c1"]
    part = slice(-last, None)

    def numbers(values: np.ndarray) -> list[object]:
        return [round(float(v), 2) if np.isfinite(v) else None for v in values[part, 0]]

    return {
        "dates": [str(day) for day in series.dates[part]],
        "counts": numbers(series.counts),
        "expected": numbers(c1.expected),
        "upper": numbers(c1.upper_bound),
        "alarms": _together(series.counts, series.period, found, settings)[part, 0].tolist(),
    }
