"""Faults in a profile file, told so that an official finds the place and knows what to do."""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One fault: which file, which line, which key, and why, in both languages."""

    file: str
    line: int | None
    key: str
    zh: str
    en: str

    def told(self, language: str) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        reason = self.zh if language.startswith("zh") else self.en
        mark = "：" if language.startswith("zh") else ": "
        return mark.join(part for part in (place, self.key, reason) if part)


class ProfileProblem(Exception):
    """A profile file that cannot be used, with every fault found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(problem.told("en") for problem in problems))
        self.problems = problems


MOMENT = (
    "应为日期和时刻，如 2026-11-23T08:00:00+08:00",
    "should be a day and hour such as 2026-11-23T08:00:00+08:00",
)
# What pydantic calls a fault, said for the person who wrote the file.
REASONS = {
    "missing": ("缺少这一项", "is missing"),
    "extra_forbidden": ("没有这样的项，请检查拼写", "is not a known key; check the spelling"),
    "string_type": ("应为带引号的文字", "should be text in quotation marks"),
    "int_type": ("应为整数", "should be a whole number"),
    "is_instance_of": ("应为数字", "should be a number"),
    "decimal_type": ("应为数字", "should be a number"),
    "bool_type": ("应为 true 或 false", "should be true or false"),
    "date_type": ("应为日期，如 2022-12-31", "should be a date such as 2022-12-31"),
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "timezone_aware": (
        "应写明时区，如 2026-11-23T08:00:00+08:00",
        "should say its time zone, as 2026-11-23T08:00:00+08:00 does",
    ),
    "float_type": ("应为数字", "should be a number"),
    "list_type": ("应为方括号中的列表", "should be a list in square brackets"),
    "dict_type": ("应为表", "should be a table"),
    "model_type": ("应为表", "should be a table"),
    "too_short": ("不能为空", "must not be empty"),
    "string_too_short": ("不能为空", "must not be empty"),
}
WITH_CONTEXT = {
    "greater_than": ("应大于 {gt}", "should be above {gt}"),
    "greater_than_equal": ("不应小于 {ge}", "should not be below {ge}"),
    "less_than": ("应小于 {lt}", "should be below {lt}"),
    "less_than_equal": ("不应大于 {le}", "should not be above {le}"),
    "union_tag_invalid": (
        "“{tag}”不在可用之列：{expected_tags}",
        "“{tag}” is not one of: {expected_tags}",
    ),
    "union_tag_not_found": ("缺少 kind 这一项", "says no kind"),
    "literal_error": ("应为 {expected} 之一", "should be {expected}"),
    "string_pattern_mismatch": ("写法不合要求（{pattern}）", "is not written as {pattern}"),
    "profile": ("{zh}", "{en}"),
}


def problem_of(fault: dict[str, Any], data: dict[str, Any], text: str, name: str) -> Problem:
    """Turn one of pydantic's faults into a line that names file, line, key and reason."""
    section, index, rest = split(fault["loc"])
    zh, en = reason_of(fault)
    field = str(rest[0]) if rest else None
    return Problem(name, line_of(text, section, index, field), path_of(fault["loc"], data), zh, en)


def reason_of(fault: dict[str, Any]) -> tuple[str, str]:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in WITH_CONTEXT:
        zh, en = WITH_CONTEXT[kind]
        return zh.format(**context), en.format(**context)
    return REASONS.get(kind, (f"不合要求：{fault['msg']}", fault["msg"]))


def split(loc: tuple[int | str, ...]) -> tuple[str, int | None, tuple[int | str, ...]]:
    section = str(loc[0]) if loc else ""
    if len(loc) > 1 and isinstance(loc[1], int):
        return section, loc[1], loc[2:]
    return section, None, loc[1:]


def path_of(loc: tuple[int | str, ...], data: dict[str, Any]) -> str:
    """Name the place as the writer knows it: `deadline[3] (alert.see).hours`."""
    section, index, rest = split(loc)
    path = section
    if index is not None:
        row = data[section][index]
        known_as = row.get("key", row.get("number")) if isinstance(row, dict) else None
        path += f"[{index + 1}]" + (f" ({known_as})" if known_as else "")
    for step in rest:
        path += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return path


def line_of(text: str, section: str, index: int | None, field: str | None) -> int | None:
    """Find the line of a key; of the section's head when the key is not written there."""
    head = f"[[{section}]]" if index is not None else f"[{section}]"
    seen, start = -1, None
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("[") and re.match(r"^\[\[?[\w.\" ]+\]\]?\s*(#.*)?$", stripped):
            if start is not None:
                return start
            if stripped.startswith(head):
                seen += 1
                if seen == (index or 0):
                    start = number
                    if field is None:
                        return number
        elif start is not None and re.match(rf"^{re.escape(field or '')}\s*=", stripped):
            return number
    return start
