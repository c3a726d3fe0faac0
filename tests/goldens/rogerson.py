"""Rogerson's cumulative sum against the stored outputs of the reference."""

from pathlib import Path

from pingji.analysis.detect.result import Detection
from pingji.analysis.detect.rogerson import rogerson
from tests.goldens.agreement import Golden, agreement, read_golden, read_series
from tests.goldens.rows import Row

FILE = "rogerson"
PERIODS = {365: "day", 52: "week", 12: "month"}


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)

    def judge(golden: Golden) -> Detection:
        params, known = golden.params, series[golden.series]
        return rogerson(
            known.counts[: golden.span.stop],
            arl0=params["ARL0"],
            s=params["s"],
            training=golden.span.start,
            rel_tol=params["rel.tol"],
            digits=params["digits"],
            period=PERIODS[known.frequency],
            compat=True,
        )

    columns = {"expected": "expected", "cases": "upperbound"}
    columns |= {"h": "h_t", "k": "k_t"}
    return agreement(FILE, read_golden(data, FILE), judge, columns=columns)
