"""The CUSUM charts against the stored outputs of the reference."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from pingji.analysis.detect.cusum import cusum
from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import Golden, agreement, read_golden, read_series
from tests.goldens.rows import Row

FILE = "cusum"
PERIODS = {365: "day", 52: "week", 12: "month"}


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)

    def judge(golden: Golden) -> Detection:
        options = dict(golden.params)
        options["transformation"] = options.pop("trans")
        source = series[golden.series]
        period = PERIODS[source.frequency]
        return cusum(source.counts, period=period, compat=True, judge=golden.span, **options)

    # Where the reference has lost its sum it states 0 as the bound, and states none for "none".
    goldens = [_without_idle_bounds(golden) for golden in read_golden(data, FILE)]
    stated = [g for g in goldens if g.params["trans"] != "none"]
    bare = [g for g in goldens if g.params["trans"] == "none"]
    figures = {"score": "score", "expected": "expected"}
    return [
        *agreement(FILE, stated, judge, columns=figures | {"upper_bound": "upperbound"}),
        *agreement(FILE, bare, judge, columns=figures),
    ]


def _without_idle_bounds(golden: Golden) -> Golden:
    lost = np.isnan(golden.columns["alarm"])
    blanked = {
        column: np.where(lost, np.nan, figures) for column, figures in golden.columns.items()
    }
    return replace(golden, columns=blanked)
