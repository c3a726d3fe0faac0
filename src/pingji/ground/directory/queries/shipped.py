"""Which areas and demonstration counties ship with the program, before there is any database."""

import csv
import tomllib
from functools import cache
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


@cache
def listed_areas() -> dict[str, tuple[str, str]]:
    """Chinese and English name of every area of the shipped list, by its code."""
    with (DATA / "areas.csv").open(encoding="utf-8") as file:
        return {row["code"]: (row["name"], row["name_en"]) for row in csv.DictReader(file)}


@cache
def demonstration_areas() -> frozenset[str]:
    """Codes of the counties and cities for which a demonstration can be made."""
    with (DATA / "demo.toml").open("rb") as file:
        return frozenset(row["code"] for row in tomllib.load(file)["county"])
