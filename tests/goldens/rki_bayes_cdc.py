"""The RKI and Bayes methods and the CDC's against the stored outputs of the reference."""

from pathlib import Path
from typing import Any

from pingji.analysis.detect.bayes import bayes
from pingji.analysis.detect.cdc import cdc
from pingji.analysis.detect.result import Detection
from pingji.analysis.detect.rki import rki
from tests.goldens.agreement import Golden, Series, agreement, read_golden, read_series
from tests.goldens.rows import Row

FILE = "rki_bayes_cdc"
PERIODS = {365: "day", 52: "week", 12: "month"}


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)
    goldens = read_golden(data, FILE)

    def judge(golden: Golden) -> Detection:
        return _rerun(golden, series[golden.series])

    plain = [golden for golden in goldens if golden.method != "cdc"]
    summed = [golden for golden in goldens if golden.method == "cdc"]
    bound = {"upper_bound": "upperbound"}
    return [
        *agreement(FILE, plain, judge, columns=bound),
        *agreement(FILE, summed, judge, columns=bound | {"four_week_sum": "aggr"}),
    ]


def _rerun(golden: Golden, series: Series) -> Detection:
    options: dict[str, Any] = dict(golden.params)
    period = PERIODS[series.frequency]
    if golden.method == "cdc":
        return cdc(series.counts, period=period, **options)
    options["this_year"] = options.pop("actY")
    detect = rki if golden.method.startswith("rki") else bayes
    return detect(series.counts, period=period, **options)
