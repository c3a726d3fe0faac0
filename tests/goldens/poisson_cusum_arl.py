"""Average run lengths of the Poisson cumulative sum against the stored table of the reference."""

from pathlib import Path

from pingji.analysis.detect.rogerson import poisson_cusum_arl
from tests.goldens.csv_rows import golden_rows
from tests.goldens.rows import Row

FILE = "poisson_cusum_arl"
TOLERANCE = 1e-6


def compare(data: Path) -> list[Row]:
    """Work out every line of the table."""
    rows = golden_rows(data, FILE)
    gaps = []
    for row in rows:
        ours = poisson_cusum_arl(float(row["h"]), float(row["k"]), float(row["theta"]))
        theirs = float(row["ARL"]), float(row["FIR_ARL"])
        gaps.append(max(abs(a / b - 1) for a, b in zip(ours, theirs, strict=True)))
    agree = sum(gap <= TOLERANCE for gap in gaps)
    return [Row(FILE, "Markov chain", len(rows), agree, 0, "", max(gaps, default=0.0))]
