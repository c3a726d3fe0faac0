"""The seasonal negative binomial detector against the stored outputs of the reference.

The reference draws random numbers. Its generator and seed are known, so that the draws can be made
again and the bounds agree; two counts, or one in a hundred, are allowed all the same.
"""

from pathlib import Path

import numpy as np

from pingji.analysis.detect.boda import boda
from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import Golden, read_golden, read_series
from tests.goldens.csv_rows import file_rows
from tests.goldens.r_random import normal_numbers
from tests.goldens.rows import Row

FILE = "bodaDelay"
PERIODS = {365: "day", 52: "week", 12: "month"}
SEED = 1
OTHER_MODEL = "the reference models delay, or infers, in another way"


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)
    dated = {
        row["series"]: row["epoch_as_date"] == "TRUE"
        for row in file_rows(data / "series" / "catalog.csv")
    }
    rows = []
    for golden in read_golden(data, FILE):
        known, end = series[golden.series], golden.span.stop
        dates = known.dates[:end] if dated[golden.series] else None
        rows.append(line(golden, known.counts[:end], dates, PERIODS[known.frequency]))
    return rows


def judge(golden: Golden, counts: np.ndarray, dates: np.ndarray | None, period: str) -> Detection:
    """Rerun the setting of one group of rows."""
    params = golden.params
    return boda(
        counts,
        b=params["b"],
        w=params["w"],
        periods=params["noPeriods"],
        trend=params["trend"],
        past_weeks_not_included=params["pastWeeksNotIncluded"],
        alpha=params["alpha"],
        limit54=tuple(params["limit54"]),
        dates=dates,
        period=period,
        draws=normal_numbers(SEED, params["mc.munu"]),
        compat=True,
        judge=golden.span,
    )


def line(golden: Golden, counts: np.ndarray, dates: np.ndarray | None, period: str) -> Row:
    """How far one group of rows agrees."""
    name = f"{golden.method} {golden.series} {golden.setting}"
    if golden.params["delay"] or golden.params["inferenceMethod"] != "asym":
        return Row(FILE, name, len(golden.rows), 0, len(golden.rows), OTHER_MODEL, 0.0)
    found = judge(golden, counts, dates, period)
    ours, theirs = found.upper_bound[golden.rows, 0], golden.columns["upperbound"]
    gap = np.abs(ours - theirs)
    near = (gap <= np.maximum(2.0, 0.01 * theirs)) | (np.isnan(ours) & np.isnan(theirs))
    same = found.alarm[golden.rows, 0] == (golden.columns["alarm"] == 1)
    agree = int((near & same).sum())
    worst = float(np.nanmax(gap / np.maximum(theirs, 1.0), initial=0.0))
    return Row(FILE, name, len(gap), agree, 0, "", worst)
