"""An HL7 v2 message as segments and fields, in the right character set."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache

from pingji.monitor.surveillance.queries.incoming import Problem

# Names of MSH-18 (HL7 table 0211) as they are met in China, and Python's names for them.
CHARSETS = {
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "ASCII": "ascii",
    "8859/1": "latin-1",
    "GB 18030-2000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
}
TIME = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)?(?P<day>\d\d)?"
    r"(?P<hour>\d\d)?(?P<minute>\d\d)?(?P<second>\d\d)?(?:\.\d{1,4})?(?P<zone>[+-]\d{4})?"
)
HEXADECIMAL = re.compile(r"X([0-9A-Fa-f]{2})+")
# Segments end with a carriage return; senders that write line feeds are understood all the same.
SEGMENT_ENDS = re.compile(r"\r\n?|\n")


class Unreadable(Exception):
    """The bytes are no HL7 v2 message; carries the problem to answer with."""

    def __init__(self, path: str, code: str, **details: str) -> None:
        super().__init__(code)
        self.problem = Problem(item=None, path=path, code=code, details=details)


@dataclass(frozen=True, slots=True)
class Separators:
    """The signs that a message says it is written with (MSH-1 and MSH-2)."""

    field: str
    component: str
    repetition: str
    escape: str
    part: str

    def clear(self, text: str) -> str:
        """Text as it was meant, without escape sequences."""
        if self.escape not in text:
            return text
        pieces = text.split(self.escape)
        if len(pieces) % 2 == 0:
            return text  # a sign that begins no sequence stands for itself
        pieces[1::2] = [self._meant(sequence) for sequence in pieces[1::2]]
        return "".join(pieces)

    def _meant(self, sequence: str) -> str:
        signs = {
            "F": self.field,
            "S": self.component,
            "R": self.repetition,
            "E": self.escape,
            "T": self.part,
            ".br": "\n",
            "H": "",
            "N": "",
        }
        if sequence in signs:
            return signs[sequence]
        if HEXADECIMAL.fullmatch(sequence):
            return bytes.fromhex(sequence[1:]).decode("utf-8", "replace")
        return self.escape + sequence + self.escape


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of a message: its name, its number among those of the name, its fields."""

    name: str
    number: int
    fields: list[str]
    signs: Separators

    def text(self, field: int, component: int = 1, *, repetition: int = 1) -> str:
        """A component in clear text; "" where it is absent. Numbers as in the standard, from 1."""
        raw = self.fields[field] if field < len(self.fields) else ""
        if raw.isalnum():  # most fields are one plain word: no separator, no escape, no space
            return raw if component == repetition == 1 else ""
        if not raw:
            return ""
        reps = raw.split(self.signs.repetition)
        if len(reps) < repetition:
            return ""
        found = reps[repetition - 1].split(self.signs.component)
        if len(found) < component:
            return ""
        value = self.signs.clear(found[component - 1]).strip()
        return "" if value == '""' else value  # "" in quotes: the sender says there is none

    def speaks_of(self, field: int) -> bool:
        """Whether a field was sent, be it to say that there is nothing."""
        return field < len(self.fields) and bool(self.fields[field].strip())

    def repetitions(self, field: int) -> int:
        """How many values a field has."""
        raw = self.fields[field] if field < len(self.fields) else ""
        return raw.count(self.signs.repetition) + 1 if raw else 0

    def path(self, field: int, component: int = 0) -> str:
        """Where a component lies, as people write it: "OBX[2]-5.1"."""
        place = f"{self.name}[{self.number}]-{field}"
        return f"{place}.{component}" if component else place


