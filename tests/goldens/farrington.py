"""The original Farrington method against the stored outputs of the reference."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pingji.analysis.detect import farrington
from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import Golden, Series, read_golden, read_series
from tests.goldens.farrington_setting import agreement_by_setting, shared_options
from tests.goldens.rows import Row

FILE = "farrington"


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)

    def detect(golden: Golden) -> Detection:
        return judge(golden, series[golden.series])

    return agreement_by_setting(FILE, read_golden(data, FILE), detect, compared)


def judge(golden: Golden, series: Series) -> Detection:
    """Rerun the setting of one group of rows."""
    return farrington(series.counts, **shared_options(golden, series))


def compared(golden: Golden, found: Detection) -> Mapping[str, tuple[np.ndarray, float]]:
    """Bound and predicted mean; for too few cases the reference writes a bound of 0."""
    median = found.expected[:, 0].copy()
    silent = golden.columns["upperbound"] == 0
    median[golden.rows[silent]] = golden.columns["median"][silent]
    return {
        "upperbound": (np.nan_to_num(found.upper_bound[:, 0]), 1e-6),
        "median": (median, 1e-6),
    }
