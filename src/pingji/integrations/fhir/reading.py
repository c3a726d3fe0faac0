"""What a FHIR R4 Bundle says, as surveillance takes it.

Every entry is validated by itself, so that one wrong entry does not hide the others.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, tzinfo
from typing import Any

import orjson
from pydantic import ValidationError

from pingji.integrations.fhir.validating import validators
from pingji.monitor.surveillance.queries.incoming import (
    MOST_ITEMS,
    Incoming,
    IncomingCard,
    IncomingResult,
    IncomingVisit,
    Problem,
    fitted,
)

BUNDLES = ("batch", "transaction", "message", "collection")
TRANSACTION = "Bundle transaction"  # kind of a message that is kept wholly or not at all
IDENTITY = re.compile(r"\d{17}[\dXx]|\d{15}")
AREA = re.compile(r"\d{6,12}")
SEXES = {"male": "M", "female": "F"}
# Encounter.class (HL7 v3 ActCode) as surveillance counts visits.
CLASSES = {
    "AMB": "outpatient",
    "VR": "outpatient",
    "HH": "outpatient",
    "EMER": "emergency",
    "FLD": "emergency",
    "IMP": "admission",
    "ACUTE": "admission",
    "NONAC": "admission",
    "OBSENC": "admission",
    "SS": "admission",
}
# Condition.verificationStatus as the status of a case; the rest are no cases.
STATUSES = {
    "confirmed": "confirmed",
    "provisional": "clinical",
    "differential": "suspected",
    "unconfirmed": "suspected",
}
POSITIVE = {"10828004", "260373001", "POS", "DET", "RR", "WR", "LA6576-8", "LA11882-0"}
NEGATIVE = {"260385009", "260415000", "NEG", "ND", "NR", "LA6577-6", "LA11883-8"}
UNCLEAR = {"419984006", "42425007", "IND", "E", "LA11885-3", "LA9663-1"}
WITHDRAWN = ("entered-in-error", "cancelled")
EXTENSION_AREA = "division-code"  # end of an address extension's url that carries a division code

Resource = dict[str, Any]


class Unreadable(Exception):
    """The body is no bundle; carries the problem to answer with."""

    def __init__(self, path: str, code: str, **details: str) -> None:
        super().__init__(code)
        self.problem = Problem(item=None, path=path, code=code, details=details)


def parse(body: bytes) -> Resource:
    """The body as a resource.

    Raises:
        Unreadable: When it is no JSON object with a resourceType.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Unreadable("", "not_json", why=str(problem)[:120]) from problem
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise Unreadable("resourceType", "missing")
    return found


def understand(bundle: Resource, zone: tzinfo, *, key: str = "") -> Incoming:
    """Say what a bundle means.

    Args:
        bundle: A Bundle, parsed.
        zone: Zone of days that are given without a time.
        key: The sender's number of the message where the bundle has no identifier of its own.

    Returns:
        Its content, one item per entry; where something is wrong, `problems` say where.

    Raises:
        Unreadable: When it is no bundle that this endpoint takes.
    """
    if bundle.get("resourceType") != "Bundle":
        raise Unreadable("resourceType", "unsupported_type", type=str(bundle.get("resourceType")))
    if bundle.get("type") not in BUNDLES:
        raise Unreadable("Bundle.type", "unknown_word", words=", ".join(BUNDLES))
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or not entries:
        raise Unreadable("Bundle.entry", "missing")
    if len(entries) > MOST_ITEMS:
        raise Unreadable("Bundle.entry", "too_many_items", most=str(MOST_ITEMS))
    identifier = bundle.get("identifier")
    own = identifier.get("value") if isinstance(identifier, dict) else None
    said = Incoming(
        key=str(own or key),
        kind=TRANSACTION if bundle["type"] == "transaction" else "Bundle",
        sent_at=as_time(bundle.get("timestamp"), zone),
        items=len(entries),
        whole=bundle["type"] == "transaction",
    )
    return Reading(entries, zone).done(said)


