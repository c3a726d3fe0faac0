"""Drafts of report cards, made by themselves from what hospitals and laboratories send.

A person confirms a draft on its page; until then it counts for nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from pingji.ground import statements
from pingji.ground.directory.models import Organisation, Resident
from pingji.ground.directory.models.identity import seal, sealed_hash
from pingji.ground.record.actions import Entry, announce, publish_all
from pingji.monitor.surveillance.models import CaseReport, CaseStatus, LabResult, Message
from pingji.monitor.surveillance.queries.codes import DOUBT, Codes
from pingji.monitor.surveillance.queries.settings import setting
from pingji.monitor.surveillance.rules.arrivals import Fate, day_of
from pingji.monitor.surveillance.rules.duplicates import sound
from pingji.monitor.surveillance.rules.incoming import (
    IncomingCard,
    IncomingResult,
    IncomingVisit,
    Problem,
    fitted,
)

POSITIVE = LabResult.Finding.POSITIVE.value
State = CaseReport.State
STANDING = """
    select id, key, identity_hash, disease_id, onset_on, state from surveillance_casereport
    where key = any(%s::text[]) or (identity_hash <> '' and identity_hash = any(%s::text[]))
"""
RESIDENTS = """
    select identity_hash, id, name from directory_resident where identity_hash = any(%s::text[])
"""
Facts = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """A draft that somebody's system asks for.

    Attributes:
        item: Number of the item in its message.
        facts: What the card says, by column.
        person: The patient's identity number; "" where it is not known.
        message: The message it comes from.
        sent_at: When that was sent.
        result: Number of the laboratory's result it comes from, if any.
    """

    item: int
    facts: Facts
    person: str
    message: Message
    sent_at: datetime
    result: str = ""

    @cached_property
    def who(self) -> tuple[str, str]:
        """Which person has which disease."""
        return sealed_hash(self.person) if self.person else "", self.facts["disease_id"]


def of_item(
    row: Facts, said: IncomingVisit | IncomingResult, *, codes: Codes, message: Message, source: str
) -> Iterator[Wanted]:
    """The drafts that a visit's diagnoses or a positive result ask for."""
    is_result = isinstance(said, IncomingResult)
    organisation: Organisation = message.organisation  # type: ignore[assignment] # it has a sender
    asked = _of_result(row) if isinstance(said, IncomingResult) else _of_visit(row, said, codes)
    for found in asked:
        if not codes.is_notifiable(found["disease_id"], found["onset_on"]):
            continue
        mark = f"{'R' if is_result else 'V'}/{row['key']}/{found['disease_id']}"
        number = hashlib.sha256(mark.encode()).hexdigest()[:12]
        facts = found | {
            "key": f"{organisation.code}-A{number}",
            "organisation_id": organisation.pk,
            "area_id": row["area_id"],
            "source": source,
            "sex": row["sex"],
            "age": row["age"],
            "diagnosed_on": day_of(found["diagnosed_at"]),
        }
        result = row["key"] if is_result else ""
        yield Wanted(said.item, facts, said.person, message, row["sent_at"], result)


def _of_visit(row: Facts, said: IncomingVisit, codes: Codes) -> Iterator[Facts]:
    if not row["signs"]:
        return
    day = day_of(row["visited_at"])
    for _code, words, disease in codes.of_diagnoses(said.diagnoses, day):
        if disease:
            yield {
                "disease_id": disease,
                "status": CaseStatus.SUSPECTED if DOUBT.search(words) else CaseStatus.CLINICAL,
                "onset_on": row["onset_on"] or day,
                "diagnosed_at": row["visited_at"],
            }


def _of_result(row: Facts) -> Iterator[Facts]:
    if row["finding"] != POSITIVE or not row["disease_id"]:
        return
    reported: datetime = row["reported_at"]
    yield {
        "disease_id": row["disease_id"],
        "status": CaseStatus.CONFIRMED,
        "onset_on": day_of(min(row["taken_at"] or reported, reported)),
        "diagnosed_at": reported,
    }


