"""What a row is that waits for somebody whom the machine plays."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Model

from pingji.ground.standards.models import Deadline
from pingji.ground.standards.models.deadline import key_of

LONGEST = 80
SHORT = 16


@dataclass(frozen=True)
class Clock:
    """A clock on a row: its key, and the row in two words."""

    key: str
    subject_type: str
    subject_id: str

    def allows(self) -> timedelta | None:
        """How long it allows, if it runs."""
        found = Deadline.objects.open().filter(
            key=self.key, subject_type=self.subject_type, subject_id=self.subject_id
        )
        row = found.first()
        return row.due_at - row.started_at if row is not None else None


def clock(subject: Model, key: str) -> Clock:
    """The clock of a key on a row."""
    return Clock(key, **key_of(subject))


@dataclass(frozen=True)
class Waiting:
    """Something that waits for somebody.

    Attributes:
        kind: What is to be done: "alert.verify".
        key: What tells it from all others of its kind; the same in every run of the scenario.
        area: Code of the area it lies in.
        role: Whose it is.
        since: From when on it waits.
        pk: Number of the row it is about.
        clock: Which clock runs on it, where its time decides how long it waits.
    """

    kind: str
    key: str
    area: str
    role: str
    since: datetime
    pk: int
    clock: Clock | None = None


def named(*parts: object) -> str:
    """A key of some words; one that is too long ends in a digest of the whole."""
    words = ":".join(str(part) for part in parts)
    if len(words) <= LONGEST:
        return words
    digest = hashlib.sha256(words.encode()).hexdigest()[:SHORT]
    return f"{words[: LONGEST - SHORT - 1]}-{digest}"


def stamped(moment: datetime) -> str:
    """A moment in a key."""
    return f"{moment:%y%m%d%H%M%S}"
