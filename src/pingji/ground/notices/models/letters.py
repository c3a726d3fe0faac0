"""What is handed to a means of sending, and what comes back."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Letter:
    """One message ready to leave.

    Attributes:
        key: Named in every attempt, so that the other side can tell a repetition.
        to: The telephone number or the address.
        text: What a person reads, in the receiver's language.
        at: When it leaves.
        secret: What the message is signed with; empty where nobody agreed on one.
        body: What a machine reads, as plain JSON values.
    """

    key: str
    to: str
    text: str
    at: datetime
    secret: str = ""
    body: dict[str, Any] = field(default_factory=dict)


class Outcome(StrEnum):
    """How one attempt ended."""

    TAKEN = "taken"
    LATER = "later"  # try again: no connection, a time-out, the other side is busy
    REFUSED = "refused"  # never try again: the other side says that it will not
    NO_GATEWAY = "no_gateway"  # nobody has set one up


@dataclass(frozen=True)
class Answer:
    """What the other side said to one attempt.

    Attributes:
        outcome: How it ended.
        text: The answer itself or why there is none, kept as proof.
        reference: The other side's own number of the message.
        seconds: How long it took.
    """

    outcome: Outcome
    text: str = ""
    reference: str = ""
    seconds: float = 0.0
