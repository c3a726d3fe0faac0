"""Chief complaints in Chinese as symptoms, and symptoms as syndromes. Pure: text in, codes out.

A complaint is gone through once from left to right. The longest word of the vocabulary that stands
at a place is taken; what follows a denial is denied up to where its scope ends; a duration counts
for the symptoms before it, or for those after it where it opens a clause.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pingji.monitor.surveillance.rules.measures import (
    DAYS_AGO,
    SPECIAL,
    SPECIAL_FIRST,
    UNITS,
    number,
)

Kind = Literal["said", "denied", "past", "others"]

GAP = "…"  # in a word of the vocabulary: a few characters may stand here
GAP_LENGTH = 6
LONGEST_TEXT = 2_000  # characters that are read; a chief complaint has some twenty
COMMA = ",，"
STOP = "。;；!！?？\n\r|"
DENIALS_IN_A_GAP = frozenset("无不未没,，。;；、")


@dataclass(frozen=True, slots=True)
class Rule:
    """Which symptoms together make a syndrome.

    Attributes:
        number: Number of the rule, by which screens name it.
        syndrome: Code of the syndrome.
        all_of, any_of, none_of: Every one of these symptoms, one of these, and none of these.
        longest, shortest: Days; symptoms that last longer or less long do not count.
        youngest, oldest: From this age in years up to this.
    """

    number: int
    syndrome: str
    all_of: frozenset[str] = frozenset()
    any_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()
    longest: float | None = None
    shortest: float | None = None
    youngest: int | None = None
    oldest: int | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the vocabulary: the symptoms it says, or what it does to the reading."""

    head: str
    tail: str  # after a gap; empty where the word has none
    symptoms: tuple[str, ...]
    role: str  # "" of a symptom; "lookalike"; or a role of `ReadingWord`


@dataclass(frozen=True, slots=True)
class Rules:
    """Vocabulary and rules, made ready for reading; make it with `rules_of`."""

    words: Mapping[str, Sequence[Word]]
    temperatures: Sequence[tuple[float, str]]
    rules: Sequence[Rule]
    asking: Mapping[str, set[int]] = field(init=False)  # rules that ask for a symptom; "" for none

    def __post_init__(self) -> None:
        """Find by the symptoms which rules to ask."""
        asking: dict[str, set[int]] = {}
        for place, rule in enumerate(self.rules):
            for code in (rule.all_of | rule.any_of) or ("",):
                asking.setdefault(code, set()).add(place)
        object.__setattr__(self, "asking", asking)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the complaint that was understood, and as what.

    Attributes:
        start, end: First character in the text as read, and the one after the last.
        kind: said, denied, past or others for symptoms; else "denial", "duration", "temperature",
            "age", "steer" or "lookalike".
        symptoms: Codes of the symptoms it says.
        days: How long the symptom lasts, or the duration itself; None where not said.
    """

    start: int
    end: int
    kind: str
    symptoms: tuple[str, ...] = ()
    days: float | None = None


@dataclass(slots=True)
class Reading:
    """How a complaint was read.

    Attributes:
        text: The complaint as read: full-width characters made narrow, letters small.
        marks: What was understood where, from left to right.
        symptoms: Symptoms the patient has, with their days; None where not said.
        denied: Symptoms the patient has not.
        age: Age in years, given or read.
        temperature: Highest temperature that was measured.
        matched: The rules that hold.
    """

    text: str
    marks: list[Mark] = field(default_factory=list)
    symptoms: dict[str, float | None] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    age: int | None = None
    temperature: float | None = None
    matched: list[Rule] = field(default_factory=list)

    @property
    def signs(self) -> list[str]:
        """Codes of the syndromes, each once, in the order of the rules."""
        return list(dict.fromkeys(rule.syndrome for rule in self.matched))


def plain(text: str) -> str:
    """A text with full-width characters made narrow and letters small, as words are compared."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def rules_of(
    *,
    symptoms: Mapping[str, Iterable[str]],
    lookalikes: Iterable[str] = (),
    steering: Mapping[str, str],
    temperatures: Mapping[str, float],
    rules: Iterable[Rule],
) -> Rules:
    """Vocabulary and rules made ready for reading.

    Args:
        symptoms: The words of each symptom, by its code.
        lookalikes: Words that only look like a symptom.
        steering: The role of each word that steers the reading.
        temperatures: From how many °C a measured temperature means a symptom, by its code.
        rules: Which symptoms together make a syndrome.
    """
    # A word may say several symptoms; one that says a symptom is nothing else besides.
    meant: dict[str, tuple[str, tuple[str, ...]]] = {}
    for text, role in [*((text, "lookalike") for text in lookalikes), *steering.items()]:
        meant[_bare(text)] = (role, ())
    for code, texts in symptoms.items():
        for text in map(_bare, texts):
            before = meant.get(text, ("", ()))[1]
            meant[text] = ("", before if code in before else (*before, code))
    by_first: dict[str, list[Word]] = {}
    for text, (role, codes) in meant.items():
        head, _gap, tail = text.partition(GAP)
        if head:
            by_first.setdefault(head[0], []).append(Word(head, tail, codes, role))
    for found in by_first.values():
        found.sort(key=lambda word: -len(word.head) - len(word.tail))
    return Rules(
        by_first,
        sorted(((float(degrees), code) for code, degrees in temperatures.items()), reverse=True),
        list(rules),
    )


