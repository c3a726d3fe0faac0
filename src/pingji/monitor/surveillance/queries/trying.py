"""How a complaint is read, for the eye; and what a changed rule would do to the last visits."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pingji.monitor.surveillance.models import Disease, Symptom, SyndromeRule, Visit
from pingji.monitor.surveillance.rules.syndromes import Reading, Rule, Rules, read

VISITS_TRIED = 2_000
EXAMPLES = 8
KINDS: dict[str, tuple[str | Promise, str]] = {
    "said": (_("symptom"), "green"),
    "denied": (_("denied"), "red"),
    "past": (_("earlier illness"), "grey"),
    "others": (_("somebody else"), "grey"),
    "denial": (_("denial"), "red"),
    "duration": (_("duration"), "blue"),
    "temperature": (_("temperature"), "blue"),
    "age": (pgettext_lazy("of a complaint", "age"), "blue"),
    "steer": (_("steers the reading"), "grey"),
    "lookalike": (_("only looks like a symptom"), "grey"),
}


@dataclass(frozen=True)
class Piece:
    """A stretch of the complaint, and what it was taken for."""

    text: str
    kind: str | Promise = ""
    colour: str = ""
    symptoms: str = ""
    days: float | None = None


@dataclass(frozen=True)
class Tried:
    """A complaint as read, in the reader's words."""

    pieces: list[Piece]
    symptoms: list[tuple[str, float | None]]
    denied: list[str]
    matched: list[tuple[Disease, SyndromeRule | None]]
    age: int | None
    temperature: float | None


def tried(text: str, *, age: int | None, rules: Rules) -> Tried:
    """How a complaint is read, in the reader's words."""
    reading = read(text, age=age, rules=rules)
    labels = {row.code: row.label for row in Symptom.objects.all()}
    numbers = [rule.number for rule in reading.matched]
    rows = SyndromeRule.objects.in_bulk(numbers)
    diseases = Disease.objects.in_bulk([rule.syndrome for rule in reading.matched])
    return Tried(
        pieces=list(_pieces(reading, labels)),
        symptoms=[(labels.get(code, code), days) for code, days in reading.symptoms.items()],
        denied=sorted(labels.get(code, code) for code in reading.denied),
        matched=[(diseases[rule.syndrome], rows.get(rule.number)) for rule in reading.matched],
        age=reading.age,
        temperature=reading.temperature,
    )


def _pieces(reading: Reading, labels: dict[str, str]) -> Iterable[Piece]:
    at = 0
    for mark in reading.marks:
        if mark.start > at:
            yield Piece(reading.text[at : mark.start])
        kind, colour = KINDS[mark.kind]
        names = "、".join(labels.get(code, code) for code in mark.symptoms)
        yield Piece(reading.text[mark.start : mark.end], kind, colour, names, mark.days)
        at = mark.end
    if at < len(reading.text):
        yield Piece(reading.text[at:])


@dataclass
class Effect:
    """What a changed rule would do to the last visits.

    Attributes:
        visits: How many were read.
        before: How many count for the syndrome by the rules in force.
        after: How many would.
        gained: Complaints that would count and do not.
        lost: Complaints that count and would not.
    """

    visits: int = 0
    before: int = 0
    after: int = 0
    gained: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def effect(visits: QuerySet[Visit], *, rule: Rule, rules: Rules) -> Effect:
    """What a rule, new or in place of the one of its number, would do to the last visits."""
    changed = [other for other in rules.rules if other.number != rule.number]
    after_rules = Rules(rules.words, rules.temperatures, [*changed, rule])
    found = Effect()
    last = visits.exclude(complaint="").order_by("-visited_at", "-id")
    for text, age in last.values_list("complaint", "age")[:VISITS_TRIED]:
        found.visits += 1
        before = rule.syndrome in read(text, age=age, rules=rules).signs
        after = rule.syndrome in read(text, age=age, rules=after_rules).signs
        found.before += before
        found.after += after
        if before != after:
            examples = found.gained if after else found.lost
            if len(examples) < EXAMPLES and text not in examples:
                examples.append(text)
    return found
