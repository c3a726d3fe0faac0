"""What the plan promises: the county's profile as data, and the deadlines that run against it.

Here stand the words of a promise, in both languages, for pages and the command line alike.
"""

import tomllib
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any

VOCABULARY: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8")
)
SECTIONS = ("deadline", "number", "indicator", "duty", "list", "setting")
SECONDS_IN = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
EMERGENCY = "@emergency"  # ends the key of a figure that holds while an area is in emergency
WHOLE = 100  # per cent: nothing is left that could be more
PROGRAMME_DEFAULT = "programme default"


def label(kind: str, word: str, language: str) -> str:
    """Give a word of the vocabulary in the reader's language."""
    return VOCABULARY[kind][word]["zh" if language.startswith("zh") else "en"]


def plain(value: object) -> str:
    """Write a figure without idle zeros; thousands are set apart."""
    number = Decimal(str(value))
    whole = number == number.to_integral_value()
    return f"{int(number):,}" if whole else f"{number.normalize():f}"


def time_of_day(value: object) -> time:
    """The time of day that a number of hours says: 2.85 is nine minutes to three."""
    hour, minute = divmod(round(Decimal(str(value)) * 60), 60)
    return time(hour % 24, minute)


def amount(value: object, unit: str, language: str) -> str:
    """Write a figure with its unit."""
    words = label("units", unit, language)
    if unit == "o_clock" and Decimal(str(value)) % 1:
        return f"{time_of_day(value):%H:%M}"
    if not language.startswith("zh") and Decimal(str(value)) == 1:
        words = VOCABULARY["units"][unit].get("one", words)
    return f"{plain(value)}{words if words.startswith('（') else ' ' + words}"


def figure(promise: Mapping[str, Any], language: str) -> str:
    """Say what a promise demands: “不少于 40 间／10,000 人”, “at least 40 rooms per 10,000 people”.

    Args:
        promise: Its columns: section, value, unit, comparison, per_value, per_unit, every, items.
        language: "zh" or "en", or a longer code that begins so.

    Returns:
        One phrase with comparison, value, unit and what it is counted on.
    """
    section, value = promise["section"], promise["value"]
    if section == "duty":
        return frequency(value, promise["every"], language)
    if section == "list":
        return amount(value, "items", language)
    if section == "deadline":
        return amount(value, promise["unit"], language)
    said = amount(value, promise["unit"], language)
    whole = promise["unit"] == "percent" and Decimal(str(value)) == WHOLE
    if promise["comparison"] != "exactly" and not whole:
        said = f"{label('comparisons', promise['comparison'], language)} {said}"
    if promise["per_value"]:
        per = promise["per_value"], promise["per_unit"]
        if language.startswith("zh"):
            return f"{said}／{amount(*per, language)}"
        single = Decimal(per[0]) == 1
        return f"{said} per {amount(*per, language).removeprefix('1 ' if single else '')}"
    return said


def frequency(times: object, period: str, language: str) -> str:
    """Say how often a duty falls due."""
    words = label("periods", period, language)
    if times is None or period == "once":
        return words
    if language.startswith("zh"):
        return f"{words} {plain(times)} 次"
    return f"{'once' if Decimal(str(times)) == 1 else plain(times) + ' times'} {words}"
