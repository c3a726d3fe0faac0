"""A message arrives: it is kept, its items are kept, counted and answered, all or nothing."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from pingji.ground import statements
from pingji.ground.directory.models import Organisation, User
from pingji.ground.record.actions import (
    Entry,
    announce,
    note_many,
    present_origin,
    publish_all,
)
from pingji.monitor.surveillance.actions import drafts, tallies
from pingji.monitor.surveillance.actions.card_clocks import start_clocks
from pingji.monitor.surveillance.actions.intake.keeping import Arrival, Work, keep
from pingji.monitor.surveillance.actions.intake.together import Together
from pingji.monitor.surveillance.actions.senders import connect
from pingji.monitor.surveillance.models import CaseReport, Message, Sender
from pingji.monitor.surveillance.models.packing import packed
from pingji.monitor.surveillance.queries.codes import Codes, codes
from pingji.monitor.surveillance.queries.messages import as_rows, storable
from pingji.monitor.surveillance.rules.arrivals import (
    Fate,
    moment_fault,
)
from pingji.monitor.surveillance.rules.incoming import Incoming, Problem

TRIES = 3  # where two batches wait for each other in a circle, one of them begins anew
LONGEST_KEY = 100  # leaves room for the mark of a message whose number is taken
State = Message.State
KNOWN = """
    select m.id, m.sender_id, m.format, m.key, m.sha256
    from unnest(%s::bigint[], %s::text[], %s::text[]) as k(sender, format, key)
    join surveillance_message m
        on m.sender_id = k.sender and m.format = k.format and m.key = k.key
"""
LOCK = """
    select nextval('surveillance_message_id_seq'), pg_advisory_xact_lock(k.lock)
    from unnest(%s::bigint[]) as k(lock)