def _bare(word: str) -> str:
    return plain(word.strip()).replace("...", GAP)


def signs_of(text: str, *, age: int | None = None, rules: Rules) -> list[str]:
    """Codes of the syndromes that a chief complaint speaks of."""
    return read(text, age=age, rules=rules).signs if text else []


def read(text: str, *, age: int | None = None, rules: Rules) -> Reading:
    """How a chief complaint is understood."""
    reading = symptoms_of(text, age=age, rules=rules)
    reading.matched = matching(reading.symptoms, reading.age, rules)
    return reading


def symptoms_of(text: str, *, age: int | None = None, rules: Rules) -> Reading:
    """What a chief complaint says, before any rule is asked what that means."""
    reading = Reading(plain(text[:LONGEST_TEXT]), age=age)
    tokens = _scan(reading.text, rules)
    _Walk(reading, tokens, rules).go()
    return reading


@dataclass(slots=True)
class _Token:
    start: int
    end: int
    kind: str  # a role, "symptom", "comma", "stop", "etc", "duration", "temperature", "age" …
    symptoms: tuple[str, ...] = ()
    value: float = 0.0
    ago: bool = False


def _scan(text: str, rules: Rules) -> list[_Token]:
    """The words of a complaint that mean something, each the longest at its place."""
    tokens: list[_Token] = []
    at, length = 0, len(text)
    while at < length:
        first = text[at]
        token = _longest_word(text, at, rules, tokens) if first in rules.words else None
        if first in SPECIAL_FIRST:
            special = _special(text, at)
            if special is not None and (token is None or special.end > token.end):
                token = special
        if token is None:
            token = _by_itself(text, at, first)
        if token is None:
            at += 1
            continue
        tokens.append(token)
        at = token.end
    return tokens


def _longest_word(text: str, at: int, rules: Rules, before: list[_Token]) -> _Token | None:
    best: _Token | None = None
    for word in rules.words[text[at]]:
        if best is not None and at + len(word.head) + GAP_LENGTH + len(word.tail) <= best.end:
            break
        if not text.startswith(word.head, at):
            continue
        end = _end_after_gap(text, at + len(word.head), word.tail)
        if end and (best is None or end > best.end) and _may_stand(word.role, at, before):
            best = _Token(at, end, word.role or "symptom", word.symptoms)
    return best


def _end_after_gap(text: str, at: int, tail: str) -> int:
    """Where a word ends whose head ends at `at`; 0 where its tail does not follow."""
    if not tail:
        return at
    found = text.find(tail, at, at + GAP_LENGTH + len(tail))
    if found < 0 or DENIALS_IN_A_GAP.intersection(text[at:found]):
        return 0
    return found + len(tail)


def _may_stand(role: str, at: int, before: list[_Token]) -> bool:
    """A word that looks back needs a symptom just before it."""
    if role not in {"negates_before", "past_before"}:
        return True
    return bool(before) and before[-1].kind == "symptom" and before[-1].end == at


def _by_itself(text: str, at: int, first: str) -> _Token | None:
    if first in COMMA:
        return _Token(at, at + 1, "comma")
    if first in STOP or (first == "." and not text[at + 1 : at + 2].isdecimal()):
        return _Token(at, at + 1, "stop")
    if first == "等":
        return _Token(at, at + 1, "etc")
    day = DAYS_AGO.get(text[at : at + 2])
    if day is not None:
        return _Token(at, at + 2, "duration", value=day, ago=True)
    return None