class Read:
    """A message that could be read: its segments in order."""

    def __init__(self, lines: list[str]) -> None:
        signs = Separators(*lines[0][3:8])
        seen: dict[str, int] = {}
        self.segments: list[Segment] = []
        for line in lines:
            fields = line.split(signs.field)
            name = fields[0].strip()
            if name == "MSH":
                fields.insert(1, signs.field)  # the separator is a field of its own, the first
            seen[name] = seen.get(name, 0) + 1
            self.segments.append(Segment(name, seen[name], fields, signs))
        self.header = self.segments[0]

    def first(self, name: str) -> Segment | None:
        """The first segment of a name."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[Segment]:
        """Every segment of a name."""
        return (segment for segment in self.segments if segment.name == name)


def decoded(body: bytes) -> str:
    """The message as text: by the character set it names, else UTF-8, else GB 18030.

    Raises:
        Unreadable: When the bytes are not what the message says they are.
    """
    named = _charset(body)
    for charset in [named] if named else ["utf-8", "gb18030"]:
        try:
            return body.decode(charset)
        except UnicodeDecodeError as problem:
            at = problem.start
    raise Unreadable("MSH-18", "wrong_encoding", charset=named or "UTF-8, GB 18030", byte=str(at))


def _charset(body: bytes) -> str:
    header = SEGMENT_ENDS.split(body[:2000].decode("latin-1"), maxsplit=1)[0]
    fields = header.split(header[3]) if len(header) > 3 else []
    # A Chinese character before it may hold the separator as its second byte: look from the name.
    words = [field.split("~")[0].strip().upper() for field in fields]
    if len(words) > 17 and words[17] in CHARSETS:
        return CHARSETS[words[17]]
    named = (CHARSETS[word] for word in words[12:] if len(word) > 5 and word in CHARSETS)
    return next(named, "")


def header_of(body: bytes) -> Read | None:
    """As much of a message's header as can be made out, to answer it; None where there is none."""
    first = next((line for line in re.split(rb"[\r\n]+", body[:4000]) if line.strip()), b"")
    # In its own character set first: in GBK a separator may be half of a Chinese character.
    for line in (first, first.decode("ascii", "replace").replace("\ufffd", "?").encode()):
        with contextlib.suppress(Unreadable):
            return read(line)
    return None


def token_of(body: bytes) -> str:
    """The token in MSH-8; "" where there is none."""
    found = header_of(body)
    return found.header.text(8) if found else ""


def blanked(body: bytes, token: str) -> bytes:
    """A message without its token, which nobody who looks at it is to see."""
    separator = body.lstrip()[3:4]
    within = separator + token.encode() + separator
    return body.replace(within, separator * 2, 1) if token else body


def read(body: bytes) -> Read:
    """The segments of a message.

    Raises:
        Unreadable: When it is no HL7 v2 message.
    """
    lines = [line for line in SEGMENT_ENDS.split(decoded(body)) if line.strip()]
    header = lines[0] if lines else ""
    if not header.startswith("MSH") or len(header) < 9:
        raise Unreadable("MSH", "not_hl7", begins=header[:20])
    signs = header[3:8]
    if len(set(signs)) != 5 or any(sign.isalnum() or sign.isspace() for sign in signs):
        raise Unreadable("MSH-2", "not_hl7", begins=header[:20])
    return Read(lines)


@lru_cache(4096)  # one message says the same time again and again
def as_time(text: str, zone: tzinfo) -> datetime | None:
    """A time of the standard, "20261121103000+0800"; the county's zone where none is given.

    Args:
        text: The field.
        zone: Zone of times that name none.

    Returns:
        The moment, or None where there is no time or an impossible one.
    """
    found = TIME.fullmatch(text.strip())
    if not found or not found["day"]:
        return None
    given = {
        name: int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    }
    try:
        moment = datetime(**given, tzinfo=zone)
        if found["zone"]:
            written = datetime.strptime(found["zone"], "%z")
            moment = moment.replace(tzinfo=written.tzinfo)
        moment.utctimetuple()
    except (ValueError, OverflowError):
        return None
    return moment


def as_date(text: str) -> date | None:
    """The day of a time; None where there is none."""
    found = TIME.fullmatch(text.strip())
    if not found or not found["day"]:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
