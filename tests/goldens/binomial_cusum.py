"""The cumulative sum on proportions against the stored outputs of the reference."""

from pathlib import Path

import numpy as np

from pingji.analysis.detect.binomial_cusum import binomial_cusum
from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import Golden, agreement, read_golden, read_series
from tests.goldens.csv_rows import series_rows
from tests.goldens.rows import Row

FILE = "binomial_cusum"
PERIODS = {365: "day", 52: "week", 12: "month"}


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)
    tested: dict[str, list[float]] = {}
    for row in series_rows(data):
        if row["population"]:
            tested.setdefault(row["series"], []).append(float(row["population"]))

    def judge(golden: Golden) -> Detection:
        params, known = golden.params, series[golden.series]
        end = golden.span.stop
        return binomial_cusum(
            known.counts[:end],
            np.array(tested[golden.series][:end]),
            h=params["h"],
            odds_ratio=params["R"],
            training=golden.span.start,
            period=PERIODS[known.frequency],
            compat=True,
        )

    columns = {"proportion": "expected", "score": "score", "tested": "n"}
    return agreement(FILE, read_golden(data, FILE), judge, columns=columns)
