"""The questions, scales and matrix of risk assessment, from their file."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from pingji.warn.alerts.models import RiskLevel

ASKED = Path(__file__).resolve().parents[1] / "data" / "assessment.toml"


@lru_cache(maxsize=1)
def criteria() -> dict[str, Any]:
    """What experts are asked now, as plain JSON values; an assessment keeps its own copy.

    Raises:
        ValueError: The matrix has not one level for each pair of the two scales.
    """
    read = tomllib.loads(ASKED.read_text(encoding="utf-8"))
    rows = read["matrix"]["rows"]
    if len(rows) != len(read["likelihood"]) or any(len(r) != len(read["impact"]) for r in rows):
        raise ValueError("assessment.toml: the matrix does not fit the scales")
    if not {level for row in rows for level in row} <= set(RiskLevel.values):
        raise ValueError("assessment.toml: the matrix names a level that there is not")
    return read


def said(row: dict[str, Any]) -> str:
    """One entry of the file in the reader's language."""
    return str(row["zh" if (get_language() or "zh").startswith("zh") else "en"])


def scale(asked: dict[str, Any], axis: str) -> list[tuple[int, str]]:
    """The steps of a scale: number and words."""
    return [(row["value"], f"{row['value']} {said(row)}") for row in asked[axis]]


def step(asked: dict[str, Any], axis: str, value: int | None) -> str:
    """One step of a scale in words; empty where none was chosen."""
    return dict(scale(asked, axis)).get(value or 0, "")


def sources(asked: dict[str, Any]) -> list[tuple[str, bool]]:
    """Where the levels, the matrix and the questions come from, and whether that text was seen."""
    found: dict[str, bool] = {}
    for part in ("results", "matrix", "questions"):
        found.setdefault(asked[part]["source"], asked[part].get("verified", True))
    return [(said(asked["sources"][name]), verified) for name, verified in found.items()]
