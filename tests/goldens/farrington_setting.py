"""Settings of the reference's Farrington methods in the words of ours, and how rows compare."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pingji.analysis.detect.result import Detection
from tests.goldens.agreement import STOPS, Golden, Series, difference, stopped_by
from tests.goldens.rows import Row

PERIODS = {365: "day", 52: "week", 12: "month"}
# What a label leaves out, because the package documents it as its default.
DEFAULTS = {
    "b": 5, "w": 3, "reweight": True, "weightsThreshold": 2.58, "alpha": 0.05, "trend": True,
    "pThresholdTrend": 0.05, "limit54": [5, 4], "powertrans": "2/3", "populationOffset": False,
    "noPeriods": 1, "thresholdMethod": "delta", "epochAsDate": True,
}  # fmt: skip


def shared_options(golden: Golden, series: Series) -> dict[str, Any]:
    """Options that the original and the flexible method have in common."""
    params = golden.params
    return {
        "b": params["b"],
        "w": params["w"],
        "alpha": params["alpha"],
        "reweight": params["reweight"],
        "trend": params["trend"],
        "limit54": tuple(params["limit54"]),
        "power": params["powertrans"],
        "dates": series.dates if params["epochAsDate"] else None,
        "period": PERIODS[series.frequency],
        "judge": golden.span,
        "empty_baseline": "compat",
    }


def label(golden: Golden) -> str:
    """Method and whatever is not the default."""
    defaults = DEFAULTS | {"pastWeeksNotIncluded": golden.params["w"]}
    differs = {k: v for k, v in golden.params.items() if k in defaults and v != defaults[k]}
    return " ".join([golden.method, *(f"{k}={v}" for k, v in sorted(differs.items()))])


def agreement_by_setting(
    file: str,
    goldens: list[Golden],
    judge: Callable[[Golden], Detection],
    compared: Callable[[Golden, Detection], Mapping[str, tuple[np.ndarray, float]]],
) -> list[Row]:
    """Rerun all groups and count the rows that agree, one line per setting.

    Args:
        file: Name of the golden file.
        goldens: Its rows, by series and setting.
        judge: Reruns a group.
        compared: Our figures for each golden column to be compared, by time, and the tolerance.

    Returns:
        One line per setting. Alarms must be equal on every row.
    """
    lines: dict[str, list[Any]] = {}
    for golden in goldens:
        line = lines.setdefault(label(golden), [0, 0, 0.0, set()])
        line[0] += len(golden.rows)
        try:
            found = judge(golden)
        except STOPS as error:
            line[3].add(stopped_by(error))
            continue
        good = found.alarm[golden.rows, 0] == (golden.columns["alarm"] == 1)
        worst = 0.0
        for column, (ours, tolerance) in compared(golden, found).items():
            gap = difference(ours[golden.rows], golden.columns[column])
            good &= gap <= tolerance
            worst = max(worst, float(gap.max()))
        line[1] += int(good.sum())
        line[2] = max(line[2], worst)
    return [
        Row(file, name, rows, agree, 0, "; ".join(sorted(why)), worst)
        for name, (rows, agree, worst, why) in lines.items()
    ]
