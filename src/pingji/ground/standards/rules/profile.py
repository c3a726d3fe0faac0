"""The shape of a county's profile file, and the check of one.

A profile is TOML that an official can read. Everything a plan promises is a row with its clause
in the plan; what a plan leaves open comes from the base profile with its own source. Nothing in
this module needs a database.
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from .faults import Problem, ProfileProblem, line_of, problem_of

FOLDER = Path(__file__).parent.parent / "profiles"
VOCABULARY: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8")
)
SECTIONS = ("deadline", "number", "indicator", "duty", "list", "setting")
SECONDS_IN = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def refuse(zh: str, en: str) -> PydanticCustomError:
    return PydanticCustomError("profile", "{en}", {"zh": zh, "en": en})


def as_decimal(value: object) -> object:
    """Whole numbers are figures too; text and true/false are not."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def one_of(words: str) -> BeforeValidator:
    def check(value: object) -> object:
        known = VOCABULARY[words]
        if value not in known:
            raise refuse(
                f"“{value}”不在可用词之列：{'、'.join(known)}",
                f"“{value}” is not one of: {', '.join(known)}",
            )
        return value

    return BeforeValidator(check)


Figure = Annotated[Decimal, BeforeValidator(as_decimal), Field(ge=0)]
Unit = Annotated[str, one_of("units")]
Comparison = Annotated[str, one_of("comparisons")]
Key = Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
Requirement = Annotated[str, Field(pattern=r"^R([1-9]|[1-9]\d|1[01]\d|12\d)$")]
Written = Annotated[str, Field(min_length=1)]
Year = Annotated[int, Field(ge=1949, le=2200)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Text(Part):
    """The same words in Chinese and in English."""

    zh: Written
    en: Written


class Also(Part):
    """What the same plan says elsewhere about the same figure."""

    value: Figure
    clause: Written


class Per(Part):
    value: Figure
    unit: Unit


class Row(Part):
    """One promise: its key, its name, what it answers to and where it is written."""

    key: Key
    zh: Written
    en: Written
    requirement: list[Requirement] = []
    clause: Written | None = None
    source: Written | None = None
    verified: bool = True
    note: Text | None = None
    also: list[Also] = []

    @model_validator(mode="after")
    def has_an_origin(self) -> "Row":
        if not self.clause and not self.source:
            raise refuse(
                "须写明条款（clause）或来源（source）", "needs a clause of the plan or a source"
            )
        return self


class Deadline(Row):
    """How long something may take."""

    days: Figure | None = None
    hours: Figure | None = None
    minutes: Figure | None = None
    seconds: Figure | None = None
    warn: Annotated[Decimal, BeforeValidator(as_decimal), Field(gt=0, lt=1)] | None = None
    escalates_to: Word | None = None

    @model_validator(mode="after")
    def has_one_length(self) -> "Deadline":
        given = [name for name in SECONDS_IN if getattr(self, name) is not None]
        if len(given) != 1 or not getattr(self, given[0]):
            raise refuse(
                "时长须在 days、hours、minutes、seconds 中恰好写一个，且大于 0",
                "needs exactly one of days, hours, minutes, seconds, above 0",
            )
        return self

    @property
    def given_in(self) -> str:
        return next(name for name in SECONDS_IN if getattr(self, name) is not None)

    @property
    def value(self) -> Decimal:
        return getattr(self, self.given_in)

    @property
    def unit(self) -> str:
        return self.given_in.removesuffix("s")

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=float(self.value * SECONDS_IN[self.given_in]))


class Number(Row):
    """A size, a ratio or a count the plan demands."""

    value: Figure
    unit: Unit
    comparison: Comparison
    per: Per | None = None
    of: Text | None = None
    by: date | None = None


class Indicator(Row):
    """A yearly figure: what it is now, what it shall be."""

    unit: Unit
    target: Figure
    target_year: Year | None = None
    present: Figure | None = None
    present_year: Year | None = None
    better: Literal["higher", "lower"]
    of: Text | None = None

    @model_validator(mode="after")
    def is_complete(self) -> "Indicator":
        if (self.present is None) != (self.present_year is None):
            raise refuse(
                "现值（present）与年份（present_year）须同时写",
                "present and present_year go together",
            )
        if self.unit == "percent" and max(self.target, self.present or 0) > 100:
            raise refuse("百分比不得超过 100", "a percentage cannot be above 100")
        return self

    @property
    def value(self) -> Decimal:
        return self.target

    @property
    def comparison(self) -> str:
        return "at_least" if self.better == "higher" else "at_most"