def _special(text: str, at: int) -> _Token | None:
    found = SPECIAL.match(text, at)
    if found is None:
        return None
    end = found.end()
    if found["date"]:
        return _Token(at, end, "date")
    if found["t1"] or found["t2"]:
        whole = found["t1"] or found["t2"]
        part = found["t1part"] or found["t2part"] or found["t2deg"] or "0"
        return _Token(at, end, "temperature", value=float(f"{whole}.{part}"))
    if found["age"]:
        return _Token(at, end, "age", value=float(found["age"]))
    days = number(found["upto"] or found["number"])
    days += 0.5 if found["half"] or found["halves"] else 0
    return _Token(at, end, "duration", value=days * UNITS[found["unit"]], ago=bool(found["ago"]))


class _Walk:
    """Goes through the words of a complaint and keeps what holds at each place."""

    def __init__(self, reading: Reading, tokens: list[_Token], rules: Rules) -> None:
        self.reading = reading
        self.tokens = tokens
        self.degrees = max((t.value for t in tokens if t.kind == "temperature"), default=0.0)
        self.fever = next((code for least, code in rules.temperatures if self.degrees >= least), "")
        self.found: list[tuple[_Token, Kind, float | None]] = []
        self.open: list[int] = []  # symptoms that still want a duration
        self.closed: list[int] = []  # those that got the last one
        self.ahead: float | None = None  # a duration that opened the clause
        self.denying: Literal["", "comma", "sentence"] = ""
        self.apart: Literal["", "past", "others"] = ""
        self.clause_from = 0  # where in `found` the clause begins

    def go(self) -> None:
        """Read all tokens, then say what was found."""
        for at, token in enumerate(self.tokens):
            step = getattr(self, f"_{token.kind}", None)
            if step is not None:
                step(at, token)
        self._conclude()

    def _mark(self, token: _Token, kind: str, *, days: float | None = None) -> None:
        self.reading.marks.append(Mark(token.start, token.end, kind, days=days))

    def _symptom(self, _at: int, token: _Token) -> None:
        kind: Kind = "denied" if self.denying else self.apart or "said"
        self.found.append((token, kind, self.ahead))
        if self.ahead is None:
            self.open.append(len(self.found) - 1)

    def _temperature(self, at: int, token: _Token) -> None:
        self.reading.temperature = self.degrees
        if self.fever and token.value == self.degrees:
            before, self.denying = self.denying, ""
            self._symptom(at, _Token(token.start, token.end, "symptom", (self.fever,)))
            self.denying = before
        else:
            self._mark(token, "temperature")

    def _age(self, _at: int, token: _Token) -> None:
        if self.reading.age is None:
            self.reading.age = int(token.value)
        self._mark(token, "age")

    def _duration(self, at: int, token: _Token) -> None:
        self._mark(token, "duration", days=token.value)
        in_clause = len(self.found) > self.clause_from
        if self.open and (in_clause or not (token.ago or self._symptom_follows(at))):
            for index in self.open:
                said, kind, _days = self.found[index]
                self.found[index] = (said, kind, token.value)
            self.closed, self.open, self.ahead = self.open, [], None
        else:
            self.ahead, self.open = token.value, []

    def _symptom_follows(self, at: int) -> bool:
        """Whether a symptom stands after this place in the same clause."""
        for token in self.tokens[at + 1 :]:
            if token.kind in {"comma", "stop", "duration"}:
                return False
            if token.kind in {"symptom", "temperature"}:
                return True
        return False

    def _negates(self, at: int, token: _Token) -> None:
        self._mark(token, "denial")
        before = self.tokens[at - 1] if at else None
        after = self.reading.text[token.end : token.end + 1]
        if before is not None and before.end == token.start:
            if before.kind.startswith("negates") and before.kind != "negates_before":
                self.denying = ""  # twice denied is said
                return
            if before.kind == "symptom" and (not after or after in COMMA + STOP):
                self._deny_last()
                return
        self.denying = "sentence" if self._list_ends_with_etc(at) else "comma"

    def _negates_list(self, at: int, token: _Token) -> None:
        self._negates(at, token)
        if self.denying:
            self.denying = "sentence"

    def _negates_before(self, _at: int, token: _Token) -> None:
        self._mark(token, "denial")
        self._deny_last()

    def _deny_last(self) -> None:
        if self.found:
            said, _kind, days = self.found[-1]
            self.found[-1] = (said, "denied", days)

    def _list_ends_with_etc(self, at: int) -> bool:
        """Whether what is denied is a list that goes on over commas up to "等"."""
        for token in self.tokens[at + 1 :]:
            if token.kind == "etc":
                return True
            if token.kind not in {"symptom", "comma", "lookalike"}:
                return False
        return False

    def _no_negation(self, _at: int, token: _Token) -> None:
        self._mark(token, "steer")
        self.denying = ""

    _ends = _no_negation

    def _past(self, _at: int, token: _Token) -> None:
        self._mark(token, "steer")
        self.apart = "past" if token.kind == "past" else "others"

    _others = _past

    def _past_before(self, _at: int, token: _Token) -> None:
        self._mark(token, "steer")
        said, kind, days = self.found[-1]
        self.found[-1] = (said, "past" if kind == "said" else kind, days)

    def _again(self, _at: int, token: _Token) -> None:
        self._mark(token, "steer")
        self.open = self.closed + self.open
        self.closed, self.ahead = [], None

    def _lookalike(self, _at: int, token: _Token) -> None:
        self._mark(token, "lookalike")

    def _comma(self, at: int, _token: _Token) -> None:
        if self.denying == "comma" or (self.denying and self._new_statement(at)):
            self.denying = ""
        self.apart, self.clause_from = "", len(self.found)

    def _new_statement(self, at: int) -> bool:
        """Whether the clause that begins here says how long: then it is no part of a denied list."""
        for token in self.tokens[at + 1 :]:
            if token.kind in {"duration", "temperature", "ends"}:
                return True
            if token.kind in {"comma", "stop", "etc"}:
                return False
        return False

    def _stop(self, _at: int, _token: _Token) -> None:
        self.denying, self.apart, self.ahead = "", "", None
        self.open, self.closed, self.clause_from = [], [], len(self.found)

    def _conclude(self) -> None:
        symptoms = self.reading.symptoms
        for token, kind, days in self.found:
            self.reading.marks.append(Mark(token.start, token.end, kind, token.symptoms, days))
            for code in token.symptoms:
                if kind == "said":
                    known = [value for value in (symptoms.get(code), days) if value is not None]
                    symptoms[code] = min(known) if known else None
                elif kind == "denied":
                    self.reading.denied.add(code)
        self.reading.denied.difference_update(symptoms)
        self.reading.marks.sort(key=lambda mark: mark.start)


