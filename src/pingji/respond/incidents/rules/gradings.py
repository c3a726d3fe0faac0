"""Which grade the rules give an event, and what stands at an edge; nothing is decided here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.standards.models import GradingRule
from pingji.respond.incidents.models import Grade

# From the gravest; the number by which a plan says from which grade on something holds.
ORDER = {Grade.I: 1, Grade.II: 2, Grade.III: 3, Grade.IV: 4}
Value = float | bool | None
Read = Callable[[str, int | None], Value]
Condition = dict[str, Any]


@dataclass(frozen=True)
class Edge:
    """Something a person must look at before taking the rule's word.

    Attributes:
        kind: missing, near, barely or text.
        rule: Of which rule.
        figures: Which figures.
        said: What the plan itself says of this edge, in both languages.
        limit: The value at which the grade changes.
        value: The value read.
    """

    kind: str
    rule: GradingRule
    figures: tuple[str, ...]
    said: dict[str, str] = field(default_factory=dict)
    limit: float | None = None
    value: Value = None


@dataclass(frozen=True)
class Judged:
    """What the rules make of the figures."""

    grade: Grade
    rule: GradingRule | None
    edges: list[Edge]


def grade_of(rule: GradingRule) -> Grade:
    """The grade a rule gives."""
    return Grade(rule.grade.upper())


def holds(condition: Condition, value: Value) -> bool | None:
    """Whether a condition holds; None where its figure is not known."""
    if value is None:
        return None
    limit = condition["value"]
    match condition["is"]:
        case "yes":
            return bool(value) == limit
        case "at_least":
            return value >= limit
        case "above":
            return value > limit
        case _:
            return value <= limit


def met(rule: GradingRule, read: Read) -> bool | None:
    """Whether an event meets a rule: all of some, one of others; None where it cannot be said."""
    every = [holds(one, read(one["figure"], rule.within_days)) for one in rule.every_one]
    either = [holds(one, read(one["figure"], rule.within_days)) for one in rule.any_one]
    parts = [*every, *([_one_of(either)] if either else [])]
    if False in parts:
        return False
    return None if None in parts else True


def _one_of(answers: Sequence[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False


def judge(rules: Iterable[GradingRule], read: Read, *, near: float) -> Judged:
    """Give the gravest grade whose rule is met, and every edge on the way.

    Args:
        rules: Those that may hold for the event.
        read: The value of a figure within some days; None where it is not known.
        near: Share of a limit within which a figure is said to be near it.
    """
    gravest = sorted(rules, key=lambda rule: ORDER[grade_of(rule)])
    edges: list[Edge] = []
    for rule in gravest:
        edges += written_edges(rule, read)
        answer = met(rule, read)
        if answer:
            return Judged(grade_of(rule), rule, [*edges, *barely(rule, read, near)])
        edges += missing(rule, read) if answer is None else nearly(rule, read, near)
    return Judged(Grade.UNGRADED, None, edges)


def written_edges(rule: GradingRule, read: Read) -> list[Edge]:
    """Values at which the text itself can be read in two ways."""
    return [
        Edge(
            "text", rule, (one["figure"],), {"zh": one["zh"], "en": one["en"]}, one["value"], value
        )
        for one in rule.edges
        if (value := read(one["figure"], rule.within_days)) == one["value"]
    ]


def missing(rule: GradingRule, read: Read) -> list[Edge]:
    """The figures without which nobody can say whether a rule is met."""
    asked = [one["figure"] for one in [*rule.every_one, *rule.any_one]]
    unknown = tuple(dict.fromkeys(name for name in asked if read(name, rule.within_days) is None))
    return [Edge("missing", rule, unknown)]


def nearly(rule: GradingRule, read: Read, near: float) -> list[Edge]:
    """A rule that is missed by little, and by nothing else."""
    unmet = [
        (one, read(one["figure"], rule.within_days))
        for one in rule.every_one
        if not holds(one, read(one["figure"], rule.within_days))
    ]
    either = [(one, read(one["figure"], rule.within_days)) for one in rule.any_one]
    if either and not unmet:
        unmet = [pair for pair in either if is_near(*pair, near)][:1] or either[:1]
    if not unmet or not all(is_near(one, value, near) for one, value in unmet):
        return []
    one, value = unmet[0]
    return [Edge("near", rule, (one["figure"],), limit=one["value"], value=value)]


def barely(rule: GradingRule, read: Read, near: float) -> list[Edge]:
    """The rule that is met, where a figure lies only just on this side."""
    return [
        Edge("barely", rule, (one["figure"],), limit=one["value"], value=value)
        for one in [*rule.every_one, *rule.any_one]
        if one["is"] in ("at_least", "above")
        and (value := read(one["figure"], rule.within_days)) is not None
        and one["value"] > 1
        and holds(one, value)
        and value <= one["value"] * (1 + near)
    ]


def is_near(condition: Condition, value: Value, near: float) -> bool:
    """Whether a figure lies below its limit, but not far."""
    if condition["is"] not in ("at_least", "above") or value is None or condition["value"] <= 1:
        return False
    return condition["value"] * (1 - near) <= value <= condition["value"]


def check_grading(grade: str, suggested: str, reason: str) -> None:
    """Raise Refused unless a grade that the rules do not give comes with its reason."""
    if grade not in (Grade.UNGRADED, suggested) and not reason.strip():
        raise Refused(_("Say why this grade: which figure of which rule."), field="grade_reason")
