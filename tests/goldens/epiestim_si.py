"""Serial intervals stored beside the reproduction numbers they were used for."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from pingji.analysis.estimate import discretised_serial_interval
from tests.goldens.csv_rows import golden_rows
from tests.goldens.discr_si import RELATIVE, excess
from tests.goldens.rows import Row

FILE = "epiestim_si"


def compare(data: Path) -> list[Row]:
    """Recompute the parametric intervals; those bundled with a data set are input, not result."""
    groups: dict[tuple[str, str, str], dict[int, float]] = defaultdict(dict)
    for row in golden_rows(data, FILE):
        key = row["series"], row["method"], row["params"]
        groups[key][int(row["k"])] = float(row["w"])
    lines = []
    for (series, method, setting), stored in groups.items():
        params = json.loads(setting)
        title = f"{method} {series}"
        if "mean_si" not in params:
            why = "given with the data, used as input"
            lines.append(Row(FILE, title, len(stored), 0, len(stored), why, 0.0))
            continue
        ours = discretised_serial_interval(params["mean_si"], params["std_si"], max(stored) + 1)
        gap = excess(ours[list(stored)], np.array(list(stored.values())))
        agree = int((gap <= RELATIVE).sum())
        lines.append(Row(FILE, title, len(stored), agree, 0, "", float(gap.max())))
    return lines
