"""Methods that the catalogue names for a disease, each with its own options."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pingji.analysis.detect import (
    bayes,
    cdc,
    cusum,
    ewma,
    farrington,
    farrington_flexible,
    rki,
    shewhart,
)
from pingji.analysis.detect.result import Detection, Note
from pingji.monitor.surveillance.queries import Series
from pingji.warn.alerts.queries.kinds import named_for
from pingji.warn.alerts.queries.settings import Settings

WEEK = 7
# Each by its name in the catalogue; those that look at weeks judge the seven days up to the last.
NAMED: dict[str, Callable[..., Detection]] = {
    "bayes": bayes,
    "cdc": cdc,
    "cusum": cusum,
    "ewma": ewma,
    "farrington": farrington,
    "farrington_flexible": farrington_flexible,
    "rki": rki,
    "shewhart": shewhart,
}
BY_DATE = ("cdc", "farrington", "farrington_flexible")
BY_WEEK = ("bayes", "cdc", "farrington", "farrington_flexible", "rki")


def judged_by(
    name: str,
    series: Series,
    settings: Settings,
    judge: slice | None,
    *,
    each_day: bool = False,
) -> Detection | None:
    """What one method made of the series it is named for; None where it is named for none.

    The others are marked as not asked. A method whose options do not fit says NO_FIT.

    Args:
        name: One of `NAMED`.
        series: The series.
        settings: What is set for them.
        judge: Which periods.
        each_day: Whether a method that looks at weeks judges every day asked for by the seven days
            up to it, as a run of each of these days would; else the last day alone.
    """
    groups = named_for(name, series, settings)
    if not groups:
        return None
    shape = series.counts.shape
    whole = Detection(
        observed=series.counts,
        **{part: np.full(shape, np.nan) for part in ("expected", "upper_bound", "score")},
        alarm=np.zeros(shape, np.bool_),
        note=np.full(shape, Note.NOT_ASKED, np.int8),
        extra={"window_count": series.counts.astype(float), "window": np.ones(shape)},
    )
    for options, columns in groups:
        _one_group(name, series, columns, options, judge, whole, each_day=each_day)
    return whole


def _one_group(
    name: str,
    series: Series,
    columns: list[int],
    options: Mapping[str, Any],
    judge: slice | None,
    whole: Detection,
    *,
    each_day: bool,
) -> None:
    rows = range(*(judge or slice(None)).indices(len(series.dates)))
    by_week = series.period == "day" and name in BY_WEEK
    for at in _ways_to_cut(rows, each_day=each_day) if by_week else [list(rows)]:
        end = at[-1] + 1
        counts = series.counts[:end, columns]
        try:
            if by_week:
                blocks = end // WEEK
                weeks = counts[end - blocks * WEEK :].reshape(blocks, WEEK, -1).sum(axis=1)
                days = series.dates[end - blocks * WEEK : end : WEEK]
                held = slice(blocks - len(at), blocks)
                judged = _run(name, weeks, days, "week", held, options)
            else:
                held = slice(at[0], end)
                judged = _run(name, counts, series.dates[:end], series.period, held, options)
        except (TypeError, ValueError):
            whole.note[np.ix_(at, columns)] = Note.NO_FIT
            continue
        for part in ("expected", "upper_bound", "score", "alarm", "note"):
            getattr(whole, part)[np.ix_(at, columns)] = getattr(judged, part)[held]
        if by_week:  # the expectation is that of seven days: so is the count beside it
            whole.extra["window_count"][np.ix_(at, columns)] = weeks[held]
            whole.extra["window"][np.ix_(at, columns)] = WEEK


def _ways_to_cut(rows: range, *, each_day: bool) -> list[list[int]]:
    """Days that are judged together by the weeks that end with them.

    Only the last day of a week has a whole week up to itself: days of the seven weekdays need as
    many ways to cut the series into weeks.
    """
    if not each_day:
        return [[rows[-1]]]
    whole = [row for row in rows if row >= WEEK - 1]
    return [whole[first::WEEK] for first in range(min(WEEK, len(whole)))]


def _run(
    name: str,
    counts: np.ndarray,
    dates: np.ndarray,
    period: str,
    judge: slice | None,
    options: Mapping[str, Any],
) -> Detection:
    by_date = {"dates": dates, "period": period} if name in BY_DATE else {}
    return NAMED[name](counts, judge=judge, **by_date, **options)