def as_time(text: object, zone: tzinfo) -> datetime | None:
    """A FHIR instant, dateTime or date as a moment; None where there is none.

    Args:
        text: The element.
        zone: Zone of times without one; a day alone begins at midnight there.
    """
    if not isinstance(text, str) or len(text) < len("2026-11-21"):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == len("2026-11-21"):
        moment = datetime.combine(moment.date(), time())
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


class Reading:
    """One bundle being read: its resources by reference, and what was found."""

    def __init__(self, entries: list[Any], zone: tzinfo) -> None:
        self.zone = zone
        self.problems: list[Problem] = []
        self.resources: list[tuple[int, Resource]] = []
        self.by_reference: dict[str, Resource] = {}
        for item, entry in enumerate(entries):
            resource = self._valid(item, entry)
            if resource is None:
                continue
            self.resources.append((item, resource))
            self.by_reference[f"{resource['resourceType']}/{resource.get('id')}"] = resource
            if isinstance(entry.get("fullUrl"), str):
                self.by_reference[entry["fullUrl"]] = resource

    def _valid(self, item: int, entry: object) -> Resource | None:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        place = f"Bundle.entry[{item}].resource"
        if not isinstance(resource, dict):
            self._wrong(item, place, "missing")
            return None
        kind = resource.get("resourceType")
        if not isinstance(kind, str) or kind not in validators():
            self._wrong(item, f"{place}.resourceType", "unsupported_type", type=str(kind))
            return None
        try:
            validators()[kind].check(resource)
        except ValidationError as problem:
            for error in problem.errors()[:5]:
                path = "".join(
                    f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]
                )
                self._wrong(item, place + path, "not_valid", why=str(error["msg"])[:160])
            return None
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as problem:
            # The library trips over some shapes instead of refusing them.
            self._wrong(item, place, "not_valid", why=str(problem)[:160])
            return None
        return resource

    def _wrong(
        self, item: int, path: str, code: str, *, fatal: bool = True, **details: str
    ) -> None:
        self.problems.append(Problem(item, path, code, details, fatal=fatal))

    def done(self, said: Incoming) -> Incoming:
        """Everything found."""
        diagnoses = self._diagnoses()
        visits = [self._visit(i, r, diagnoses) for i, r in self._of("Encounter")]
        results = [self._result(i, r) for i, r in self._of("Observation")]
        cards = [
            self._card(i, r)
            for i, r in self._of("Condition")
            if self._resolve(r.get("encounter")) is None
        ]
        return replace(
            said,
            visits=tuple(visit for visit in visits if visit),
            results=tuple(result for result in results if result),
            cards=tuple(card for card in cards if card),
            problems=tuple(self.problems),
        )

    def _of(self, kind: str) -> Iterator[tuple[int, Resource]]:
        return ((i, r) for i, r in self.resources if r["resourceType"] == kind)

    def _resolve(self, reference: Resource | None) -> Resource | None:
        return self.by_reference.get(str((reference or {}).get("reference", "")))

    def _diagnoses(self) -> dict[int, list[Resource]]:
        """The conditions of each encounter in the bundle that stand, by the encounter's identity."""
        found: dict[int, list[Resource]] = {}
        for item, condition in self._of("Condition"):
            encounter = self._resolve(condition.get("encounter"))
            if encounter is None:
                continue
            if _verified(condition) is None:
                path = f"Bundle.entry[{item}].resource.verificationStatus"
                self._wrong(item, path, "diagnosis_withdrawn")
            else:
                found.setdefault(id(encounter), []).append(condition)
        return found

    def _person(self, item: int, resource: Resource, on: date) -> dict[str, Any]:
        """Keyed hash's source, sex, age and area of a subject; no name."""
        patient = self._resolve(resource.get("subject"))
        if patient is None:
            return {}
        born = _day(patient.get("birthDate"))
        age = None
        if born is not None:
            age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
            if not 0 <= age <= 130:
                place = f"Bundle.entry[{item}].resource.subject.birthDate"
                self._wrong(item, place, "impossible_age", fatal=False)
                age = None
        return {
            "person": _identity(patient),
            "sex": SEXES.get(str(patient.get("gender")), ""),
            "age": age,
            "area": _area(patient),
        }

    def _visit(
        self, item: int, encounter: Resource, diagnoses: dict[int, list[Resource]]
    ) -> IncomingVisit | None:
        place = f"Bundle.entry[{item}].resource"
        key = _number(encounter)
        at = as_time((encounter.get("period") or {}).get("start"), self.zone)
        kind = CLASSES.get(str((encounter.get("class") or {}).get("code", "")).upper())
        if not key:
            self._wrong(item, f"{place}.identifier", "missing")
        if at is None:
            self._wrong(item, f"{place}.period.start", "missing")
        if kind is None:
            self._wrong(item, f"{place}.class.code", "unknown_word", words="AMB, EMER, IMP")
        if encounter.get("status") in WITHDRAWN:
            self._wrong(item, f"{place}.status", "visit_cancelled")
            return None
        if not key or at is None or kind is None:
            return None
        conditions = diagnoses.get(id(encounter), [])
        said = [_diagnosis(condition) for condition in conditions] or [("", "")]
        onsets = (_day(condition.get("onsetDateTime")) for condition in conditions)
        return IncomingVisit(
            item=item,
            key=fitted(key, 80),
            kind=kind,
            visited_at=at,
            department=_words(encounter.get("serviceType"))[:60],
            onset_on=next(filter(None, onsets), None),
            complaint=";".join(
                filter(None, (_words(reason) for reason in encounter.get("reasonCode") or []))
            ),
            diagnosis_code=said[0][0],
            diagnosis=said[0][1],
            further=tuple(said[1:]),
            **self._person(item, encounter, at.date()),
        )

    def _result(self, item: int, seen: Resource) -> IncomingResult | None:
        place = f"Bundle.entry[{item}].resource"
        key = _number(seen)
        taken = as_time(
            seen.get("effectiveDateTime") or (seen.get("effectivePeriod") or {}).get("start"),
            self.zone,
        )
        reported = as_time(seen.get("issued"), self.zone) or taken
        if not key:
            self._wrong(item, f"{place}.identifier", "missing")
        if reported is None:
            self._wrong(item, f"{place}.issued", "missing")
        if not key or reported is None:
            return None
        code, test = _coded(seen.get("code"), prefer="loinc")
        finding, value, unit = _finding(seen)
        if seen.get("status") in WITHDRAWN:
            self._wrong(item, f"{place}.status", "withdrawn", fatal=False)
            finding = "unclear"
        return IncomingResult(
            item=item,
            key=fitted(key, 120),
            reported_at=reported,
            finding=finding,
            specimen=str((seen.get("specimen") or {}).get("display") or "")[:60],
            test_code=code[:40],
            test=test[:120],
            value=value[:60],
            unit=unit[:30],
            taken_at=taken,
            **self._person(item, seen, reported.date()),
        )

    def _card(self, item: int, condition: Resource) -> IncomingCard | None:
        place = f"Bundle.entry[{item}].resource"
        key = _number(condition)
        status = _verified(condition)
        code, words = _coded(condition.get("code"), prefer="icd-10")
        if not key:
            self._wrong(item, f"{place}.identifier", "missing")
        if not (code or words):
            self._wrong(item, f"{place}.code", "missing")
        if status is None:
            self._wrong(item, f"{place}.verificationStatus", "diagnosis_withdrawn")
        if not key or status is None or not (code or words):
            return None
        patient = self._resolve(condition.get("subject")) or {}
        diagnosed = as_time(condition.get("recordedDate"), self.zone)
        who = self._person(item, condition, diagnosed.date()) if diagnosed else {}
        return IncomingCard(
            item=item,
            key=fitted(key, 80),
            disease=code or words,
            status=status,
            onset_on=_day(condition.get("onsetDateTime")),
            diagnosed_at=diagnosed,
            name=_name(patient),
            born_on=_day(patient.get("birthDate")),
            phone=_phone(patient),
            address=_address(patient),
            **who,
        )


