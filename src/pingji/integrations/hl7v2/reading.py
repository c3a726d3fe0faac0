"""What an HL7 v2.5 message says: results of ORU^R01, visits of ADT, as surveillance takes them."""

import re
from dataclasses import replace
from datetime import date, datetime, tzinfo

from pingji.integrations.hl7v2.message import Read, Segment, as_date, as_time
from pingji.monitor.surveillance.queries.incoming import (
    Incoming,
    IncomingResult,
    IncomingVisit,
    Problem,
    fitted,
)

RESULTS = {("ORU", "R01")}
# Admission, registration, discharge, and changes of what was said of a visit.
VISITS = {("ADT", event) for event in ("A01", "A03", "A04", "A05", "A06", "A07", "A08", "A13")}
CANCELLED = {("ADT", "A11")}  # the visit did not take place
UNDERSTOOD = RESULTS | VISITS | CANCELLED

KINDS = {"I": "admission", "E": "emergency", "O": "outpatient", "R": "outpatient"}
SEXES = {"M": "M", "F": "F", "1": "M", "2": "F", "男": "M", "女": "F"}
IDENTITY = re.compile(r"\d{17}[\dXx]|\d{15}")
AREA = re.compile(r"\d{6,12}")
POSITIVE = re.compile(
    r"阳性|检出|positive|detected|reactive|pos|\+{1,4}|\(\+\)|10828004|260373001", re.I
)
NEGATIVE = re.compile(
    r"阴性|未检出|未见|negative|not detected|non-?reactive|neg|-|\(-\)|260385009|260415000", re.I
)
UNCLEAR = re.compile(r"可疑|弱阳性?待复查|不确定|indeterminate|equivocal|borderline|±", re.I)
FLAGS = {
    "POS": "positive",
    "NEG": "negative",
    "IND": "unclear",
    "DET": "positive",
    "ND": "negative",
}
NUMBERS = ("NM", "SN")
WITHDRAWN = ("D", "W", "X")


def understand(message: Read, zone: tzinfo) -> Incoming:
    """Say what a message means.

    Args:
        message: The message, read.
        zone: Zone of times that name none.

    Returns:
        Its content; where something is wrong, `problems` say where and what to do.
    """
    header = message.header
    kind = (header.text(9, 1), header.text(9, 2))
    key = header.text(10)
    problems = []
    if not key:
        problems.append(Problem(None, "MSH-10", "missing"))
    if kind not in UNDERSTOOD:
        named = "^".join(part for part in kind if part) or "-"
        problems.append(Problem(None, "MSH-9", "unsupported_type", {"type": named}))
    version = header.text(12)
    if version and not version.startswith("2."):
        problems.append(Problem(None, "MSH-12", "unsupported_version", {"version": version}))
    said = Incoming(key=key, kind="^".join(kind), sent_at=as_time(header.text(7), zone))
    if problems:
        return replace(said, problems=tuple(problems))
    if kind in RESULTS:
        return _results(message, said, zone)
    return _visit(message, said, zone, cancelled=kind in CANCELLED)


class Patient:
    """What PID says, without the name: surveillance keeps none of a visit or a result."""

    def __init__(self, segment: Segment | None, on: date) -> None:
        self.person = self.sex = self.area = ""
        self.age: int | None = None
        self.problems: list[tuple[str, str, dict[str, str]]] = []
        if segment is None:
            return
        for repetition in range(1, segment.repetitions(3) + 1):
            number = segment.text(3, 1, repetition=repetition)
            if IDENTITY.fullmatch(number):
                self.person = number.upper()
        sex = segment.text(8)
        self.sex = SEXES.get(sex.upper(), "")
        if sex and not self.sex and sex.upper() not in ("U", "O", "A", "N"):
            self.problems.append((segment.path(8), "unknown_word", {"words": "M, F, U"}))
        born = as_date(segment.text(7))
        if segment.text(7) and born is None:
            self.problems.append((segment.path(7), "not_hl7_time", {}))
        if born is not None:
            age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
            if 0 <= age <= 130:
                self.age = age
            else:
                self.problems.append((segment.path(7), "impossible_age", {}))
        for component in (9, 10):  # county or parish, census tract: where division codes are sent
            code = segment.text(11, component)
            if AREA.fullmatch(code):
                self.area = code

    def told(self, item: int) -> list[Problem]:
        """The problems of PID as problems of one item; the item is kept without what was wrong."""
        return [
            Problem(item, path, code, details, fatal=False) for path, code, details in self.problems
        ]


def _results(message: Read, said: Incoming, zone: tzinfo) -> Incoming:
    found: list[IncomingResult] = []
    problems: list[Problem] = []
    patient: Segment | None = None
    request: Segment | None = None
    specimen, items = "", 0
    for segment in message.segments:
        if segment.name == "PID":
            patient, request, specimen = segment, None, ""
        elif segment.name == "OBR":
            request, specimen = segment, segment.text(15, 1) or segment.text(15, 2)
        elif segment.name == "SPM":
            specimen = segment.text(4, 2) or segment.text(4, 1)
        elif segment.name == "OBX":
            result, why = _result(segment, request, patient, said, zone, item=items)
            problems += why
            if result is not None:
                found.append(replace(result, specimen=specimen))
            items += 1
    if not items:
        problems.append(Problem(None, "OBX", "missing"))
    return replace(said, items=items, results=tuple(found), problems=tuple(problems))


