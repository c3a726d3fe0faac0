"""The clocks of a report card: reported in time, reviewed in time."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.record.actions import Entry
from pingji.ground.standards.actions import (
    cancel_deadline,
    meet_deadline,
    start_deadline,
    start_deadlines,
)
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.queries import Start, deadlines_of
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries.card_checks import REVIEW, reporting_key, reporting_keys
from pingji.monitor.surveillance.queries.codes import Codes


def run_clock(card: CaseReport, *, by: User, at: datetime) -> None:
    """Start the clock of reporting at the diagnosis, draft or not; another disease, another clock.

    A clock that began at another hour, or under another promise, is let go with its reason. One
    that was met stays; only a card that turns out to have been late is told so as well.
    """
    begun = card.diagnosed_at or card.filled_at or card.known_at
    key = reporting_key(card.disease, timezone.localdate(begun))
    standing = [d for d in deadlines_of(card) if d.key != REVIEW]
    for clock in standing:
        if clock.is_open and (clock.key != key or clock.started_at != begun):
            cancel_deadline(
                key=clock.key,
                subject=card,
                by=by,
                at=at,
                reason=_("Disease or time of diagnosis corrected"),
            )
    if _runs_already(standing, key, begun):
        return
    with suppress(Refused), transaction.atomic():  # a plan may set no such deadline
        start_deadline(
            key=key,
            subject=card,
            area=card.area,
            by=by,
            at=begun,
            organisation=card.organisation,
        )


def start_clocks(
    *, cards: Sequence[CaseReport], by: User, codes: Codes | None = None
) -> list[Entry]:
    """Start the clocks of new drafts that made themselves: they run until a person sends them.

    Returns:
        What is to be put on record of them.
    """
    cases = [
        (card, begun, (card.disease_id, timezone.localdate(begun)))
        for card in cards
        for begun in (card.diagnosed_at or card.known_at,)
    ]
    found = codes.catalogue if codes else None
    keys = reporting_keys((case for _card, _begun, case in cases), found)
    starts = [
        Start(keys[case], card, card.area_id, begun, card.organisation_id)
        for card, begun, case in cases
    ]
    return start_deadlines(starts=starts, by=by)[1]


def _runs_already(standing: list[Deadline], key: str, begun: datetime) -> bool:
    """Whether this clock runs, or was met and began no earlier than it should."""
    met = (Deadline.State.MET, Deadline.State.MET_LATE)
    return any(
        d.key == key
        and (
            (d.is_open and d.started_at == begun)
            or (d.state in met and (d.started_at <= begun or d.state == met[1]))
        )
        for d in standing
    )


def stop_clock(card: CaseReport, *, by: User, at: datetime) -> None:
    """The card is sent: its clock is met, as of the moment it was first sent under this disease."""
    for clock in deadlines_of(card):
        if not clock.is_open or clock.key == REVIEW:
            continue
        same_disease = not card.versions.exclude(values__disease=card.disease_id).exists()
        sent = card.known_at if same_disease and card.known_at > clock.started_at else at
        meet_deadline(key=clock.key, subject=card, by=by, at=sent)
    with suppress(Refused), transaction.atomic():  # few plans promise when a card is reviewed
        start_deadline(key=REVIEW, subject=card, area=card.area, by=by, at=at)


def review_done(card: CaseReport, *, by: User, at: datetime) -> None:
    """The CDC has answered: the clock of its review is met."""
    meet_deadline(key=REVIEW, subject=card, by=by, at=at)


def let_go(card: CaseReport, *, by: User, at: datetime, reason: str) -> None:
    """The card is withdrawn or merged: none of its clocks is needed any more."""
    for clock in deadlines_of(card):
        if clock.is_open:
            cancel_deadline(key=clock.key, subject=card, by=by, at=at, reason=reason)
