"""What messages say, as rows of their tables: areas and diseases found, persons hashed."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import orjson

from pingji.ground import statements
from pingji.ground.directory.models import COUNTY_DIGITS, Organisation
from pingji.ground.directory.models.identity import sealed_hash
from pingji.monitor.surveillance.actions.intake.rows import Table, Values
from pingji.monitor.surveillance.models import Channel, LabResult
from pingji.monitor.surveillance.queries.codes import Codes
from pingji.monitor.surveillance.rules.arrivals import ICD10, OLDEST_DAY, VISIT_TEXTS, day_of, fit
from pingji.monitor.surveillance.rules.incoming import (
    IncomingResult,
    IncomingVisit,
    Problem,
)
from pingji.monitor.surveillance.rules.syndromes import Rules, matching, symptoms_of

MOST_REMEMBERED = 50_000  # complaints and how they were read
POSITIVE = LabResult.Finding.POSITIVE.value
Symptoms = tuple[tuple[str, float | None], ...]
SYNDROME, PATHOGEN = Channel.SYNDROME.value, Channel.PATHOGEN.value


def visit_counts(row: Values) -> Iterator[tuple[str, str, str, date]]:
    """A visit counts once for each disease and syndrome it speaks of."""
    if row["signs"]:
        day = day_of(row["visited_at"])
        for sign in row["signs"]:
            yield sign, SYNDROME, row["area_id"], day


def result_counts(row: Values) -> Iterator[tuple[str, str, str, date]]:
    """A result counts where it found something, on the day the specimen was taken."""
    if row["finding"] == POSITIVE and row["disease_id"]:
        day = day_of(row["taken_at"] or row["reported_at"])
        yield row["disease_id"], PATHOGEN, row["area_id"], day


VISITS = Table(
    "surveillance_visit",
    {
        "organisation_id": "bigint",
        "key": "text",
        "kind": "text",
        "area_id": "text",
        "department": "text",
        "visited_at": "timestamptz",
        "onset_on": "date",
        "sex": "text",
        "age": "int",
        "person_hash": "text",
        "complaint": "text",
        "diagnosis_code": "text",
        "diagnosis": "text",
        "signs": "jsonb",
        "sent_at": "timestamptz",
        "known_at": "timestamptz",
        "message_id": "bigint",
    },
    frozenset({"signs", "sent_at", "known_at", "message_id"}),
    visit_counts,
)
RESULTS = Table(
    "surveillance_labresult",
    {
        "organisation_id": "bigint",
        "key": "text",
        "area_id": "text",
        "specimen": "text",
        "test_code": "text",
        "test": "text",
        "disease_id": "text",
        "finding": "text",
        "value": "text",
        "unit": "text",
        "sex": "text",
        "age": "int",
        "person_hash": "text",
        "taken_at": "timestamptz",
        "reported_at": "timestamptz",
        "sent_at": "timestamptz",
        "known_at": "timestamptz",
        "message_id": "bigint",
    },
    frozenset({"sent_at", "known_at", "message_id"}),
    result_counts,
)


@dataclass(frozen=True)
class Origin:
    """Who said something, when, in which message."""

    organisation: Organisation
    message: int
    sent_at: datetime
    known_at: datetime

    def values(self) -> Values:
        """The columns that every item has."""
        return {
            "organisation_id": self.organisation.pk,
            "message_id": self.message,
            "sent_at": self.sent_at,
            "known_at": self.known_at,
        }


class Places:
    """Areas by their codes, as many as a batch of messages names."""

    def __init__(self, said: Iterable[str]) -> None:
        named = {code for code in map(str.strip, said) if code.isascii() and code.isdigit()}
        self.known = set(_areas(named)) if named else set()

    def of(self, code: str, organisation: Organisation) -> tuple[str, str]:
        """The area something is counted in, and the reason why it is not the one named."""
        code = code.strip()
        own: str = organisation.area_id
        if not code:
            return own, ""
        if code not in self.known:
            return own, "unknown_area"
        if not code.startswith(own[:COUNTY_DIGITS]):
            return own, "area_elsewhere"
        return code, ""


def _areas(codes: set[str]) -> Iterator[str]:
    """Those of the codes that an area has."""
    found = statements.ask(
        "select code from directory_area where code = any(%s::text[])", [list(codes)]
    )
    yield from (row[0] for row in found)


class Complaints:
    """How complaints were read, remembered: patients complain of the same again and again."""

    def __init__(self) -> None:
        self.rules: Rules | None = None
        self.ages: list[int] = []
        # What each complaint says, and the age it names; what such symptoms mean at an age.
        self.said: dict[str, tuple[Symptoms, int | None]] = {}
        self.meant: dict[tuple[Symptoms, int | None], list[str]] = {}

    def signs(self, text: str, age: int | None, rules: Rules) -> list[str]:
        """Codes of the syndromes of a complaint."""
        if not text:
            return []
        if self.rules is not rules or len(self.said) + len(self.meant) > MOST_REMEMBERED:
            # Ages between two that the rules name are read alike.
            bounds = {rule.youngest for rule in rules.rules}
            bounds |= {rule.oldest + 1 for rule in rules.rules if rule.oldest is not None}
            self.ages = sorted(bound for bound in bounds if bound is not None)
            self.rules, self.said, self.meant = rules, {}, {}
        said, meant = self.said, self.meant
        read = said.get(text)
        if read is None:
            reading = symptoms_of(text, rules=rules)
            read = said[text] = tuple(reading.symptoms.items()), reading.age
        symptoms, named = read
        age = named if age is None else age
        place = symptoms, None if age is None else bisect_right(self.ages, age)
        found = meant.get(place)
        if found is None:
            held = matching(dict(symptoms), age, rules)
            found = meant[place] = list(dict.fromkeys(rule.syndrome for rule in held))
        return found


complaints = Complaints()  # one for the process; threads may read one complaint twice at worst


def _placed(
    said: IncomingVisit | IncomingResult, kind: str, places: Places, origin: Origin
) -> tuple[str, list[Problem]]:
    area, why = places.of(said.area, origin.organisation)
    if not why:
        return area, []
    path = f"{kind}[{said.item}].area"
    return area, [Problem(said.item, path, why, {"given": said.area[:60]}, fatal=False)]


KNOWN_VISITS = """
    select v.organisation_id, v.key, v.department, v.visited_at, v.complaint, v.age, v.diagnosis_code,
           v.diagnosis, v.signs
    from unnest(%s::bigint[], %s::text[]) as k(o, n)
    join surveillance_visit v on v.organisation_id = k.o and v.key = k.n
    order by 1, 2 for update of v
