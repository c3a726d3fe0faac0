"""What a message from another system says, whatever its form: checked parts, and problems.

The readers of each form (JSON, FHIR, HL7 v2) make these; one action keeps them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

PRINT = 12  # characters of the print that tells a number too long to keep from another


def fitted(number: str, longest: int) -> str:
    """A sender's number that can be kept: one too long keeps its beginning and a print of it all.

    Cut off alone, two long numbers that begin alike would be taken for one.
    """
    if len(number) <= longest:
        return number
    digest = hashlib.sha256(number.encode("utf-8", "replace")).hexdigest()[:PRINT]
    return f"{number[: longest - PRINT - 1]}~{digest}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one item was not kept, or what was left open: where, what, and what to do.

    Attributes:
        item: Number of the item in the message, from 0; None for the whole message.
        path: Where in the message: "visits[3].age", "Bundle.entry[2].resource", "PID-7".
        code: Reason, a key of `queries.messages.REASONS`.
        details: What the reason's sentence needs.
        fatal: Whether the item (or the message) was refused for it.
    """

    item: int | None
    path: str
    code: str
    details: dict[str, str] = field(default_factory=dict)
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class IncomingVisit:
    """A visit or an admission front page. `area` is a code as sent; "" means the sender's own.

    `further` holds code and words of diagnoses beside the first: they count as it does. `unsaid`
    names what the message does not speak of (complaint, diagnosis, department, visited_at): of a
    visit that is known, it stays as it stands.
    """

    item: int
    key: str
    kind: str
    visited_at: datetime
    area: str = ""
    department: str = ""
    onset_on: date | None = None
    sex: str = ""
    age: int | None = None
    person: str = ""  # identity number in clear; kept only as a keyed hash
    complaint: str = ""
    diagnosis_code: str = ""
    diagnosis: str = ""
    further: tuple[tuple[str, str], ...] = ()
    unsaid: frozenset[str] = frozenset()

    @property
    def diagnoses(self) -> tuple[tuple[str, str], ...]:
        """Code and words of every diagnosis, the first one first."""
        return ((self.diagnosis_code.strip(), self.diagnosis), *self.further)


@dataclass(frozen=True, slots=True)
class IncomingResult:
    """A laboratory's finding on one specimen."""

    item: int
    key: str
    reported_at: datetime
    finding: str
    area: str = ""
    specimen: str = ""
    test_code: str = ""
    test: str = ""
    value: str = ""
    unit: str = ""
    sex: str = ""
    age: int | None = None
    person: str = ""
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingCard:
    """A draft of a report card: what the sender knows of the patient; a person confirms it."""

    item: int
    key: str
    disease: str  # code, name, other name or ICD-10 code
    status: str
    onset_on: date | None
    diagnosed_at: datetime | None
    area: str = ""
    name: str = ""
    sex: str = ""
    born_on: date | None = None
    age: int | None = None
    person: str = ""
    phone: str = ""
    address: str = ""
    doctor: str = ""


@dataclass(frozen=True, slots=True)
class IncomingSentinelReport:
    """Figures of one sentinel for one period; `sentinel` is its name or number."""

    item: int
    sentinel: str
    starts_on: date
    values: dict[str, str]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Everything one message says.

    Attributes:
        key: The sender's own number of the message: the same number is taken once.
        kind: What it is, in the form's own word: "visits", "Bundle", "ORU^R01".
        sent_at: Time of sending by the sender's clock.
        items: How many items the message holds, kept or not.
        whole: Whether all of it is to be kept or nothing.
        refused: The sender's number of each item that its form refused, where it could be read.
    """

    key: str
    kind: str
    sent_at: datetime | None = None
    items: int = 0
    visits: tuple[IncomingVisit, ...] = ()
    results: tuple[IncomingResult, ...] = ()
    cards: tuple[IncomingCard, ...] = ()
    sentinel_reports: tuple[IncomingSentinelReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    whole: bool = False
    refused: Mapping[int, str] = field(default_factory=dict)