def matching(symptoms: Mapping[str, float | None], age: int | None, rules: Rules) -> list[Rule]:
    """The rules that hold for a patient of an age with these symptoms."""
    if not symptoms:
        return []
    asked: set[int] = set().union(*(rules.asking.get(code, ()) for code in ("", *symptoms)))
    return [
        rule
        for rule in (rules.rules[place] for place in sorted(asked))
        if rule.none_of.isdisjoint(symptoms)
        and _age_fits(rule, age)
        and _symptoms_fit(rule, symptoms)
    ]


def _age_fits(rule: Rule, age: int | None) -> bool:
    """Whether a rule may hold at this age; an unknown age excludes nobody."""
    if age is None:
        return True
    return (rule.youngest is None or age >= rule.youngest) and (
        rule.oldest is None or age <= rule.oldest
    )


def _symptoms_fit(rule: Rule, symptoms: Mapping[str, float | None]) -> bool:
    if not rule.all_of <= symptoms.keys():
        return False
    if rule.any_of and not any(
        code in symptoms and _lasts(rule, symptoms[code]) for code in rule.any_of
    ):
        return False
    return all(_lasts(rule, symptoms[code]) for code in rule.all_of)


def _lasts(rule: Rule, days: float | None) -> bool:
    """Whether a symptom lasts as the rule asks; an unknown duration is no reason against it.

    Where a rule asks for a shortest time, that time must be said.
    """
    if days is None:
        return rule.shortest is None
    return (rule.longest is None or days <= rule.longest) and (
        rule.shortest is None or days >= rule.shortest
    )
