"""What one item of a message must say to be kept, whatever the form it came in. Pure checks."""

import dataclasses
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum

from django.db.models import Model
from django.utils import timezone

from pingji.monitor.surveillance.models import (
    CaseReport,
    CaseStatus,
    LabResult,
    SentinelReport,
    Visit,
)
from pingji.monitor.surveillance.rules.incoming import (
    IncomingCard,
    IncomingResult,
    IncomingSentinelReport,
    IncomingVisit,
)

OLDEST = datetime(1900, 1, 1, tzinfo=UTC)
OLDEST_DAY = date(1900, 1, 1)
LAST = datetime(9000, 1, 1, tzinfo=UTC)  # calendars end soon after; no clock means that
OLDEST_AGE = 130
LONGEST_TEXT = 2000  # of a chief complaint; nobody writes more into that field
SEXES = ("", "M", "F", "U")
ICD10 = re.compile(
    r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Zx]{1,8})?([*+][A-Z0-9.x+*]{0,12})?", re.IGNORECASE
)


class Fate(StrEnum):
    """What became of one item."""

    KEPT = "kept"
    KNOWN = "known"  # the same was kept before
    CORRECTED = "corrected"
    OLDER = "older"  # what is kept was sent later
    REFUSED = "refused"


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """Why an item cannot be kept: the field, a key of `queries.messages.REASONS`, its details."""

    field: str
    code: str
    details: dict[str, str] = dataclasses.field(default_factory=dict)


def day_of(moment: datetime) -> date:
    """The day of a moment in the county's calendar."""
    return moment.astimezone(timezone.get_default_timezone()).date()


def lengths(model: type[Model], names: Iterable[str]) -> dict[str, int]:
    """How long the texts of a table may be."""
    return {name: model._meta.get_field(name).max_length or 0 for name in names}


VISIT_KINDS = tuple(Visit.Kind.values)
FINDINGS = tuple(LabResult.Finding.values)
STATUSES = tuple(CaseStatus.values)
VISIT_TEXTS = lengths(Visit, ("key", "department", "diagnosis_code", "diagnosis"))
VISIT_TEXTS |= {"complaint": LONGEST_TEXT, "area": 60, "person": 60}
RESULT_TEXTS = lengths(LabResult, ("key", "specimen", "test_code", "test", "value", "unit"))
RESULT_TEXTS |= {"area": 60, "person": 60}
REPORT_TEXTS = lengths(SentinelReport, ("remark",)) | {"sentinel": 200}
CARD_TEXTS = lengths(CaseReport, ("name", "phone", "address", "doctor"))
CARD_TEXTS |= {"key": 60, "disease": 120, "area": 60, "person": 60}


def text_fault(item: object, texts: dict[str, int]) -> Fault | None:
    """The first text that is too long, or holds a character no text may hold."""
    for name, most in texts.items():
        text = getattr(item, name)
        if len(text) > most:
            return Fault(name, "text_too_long", {"most": str(most)})
        if not fit(text):
            return Fault(name, "bad_character")
    return None


def fit(text: str) -> bool:
    """Whether a text holds no character that no text may hold."""
    if "\x00" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def moment_fault(name: str, moment: datetime | None, latest: datetime | None) -> Fault | None:
    """A moment too long ago, or ahead of the latest that a clock may say."""
    if moment is None:
        return None
    if moment < OLDEST:
        return Fault(name, "long_ago")
    if moment > (latest or LAST):
        return Fault(name, "ahead", {"given": with_zone(moment)})
    return None


def with_zone(moment: datetime) -> str:
    """A moment as a sender gave it, with its zone: a wrong zone is what often puts a clock wrong."""
    return moment.isoformat(" ", "minutes")


def day_fault(name: str, day: date | None, latest: date) -> Fault | None:
    """A day too long ago, or after the one it cannot be after."""
    if day is None:
        return None
    if day < OLDEST_DAY:
        return Fault(name, "long_ago")
    if day > latest:
        return Fault(name, "day_ahead", {"given": day.isoformat(), "latest": latest.isoformat()})
    return None


def person_fault(age: int | None, sex: str) -> Fault | None:
    """An age or a sex that nobody has."""
    if age is not None and not 0 <= age <= OLDEST_AGE:
        return Fault("age", "impossible_age")
    if sex not in SEXES:
        return Fault("sex", "unknown_word", {"given": sex[:40], "words": "M, F, U"})
    return None


def choice_fault(name: str, word: str, words: tuple[str, ...]) -> Fault | None:
    """A word that is none of those that may stand there."""
    if word in words:
        return None
    return Fault(name, "unknown_word", {"given": word[:40], "words": ", ".join(words)})


def report_fault(report: IncomingSentinelReport) -> Fault | None:
    """Why a sentinel's report cannot even be looked at; None where it can."""
    return text_fault(report, REPORT_TEXTS) or day_fault("starts_on", report.starts_on, LAST.date())


def visit_fault(visit: IncomingVisit, latest: datetime | None) -> Fault | None:
    """Why a visit cannot be kept; None where it can."""
    if not visit.key.strip():
        return Fault("key", "missing")
    return (
        text_fault(visit, VISIT_TEXTS)
        or choice_fault("kind", visit.kind, VISIT_KINDS)
        or person_fault(visit.age, visit.sex)
        or moment_fault("visited_at", visit.visited_at, latest)
        or next(
            (
                Fault("diagnosis", "bad_character")
                for two in visit.further
                if not all(map(fit, two))
            ),
            None,
        )
    )


def result_fault(result: IncomingResult, latest: datetime | None) -> Fault | None:
    """Why a laboratory result cannot be kept; None where it can."""
    if not result.key.strip():
        return Fault("key", "missing")
    if not (result.test or result.test_code):
        return Fault("test", "missing")
    return (
        text_fault(result, RESULT_TEXTS)
        or choice_fault("finding", result.finding, FINDINGS)
        or person_fault(result.age, result.sex)
        or moment_fault("reported_at", result.reported_at, latest)
        or moment_fault("taken_at", result.taken_at, latest)
    )


def card_fault(card: IncomingCard, latest: datetime | None, today: date) -> Fault | None:
    """Why a draft of a card cannot be kept; None where it can."""
    if not card.key.strip():
        return Fault("key", "missing")
    if card.onset_on is None and card.diagnosed_at is None:
        return Fault("onset_on", "missing")
    fault = (
        text_fault(card, CARD_TEXTS)
        or choice_fault("status", card.status, STATUSES)
        or person_fault(card.age, card.sex)
        or moment_fault("diagnosed_at", card.diagnosed_at, latest)
        or day_fault("onset_on", card.onset_on, today)
        or day_fault("born_on", card.born_on, today)
    )
    if fault is not None or card.onset_on is None or card.diagnosed_at is None:
        return fault
    if day_of(card.diagnosed_at) >= card.onset_on:
        return None
    return Fault("diagnosed_at", "before_onset", {"onset": card.onset_on.isoformat()})
