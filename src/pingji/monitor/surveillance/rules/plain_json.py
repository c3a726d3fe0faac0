"""The plain JSON form: what a message of each kind must look like, and what is wrong with one.

A message as a whole is read first; where one of its items is wrong, all are read one by one, so
that each is answered by itself.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from pingji.monitor.surveillance.rules.incoming import (
    Incoming,
    IncomingCard,
    IncomingResult,
    IncomingSentinelReport,
    IncomingVisit,
    Problem,
)

LONGEST_SHOWN = 80  # characters of the number of an item that was refused
MOST_ITEMS = 1_000  # of one message; more go into several
Text = Annotated[str, Meta(max_length=2000)]
Key = Annotated[
    str, Meta(min_length=1, max_length=80, description="The sender's own number; kept once.")
]
Area = Annotated[
    str,
    Meta(max_length=60, description="Code of the place of residence, township or village."),
]
Person = Annotated[
    str, Meta(max_length=60, description="Identity number; kept only as a keyed hash.")
]
Age = Annotated[int, Meta(ge=0, le=130)]
Sex = Literal["", "M", "F", "U"]
Moment = Annotated[
    datetime, Meta(description="RFC 3339; without an offset in the county's own time.")
]


class VisitIn(Struct, forbid_unknown_fields=True):
    """A visit to a clinic or an emergency department, or an admission's front page."""

    key: Key
    kind: Literal["outpatient", "emergency", "admission"]
    visited_at: Moment
    area: Area = ""
    department: Text = ""
    onset_on: date | None = None
    sex: Sex = ""
    age: Age | None = None
    person: Person = ""
    complaint: Text = ""
    diagnosis_code: Text = ""
    diagnosis: Text = ""


class ResultIn(Struct, forbid_unknown_fields=True):
    """A laboratory's finding on one specimen."""

    key: Key
    reported_at: Moment
    finding: Literal["positive", "negative", "unclear", "value"]
    area: Area = ""
    specimen: Text = ""
    test_code: Text = ""
    test: Text = ""
    value: Text = ""
    unit: Text = ""
    sex: Sex = ""
    age: Age | None = None
    person: Person = ""
    taken_at: Moment | None = None


class CardIn(Struct, forbid_unknown_fields=True):
    """A draft of a report card, for a person to confirm."""

    key: Annotated[str, Meta(min_length=1, max_length=60)]
    disease: Annotated[str, Meta(min_length=1, description="Code, name or ICD-10 code.")]
    status: Literal["suspected", "clinical", "confirmed", "carrier"]
    onset_on: date | None = None
    diagnosed_at: Moment | None = None
    area: Area = ""
    name: Text = ""
    sex: Sex = ""
    born_on: date | None = None
    age: Age | None = None
    person: Person = ""
    phone: Text = ""
    address: Text = ""
    doctor: Text = ""


class SentinelReportIn(Struct, forbid_unknown_fields=True):
    """The figures of one sentinel for one period; zeros are written out."""

    sentinel: Annotated[str, Meta(min_length=1, description="Its name or number.")]
    starts_on: Annotated[date, Meta(description="First day of the period.")]
    values: dict[str, int | float | str]
    remark: Text = ""


OptionalKey = Annotated[
    str, Meta(max_length=100, description="The sender's own number of the message; taken once.")
]


def _envelope(name: str, kind: str, item: Any) -> Any:
    """The form of messages of one kind: the list of items bears the kind's name."""
    items = Annotated[list[item], Meta(min_length=1, max_length=MOST_ITEMS)]
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        (kind, items),
        ("key", OptionalKey, ""),
        ("sent_at", Moment | None, None),
    ]
    return msgspec.defstruct(name, fields, forbid_unknown_fields=True)


