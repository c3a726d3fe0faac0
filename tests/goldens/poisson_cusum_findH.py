"""Designs of the Poisson cumulative sum against the stored table of the reference."""

from pathlib import Path

from pingji.analysis.detect.rogerson import find_h
from tests.goldens.csv_rows import golden_rows
from tests.goldens.rows import Row

FILE = "poisson_cusum_findH"
TOLERANCE = 1e-6


def compare(data: Path) -> list[Row]:
    """Search the limit of every line of the table."""
    rows = golden_rows(data, FILE)
    gaps = []
    for row in rows:
        found = find_h(float(row["ARL0"]), float(row["theta0"]), s=float(row["s"]))
        ours = found.h, found.k, found.arl, found.gap
        theirs = [float(row[name]) for name in ("h", "k", "ARL", "rel.tol")]
        gaps.append(max(abs(a / b - 1) for a, b in zip(ours, theirs, strict=True)))
    agree = sum(gap <= TOLERANCE for gap in gaps)
    return [Row(FILE, "search", len(rows), agree, 0, "", max(gaps, default=0.0))]
