"""The shape of a county's profile file, and the check of one.

A profile is TOML that an official can read. Everything a plan promises is a row with its clause
in the plan; what a plan leaves open comes from the base profile with its own source. Nothing in
this module needs a database.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from pingji.ground.standards import EMERGENCY, SECTIONS
from pingji.ground.standards.rules.conversions import Conversion
from pingji.ground.standards.rules.faults import Problem, ProfileProblem, line_of, problem_of
from pingji.ground.standards.rules.parts import (
    Deadline,
    DeadlineDefaults,
    Document,
    Duty,
    Grade,
    GradingRule,
    Group,
    Head,
    Indicator,
    NamedList,
    Note,
    Number,
    Part,
    Per,
    Population,
    Row,
    Setting,
    Task,
    Text,
)

FOLDER = Path(__file__).parent.parent / "profiles"


class ProfileFile(Part):
    """A whole profile as written in one file."""

    profile: Head
    document: Document
    population: Population | None = None
    sources: dict[str, Text] = {}
    departments: dict[str, str] = {}
    deadline_defaults: DeadlineDefaults | None = None
    deadline: list[Deadline] = []
    number: list[Number] = []
    indicator: list[Indicator] = []
    duty: list[Duty] = []
    lists: list[NamedList] = Field([], alias="list")
    setting: list[Setting] = []
    group: list[Group] = []
    task: list[Task] = []
    grade: list[Grade] = []
    grading: list[GradingRule] = []
    conversion: list[Conversion] = []
    note: list[Note] = []

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Give every dated promise with the section it stands in."""
        for section in SECTIONS:
            for row in getattr(self, "lists" if section == "list" else section):
                yield section, row

    def columns(self) -> dict[str, dict[str, Any]]:
        """Give every promise by its key, as the columns of a table."""
        return {row.key: self.columns_of(section, row) for section, row in self.rows()}

    def columns_of(self, section: str, row: Row) -> dict[str, Any]:
        """Give one promise as the columns of a table, plain JSON except dates and figures."""
        source = self.sources.get(row.source or "", None)
        per: Per | None = getattr(row, "per", None)
        return {
            "section": section,
            "name": row.zh,
            "name_en": row.en,
            "requirement": row.requirement,
            "clause": row.clause or "",
            "source": source.zh if source else "",
            "source_en": source.en if source else "",
            "source_key": row.source or "",
            "verified": row.verified,
            "also": [{"value": str(also.value), "clause": also.clause} for also in row.also],
            **both("note", row.note),
            **both("of", getattr(row, "of", None)),
            "value": getattr(row, "value", None),
            "unit": getattr(row, "unit", ""),
            "comparison": getattr(row, "comparison", ""),
            "per_value": per.value if per else None,
            "per_unit": per.unit if per else "",
            "by_date": getattr(row, "by", None),
            "present": getattr(row, "present", None),
            "present_year": getattr(row, "present_year", None),
            "target_year": getattr(row, "target_year", None),
            "better": getattr(row, "better", ""),
            "every": getattr(row, "every", ""),
            "items": [item.model_dump() for item in getattr(row, "items", [])],
            "warn_share": getattr(row, "warn", None),
            "escalates_to": getattr(row, "escalates_to", None) or "",
        }

    def row(self, key: str) -> Row | None:
        return next((row for _, row in self.rows() if row.key == key), None)

    def requirements(self) -> set[str]:
        """Give every requirement row this profile answers to."""
        rows = [row for _, row in self.rows()]
        parts: list[Row | Group | Task | Note] = [*rows, *self.group, *self.task, *self.note]
        return {requirement for part in parts for requirement in part.requirement}


def both(name: str, text: Text | None) -> dict[str, str]:
    return {name: text.zh if text else "", f"{name}_en": text.en if text else ""}


def shipped_profiles() -> dict[str, Path]:
    """Name every profile that ships with the program, and where it lies."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


def load_profile_file(path: Path | str) -> ProfileFile:
    """Read and check a profile.

    Args:
        path: A TOML file in UTF-8.

    Returns:
        The profile, with every row checked.

    Raises:
        ProfileProblem: With one entry (file, line, key, reason) for each fault found.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = error.strerror or str(error)
        raise ProfileProblem(
            [Problem(path.name, None, "", f"读不出文件：{why}", f"cannot be read: {why}")]
        ) from None
    except UnicodeDecodeError:
        raise ProfileProblem(
            [Problem(path.name, None, "", "文件不是 UTF-8 编码", "is not written in UTF-8")]
        ) from None
    return parse_profile(text, name=path.name, beside=path.parent)