@dataclass(frozen=True)
class Form:
    """How messages of one kind are read.

    Attributes:
        kind: "visits", "results", "cards" or "sentinel_reports": the name of the list.
        schema: The whole message, as the documents describe it.
        whole: Reads a message all of whose items are right.
        apart: Reads a message and leaves its items as they are.
        one: Reads one item.
        take: Makes what the message says from one item.
    """

    kind: str
    schema: Any
    whole: msgspec.json.Decoder[Any]
    apart: msgspec.json.Decoder[Any]
    one: msgspec.json.Decoder[Any]
    take: Callable[[int, Any, tzinfo], Any]


def _moment(moment: datetime | None, zone: tzinfo) -> Any:
    return moment.replace(tzinfo=zone) if moment is not None and moment.tzinfo is None else moment


def _visit(n: int, v: VisitIn, zone: tzinfo) -> IncomingVisit:
    return IncomingVisit(
        n,
        v.key,
        v.kind,
        _moment(v.visited_at, zone),
        v.area,
        v.department,
        v.onset_on,
        v.sex,
        v.age,
        v.person,
        v.complaint,
        v.diagnosis_code,
        v.diagnosis,
    )


def _result(n: int, r: ResultIn, zone: tzinfo) -> IncomingResult:
    return IncomingResult(
        item=n,
        key=r.key,
        reported_at=_moment(r.reported_at, zone),
        finding=r.finding,
        area=r.area,
        specimen=r.specimen,
        test_code=r.test_code,
        test=r.test,
        value=r.value,
        unit=r.unit,
        sex=r.sex,
        age=r.age,
        person=r.person,
        taken_at=_moment(r.taken_at, zone),
    )


def _card(n: int, c: CardIn, zone: tzinfo) -> IncomingCard:
    said = {name: getattr(c, name) for name in c.__struct_fields__}
    return IncomingCard(item=n, **said | {"diagnosed_at": _moment(c.diagnosed_at, zone)})


def _report(n: int, r: SentinelReportIn, zone: tzinfo) -> IncomingSentinelReport:
    values = {name: str(value) for name, value in r.values.items()}
    return IncomingSentinelReport(n, r.sentinel, r.starts_on, values, r.remark)


def _form(kind: str, name: str, item: Any, take: Callable[[int, Any, tzinfo], Any]) -> Form:
    schema = _envelope(name, kind, item)
    return Form(
        kind,
        schema,
        msgspec.json.Decoder(schema),
        msgspec.json.Decoder(_envelope(f"{name}Apart", kind, Raw)),
        msgspec.json.Decoder(item),
        take,
    )


FORMS = {
    form.kind: form
    for form in (
        _form("visits", "VisitsIn", VisitIn, _visit),
        _form("results", "ResultsIn", ResultIn, _result),
        _form("cards", "CardsIn", CardIn, _card),
        _form("sentinel_reports", "SentinelReportsIn", SentinelReportIn, _report),
    )
}


