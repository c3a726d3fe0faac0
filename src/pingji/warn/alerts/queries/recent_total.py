"""The cases of the last days together, against what the recommended detector expects in them."""

import numpy as np

from pingji.analysis.detect.recommended.sums import rarest_sum
from pingji.analysis.detect.result import Detection, Note
from pingji.monitor.surveillance.queries import Series
from pingji.warn.alerts.queries.kinds import by_options
from pingji.warn.alerts.queries.settings import Settings

HALF_A_CASE = 0.5


def recent_total(
    series: Series, usual: Detection, settings: Settings, judge: slice | None
) -> Detection:
    """Where the last 3, 7 or 14 days hold more than chance gives; of days only.

    The expectation is that of the recommended detector: what it cannot judge is not judged here.
    A series without any case in its history is taken to have had half a one.
    """
    shape = series.counts.shape
    note = usual.note.copy()
    found = {name: np.full(shape, np.nan) for name in ("expected", "upper_bound", "score")}
    extra = {name: np.full(shape, np.nan) for name in ("window_count", "window")}
    alarm = np.zeros(shape, np.bool_)
    rows = slice(*(judge or slice(None)).indices(len(series.dates))[:2])
    if series.period != "day":
        note[rows] = Note.NOT_ASKED
        return Detection(observed=series.counts, alarm=alarm, note=note, extra=extra, **found)
    alpha = np.empty(shape[1])
    for options, held in by_options("recent_total", series, settings):
        alpha[held] = options["alpha"]
    columns = np.flatnonzero((note[rows] == Note.JUDGED).any(axis=0))
    best = rarest_sum(
        series.counts[: rows.stop, columns],
        usual.expected[rows][:, columns],
        usual.extra["phi"][rows][:, columns],
        lengths=settings.lengths,
        drift=settings.number("detection.recent_total.drift"),
        floor=HALF_A_CASE / max(1, len(series.dates)),
    )
    rare = best.p_value <= alpha[columns]
    enough = best.total >= settings.minimum_cases
    here = np.ix_(np.arange(rows.start, rows.stop), columns)
    note[here] = np.where(np.isnan(best.p_value), np.maximum(note[here], Note.MISSING), note[here])
    judged = note[here] == Note.JUDGED
    alarm[here] = rare & enough & judged
    found["score"][here], found["expected"][here] = best.p_value, best.expected
    found["upper_bound"][here] = np.where(alarm[here], best.upper_bound(alpha[columns]), np.nan)
    extra["window_count"][here], extra["window"][here] = best.total, best.length
    return Detection(observed=series.counts, alarm=alarm, note=note, extra=extra, **found)