"""


def known_visits(said: Iterable[tuple[int, IncomingVisit]]) -> dict[tuple[int, str], Values]:
    """The visits that stand already, of those that a message does not tell the whole of."""
    places = [(pk, visit.key.strip()) for pk, visit in said if visit.unsaid]
    places = [place for place in places if fit(place[1])]
    if not places:
        return {}
    columns = [list(column) for column in zip(*places, strict=True)]
    found = {}
    for pk, key, *rest in statements.ask(KNOWN_VISITS, columns).fetchall():
        names = ("department", "visited_at", "complaint", "age", "diagnosis_code", "diagnosis")
        *values, signs = rest
        found[pk, key] = dict(zip(names, values, strict=True)) | {
            "signs": orjson.loads(signs) if isinstance(signs, str) else signs
        }
    return found


def completed(
    visit: IncomingVisit, stood: Values | None, rules: Rules
) -> tuple[IncomingVisit, list[str]]:
    """A visit with what stands of it where its message says nothing.

    Args:
        visit: As the message says.
        stood: As it stands; None where it is new.
        rules: How complaints are read.

    Returns:
        The visit, and the diseases of diagnoses that stand beside the first one.
    """
    if stood is None:
        return visit, []
    kept = {name: stood[name] for name in visit.unsaid}
    diseases = []
    if "diagnosis" in visit.unsaid:
        kept["diagnosis_code"] = stood["diagnosis_code"]
        complained = complaints.signs(stood["complaint"], stood["age"], rules)
        diseases = [sign for sign in stood["signs"] if sign not in complained]
    return replace(visit, **kept), diseases


def visit_row(
    visit: IncomingVisit,
    origin: Origin,
    *,
    places: Places,
    codes: Codes,
    rules: Rules,
    stood: Values | None = None,
) -> tuple[Values, list[Problem]]:
    """A visit as its table keeps it, and what was left open."""
    visit, diseases = completed(visit, stood, rules)
    area, open_ = _placed(visit, "visits", places, origin)
    where = f"visits[{visit.item}]"
    day = day_of(visit.visited_at)
    onset = visit.onset_on
    if onset is not None and not OLDEST_DAY <= onset <= day:
        details = {"given": onset.isoformat()}
        code = "onset_later" if onset > day else "onset_long_ago"
        open_.append(Problem(visit.item, f"{where}.onset_on", code, details, fatal=False))
        onset = None
    signs = complaints.signs(visit.complaint, visit.age, rules)
    signs = [*signs, *(disease for disease in diseases if disease not in signs)]
    for code, _words, disease in codes.of_diagnoses(visit.diagnoses, day):
        if disease and disease not in signs:
            signs = [*signs, disease]
        elif code and not disease and not ICD10.fullmatch(code):
            details = {"given": code}
            path = f"{where}.diagnosis_code"
            open_.append(Problem(visit.item, path, "unknown_diagnosis", details, fatal=False))
    values = origin.values() | {
        "key": visit.key.strip(),
        "kind": visit.kind,
        "area_id": area,
        "department": visit.department,
        "visited_at": visit.visited_at,
        "onset_on": onset,
        "sex": visit.sex,
        "age": visit.age,
        "person_hash": sealed_hash(visit.person) if visit.person else "",
        "complaint": visit.complaint,
        "diagnosis_code": visit.diagnosis_code.strip(),
        # All of them, so that another diagnosis makes the visit another.
        "diagnosis": "；".join(w for _code, w in visit.diagnoses if w)[: VISIT_TEXTS["diagnosis"]],
        "signs": signs,
    }
    return values, open_


def result_row(
    result: IncomingResult, origin: Origin, *, places: Places, codes: Codes
) -> tuple[Values, list[Problem]]:
    """A laboratory result as its table keeps it, and what was left open."""
    area, open_ = _placed(result, "results", places, origin)
    disease = codes.of_test(result.test_code, result.test, day_of(result.reported_at))
    if disease is None:
        details = {"given": (result.test or result.test_code)[:80]}
        path = f"results[{result.item}].test"
        open_.append(Problem(result.item, path, "unknown_test", details, fatal=False))
    values = origin.values() | {
        "key": result.key.strip(),
        "area_id": area,
        "specimen": result.specimen,
        "test_code": result.test_code,
        "test": result.test,
        "disease_id": disease,
        "finding": result.finding,
        "value": result.value,
        "unit": result.unit,
        "sex": result.sex,
        "age": result.age,
        "person_hash": sealed_hash(result.person) if result.person else "",
        "taken_at": result.taken_at,
        "reported_at": result.reported_at,
    }
    return values, open_
