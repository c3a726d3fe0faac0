"""A person looks at a message: reads it in again after the cause is mended, or settles it."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from django.db import transaction
from django.utils import timezone

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note, note_many, publish
from pingji.monitor.surveillance.actions import drafts, tallies
from pingji.monitor.surveillance.actions.card_clocks import start_clocks
from pingji.monitor.surveillance.actions.intake.arriving import close
from pingji.monitor.surveillance.actions.intake.keeping import Arrival, Work, keep
from pingji.monitor.surveillance.models import CaseReport, Format, Message
from pingji.monitor.surveillance.queries.codes import Codes, codes
from pingji.monitor.surveillance.queries.messages import body_of
from pingji.monitor.surveillance.rules import senders as rules
from pingji.monitor.surveillance.rules.incoming import Incoming, Problem
from pingji.monitor.surveillance.rules.plain_json import FORMS, Unreadable, read

# Reads the body of a message of one form. It raises `Unreadable` if it is none.
Reader = Callable[[bytes, Message, tzinfo], Incoming]
READERS: dict[str, Reader] = {}


def reads(form: str) -> Callable[[Reader], Reader]:
    """Make a function the one that reads messages of a form when they are replayed."""

    def register(reader: Reader) -> Reader:
        READERS[form] = reader
        return reader

    return register


@reads(Format.JSON)
def read_json(body: bytes, message: Message, zone: tzinfo) -> Incoming:
    """Read a message in plain JSON; its kind says which list it holds."""
    kind = message.kind if message.kind in FORMS else "visits"
    return read(kind, body, zone=zone)


@transaction.atomic
def replay(*, message: Message, by: User, at: datetime) -> Message:
    """Read a message in again, as if it came now; what was kept before is not kept twice.

    A message that was held because its number was taken is thereby accepted as a correction.
    """
    message = (
        Message.objects.select_for_update(of=["self"])
        .select_related("sender__organisation")
        .get(pk=message.pk)
    )
    rules.check_can_replay(by, message)

    before = (message.state, message.kept)
    found = codes()
    changes, drafted = _take_again(_read_again(message), at, found)
    _save(message, by, at)
    tallies.add(changes, at=at)
    entries = drafts.tell(drafted, codes=found, at=at) + start_clocks(cards=drafted, by=by)
    note_many("card.drafted", entries, by=by, at=at)
    note(
        "message.replayed",
        subject=message,
        by=by,
        at=at,
        before=[str(part) for part in before],
        state=str(message.state),
        kept=message.kept,
    )
    publish("messages", area=message.area_id, organisation=message.organisation_id)
    return message


class _InPart(Exception):
    """Something could not be kept of a message that is kept wholly or not at all."""


def _take_again(
    work: Work, at: datetime, found: Codes
) -> tuple[list[tallies.Change], list[CaseReport]]:
    """Keep what a message says now; what is to be counted, and the drafts made from it."""
    changes: list[tallies.Change] = []
    said = work.arrival.incoming
    try:
        with transaction.atomic():
            drafted = keep([work], changes, at, found)
            close(work)
            in_part = work.message.state in (Message.State.PARTLY, Message.State.REFUSED)
            if said is not None and said.whole and in_part:
                raise _InPart
    except _InPart:
        work.message.state = Message.State.HELD
        work.problems.insert(0, Problem(None, "", "transaction_refused"))
        work.fates.clear()
        close(work)
        return [], []
    return changes, drafted


def _read_again(message: Message) -> Work:
    body = body_of(message)
    try:
        said = READERS[message.format](body, message, timezone.get_default_timezone())
    except Unreadable as problem:
        message.state = Message.State.HELD
        return Work(_arrival(message, body, None), message, [problem.problem])
    message.kind, message.items, message.sent_at = said.kind[:40], said.items, said.sent_at
    message.state = ""
    return Work(_arrival(message, body, said), message, list(said.problems))


def _arrival(message: Message, body: bytes, said: Incoming | None) -> Arrival:
    return Arrival(message.sender, message.format, body, said)


def _save(message: Message, by: User, at: datetime) -> None:
    if message.state == Message.State.TAKEN and message.settled_at is None:
        message.settled_by, message.settled_at = by, at
    message.replayed_at = at
    message.save(
        update_fields=[
            "state",
            "kind",
            "items",
            "kept",
            "sent_at",
            "problems",
            "answer",
            "replayed_at",
            "settled_by",
            "settled_at",
        ]
    )


@transaction.atomic
def settle(*, message: Message, by: User, at: datetime, reason: str) -> Message:
    """Say that nothing more is to be done about a message, and why."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    rules.check_can_settle(by, message, reason)

    message.settled_by, message.settled_at, message.settled_reason = by, at, reason.strip()[:300]
    message.save(update_fields=["settled_by", "settled_at", "settled_reason"])
    note("message.settled", subject=message, by=by, at=at, reason=reason)
    publish("messages", area=message.area_id, organisation=message.organisation_id)
    return message
