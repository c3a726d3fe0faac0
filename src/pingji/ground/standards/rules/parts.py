"""The parts of a profile file: what each table of it may hold."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from pingji.ground.standards import VOCABULARY

LENGTHS = ("days", "hours", "minutes", "seconds")


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
# What holds in emergency stands beside what holds in peace, under the same key with a mark.
Key = Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+(@emergency)?$")]
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
        given = [name for name in LENGTHS if getattr(self, name) is not None]
        if len(given) != 1 or not getattr(self, given[0]):
            raise refuse(
                "时长须在 days、hours、minutes、seconds 中恰好写一个，且大于 0",
                "needs exactly one of days, hours, minutes, seconds, above 0",
            )
        return self

    @property
    def given_in(self) -> str:
        return next(name for name in LENGTHS if getattr(self, name) is not None)

    @property
    def value(self) -> Decimal:
        return getattr(self, self.given_in)

    @property
    def unit(self) -> str:
        return self.given_in.removesuffix("s")


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


class Condition(Part):
    """What one figure of an event must be, or how one question must be answered."""

    figure: Word
    at_least: Figure | None = None
    above: Figure | None = None
    at_most: Figure | None = None
    yes: bool | None = None

    @model_validator(mode="after")
    def says_one_thing(self) -> "Condition":
        given = [self.at_least, self.above, self.at_most, self.yes]
        if sum(value is not None for value in given) != 1:
            raise refuse(
                "条件须在 at_least、above、at_most、yes 中恰好写一个",
                "a condition needs exactly one of at_least, above, at_most, yes",
            )
        return self


class Edge(Part):
    """A value at which the text itself can be read in two ways."""

    figure: Word
    value: Figure
    zh: Written
    en: Written


class GradingRule(Part):
    """When an event has a grade: all of `all`, and one of `any` where there are some."""

    key: Key
    grade: Word
    event: Word | None = None
    diseases: list[Word] = []
    classes: list[Literal["A", "B", "C"]] = []
    within_days: Annotated[int, Field(gt=0)] | None = None
    zh: Written
    en: Written
    all: list[Condition] = []
    any: list[Condition] = []
    edge: list[Edge] = []
    clause: Written | None = None
    source: Written
    verified: bool = True

    @model_validator(mode="after")
    def asks_something(self) -> "GradingRule":
        if not self.all and not self.any:
            raise refuse("须写条件（all 或 any）", "needs conditions: all or any")
        return self


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
    place: Text | None = None
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


def repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
