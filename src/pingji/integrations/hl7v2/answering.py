"""The answer to a message: AA when it is safe, AE when a person must look, AR when refused."""

import re
from collections.abc import Sequence
from datetime import datetime

from pingji.integrations.hl7v2.message import Read
from pingji.monitor.surveillance.queries.incoming import Problem

# Reasons in the standard's own codes (table 0357); everything else is 207, an error of its content.
CODES = {
    "missing": "101",
    "not_hl7_time": "102",
    "impossible_age": "102",
    "wrong_encoding": "102",
    "unknown_word": "103",
    "unknown_area": "103",
    "unsupported_type": "200",
    "unsupported_version": "203",
    "no_right": "204",
    "no_token": "204",
    "other_organisation": "204",
    "token_expired": "204",
    "unknown_token": "204",
    "revoked_token": "204",
    "key_taken": "205",
    "not_hl7": "100",
}
# Where our own fields lie in a message: problems found on arrival name them by those.
PLACES = {
    "key": "MSH-10",
    "sent_at": "MSH-7",
    "visits.key": "PV1-19",
    "visits.kind": "PV1-2",
    "visits.visited_at": "PV1-44",
    "visits.department": "PV1-10",
    "visits.complaint": "PV2-3",
    "visits.diagnosis_code": "DG1-3",
    "visits.diagnosis": "DG1-3",
    "results.key": "OBR-3",
    "results.taken_at": "OBR-7",
    "results.specimen": "OBR-15",
    "results.test": "OBX-3",
    "results.test_code": "OBX-3",
    "results.value": "OBX-5",
    "results.finding": "OBX-5",
    "results.unit": "OBX-6",
    "results.reported_at": "OBX-14",
    "person": "PID-3",
    "age": "PID-7",
    "sex": "PID-8",
    "area": "PID-11",
}
OWN = re.compile(r"(?P<list>\w+)\[(?P<item>\d+)\]\.(?P<field>\w+)")
SEPARATORS = "|^~\\&"
ESCAPES = str.maketrans(
    {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\", "\r": " ", "\n": " "}
)


def escaped(text: str) -> str:
    """Text in which no character is taken for a separator or the end of a segment."""
    return text.translate(ESCAPES)


def answer(
    *,
    to: Read | None,
    code: str,
    problems: Sequence[tuple[Problem, str]],
    at: datetime,
    number: str,
) -> bytes:
    """An ACK.

    Args:
        to: The message answered; None where it could not be read.
        code: AA, AE or AR.
        problems: What was wrong, with its reason in words.
        at: When the answer is given.
        number: Our own number of the answer.

    Returns:
        The answer in UTF-8, without the frame of MLLP.
    """
    header = to.header if to else None
    event = header.text(9, 2) if header else ""
    sender = [header.text(n) if header else "" for n in (3, 4)]
    receiver = [header.text(n) if header else "" for n in (5, 6)]
    control = header.text(10) if header else ""
    mode = (header.text(11) if header else "") or "P"
    version = (header.text(12) if header else "") or "2.5"
    fields = [
        "MSH",
        SEPARATORS[1:],
        escaped(receiver[0] or "PINGJI"),
        escaped(receiver[1]),
        *(escaped(name) for name in sender),
        at.strftime("%Y%m%d%H%M%S%z"),
        "",
        f"ACK^{escaped(event)}^ACK" if event else "ACK",
        escaped(number),
        escaped(mode),
        escaped(version),
    ]
    lines = ["|".join(fields + [""] * 5 + ["UNICODE UTF-8"])]
    text = problems[0][1] if problems else ""
    lines.append(f"MSA|{code}|{escaped(control)}|{escaped(text)[:200]}")
    for problem, words in problems[:20]:
        severity = "E" if problem.fatal else "W"
        where = location(problem.path)
        lines.append(
            f"ERR||{where}|{CODES.get(problem.code, '207')}|{severity}||||{escaped(words)}"
        )
    return ("\r".join(lines) + "\r").encode()


def place(path: str) -> str:
    """Where in the message a field of ours lies: "results[1].test" is OBX[2]-3."""
    found = OWN.fullmatch(path)
    if found is None:
        return PLACES.get(path, path)
    field = found["field"]
    there = PLACES.get(f"{found['list']}.{field}") or PLACES.get(field, "")
    # Each result is one OBX; everything else that is said of an item stands in the message once.
    return there.replace("OBX", f"OBX[{int(found['item']) + 1}]")


def location(path: str) -> str:
    """A place as ERR-2 writes it: "OBX[2]-5.1" becomes OBX^2^5^1^1."""
    segment, _, field = place(path).partition("-")
    name, _, number = segment.rstrip("]").partition("[")
    field, _, component = field.partition(".")
    if not field:
        return escaped(name) and escaped(name) + (f"^{number}" if number else "^1")
    parts = [escaped(name), number or "1", field, "1"] + ([component] if component else [])
    return "^".join(parts)
