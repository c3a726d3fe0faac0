"""The RKI and Bayes methods and the CDC's against the stored outputs of the reference."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from pingji.analysis.detect.bayes import bayes
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

    def detect(golden: Golden) -> Detection:
        return judge(golden, series[golden.series])

    plain = [golden for golden in goldens if golden.method != "cdc"]
    summed = [golden for golden in goldens if golden.method == "cdc"]
    bound = {"upper_bound": "upperbound"}
    if importlib.util.find_spec("pingji.analysis.detect.cdc") is None:
        number = sum(len(golden.rows) for golden in summed)
        return [
            *agreement(FILE, plain, detect, columns=bound),
            Row(FILE, "cdc", number, 0, 0, "", float("inf")),
        ]
    return [
        *agreement(FILE, plain, detect, columns=bound),
        *agreement(FILE, summed, detect, columns=bound | {"four_week_sum": "aggr"}),
    ]


def judge(golden: Golden, series: Series) -> Detection:
    """Rerun the setting of one group of rows."""
    options: dict[str, Any] = dict(golden.params)
    period = PERIODS[series.frequency]
    if golden.method == "cdc":
        cdc = importlib.import_module("pingji.analysis.detect.cdc").cdc
        return cdc(series.counts, period=period, **options)
    options["this_year"] = options.pop("actY")
    detect = rki if golden.method.startswith("rki") else bayes
    return detect(series.counts, period=period, **options)