class Unreadable(Exception):
    """The message as a whole cannot be read.

    Attributes:
        problem: Why.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def own_key(body: bytes) -> str:
    """The number of a message that has none: the same content has the same."""
    return f"sha256:{hashlib.sha256(body).hexdigest()[:32]}"


def read(kind: str, body: bytes, *, zone: tzinfo) -> Incoming:
    """What a message says, with a problem for every item that is wrong.

    Args:
        kind: Key of FORMS.
        body: The message as received.
        zone: Time zone of moments that name none.

    Raises:
        Unreadable: If it is no JSON, or not of this kind's form.
    """
    form = FORMS[kind]
    problems: list[Problem] = []
    refused: dict[int, str] = {}
    try:
        message = form.whole.decode(body)
        said = list(enumerate(getattr(message, kind)))
        count = len(said)
    except UnicodeDecodeError:
        raise Unreadable(Problem(None, "", "not_utf8")) from None
    except (msgspec.DecodeError, RecursionError):
        message, found = _one_by_one(form, body, problems, refused)
        said, count = found, len(getattr(message, kind))
    items: dict[str, Any] = {kind: tuple(form.take(n, item, zone) for n, item in said)}
    return Incoming(
        key=message.key or own_key(body),
        kind=kind,
        sent_at=_moment(message.sent_at, zone),
        items=count,
        problems=tuple(problems),
        refused=refused,
        **items,
    )


def _one_by_one(
    form: Form, body: bytes, problems: list[Problem], refused: dict[int, str]
) -> tuple[Any, list[Any]]:
    try:
        message = form.apart.decode(body)
    except UnicodeDecodeError:
        raise Unreadable(Problem(None, "", "not_utf8")) from None
    except msgspec.ValidationError as problem:
        raise Unreadable(as_problem(str(problem), None, "")) from None
    except (msgspec.DecodeError, RecursionError) as problem:
        raise Unreadable(Problem(None, "", "not_json", {"why": str(problem)[:200]})) from None
    found = []
    for n, raw in enumerate(getattr(message, form.kind)):
        try:
            found.append((n, form.one.decode(raw)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            problems.append(as_problem(str(problem), n, f"{form.kind}[{n}]"))
            refused[n] = _number_of(raw, form.kind)
    return message, found


class _Named(Struct):
    """Of an item that is wrong, only what its sender calls it."""

    key: Any = ""
    sentinel: Any = ""


NAMED = msgspec.json.Decoder(_Named)


def _number_of(raw: Raw, kind: str) -> str:
    """What the sender calls an item that was refused; empty where even that cannot be read."""
    try:
        named = NAMED.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    given = named.sentinel if kind == "sentinel_reports" else named.key
    readable = isinstance(given, str | int) and not isinstance(given, bool)
    return str(given)[:LONGEST_SHOWN] if readable else ""


# The library's own words for what is wrong, and ours.
WORDS: tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), code, names)
    for pattern, code, names in (
        (r"Object missing required field `([^`]*)`", "missing", ("+field",)),
        (r"Object contains unknown field `([^`]*)`", "field_unknown", ("+field",)),
        (r"Expected `str` of length >= 1$", "missing", ()),
        (r"Expected `str` of length <= (\d+)", "text_too_long", ("most",)),
        (r"Expected `array` of length >= 1$", "no_items", ()),
        (r"Expected `array` of length <= (\d+)", "too_many_items", ("most",)),
        (r"Expected `int` [<>]= ", "impossible_age", ()),
        (r"Invalid enum value '([^']*)'", "unknown_word", ("given",)),
        (r"Invalid RFC3339 encoded (datetime|date)", "not_a_date", ()),
        (r"Expected `([^`]*)`, got `([^`]*)`", "kind_wrong", ("expected", "given")),
    )
)
CHOICES = {"sex": "M, F, U", "kind": "outpatient, emergency, admission"}
CHOICES |= {"finding": "positive, negative, unclear, value"}
CHOICES |= {"status": "suspected, clinical, confirmed, carrier"}


def as_problem(words: str, item: int | None, root: str) -> Problem:
    """What the library says of a message, as a problem with its place."""
    said, _at, place = words.partition(" - at `$")
    path = root + place.rstrip("`")
    for pattern, code, names in WORDS:
        match = pattern.match(said)
        if match is None:
            continue
        details = {name: value[:80] for name, value in zip(names, match.groups(), strict=False)}
        below = details.pop("+field", None)
        if below is not None:
            path = f"{path}.{below}"
        if code == "unknown_word":
            details["words"] = CHOICES.get(path.rpartition(".")[2], "")
        return Problem(item, path.removeprefix("."), code, details)
    return Problem(item, path.removeprefix("."), "not_json", {"why": said[:200]})


def schema(kind: str) -> dict[str, Any]:
    """The form of a kind's messages as JSON Schema, in one piece."""
    made = msgspec.json.schema(FORMS[kind].schema)
    parts = made.pop("$defs")

    def whole(node: Any) -> Any:
        if isinstance(node, list):
            return [whole(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return whole(parts[node["$ref"].removeprefix("#/$defs/")])
        return {name: whole(one) for name, one in node.items()}

    return whole(made)
