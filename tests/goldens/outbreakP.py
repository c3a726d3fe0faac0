"""Outbreak-P against the stored outputs of the reference."""

from pathlib import Path

from pingji.analysis.detect.outbreak_p import outbreak_p
from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import Golden, agreement, read_golden, read_series
from tests.goldens.rows import Row

FILE = "outbreakP"


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)
    goldens = read_golden(data, FILE)

    def judge(golden: Golden) -> Detection:
        params = golden.params
        cases = (
            {"max_cases": params["maxUpperboundCases"]} if "maxUpperboundCases" in params else {}
        )
        counts = series[golden.series].counts
        return outbreak_p(counts, k=params["k"], compat=True, **cases)

    statistics = [golden for golden in goldens if golden.params["ret"] == "value"]
    bounds = [golden for golden in goldens if golden.params["ret"] == "cases"]
    return [
        *agreement(FILE, statistics, judge, columns={"score": "score"}),
        *agreement(FILE, bounds, judge, columns={"upper_bound": "upperbound"}),
    ]
