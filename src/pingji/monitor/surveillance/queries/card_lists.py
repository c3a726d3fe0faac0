"""Report cards for the screen: who waits for whom, and what each reader may see of a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from pingji.ground.directory.models import Permission, User
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.models.deadline import key_of
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair, Source
from pingji.monitor.surveillance.queries.card_checks import others_who_could_check

State = CaseReport.State


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as a reader may see them."""

    name: str
    guardian: str
    identity_number: str
    born_on: str
    phone: str
    address: str
    workplace: str
    remark: str


def person(card: CaseReport, *, clear: bool) -> Person:
    """The patient in clear, or starred: surname, first and last digits, no address."""
    number = card.identity_number if clear else ("*" * 18 if card.identity_hash else "")
    born = f"{card.born_on:%Y-%m-%d}" if card.born_on else ""
    if clear:
        return Person(
            card.name,
            card.guardian,
            number,
            born,
            card.phone,
            card.address,
            card.workplace,
            card.remark,
        )
    return Person(
        starred(card.name),
        starred(card.guardian),
        number,
        f"{card.born_on.year}-**-**" if card.born_on else "",
        card.phone[:3] + "*" * max(0, len(card.phone) - 3),
        "***" if card.address else "",
        "***" if card.workplace else "",
        "***" if card.remark else "",
    )


def starred(name: str) -> str:
    """The surname, and a star for each further character: 王**."""
    return name[:1] + "*" * (len(name) - 1)


def waiting_cards(user: User) -> QuerySet[CaseReport]:
    """Cards of the user's sight that somebody still has to deal with; none that came in a file."""
    rows = CaseReport.objects.visible_to(user).exclude(source=Source.FILE)
    return rows.select_related("disease", "area", "organisation", "filled_by")


def to_finish(user: User) -> QuerySet[CaseReport]:
    """Drafts and returned cards of the user's own organisation, or the user's own."""
    return (
        _of_own(user).filter(state__in=[State.DRAFT, State.RETURNED]).order_by("-known_at", "-id")
    )


def to_check(user: User) -> QuerySet[CaseReport]:
    """Cards of the user's own organisation that wait for a colleague."""
    return _of_own(user).filter(state=State.SENT).order_by("-known_at", "-id")


def to_review(user: User) -> QuerySet[CaseReport]:
    """Cards that wait for the CDC: checked ones, and those nobody else could check."""
    rows = waiting_cards(user).filter(state__in=[State.CHECKED, State.SENT])
    return rows.order_by("-known_at", "-id")


def sent_by(user: User) -> QuerySet[CaseReport]:
    """What the user's organisation has sent, whatever became of it."""
    return (
        _of_own(user).exclude(state__in=[State.DRAFT, State.RETURNED]).order_by("-known_at", "-id")
    )


def _of_own(user: User) -> QuerySet[CaseReport]:
    rows = waiting_cards(user)
    if user.organisation_id is not None:
        return rows.filter(organisation=user.organisation_id)
    return rows.filter(filled_by=user)


def open_pairs(user: User) -> QuerySet[DuplicatePair]:
    """Pairs that wait for the CDC, the likeliest first."""
    return pairs_in(user, DuplicatePair.State.OPEN)


def pairs_in(user: User, state: str) -> QuerySet[DuplicatePair]:
    """Pairs in one state: those to decide by likeness, those decided by when, the newest first."""
    rows = DuplicatePair.objects.visible_to(user).filter(state=state)
    if state != DuplicatePair.State.OPEN:
        rows = rows.order_by("-decided_at", "-id")
    return rows.select_related(
        "first__disease",
        "first__organisation",
        "first__area",
        "second__disease",
        "second__organisation",
        "second__area",
    )


def clocks_of(cards: Iterable[CaseReport]) -> dict[int, Deadline]:
    """By card, the clock that matters now: one that runs, else the last that stopped."""
    cards = list(cards)
    if not cards:
        return {}
    model = key_of(cards[0])["subject_type"]
    rows = Deadline.objects.filter(
        subject_type=model, subject_id__in=[str(card.pk) for card in cards]
    ).select_related("standard")
    found: dict[int, Deadline] = {}
    for clock in sorted(rows, key=lambda clock: (clock.is_open, clock.started_at)):
        if clock.state != Deadline.State.CANCELLED:
            found[int(clock.subject_id)] = clock
    return found


def dress(cards: Iterable[Any]) -> list[Any]:
    """Cards of a list with what the list shows beside them: clock, starred name, who may check."""
    cards = list(cards)
    clocks = clocks_of(cards)
    others = others_who_could_check(cards)
    for card in cards:
        card.clock = clocks.get(card.pk)
        card.starred = starred(card.name)
        card.others = others[card.pk]
    return cards


def counts_for(user: User) -> dict[str, int]:
    """How much waits on each list, for the tabs."""
    counts = {"finish": to_finish(user).count(), "check": to_check(user).count()}
    if user.holds(Permission.REPORT_REVIEW):
        counts["review"] = to_review(user).count()
        counts["pairs"] = open_pairs(user).count()
    return counts
