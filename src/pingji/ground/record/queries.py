"""What the record shows, and whether it is whole."""

from dataclasses import dataclass

from django.db.models import Model

from pingji.ground.record.models import Head, Line
from pingji.ground.record.rules import BEGINNING, digest, instant


def content(line: Line) -> dict[str, object]:
    """The part of a line that its digest covers: everything but the digests themselves."""
    return {
        "number": line.number,
        "kind": line.kind,
        "at": instant(line.at),
        "by": line.by_id,
        "area": line.area_id,
        "subject": [line.subject_type, line.subject_id, line.subject_label],
        "reason": line.reason,
        "origin": line.origin,
        "details": line.details,
        "known_at": instant(line.known_at),
    }


@dataclass(frozen=True)
class Break:
    """The first place at which the chain does not hold.

    Attributes:
        number: Number of the line that is altered or missing.
        what: "removed" or "altered".
    """

    number: int
    what: str


def first_break() -> tuple[int, Break | None]:
    """Walk the whole chain: how many lines there are, and the first that was tampered with."""
    previous, expected = BEGINNING, 1
    while True:
        walked = expected
        lines = Line.objects.filter(number__gte=expected).order_by("number")
        for line in lines.iterator(chunk_size=5000):
            if line.number != expected:
                return expected - 1, Break(expected, "removed")
            if line.previous != previous or line.digest != digest(previous, content(line)):
                return expected - 1, Break(line.number, "altered")
            previous, expected = line.digest, expected + 1
        head = Head.objects.first() or Head(number=0, digest=BEGINNING)
        if head.number < expected:
            break
        if expected == walked:  # no line was written while we walked, and yet one is missing
            return expected - 1, Break(expected, "removed")
    if (head.number, head.digest) != (expected - 1, previous):
        return expected - 1, Break(expected - 1, "altered")
    return expected - 1, None


def lines_about(subject: Model) -> "list[Line]":
    """Everything on record about one subject, newest first."""
    return list(
        Line.objects.filter(
            subject_type=subject._meta.label_lower, subject_id=str(subject.pk)
        ).select_related("by")
    )


def harmless(cell: str) -> str:
    """A cell that a spreadsheet program will not run as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