def _number(resource: Resource) -> str:
    """The sender's own number of a resource: its first identifier, else its id."""
    for identifier in resource.get("identifier") or []:
        if identifier.get("value"):
            return str(identifier["value"])
    return str(resource.get("id") or "")


def _coded(concept: Resource | None, prefer: str = "") -> tuple[str, str]:
    """Code and words of a CodeableConcept; of several codings the preferred system's."""
    concept = concept or {}
    codings = concept.get("coding") or []
    preferred = [c for c in codings if prefer and prefer in str(c.get("system", "")).lower()]
    first = (preferred or codings or [{}])[0]
    return str(first.get("code") or ""), str(concept.get("text") or first.get("display") or "")


def _verified(condition: Resource) -> str | None:
    """The status of the case that a diagnosis speaks of; None where it was taken back."""
    code, _text = _coded(condition.get("verificationStatus"))
    return STATUSES.get(code or "provisional")


def _diagnosis(condition: Resource) -> tuple[str, str]:
    """Code and words of the diagnosis of a visit; doubt stands in its words, as doctors write it."""
    code, words = _coded(condition.get("code"), prefer="icd-10")
    doubt = "?" if _verified(condition) == "suspected" else ""
    return code[:20], f"{words[:119]}{doubt}"


def _words(concept: Resource | None) -> str:
    return _coded(concept)[1]


