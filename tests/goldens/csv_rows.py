"""Rows of a golden or series file as text, compressed or not."""

import csv
import gzip
from pathlib import Path


def file_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return list(csv.DictReader(text.decode("utf-8-sig").splitlines()))


def golden_rows(data: Path, file: str) -> list[dict[str, str]]:
    """The rows of a golden file of the folder."""
    return _either(data / "golden" / f"{file}.csv")


def series_rows(data: Path) -> list[dict[str, str]]:
    """The rows of all series of the folder."""
    return _either(data / "series" / "series.csv")


def _either(plain: Path) -> list[dict[str, str]]:
    return file_rows(plain if plain.exists() else plain.with_suffix(".csv.gz"))
