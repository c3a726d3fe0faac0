"""Real series for the page that shows them: the files its reader writes with R, from the same data.

The data are not part of the project: they are taken from the folder of reference outputs.
"""

import csv
import gzip
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATES = ("Berlin", "Hesse", "Lower.Saxony", "Saxony")


def reference_series() -> Path | None:
    """The folder of the reference series; None where it is not on this machine."""
    given = os.environ.get("PINGJI_REFERENCE_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    series = folder / "detection" / "series"
    return series if (series / "series.csv.gz").is_file() else None


def write_real_series(source: Path, folder: Path) -> None:
    """Write newport.csv, hus.csv and flu.csv as the page's R code does.

    Args:
        source: Folder of the reference series.
        folder: Where the files go.
    """
    names = {"salmNewport_total": "Germany", "Flu2009": "school"}
    names |= {f"salmNewport_{state.replace('.', '_')}": state for state in STATES}
    found: dict[str, list[tuple[str, str, str]]] = {name: [] for name in names.values()}
    with gzip.open(source / "series.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["series"] in names:
                name = names[row["series"]]
                found[name].append((name, row["date"], row["count"]))
    school = found.pop("school")
    head = ("series", "date", "count")
    newport = [row for name in ("Germany", *STATES) for row in found[name]]
    _write(folder / "newport.csv", [head, *newport])
    _write(folder / "flu.csv", [head, *school])
    with gzip.open(source / "husO104Hosp_linelist.csv.gz", "rt", newline="") as file:
        _write(folder / "hus.csv", list(csv.reader(file)))


def _write(path: Path, rows: list) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
