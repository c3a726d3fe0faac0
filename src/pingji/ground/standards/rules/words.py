"""A promise said in words: “不少于 40 间／10000 人”, “at least 40 rooms per 10,000 people”."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .profile import SECONDS_IN, VOCABULARY


def label(kind: str, word: str, language: str) -> str:
    """A word of the vocabulary in the reader's language."""
    return VOCABULARY[kind][word]["zh" if language.startswith("zh") else "en"]


def plain(value: object) -> str:
    """A figure without idle zeros; thousands are set apart."""
    number = Decimal(str(value))
    whole = number == number.to_integral_value()
    return f"{int(number):,}" if whole else f"{number.normalize():f}"


def amount(value: object, unit: str, language: str) -> str:
    """A figure with its unit."""
    space = "" if unit == "percent" and language.startswith("en") else " "
    return f"{plain(value)}{space}{label('units', unit, language)}"


def figure(row: Mapping[str, Any], language: str) -> str:
    """Say what a row demands.

    Args:
        row: Fields of a row as its file or its table has them.
        language: "zh" or "en", or a longer code that begins so.

    Returns:
        One phrase with comparison, value, unit and what it is counted on.
    """
    chinese = language.startswith("zh")
    if row.get("items"):
        return f"{len(row['items'])} {label('units', 'items', language)}"
    if row.get("every"):
        period = label("periods", row["every"], language)
        if row.get("times") is None:
            return period
        times = amount(row["times"], "times", language)
        if not chinese and row["times"] == 1:
            times = "once"
        return f"{period} {times}" if chinese else f"{times} {period}".removesuffix(" once")
    for name in SECONDS_IN:
        if row.get(name) is not None:
            return amount(row[name], name.removesuffix("s"), language)
    value = row["target"] if row.get("target") is not None else row["value"]
    comparison = row.get("comparison") or {"higher": "at_least", "lower": "at_most"}[row["better"]]
    said = f"{label('comparisons', comparison, language)} {amount(value, row['unit'], language)}"
    if row.get("per"):
        per = row["per"]
        counted = amount(per["value"], per["unit"], language)
        said += f"／{counted}" if chinese else f" per {counted}"
    return said