def of_card(
    card: IncomingCard,
    disease: str,
    area: str,
    *,
    organisation: Organisation,
    message: Message,
    source: str,
    sent_at: datetime,
) -> Wanted:
    """The draft that another system filled in by itself."""
    diagnosed = day_of(card.diagnosed_at) if card.diagnosed_at else None
    facts = {
        "key": fitted(f"{organisation.code}-{card.key.strip()}", 80),
        "disease_id": disease,
        "organisation_id": organisation.pk,
        "area_id": area,
        "source": source,
        "status": card.status,
        "onset_on": card.onset_on or diagnosed,
        "diagnosed_on": diagnosed,
        "diagnosed_at": card.diagnosed_at,
        "name": card.name,
        "sex": card.sex,
        "born_on": card.born_on,
        "age": card.age,
        "phone": card.phone,
        "address": card.address,
        "doctor": card.doctor,
    }
    return Wanted(card.item, facts, card.person, message, sent_at)


def keep_card(wanted: Wanted, *, at: datetime) -> tuple[Fate, Problem | None, CaseReport | None]:
    """Keep a draft under the sender's number; a card that a person confirmed stays as it is.

    Returns:
        What became of it, why it was refused, and the draft if it is new.
    """
    _lock([f"card/{wanted.facts['key']}"])
    card = CaseReport.objects.select_related("message").filter(key=wanted.facts["key"]).first()
    if card is None:
        card = _card(wanted, at, _residents([wanted]))
        card.save(force_insert=True)
        return Fate.KEPT, None, card
    if _says(card, wanted):
        return Fate.KNOWN, None, None
    if card.state != State.DRAFT:
        path = f"cards[{wanted.item}].key"
        return Fate.REFUSED, Problem(wanted.item, path, "card_confirmed"), None
    stood = (card.message.sent_at if card.message else None) or card.known_at
    if wanted.sent_at < stood:
        return Fate.OLDER, None, None
    new = _card(wanted, at, {})
    for name in (*wanted.facts, "identity_encrypted", "identity_hash", "name_sound"):
        setattr(card, name, getattr(new, name))
    card.message_id, card.changed_at = wanted.message.pk, at
    card.save()
    return Fate.CORRECTED, None, None


def _says(card: CaseReport, wanted: Wanted) -> bool:
    same = all(getattr(card, name) == value for name, value in wanted.facts.items())
    return same and card.identity_hash == wanted.who[0]


def _card(wanted: Wanted, at: datetime, residents: dict[str, Resident]) -> CaseReport:
    said = {"name": ""} | wanted.facts
    card = CaseReport(state=State.DRAFT, known_at=at, message_id=wanted.message.pk, **said)
    if wanted.person:
        card.identity_encrypted = seal(wanted.person.strip().upper())
        card.identity_hash = wanted.who[0]
        resident = residents.get(card.identity_hash)
        if resident is not None:
            card.resident, card.name = resident, card.name or resident.name
    card.name_sound = sound(card.name) if card.name else ""
    return card


def _residents(wanted: Sequence[Wanted]) -> dict[str, Resident]:
    """Residents of the register by the keyed hash of their identity number."""
    persons = [one.who[0] for one in wanted if one.person]
    if not persons:
        return {}
    found = statements.ask(RESIDENTS, [persons]).fetchall()
    return {row[0]: Resident(identity_hash=row[0], pk=row[1], name=row[2]) for row in found}


