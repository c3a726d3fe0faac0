"""An HL7 v2 message as segments and fields, in the right character set."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import hl7

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
# Segments end with a carriage return; senders that write line feeds are understood all the same.
SEGMENT_ENDS = re.compile(r"\r\n?|\n")


class Unreadable(Exception):
    """The bytes are no HL7 v2 message; carries the problem to answer with."""

    def __init__(self, path: str, code: str, **details: str) -> None:
        super().__init__(code)
        self.problem = Problem(item=None, path=path, code=code, details=details)


@dataclass(frozen=True)
class Segment:
    """One line of a message: its name, its number among those of the name, its fields."""

    name: str
    number: int
    parts: hl7.Segment
    whole: hl7.Message

    def text(self, field: int, component: int = 1, *, repetition: int = 1) -> str:
        """A component in clear text; "" where it is absent. Numbers as in the standard, from 1."""
        try:
            reps = str(self.parts(field)).split(self.whole.separators[2])
        except (IndexError, KeyError):
            return ""
        if len(reps) < repetition:
            return ""
        found = reps[repetition - 1].split(self.whole.separators[3])
        if len(found) < component:
            return ""
        value = str(self.whole.unescape(found[component - 1])).strip()
        return "" if value == '""' else value  # "" in quotes: the sender says there is none

    def repetitions(self, field: int) -> int:
        """How many values a field has."""
        try:
            raw = str(self.parts(field))
        except (IndexError, KeyError):
            return 0
        return raw.count(self.whole.separators[2]) + 1 if raw else 0

    def path(self, field: int, component: int = 0) -> str:
        """Where a component lies, as people write it: "OBX[2]-5.1"."""
        place = f"{self.name}[{self.number}]-{field}"
        return f"{place}.{component}" if component else place


class Read:
    """A message that could be read: its segments in order."""

    def __init__(self, whole: hl7.Message) -> None:
        seen: dict[str, int] = {}
        self.segments: list[Segment] = []
        for parts in whole:
            name = str(parts[0])
            seen[name] = seen.get(name, 0) + 1
            self.segments.append(Segment(name, seen[name], parts, whole))
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
    text = "\r".join(line for line in SEGMENT_ENDS.split(decoded(body)) if line.strip())
    if not text.startswith("MSH") or len(text) < 9:
        raise Unreadable("MSH", "not_hl7", begins=text[:20])
    if len(set(text[3:8])) != 5 or any(sign.isalnum() or sign.isspace() for sign in text[3:8]):
        raise Unreadable("MSH-2", "not_hl7", begins=text[:20])
    try:
        return Read(hl7.parse(text + "\r"))
    except (hl7.HL7Exception, ValueError, IndexError, KeyError) as problem:
        raise Unreadable("MSH", "not_hl7", begins=text[:20]) from problem


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
