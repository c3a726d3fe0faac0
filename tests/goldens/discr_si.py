"""The discretised serial interval on a grid of means and standard deviations."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from pingji.analysis.estimate import discretised_serial_interval
from tests.goldens.csv_rows import golden_rows
from tests.goldens.rows import Row

FILE = "discr_si"
# The stored figures carry the rounding of the reference's own differences, about 1e-14 each.
ABSOLUTE = 1e-12
RELATIVE = 1e-6


def excess(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Relative difference where the figures are large enough to have one."""
    gap = np.abs(ours - theirs)
    return np.where(gap <= ABSOLUTE, 0.0, gap / np.maximum(np.abs(theirs), 1e-300))


def compare(data: Path) -> list[Row]:
    """Recompute every serial interval of the grid and count the probabilities that agree."""
    grid: dict[tuple[float, float], dict[int, float]] = defaultdict(dict)
    for row in golden_rows(data, FILE):
        grid[float(row["mean"]), float(row["sd"])][int(row["k"])] = float(row["w"])
    rows = agree = 0
    worst = 0.0
    for (mean, sd), stored in grid.items():
        ours = discretised_serial_interval(mean, sd, max(stored) + 1)[list(stored)]
        gap = excess(ours, np.array(list(stored.values())))
        rows += len(gap)
        agree += int((gap <= RELATIVE).sum())
        worst = max(worst, float(gap.max()))
    return [Row(FILE, "discr_si", rows, agree, 0, "", worst)]
