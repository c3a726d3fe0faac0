"""How a disease is watched, in words: methods, what of each is set, and within which limits."""

from collections.abc import Mapping
from typing import Any

from pingji.monitor.surveillance.rules.detectors import (
    METHODS,
    Method,
    Option,
    check_detector,
    written,
)

__all__ = [
    "METHODS",
    "Method",
    "Option",
    "check_detector",
    "method_in_words",
    "options_in_words",
    "written",
]


def method_in_words(method: str) -> str:
    """What a method is called."""
    return str(METHODS[method].label) if method in METHODS else method


def options_in_words(method: str, options: Mapping[str, Any]) -> list[str]:
    """Each thing that is set of a method, as a reader sees it."""
    known = METHODS[method].options if method in METHODS else {}
    return [
        known[name].said(value) if name in known else f"{name} = {written(value)}"
        for name, value in options.items()
    ]
