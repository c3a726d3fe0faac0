"""Live clusters of point events against the stored outputs of the reference."""

import json
from pathlib import Path

import numpy as np

from pingji.analysis.detect.stcd import stcd
from tests.goldens.agreement import difference
from tests.goldens.csv_rows import file_rows, golden_rows
from tests.goldens.rows import Row

FILE = "stcd"
TOLERANCE = 1e-6


def compare(data: Path) -> list[Row]:
    """Rerun every setting of the file and count the events that agree."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in golden_rows(data, FILE):
        groups.setdefault((row["series"], row["params"]), []).append(row)
    return [line(data, series, setting, rows) for (series, setting), rows in groups.items()]


def line(data: Path, series: str, setting: str, rows: list[dict[str, str]]) -> Row:
    """The events of one series under one setting."""
    params = json.loads(setting)
    events = file_rows(data / "series" / f"{series}_events.csv.gz")
    found = stcd(
        [float(event["t"]) for event in events],
        [[float(event["x_km"]), float(event["y_km"])] for event in events],
        radius=params["radius"],
        epsilon=params["epsilon"],
        threshold=params["threshold"],
        cusum=params["cusum"],
        compat=True,
    )
    at = np.array([int(row["event"]) - 1 for row in rows])
    gap = difference(found.score[at], np.array([float(row["score"]) for row in rows]))
    alarm = np.array([row["alarm"] in ("1", "TRUE") for row in rows])
    good = (gap <= TOLERANCE) & (alarm == found.alarm[at])
    first = [(found.clusters[0].alarm, found.clusters[0].centre)] if found.clusters else [(-2, -2)]
    theirs = {(int(row["idxFA"]) - 1, int(row["idxCC"]) - 1) for row in rows}
    if theirs != set(first):
        good[:] = False
    return Row(
        FILE, f"{series} {setting}", len(rows), int(good.sum()), 0, "", float(gap.max(initial=0))
    )