def _finding(seen: Resource) -> tuple[str, str, str]:
    """Finding, value and unit of an observation."""
    concept = seen.get("valueCodeableConcept") or {}
    quantity = seen.get("valueQuantity") or {}
    codes = {
        str(coding.get("code"))
        for found in [concept, *(seen.get("interpretation") or [])]
        for coding in found.get("coding") or []
    }
    value = _words(concept) or str(seen.get("valueString") or quantity.get("value") or "")
    unit = str(quantity.get("unit") or quantity.get("code") or "")
    for finding, known in (("unclear", UNCLEAR), ("negative", NEGATIVE), ("positive", POSITIVE)):
        if codes & known:
            return finding, value, unit
    if re.search(r"可疑|不确定|indeterminate|equivocal", value, re.I):
        return "unclear", value, unit
    if re.search(r"阴性|未检出|negative|not detected", value, re.I):
        return "negative", value, unit
    if re.search(r"阳性|检出|positive|detected", value, re.I):
        return "positive", value, unit
    return "value", value, unit


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _identity(patient: Resource) -> str:
    for identifier in patient.get("identifier") or []:
        value = str(identifier.get("value") or "")
        if IDENTITY.fullmatch(value):
            return value.upper()
    return ""


def _area(patient: Resource) -> str:
    """Division code of the address: an extension that carries one, or a district given as code."""
    for address in patient.get("address") or []:
        for extension in address.get("extension") or []:
            said = str(extension.get("valueString") or extension.get("valueCode") or "")
            if str(extension.get("url", "")).endswith(EXTENSION_AREA) and AREA.fullmatch(said):
                return said
        if AREA.fullmatch(str(address.get("district") or "")):
            return str(address["district"])
    return ""


def _name(patient: Resource) -> str:
    for name in patient.get("name") or []:
        if name.get("text"):
            return str(name["text"])[:60]
        whole = str(name.get("family") or "") + "".join(name.get("given") or [])
        if whole:
            return whole[:60]
    return ""


def _phone(patient: Resource) -> str:
    for telecom in patient.get("telecom") or []:
        if telecom.get("system") == "phone" and telecom.get("value"):
            return str(telecom["value"])[:30]
    return ""


def _address(patient: Resource) -> str:
    for address in patient.get("address") or []:
        if address.get("text"):
            return str(address["text"])[:200]
        lines = "".join(str(line) for line in address.get("line") or [])
        if lines:
            return lines[:200]
    return ""