"""


def receive(
    *,
    sender: Sender | None,
    format: str,
    body: bytes,
    incoming: Incoming | None,
    at: datetime,
    problems: tuple[Problem, ...] = (),
    key: str = "",
    state: str = State.HELD,
    kind: str = "",
    area: str = "",
) -> Message:
    """Take one message, together with others that arrive at the same time; see `receive_all`."""
    arrival = Arrival(
        sender, format, body, incoming, problems, key, state, kind, area, present_origin()
    )
    if connection.in_atomic_block:
        return receive_all([arrival], at=at)[0]
    return together.take(arrival, at)


def receive_all(arrivals: Sequence[Arrival], *, at: datetime) -> list[Message]:
    """Take messages: keep them as received, keep and count what they say, in one transaction.

    The same message again is answered as before and changes nothing but how often it came. One
    that bears a number already taken, but says otherwise, is held for a person. An item under a
    known number corrects what stands there, unless that was sent later.

    Args:
        arrivals: The messages, in the order in which they came.
        at: When they arrived.

    Returns:
        The messages as kept, in their order; safe on disk if no outer transaction is open.
    """
    for attempt in range(TRIES):
        try:
            return _receive(arrivals, at)
        except OperationalError as problem:
            circle = isinstance(problem.__cause__, DeadlockDetected)
            if not circle or connection.in_atomic_block or attempt == TRIES - 1:
                raise
            time.sleep(0.01 * 2**attempt)
    raise AssertionError("unreachable")  # pragma: no cover - the loop returns or raises


together = Together(lambda arrivals, at: receive_all(arrivals, at=at))


@transaction.atomic
def _receive(arrivals: Sequence[Arrival], at: datetime) -> list[Message]:
    batch = Batch(arrivals, at)
    for numbers in batch.rounds():
        batch.take(numbers)
    entries = batch.tell()
    # The figures once, then the record: the last two locks that are taken.
    tallies.add(batch.changes, at=at)
    if entries:
        note_many("message.received", entries, by=batch.by, at=at)
        batch.connect()
    return [batch.messages[n] for n in range(len(arrivals))]


class Batch:
    """Messages that are kept together.

    Attributes:
        arrivals: The messages.
        at: When they arrived.
        messages: Those kept so far, by their number in the batch.
        changes: What they add to the figures.
    """

    def __init__(self, arrivals: Sequence[Arrival], at: datetime) -> None:
        self.arrivals = arrivals
        self.at = at
        self.messages: dict[int, Message] = {}
        self.changes: list[tallies.Change] = []
        self.new: list[Work] = []
        self.drafted: list[CaseReport] = []
        self.keys = [_key(arrival) for arrival in arrivals]

    @cached_property
    def codes(self) -> Codes:
        """The catalogue as it stands."""
        return codes()

    @cached_property
    def by(self) -> User:
        """On whose behalf all this happens."""
        return User.objects.system()

    def rounds(self) -> Iterator[list[int]]:
        """Numbers of messages that can be kept at once: none about the same thing as another."""
        seen: set[object] = set()
        numbers: list[int] = []
        for number, arrival in enumerate(self.arrivals):
            mine = {("message", *self._identity(number)), *_things(arrival)}
            if numbers and not mine.isdisjoint(seen):
                yield numbers
                seen, numbers = set(), []
            seen |= mine
            numbers.append(number)
        if numbers:
            yield numbers

    def _identity(self, number: int) -> tuple[int, str, str]:
        arrival = self.arrivals[number]
        sender = arrival.sender.pk if arrival.sender else 0
        return sender, arrival.format, self.keys[number]

    def take(self, numbers: list[int]) -> None:
        """Keep the messages with these numbers."""
        ids = self._lock(numbers)
        known = self._known(numbers)
        works = []
        for number, pk in zip(numbers, ids, strict=True):
            arrival = self.arrivals[number]
            digest = hashlib.sha256(arrival.body).hexdigest()
            stands = known.get(self._identity(number))
            if stands is not None and stands[1] == digest:
                self.messages[number] = self._again(stands[0])
                continue
            work = self._work(number, pk, digest)
            if stands is not None:
                again = self._taken(work, digest)
                if again is not None:
                    self.messages[number] = again
                    continue
            self.messages[number] = work.message
            works.append(work)
        self.drafted += keep(works, self.changes, self.at, self.codes)
        for work in works:
            close(work)
        _insert(works)
        self.new += works

    def _lock(self, numbers: list[int]) -> list[int]:
        """Nobody else takes these messages until we are done; a number for each."""
        locks = []
        for number in numbers:
            digest = hashlib.sha256(repr(self._identity(number)).encode("utf-8", "replace"))
            locks.append(int.from_bytes(digest.digest()[:8], "big", signed=True))
        return [row[0] for row in statements.ask(LOCK, [sorted(locks)]).fetchall()]

    def _known(self, numbers: list[int]) -> dict[tuple[int, str, str], tuple[int, str]]:
        wanted = [self._identity(number) for number in numbers]
        columns = [list(part) for part in zip(*wanted, strict=True)]
        found = statements.ask(KNOWN, columns).fetchall()
        return {tuple(row[1:4]): (row[0], row[4]) for row in found}

    def _again(self, pk: int) -> Message:
        """The same message once more."""
        with connection.cursor() as cursor:
            cursor.execute("update surveillance_message set tries = tries + 1 where id = %s", [pk])
        return Message.objects.defer("body").get(pk=pk)

    def _taken(self, work: Work, digest: str) -> Message | None:
        """A message under another's number: held, or known if it was held before."""
        message = work.message
        message.key = f"{message.key[:LONGEST_KEY]} · {digest[:12]}"
        stands = Message.objects.defer("body").filter(
            sender_id=message.sender_id, format=message.format, key=message.key
        )
        if (held := stands.first()) is not None:
            return self._again(held.pk)
        work.problems = [Problem(None, "key", "key_taken", {"key": self.keys[0][:80]})]
        message.state = State.HELD
        return None

    def _work(self, number: int, pk: int, digest: str) -> Work:
        arrival = self.arrivals[number]
        said = arrival.incoming
        sender = arrival.sender
        message = Message(
            pk=pk,
            sender=sender,
            organisation=sender.organisation if sender else None,
            area_id=sender.organisation.area_id if sender else arrival.area or _home(),
            format=arrival.format,
            key=self.keys[number],
            kind=(said.kind if said else arrival.kind)[:40],
            sha256=digest,
            sent_at=_plausible(said.sent_at) if said else None,
            received_at=self.at,
            items=said.items if said else 0,
            state=arrival.state if said is None else "",
        )
        return Work(arrival, message, list(said.problems if said else arrival.problems))

    def tell(self) -> list[Entry]:
        """Tell later stages and open pages; start the clocks of drafts.

        Returns:
            What is to be put on record.
        """
        if not self.new:
            return []
        messages = [work.message for work in self.new]
        announce("messages_received", at=self.at, message_ids=[one.pk for one in messages])
        publish_all(
            "messages",
            [(one.area_id, one.organisation_id) for one in messages if one.state != State.TAKEN],
        )
        origins = {work.message.pk: work.arrival.origin for work in self.new}
        entries = [Entry(one, _line(one), origin=origins[one.pk]) for one in messages]
        if self.drafted:
            drafted = drafts.tell(self.drafted, codes=self.codes, at=self.at)
            drafted += start_clocks(cards=self.drafted, by=self.by, codes=self.codes)
            of_cards = {card.pk: origins.get(card.message_id) for card in self.drafted}
            entries += [replace(one, origin=of_cards[_card(one.subject)]) for one in drafted]
        return entries

    def connect(self) -> None:
        """What sends is connected (R23)."""
        organisations = {
            one.pk: one
            for work in self.new
            if (one := work.message.organisation) is not None and not one.connected
        }
        for one in organisations.values():
            connect(one, sends=True, by=self.by, at=self.at)


