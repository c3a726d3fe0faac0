"""Outbreak-P: does the level rise at all, whatever the shape of the rise?"""

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.checks import as_counts
from pingji.analysis.detect.judging import assemble, judged_rows
from pingji.analysis.detect.result import Array, Detection, Note

# A logarithm this close above the limit counts as equal to it, which is no alarm.
TIE = 1e-9


def outbreak_p(
    counts: ArrayLike,
    *,
    k: float = 100.0,
    start: int = 0,
    max_cases: float = 100_000,
    compat: bool = False,
    judge: slice | None = None,
) -> Detection:
    """Compare the best never-falling mean of the counts so far with a constant one.

    The statistic at time t is the likelihood ratio of Poisson counts whose mean may rise but not
    fall (isotonic regression) against a constant mean, the product over j up to t of
    (rising mean_j / mean)^(count_j); above k it alarms. Nothing needs to be known about the level
    or the shape of the outbreak. It is meant to find the onset of one season: `start` it in a
    calm week of each season. On years of counts any season or trend is a rise.

    Args:
        counts: Counts, oldest first, shape (time,) or (time, series); NaN where none reported,
            which are passed over.
        k: Limit of the statistic, above 0.
        start: Time index at which monitoring begins.
        max_cases: Largest count tried for the upper bound.
        compat: Behave as the R package surveillance: the product is multiplied out and lost when
            it leaves the range of numbers (a long series can then fall to 0 and miss an alarm),
            and the bound is the smallest count that alarms, none where even 0 alarms. The default
            adds up logarithms and is sounder.
        judge: Time indices to be judged; None for all.

    Returns:
        Judgement of each point: `expected` is the constant mean, `score` the statistic (infinite
        where too large a number), `upper_bound` the largest count that would not alarm: -1 where
        even no case alarms, NaN where no count up to `max_cases` does. `extra` holds
        `log_statistic`. `Note.HISTORY_TOO_SHORT` before `start`.

    Raises:
        ValueError: If a count or an option is out of range.

    Source: Frisén and Andersson 2009, Sequential Analysis 28(4):434; Frisén, Andersson and
        Schiöler 2009, Stat Med 28(3):476. As a member of the package surveillance: Höhle 2007,
        Comput Stat 22:571, doi:10.1007/s00180-007-0074-8.
    """
    from pingji.analysis.detect.isotonic_loops import outbreak_loop

    array = as_counts(counts)
    for name, value in (("k", k), ("max_cases", max_cases)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be above 0, not {value}")
    if start < 0:
        raise ValueError(f"start must be 0 or more, not {start}")
    asked = judged_rows(len(array), judge)
    run = np.ascontiguousarray(array[start : max(start, asked.stop)].T)
    ratio, mean, first = np.full((3, array.shape[1], asked.stop), np.nan)
    judged_from = max(0, asked.start - start)
    limit = np.log(k) + TIE
    for s, series in enumerate(run):
        at = slice(start, asked.stop)
        outbreak_loop(
            series,
            limit,
            float(max_cases),
            judged_from,
            ratio[s, at],
            mean[s, at],
            first[s, at],
        )
    with np.errstate(over="ignore"):
        score = np.exp(ratio)
    if compat:
        for s, series in enumerate(run):
            score[s, start : asked.stop] = _products(series)
        first[(first == 0) | (np.arange(asked.stop) == start)] = np.nan
    alarm = score > k if compat else ratio > limit
    note = np.full(ratio.shape, Note.JUDGED, np.int8)
    note[:, :start] = Note.HISTORY_TOO_SHORT
    note[np.isnan(score)] = np.where(note == Note.JUDGED, Note.NO_FIT, note)[np.isnan(score)]
    return assemble(
        array,
        asked,
        expected=mean.T[asked.start :],
        upper_bound=(first if compat else first - 1).T[asked.start :],
        score=score.T[asked.start :],
        alarm=alarm.T[asked.start :],
        note=note.T[asked.start :],
        extra={"log_statistic": ratio.T[asked.start :]},
    )


def _products(series: Array) -> Array:
    """The statistic at each point as the product that the reference multiplies out, in its order.

    It may leave the range of numbers on the way, at either end, and does not come back from there.
    """
    statistic = np.full(len(series), np.nan)
    kept = series[~np.isnan(series)]
    rising: list[tuple[float, int]] = []
    with np.errstate(all="ignore"):
        for n, (t, count) in enumerate(zip(np.flatnonzero(~np.isnan(series)), kept, strict=True)):
            total, weight = float(count), 1
            while rising and total / weight <= rising[-1][0] / rising[-1][1]:
                before = rising.pop()
                total, weight = total + before[0], weight + before[1]
            rising.append((total, weight))
            mean = kept[: n + 1].mean()
            levels = np.repeat([sums / size for sums, size in rising], [s for _, s in rising])
            shares = levels / mean if mean > 0 else np.ones(n + 1)
            statistic[t] = np.cumprod(shares ** kept[: n + 1])[-1]
    return statistic