def parse_profile(text: str, *, name: str, beside: Path | None = None) -> ProfileFile:
    """Check the text of a profile; `name` is what the problems call the file."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else None
        raise ProfileProblem(
            [Problem(name, line, "", f"不是合格的 TOML：{error}", f"is not valid TOML: {error}")]
        ) from None
    try:
        profile = ProfileFile.model_validate(data)
    except ValidationError as error:
        raise ProfileProblem(
            [problem_of(dict(fault), data, text, name) for fault in error.errors()]
        ) from None
    problems = list(CrossCheck(profile, text, name, beside))
    if problems:
        raise ProfileProblem(problems)
    return profile


def digest(text: str) -> str:
    """Tell two versions of a file apart."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class CrossCheck:
    """Faults that show only when the parts of a profile are held against each other."""

    profile: ProfileFile
    text: str
    name: str
    beside: Path | None

    def __iter__(self) -> Iterator[Problem]:
        yield from self.repetitions()
        yield from self.unknown_sources()
        yield from self.unknown_departments()
        yield from self.unknown_base()
        yield from self.unknown_groups()
        yield from self.unlike_in_emergency()

    def problem(self, section: str, index: int, field: str, zh: str, en: str) -> Problem:
        where = f"{section}[{index + 1}].{field}"
        return Problem(self.name, line_of(self.text, section, index, field), where, zh, en)

    def repetitions(self) -> Iterator[Problem]:
        seen: set[str] = set()
        for section in SECTIONS:
            for index, row in enumerate(row for s, row in self.profile.rows() if s == section):
                if row.key in seen:
                    yield self.problem(
                        section, index, "key",
                        f"“{row.key}”已在前面写过", f"“{row.key}” is already given above",
                    )  # fmt: skip
                seen.add(row.key)
        for section, field in (
            ("task", "number"),
            ("group", "key"),
            ("grade", "key"),
            ("grading", "key"),
            ("conversion", "key"),
        ):
            seen = set()
            for index, part in enumerate(getattr(self.profile, section)):
                value = getattr(part, field)
                if value in seen:
                    yield self.problem(
                        section, index, field,
                        f"“{value}”已在前面写过", f"“{value}” is already given above",
                    )  # fmt: skip
                seen.add(value)

    def unknown_sources(self) -> Iterator[Problem]:
        named: dict[str, Sequence[Row | GradingRule | Conversion]] = {
            **{s: [row for at, row in self.profile.rows() if at == s] for s in SECTIONS},
            "grading": self.profile.grading,
            "conversion": self.profile.conversion,
        }
        for section, parts in named.items():
            for index, part in enumerate(parts):
                if part.source and part.source not in self.profile.sources:
                    yield self.problem(
                        section, index, "source",
                        f"来源“{part.source}”未在 [sources] 中说明",
                        f"the source “{part.source}” is not explained in [sources]",
                    )  # fmt: skip

    def unknown_departments(self) -> Iterator[Problem]:
        for index, task in enumerate(self.profile.task):
            for field in ("lead", "responsible"):
                for unit in getattr(task, field):
                    if unit not in self.profile.departments:
                        yield self.problem(
                            "task", index, field,
                            f"单位“{unit}”未列入 [departments]",
                            f"the unit “{unit}” is not listed in [departments]",
                        )  # fmt: skip

    def unknown_base(self) -> Iterator[Problem]:
        base = self.profile.profile.extends
        if base is None:
            return
        near = self.beside / f"{base}.toml" if self.beside else None
        if base not in shipped_profiles() and not (near and near.exists()):
            yield Problem(
                self.name,
                line_of(self.text, "profile", None, "extends"),
                "profile.extends",
                f"找不到基础方案“{base}”",
                f"there is no base profile “{base}”",
            )

    def unknown_groups(self) -> Iterator[Problem]:
        known = {group.key for group in self.profile.group}
        for index, group in enumerate(self.profile.group):
            if group.under and group.under not in known:
                yield self.problem(
                    "group", index, "under",
                    f"上级小组“{group.under}”不存在", f"there is no group “{group.under}”",
                )  # fmt: skip

    def unlike_in_emergency(self) -> Iterator[Problem]:
        """A figure for emergency is of the same section as the one for peace, where there is one."""
        sections = {row.key: section for section, row in self.profile.rows()}
        for section in SECTIONS:
            for index, row in enumerate(row for s, row in self.profile.rows() if s == section):
                plain, marked, _ = row.key.partition(EMERGENCY)
                if marked and sections.get(plain, section) != section:
                    yield self.problem(
                        section, index, "key",
                        f"急时值与平时值“{plain}”不属同一类",
                        f"is not of the same section as “{plain}”, its figure in peace",
                    )  # fmt: skip