def _card(subject: Any) -> int:
    """Number of the card that a line on record is about: the card, or a clock that runs on it."""
    return int(subject.pk if isinstance(subject, CaseReport) else subject.subject_id)


def _plausible(sent: datetime | None) -> datetime | None:
    """The time of sending; None where no clock can mean it."""
    return sent if sent is not None and moment_fault("sent_at", sent, None) is None else None


def _line(message: Message) -> dict[str, Any]:
    said = {"state": str(message.state), "items": message.items, "kept": message.kept}
    return said | {"sender": message.sender_id, "sha256": message.sha256}


def _key(arrival: Arrival) -> str:
    given = arrival.incoming.key if arrival.incoming else arrival.key
    key = storable(given.strip())[:LONGEST_KEY]
    return key or f"sha256:{hashlib.sha256(arrival.body).hexdigest()[:32]}"


def _home() -> str:
    """The area that the installation is for: where its CDC is."""
    offices = Organisation.objects.open().filter(kind=Organisation.Kind.CDC)
    office = offices.order_by("area_id").first()
    return str(office.area_id if office else User.objects.system().area_id)


def _things(arrival: Arrival) -> Iterator[tuple[object, ...]]:
    """What a message is about."""
    said = arrival.incoming
    if said is None or arrival.sender is None:
        return
    organisation = arrival.sender.organisation_id
    for kind, found in (("v", said.visits), ("r", said.results), ("c", said.cards)):
        for one in found:
            yield kind, organisation, one.key.strip()
    for report in said.sentinel_reports:
        yield "s", organisation, report.sentinel, report.starts_on


def close(work: Work) -> None:
    """Settle the fate of a message from those of its items."""
    message = work.message
    refused = {p.item for p in work.problems if p.fatal and p.item is not None}
    for item in refused:
        work.fates[item] = Fate.REFUSED
    whole = any(problem.fatal and problem.item is None for problem in work.problems)
    by_fate: dict[str, list[int]] = defaultdict(list)
    for item, fate in sorted(work.fates.items()):
        by_fate[fate.value].append(item)
    message.kept = 0 if whole or message.state else message.items - len(refused)
    if not message.state:
        if whole or (refused and not message.kept):
            message.state = State.REFUSED
        else:
            message.state = State.PARTLY if refused else State.TAKEN
    message.problems = as_rows(work.problems)
    message.answer = {"fates": dict(by_fate)} if by_fate else {}


COLUMNS = {
    "id": "bigint",
    "sender_id": "bigint",
    "organisation_id": "bigint",
    "area_id": "text",
    "format": "text",
    "key": "text",
    "kind": "text",
    "sha256": "text",
    "sent_at": "timestamptz",
    "received_at": "timestamptz",
    "state": "text",
    "items": "int",
    "kept": "int",
    "problems": "jsonb",
    "answer": "jsonb",
}
# The bodies travel beside the rest: they are bytes.
INSERT = f"""
    insert into surveillance_message ({", ".join(COLUMNS)}, body, tries, settled_reason)
    select {", ".join(f"m.{name}" for name in COLUMNS)}, b.body, 1, ''
    from json_to_recordset(%s::json) as m(
        {", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())}, place bigint
    )
    join unnest(%s::bytea[]) with ordinality as b(body, place) using (place)
"""  # noqa: S608 - the columns are ours


def _insert(works: Sequence[Work]) -> None:
    """Keep the messages themselves, with their fates."""
    if not works:
        return
    rows = [
        {name: getattr(work.message, name) for name in COLUMNS} | {"place": place}
        for place, work in enumerate(works, 1)
    ]
    bodies = [packed(work.arrival.body) for work in works]
    statements.ask(INSERT, [orjson.dumps(rows).decode(), bodies])