def _result(
    segment: Segment,
    request: Segment | None,
    patient: Segment | None,
    said: Incoming,
    zone: tzinfo,
    *,
    item: int,
) -> tuple[IncomingResult | None, list[Problem]]:
    order = (request.text(3, 1) or request.text(2, 1)) if request else ""
    code, name = segment.text(3, 1), segment.text(3, 2)
    reported, taken = _times(segment, request, said, zone)
    wrong = [
        Problem(item, path, reason)
        for path, reason, missing in (
            ("OBR-3", "missing", not order),
            (segment.path(3), "missing", not (code or name)),
            (segment.path(14), "not_hl7_time", reported is None),
        )
        if missing
    ]
    if wrong or reported is None:
        return None, wrong
    who = Patient(patient, reported.date())
    value = segment.text(5, 2) or segment.text(5, 1)
    withdrawn = segment.text(11).upper() in WITHDRAWN
    problems = who.told(item) + _no_time(item, zone, (segment, 14), (request, 22), (request, 7))
    if withdrawn:
        problems.append(Problem(item, segment.path(11), "withdrawn", fatal=False))
    return (
        IncomingResult(
            item=item,
            key=fitted("/".join(filter(None, (order, code or name, segment.text(4)))), 120),
            reported_at=reported,
            finding="unclear" if withdrawn else finding(segment),
            area=who.area,
            test_code=code[:40],
            test=name[:120],
            value=value[:60],
            unit=(segment.text(6, 1) or segment.text(6, 2))[:30],
            sex=who.sex,
            age=who.age,
            person=who.person,
            taken_at=taken,
        ),
        problems,
    )


def _times(
    segment: Segment, request: Segment | None, said: Incoming, zone: tzinfo
) -> tuple[datetime | None, datetime | None]:
    """When the laboratory reported, and when the specimen was taken."""
    reported = as_time(segment.text(14), zone)
    taken = None
    if request is not None:
        reported = reported or as_time(request.text(22), zone)
        taken = as_time(request.text(7), zone)
    return reported or said.sent_at, taken


def finding(segment: Segment) -> str:
    """Positive, negative, indeterminate, or a value that speaks for itself."""
    for repetition in range(1, segment.repetitions(8) + 1):
        flag = segment.text(8, repetition=repetition).upper()
        if flag in FLAGS:
            return FLAGS[flag]
    if segment.text(2).upper() in NUMBERS:
        return "value"
    words = [segment.text(5, component) for component in (1, 2, 4, 5, 9)]
    for word in words:
        if word and UNCLEAR.search(word):
            return "unclear"
        # Whole words: "未检出" must not be found positive for the "检出" in it.
        if word and NEGATIVE.fullmatch(word.strip(" 。.")):
            return "negative"
        if word and POSITIVE.fullmatch(word.strip(" 。.")):
            return "positive"
    joined = " ".join(words)
    if re.search(r"阴性|未检出|negative|not detected", joined, re.I):
        return "negative"
    if re.search(r"阳性|检出|positive|detected", joined, re.I):
        return "positive"
    return "value"


def _visit(message: Read, said: Incoming, zone: tzinfo, *, cancelled: bool) -> Incoming:
    visit, event = message.first("PV1"), message.first("EVN")
    if visit is None:
        return replace(said, items=1, problems=(Problem(0, "PV1", "missing"),))
    patient = message.first("PID")
    number = visit.text(19, 1) or visit.text(50, 1)
    at = as_time(visit.text(44), zone)
    if at is None and event is not None:
        at = as_time(event.text(6), zone) or as_time(event.text(2), zone)
    at = at or said.sent_at
    kind = KINDS.get(visit.text(2).upper(), "")
    wrong = [
        Problem(0, path, reason, details)
        for path, reason, details, missing in (
            ("PV1-19", "missing", {}, not number),
            ("PV1-44", "not_hl7_time", {}, at is None),
            ("PV1-2", "unknown_word", {"words": "I, O, E"}, not kind),
            ("MSH-9", "visit_cancelled", {}, cancelled),
        )
        if missing
    ]
    if wrong or at is None:
        return replace(said, items=1, problems=tuple(wrong))
    who = Patient(patient, at.date())
    diagnoses = [
        (one.text(3, 1)[:20], (one.text(3, 2) or one.text(4))[:120]) for one in message.all("DG1")
    ] or [("", "")]
    reason = message.first("PV2")
    said_of = {
        "complaint": reason is not None and reason.speaks_of(3),
        "diagnosis": message.first("DG1") is not None,
        "department": visit.speaks_of(10) or visit.speaks_of(3),
        "visited_at": visit.speaks_of(44),
    }
    kept = IncomingVisit(
        item=0,
        key=fitted(number, 80),
        kind=kind,
        visited_at=at,
        area=who.area,
        department=(visit.text(10, 2) or visit.text(10, 1) or visit.text(3, 1))[:60],
        sex=who.sex,
        age=who.age,
        person=who.person,
        complaint=(reason.text(3, 2) or reason.text(3, 1)) if reason else "",
        diagnosis_code=diagnoses[0][0],
        diagnosis=diagnoses[0][1],
        further=tuple(diagnoses[1:]),
        unsaid=frozenset(name for name, is_said in said_of.items() if not is_said),
    )
    odd = who.told(0) + _no_time(0, zone, (message.header, 7), (visit, 44))
    return replace(said, items=1, visits=(kept,), problems=tuple(odd))


def _no_time(item: int, zone: tzinfo, *places: tuple[Segment | None, int]) -> list[Problem]:
    """Times that were sent and are none; others stood in for them."""
    return [
        Problem(item, segment.path(field), "not_hl7_time", fatal=False)
        for segment, field in places
        if segment is not None
        and segment.text(field)
        and as_time(segment.text(field), zone) is None
    ]
