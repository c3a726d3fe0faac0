"""Methods that the catalogue names for a disease, each with its own options."""

from collections.abc import Callable
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
    name: str, series: Series, settings: Settings, judge: slice | None
) -> Detection | None:
    """What one method made of the series it is named for; None where it is named for none.

    The others are marked as not asked. A method whose options do not fit says NO_FIT.
    """
    groups: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for column, key in enumerate(series.keys):
        for row in settings.set_for(key.disease, key.channel):
            if row.method == name:
                groups.setdefault(str(row.options), (row.options, []))[1].append(column)
    if not groups:
        return None
    shape = series.counts.shape
    whole = Detection(
        observed=series.counts,
        **{part: np.full(shape, np.nan) for part in ("expected", "upper_bound", "score")},
        alarm=np.zeros(shape, np.bool_),
        note=np.full(shape, Note.NOT_ASKED, np.int8),
        extra={},
    )
    for options, columns in groups.values():
        _one_group(name, series, columns, options, judge, whole)
    return whole


def _one_group(
    name: str,
    series: Series,
    columns: list[int],
    options: dict[str, Any],
    judge: slice | None,
    whole: Detection,
) -> None:
    rows = list(range(*(judge or slice(None)).indices(len(series.dates))))
    counts = series.counts[:, columns]
    try:
        if series.period == "day" and name in BY_WEEK:
            # Only the last day has a whole week up to itself in blocks that end with it.
            rows = rows[-1:]
            blocks = len(counts) // WEEK
            weeks = counts[len(counts) - blocks * WEEK :].reshape(blocks, WEEK, -1).sum(axis=1)
            days = series.dates[len(counts) - blocks * WEEK :: WEEK]
            judged = _run(name, weeks, days, "week", slice(blocks - 1, blocks), options)
            at = [blocks - 1]
        else:
            judged = _run(name, counts, series.dates, series.period, judge, options)
            at = rows
    except (TypeError, ValueError):
        whole.note[np.ix_(rows, columns)] = Note.NO_FIT
        return
    for part in ("expected", "upper_bound", "score", "alarm", "note"):
        getattr(whole, part)[np.ix_(rows, columns)] = getattr(judged, part)[at]


def _run(
    name: str,
    counts: np.ndarray,
    dates: np.ndarray,
    period: str,
    judge: slice | None,
    options: dict[str, Any],
) -> Detection:
    by_date = {"dates": dates, "period": period} if name in BY_DATE else {}
    return NAMED[name](counts, judge=judge, **by_date, **options)
