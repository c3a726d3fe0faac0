"""The flexible Farrington method against the stored outputs of the reference."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pingji.analysis.detect import farrington_flexible
from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import Golden, Series, read_golden, read_series
from tests.goldens.farrington_setting import agreement_by_setting, shared_options
from tests.goldens.rows import Row

FILE = "farringtonFlexible"
THRESHOLDS = {"delta": "delta", "nbPlugin": "nb_plugin", "muan": "muan"}
# Bounds of "delta" depend on the dispersion, which the reference does not iterate to the end.
TOLERANCE = {"delta": 1e-4, "nb_plugin": 1e-6, "muan": 1e-6}


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the rows that agree."""
    series = read_series(data)

    def detect(golden: Golden) -> Detection:
        return judge(golden, series[golden.series])

    return agreement_by_setting(FILE, read_golden(data, FILE), detect, compared)


def judge(golden: Golden, series: Series) -> Detection:
    """Rerun the setting of one group of rows."""
    params = golden.params
    return farrington_flexible(
        series.counts,
        **shared_options(golden, series),
        periods=params["noPeriods"],
        p_threshold_trend=params["pThresholdTrend"],
        weights_threshold=params["weightsThreshold"],
        past_weeks_not_included=params["pastWeeksNotIncluded"],
        threshold=THRESHOLDS[params["thresholdMethod"]],
        population=series.population if params["populationOffset"] else None,
        standard_errors="compat",
        score="linear_predictor",
    )


def compared(golden: Golden, found: Detection) -> Mapping[str, tuple[np.ndarray, float]]:
    """Expected count and bound; dispersion and p-value where both have them.

    The reference's p-value of "delta" and "muan" is about another mean than the one expected, and
    where it does not judge a point it may still leave a dispersion.
    """
    threshold = THRESHOLDS[golden.params["thresholdMethod"]]
    columns = {
        "expected": (found.expected[:, 0], 1e-6),
        "upperbound": (found.upper_bound[:, 0], TOLERANCE[threshold]),
        "phi": (_theirs_where_silent(found.extra["phi"][:, 0], golden, "phi"), 1e-3),
    }
    if threshold == "nb_plugin":
        pvalue = _theirs_where_silent(found.extra["pvalue"][:, 0], golden, "pvalue")
        columns["pvalue"] = (pvalue, 1e-6)
    return columns


def _theirs_where_silent(ours: np.ndarray, golden: Golden, column: str) -> np.ndarray:
    whole = ours.copy()
    silent = np.isnan(golden.columns["upperbound"])
    whole[golden.rows[silent]] = golden.columns[column][silent]
    return whole
