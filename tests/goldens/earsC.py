"""EARS C1, C2 and C3 against the stored outputs of the reference."""

from pathlib import Path

from pingji.analysis.detect.ears import ears_c1, ears_c2, ears_c3
from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import Golden, agreement, read_golden, read_series
from tests.goldens.rows import Row

FILE = "earsC"
DETECTORS = {"C1": ears_c1, "C2": ears_c2, "C3": ears_c3}


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)

    def judge(golden: Golden) -> Detection:
        options = dict(golden.params)
        method = options.pop("method")
        options["min_sigma"] = options.pop("minSigma")
        if method == "C3":
            options["compat"] = True
        return DETECTORS[method](series[golden.series].counts, **options)

    return agreement(FILE, read_golden(data, FILE), judge, columns={"upper_bound": "upperbound"})