@dataclass
class Episodes:
    """Cards that stand already, by person and disease and by number."""

    by_person: dict[tuple[str, str], list[tuple[int, date, str]]] = field(default_factory=dict)
    by_key: dict[str, int] = field(default_factory=dict)

    def of(self, wanted: Wanted, within: timedelta | None) -> int | None:
        """The card of the same person, disease and episode, if there is one."""
        if wanted.facts["key"] in self.by_key:
            return self.by_key[wanted.facts["key"]]
        onset: date = wanted.facts["onset_on"]
        for pk, day, state in self.by_person.get(wanted.who, ()):
            # A diagnosis that a person found to be none is asked about again only by a result.
            covered = not (state == State.WITHDRAWN and wanted.result)
            if covered and (within is None or abs(day - onset) <= within):
                return pk
        return None


def make(wanted: Sequence[Wanted], *, at: datetime) -> list[CaseReport]:
    """Make drafts, one for each person, disease and episode; join results to their cards.

    Returns:
        The new drafts.
    """
    if not wanted:
        return []
    _lock([f"person/{'/'.join(one.who)}" for one in wanted if one.person])
    known = _standing(wanted)
    residents = _residents(wanted)
    new: dict[tuple[str, str] | str, tuple[CaseReport, Wanted]] = {}
    joined: list[tuple[Wanted, CaseReport | int]] = []
    for one in wanted:
        place = one.who if one.person else one.facts["key"]
        pk = known.of(one, _episode(one, at))
        if pk is not None:
            joined.append((one, pk))
        elif place in new:
            joined.append((one, new[place][0]))
        else:
            new[place] = (_card(one, at, residents), one)
            joined.append((one, new[place][0]))
    cards = [card for card, _one in new.values()]
    statements.insert(cards)
    _join([(one, card if isinstance(card, int) else card.pk) for one, card in joined])
    return cards


def _episode(wanted: Wanted, at: datetime) -> timedelta | None:
    """How far apart two onsets of one person and disease may lie and yet be one case."""
    days = setting(wanted.facts["area_id"][:6], "intake.episode", at)
    return None if days is None else timedelta(days=int(days))


def _standing(wanted: Sequence[Wanted]) -> Episodes:
    found = Episodes()
    persons = {one.who[0] for one in wanted if one.person}
    keys = {one.facts["key"] for one in wanted}
    for pk, key, person, disease, onset, state in statements.ask(
        STANDING, [list(keys), list(persons)]
    ):
        if key in keys:
            found.by_key[key] = pk
        if person:
            found.by_person.setdefault((person, disease), []).append((pk, onset, state))
    return found


def _join(pairs: Sequence[tuple[Wanted, int]]) -> None:
    """Say in a laboratory's result to which card it belongs."""
    of_results = [
        (one.facts["organisation_id"], one.result, card) for one, card in pairs if one.result
    ]
    if not of_results:
        return
    statements.ask(
        "update surveillance_labresult r set card_id = k.card "
        "from unnest(%s::bigint[], %s::text[], %s::bigint[]) as k(o, n, card) "
        "where r.organisation_id = k.o and r.key = k.n",
        [list(part) for part in zip(*of_results, strict=True)],
    )


def _lock(names: Sequence[str]) -> None:
    """Nobody else makes these drafts until this transaction ends."""
    if not names:
        return
    locks = sorted(
        int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        for name in set(names)
    )
    statements.ask("select pg_advisory_xact_lock(k) from unnest(%s::bigint[]) k", [locks])


def tell(cards: Sequence[CaseReport], *, codes: Codes, at: datetime) -> list[Entry]:
    """Tell later stages and open pages of new drafts.

    Args:
        cards: The drafts.
        codes: The catalogue by which they were made.
        at: When.

    Returns:
        What is to be put on record of them.
    """
    if not cards:
        return []
    for card in cards:
        # Its name stands in the line on record.
        card.disease = codes.catalogue.diseases[card.disease_id]
    announce("cards_drafted", at=at, card_ids=[card.pk for card in cards])
    publish_all("cards", [(card.area_id, card.organisation_id) for card in cards])
    return [Entry(card, {"message": card.message_id}, "card.drafted") for card in cards]
