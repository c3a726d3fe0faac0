"""Likelihood ratio charts against the stored outputs of the reference."""

from pathlib import Path

from pingji.analysis.detect.glr import glr
from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import Golden, Series, agreement, read_golden, read_series
from tests.goldens.rows import Row

FILE = "glr"
PERIODS = {365: "day", 52: "week", 12: "month"}


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)
    goldens = read_golden(data, FILE)

    def detect(golden: Golden) -> Detection:
        return judge(golden, series[golden.series])

    always = {"expected": "expected", "alpha": "alpha_used"}
    value = [golden for golden in goldens if golden.params["ret"] == "value"]
    cases = [golden for golden in goldens if golden.params["ret"] == "cases"]
    return [
        *agreement(FILE, value, detect, columns=always | {"score": "score"}),
        *agreement(FILE, cases, detect, columns=always | {"cases": "upperbound"}),
    ]


def judge(golden: Golden, series: Series) -> Detection:
    """Rerun the setting of one group of rows."""
    params = golden.params
    end = golden.span.stop
    return glr(
        series.counts[:end],
        threshold=params["c.ARL"],
        alpha=params["alpha"],
        change=params["change"],
        theta=params["theta"],
        direction=params["dir"],
        ret=params["ret"],
        window=params["M"] if params["M"] > 0 else None,
        shortest=params["Mtilde"],
        training=params["training"][1],
        harmonics=params["S"],
        trend=params["mu0trend"],
        refit=params["mu0refit"],
        period=PERIODS[series.frequency],
        compat=True,
    )
