"""HL7 v2 messages are taken: many in one transaction, each answered when all of it is safe."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils import timezone, translation

from pingji.ground import statements
from pingji.integrations.hl7v2.answering import answer
from pingji.integrations.hl7v2.message import Read, Unreadable, blanked, header_of, read, token_of
from pingji.integrations.hl7v2.reading import understand
from pingji.integrations.hl7v2.server import Frame
from pingji.monitor.surveillance.actions import intake
from pingji.monitor.surveillance.models import Format, Message, Sender
from pingji.monitor.surveillance.queries.incoming import Incoming, Problem
from pingji.monitor.surveillance.queries.messages import problems_of, said
from pingji.monitor.surveillance.queries.senders import Bearer, SenderAuth

State = Message.State
# Reasons for which the message as such is rejected (AR); for all others its content is (AE).
REJECTED = {
    "no_right",
    "no_token",
    "not_hl7",
    "other_organisation",
    "revoked_token",
    "token_expired",
    "unknown_token",
    "unsupported_type",
    "unsupported_version",
    "wrong_encoding",
}
AUTH = SenderAuth(Format.HL7V2)
CODES = "select code from directory_organisation where code = any(%s::text[])"
logger = logging.getLogger(__name__)


@dataclass
class Arrived:
    """One message while it is being taken."""

    body: bytes
    sender: Sender | None = None
    read: Read | None = None
    incoming: Incoming | None = None
    problems: tuple[Problem, ...] = ()
    message: Message | None = None

    def arrival(self) -> intake.Arrival:
        """As it is handed over to be kept."""
        # What could not be read is known by its content alone: its number stays free.
        return intake.Arrival(self.sender, Format.HL7V2, self.body, self.incoming, self.problems)


def take(messages: Sequence[Frame], *, at: datetime) -> list[bytes]:
    """Take messages, in order, and answer them.

    Args:
        messages: What came off the wire.
        at: When they arrived.

    Returns:
        The answers, in the same order. Everything is on disk by then.

    Raises:
        OperationalError: When the database is away; nothing was kept, nobody may be answered.
    """
    bearers: dict[str, Bearer] = {}
    arrived = [_arrived(frame, bearers) for frame in messages]
    _look_for_strangers(arrived)
    known = [one for one in arrived if one.sender is not None]
    strangers = [f.peer for one, f in zip(arrived, messages, strict=True) if not one.sender]
    if strangers:
        # Nothing of theirs is kept: whoever reaches the port could fill the disk.
        peers = ", ".join(sorted(set(strangers))[:5])
        logger.warning("%s messages without a valid token from %s", len(strangers), peers)
    _keep(known, at)
    return [_answer(one, at) for one in arrived]


def _arrived(frame: Frame, bearers: dict[str, Bearer]) -> Arrived:
    token = token_of(frame.body)
    if token not in bearers:
        bearers[token] = _bearer(token)
    bearer = bearers[token]
    one = Arrived(blanked(frame.body, token), bearer.sender)
    if bearer.why or not frame.whole:
        # Half a message is never read: what stands in it may not be all of what was meant.
        broken = Problem(None, "", "broke_off", {"given": str(len(frame.body))})
        one.problems = (Problem(None, "MSH-8", bearer.why) if bearer.why else broken,)
        one.read = header_of(one.body)
        return one
    try:
        one.read = read(one.body)
        one.incoming = understand(one.read, timezone.get_default_timezone())
    except Unreadable as problem:
        one.problems = (problem.problem,)
        one.read = header_of(one.body)
    return one


def _bearer(token: str) -> Bearer:
    return AUTH.authenticate(HttpRequest(), token) if token else Bearer(None, "no_token")


def _look_for_strangers(arrived: Sequence[Arrived]) -> None:
    """Refuse what names another organisation as the one that sends (MSH-4)."""
    named: dict[int, set[str]] = {}
    for number, one in enumerate(arrived):
        if one.sender is None or one.read is None or one.incoming is None:
            continue
        header = one.read.header
        words = {word for word in (header.text(4, 1), header.text(4, 2)) if 0 < len(word) <= 40}
        named[number] = {word for word in words if "\x00" not in word} - {
            one.sender.organisation.code
        }
    words = set().union(*named.values())
    if not words:
        return
    codes = {row[0] for row in statements.ask(CODES, [list(words)])}
    for number, said_there in named.items():
        other = min(said_there & codes, default="")
        incoming = arrived[number].incoming
        if other and incoming is not None:
            problem = Problem(None, "MSH-4", "other_organisation", {"given": other})
            arrived[number].incoming = replace(incoming, problems=(problem, *incoming.problems))


def _keep(arrived: Sequence[Arrived], at: datetime) -> None:
    """Keep messages together; where that fails for one of them, each by itself."""
    if not arrived:
        return
    try:
        kept = intake.receive_all([one.arrival() for one in arrived], at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("%s messages could not be kept together", len(arrived))
        for one in arrived:
            one.message = _keep_alone(one, at)
        return
    for one, message in zip(arrived, kept, strict=True):
        one.message = message


def _keep_alone(one: Arrived, at: datetime) -> Message:
    try:
        return intake.receive_all([one.arrival()], at=at)[0]
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a message could not be kept; it waits for a person")
        one.problems, one.incoming = (Problem(None, "", "fault"),), None
        return intake.receive_all([one.arrival()], at=at)[0]


def _answer(one: Arrived, at: datetime) -> bytes:
    problems = list(one.problems) if one.message is None else problems_of(one.message)
    asked = one.read.header.text(19) if one.read else ""
    language = "en" if asked.lower().startswith("en") else settings.LANGUAGE_CODE
    with translation.override(language):
        return answer(
            to=one.read,
            code=_code(one.message, problems),
            problems=[(problem, said(problem)) for problem in problems],
            at=timezone.localtime(at),
            number=str(one.message.pk if one.message else 0),
        )


def _code(message: Message | None, problems: Sequence[Problem]) -> str:
    if any(problem.fatal and problem.code in REJECTED for problem in problems):
        return "AR"
    if message is not None and message.state == State.TAKEN:
        return "AA"
    return "AE"