class Duty(Row):
    """What has to be done, how often."""

    every: Annotated[str, one_of("periods")]
    times: Annotated[int, Field(ge=1)] | None = None
    by: date | None = None

    @model_validator(mode="after")
    def counts_when_it_can(self) -> "Duty":
        if (self.times is None) != (self.every in {"continuous", "as_needed"}):
            raise refuse(
                "周期性职责须写次数（times）；持续或按需的职责不写",
                "a duty with a period needs times; a continuous or as-needed one has none",
            )
        return self

    @property
    def value(self) -> Decimal | None:
        return None if self.times is None else Decimal(self.times)


class Item(Part):
    key: Word
    zh: Written
    en: Written


class NamedList(Row):
    """A set the plan names one by one; its size is a figure too."""

    items: Annotated[list[Item], Field(min_length=1)]

    @model_validator(mode="after")
    def names_each_once(self) -> "NamedList":
        twice = repeated(item.key for item in self.items)
        if twice:
            raise refuse(f"条目重复：{'、'.join(twice)}", f"named twice: {', '.join(twice)}")
        return self

    @property
    def value(self) -> Decimal:
        return Decimal(len(self.items))


class Setting(Number):
    """A figure the program needs and no plan gives."""


class Member(Part):
    role: Text
    unit: Text


class Group(Part):
    """A body of the command: who sits in it and in what part."""

    key: Word
    zh: Written
    en: Written
    under: Word | None = None
    requirement: list[Requirement] = []
    clause: Written
    members: list[Member] = []


class Task(Part):
    """A line of the task ledger: what, who leads, who answers for it, by when."""

    number: Written
    zh: Written
    en: Written
    chapter: Text | None = None
    lead: list[Written] = []
    responsible: list[Written] = []
    due: date | None = None
    due_clause: Written | None = None
    long_term: bool = False
    requirement: list[Requirement] = []
    clause: Written

    @model_validator(mode="after")
    def says_why_it_is_due(self) -> "Task":
        if (self.due is None) != (self.due_clause is None):
            raise refuse("期限（due）须写明出处（due_clause）", "a due date needs its due_clause")
        return self


class Grade(Part):
    """A grade of an event, 1 the gravest."""

    key: Word
    level: Annotated[int, Field(ge=1, le=9)]
    zh: Written
    en: Written
    colour: Literal["red", "orange", "yellow", "blue", "grey"]
    source: Written
    verified: bool = True


class Note(Part):
    """What a reader of the profile has to know about the text it was drawn from."""

    kind: Annotated[str, one_of("notes")]
    zh: Written
    en: Written
    requirement: list[Requirement] = []
    clause: Written | None = None


class Population(Part):
    value: Annotated[int, Field(gt=0)]
    year: Year | None = None
    source: Text
    verified: bool = False


class Document(Part):
    """The paper behind the profile."""

    mark: Annotated[str, Field(pattern=r"^S\d$")] | None = None
    title: Written
    number: Written | None = None
    issuer: Written | None = None
    issued: Written | None = None
    draft: bool = False


class Head(Part):
    name: Word
    title: Text
    areas: list[Annotated[str, Field(pattern=r"^\d{2}(\d{2}(\d{2})?)?$")]] = []
    everywhere: bool = False
    extends: Word | None = None
    in_force_from: date
    area_inferred: bool = False

    @model_validator(mode="after")
    def holds_somewhere(self) -> "Head":
        if bool(self.areas) == self.everywhere:
            raise refuse(
                "须写适用地区代码（areas），或写 everywhere = true",
                "needs the codes of its areas, or everywhere = true",
            )
        return self


class DeadlineDefaults(Part):
    """What holds for every deadline whose row does not say otherwise."""

    warn: Annotated[Decimal, BeforeValidator(as_decimal), Field(gt=0, lt=1)]
    escalates_to: Word
    source: Written


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
    note: list[Note] = []

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Give every dated promise with the section it stands in."""
        for section in SECTIONS:
            for row in getattr(self, "lists" if section == "list" else section):
                yield section, row

    def row(self, key: str) -> Row | None:
        return next((row for _, row in self.rows() if row.key == key), None)

    def requirements(self) -> set[str]:
        """Give every requirement row this profile answers to."""
        parts = [*(row for _, row in self.rows()), *self.group, *self.task, *self.note]
        return {requirement for part in parts for requirement in part.requirement}


def repeated(names: Iterator[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


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
            [problem_of(fault, data, text, name) for fault in error.errors()]
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
        for section, field in (("task", "number"), ("group", "key"), ("grade", "key")):
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
        for section in SECTIONS:
            for index, row in enumerate(row for s, row in self.profile.rows() if s == section):
                if row.source and row.source not in self.profile.sources:
                    yield self.problem(
                        section, index, "source",
                        f"来源“{row.source}”未在 [sources] 中说明",
                        f"the source “{row.source}” is not explained in [sources]",
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
