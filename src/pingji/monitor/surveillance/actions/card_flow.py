"""Check, review, send back and withdraw report cards; say which are one case."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.record.actions import announce, note
from pingji.monitor.surveillance.actions.card_clocks import let_go, review_done, run_clock
from pingji.monitor.surveillance.actions.cards import (
    change,
    count,
    counted_as,
    locked,
    tell,
)
from pingji.monitor.surveillance.actions.duplicates import keep_pairs
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair
from pingji.monitor.surveillance.queries.card_checks import facts_of, others_who_could_check
from pingji.monitor.surveillance.rules import card_moves
from pingji.monitor.surveillance.rules.cards import FACTS

State = CaseReport.State


def _others(card: CaseReport) -> bool:
    return others_who_could_check([card])[card.pk]


@transaction.atomic
def check_card(
    *, card: CaseReport, by: User, at: datetime, version: int | None = None
) -> CaseReport:
    """The hospital has checked a card: the CDC may review it."""
    card = locked(card)
    card_moves.check_can_check(by, card, others=_others(card))
    card_moves.check_version(card, version)

    card.state, card.checked_by, card.checked_at = State.CHECKED, by, at
    card.save(update_fields=["state", "checked_by", "checked_at"])
    note("card.checked", subject=card, by=by, at=at)
    tell(card)
    return card


@transaction.atomic
def review_card(
    *, card: CaseReport, by: User, at: datetime, version: int | None = None
) -> CaseReport:
    """The CDC has reviewed a card: it is final until somebody corrects it."""
    card = locked(card)
    card_moves.check_can_review(by, card, others=_others(card))
    card_moves.check_version(card, version)

    card.state, card.reviewed_by, card.reviewed_at = State.REVIEWED, by, at
    card.save(update_fields=["state", "reviewed_by", "reviewed_at"])
    note("card.reviewed", subject=card, by=by, at=at)
    review_done(card, by=by, at=at)
    announce("report_reviewed", at=at, card=card.pk, area=card.area_id, disease=card.disease_id)
    tell(card)
    return card


@transaction.atomic
def return_card(
    *, card: CaseReport, by: User, at: datetime, reason: str, version: int | None = None
) -> CaseReport:
    """Send a card back for correction, saying why; it stays counted meanwhile."""
    card = locked(card)
    card_moves.check_can_return(by, card, others=_others(card))
    card_moves.check_version(card, version)
    card_moves.check_reason(reason, _("Say what has to be corrected."))

    card.state, card.returned_why = State.RETURNED, reason.strip()[:300]
    card.checked_by = card.checked_at = card.reviewed_by = card.reviewed_at = None
    card.save(
        update_fields=[
            "state",
            "returned_why",
            "checked_by",
            "checked_at",
            "reviewed_by",
            "reviewed_at",
        ]
    )
    note("card.returned", subject=card, by=by, at=at, reason=card.returned_why)
    review_done(card, by=by, at=at)
    tell(card)
    return card


@transaction.atomic
def withdraw_card(
    *, card: CaseReport, by: User, at: datetime, reason: str, version: int | None = None
) -> CaseReport:
    """Withdraw a card, or throw a draft away, saying why; it is no longer counted, and stays kept."""
    card = locked(card)
    card_moves.check_can_withdraw(by, card)
    card_moves.check_version(card, version)
    card_moves.check_reason(reason, _("Say why the card is withdrawn."))
    before = counted_as(card)

    card.state, card.changed_at = State.WITHDRAWN, at
    card.save(update_fields=["state", "changed_at"])
    count((card, before), at=at)
    _pairs(card).filter(state=DuplicatePair.State.OPEN).delete()
    note("card.withdrawn", subject=card, by=by, at=at, reason=reason.strip())
    let_go(card, by=by, at=at, reason=reason.strip())
    announce("report_withdrawn", at=at, card=card.pk, area=card.area_id, disease=card.disease_id)
    tell(card)
    return card


def _pairs(card: CaseReport):  # type: ignore[no-untyped-def]
    return DuplicatePair.objects.filter(Q(first=card) | Q(second=card))


def _locked_pair(pair: DuplicatePair) -> tuple[DuplicatePair, CaseReport, CaseReport]:
    """A pair and its two cards, the lower number first, so that nobody waits in a circle."""
    cards = CaseReport.objects.select_for_update(of=("self",))
    found = {
        card.pk: card
        for card in cards.filter(pk__in=[pair.first_id, pair.second_id]).order_by("pk")
    }
    pair = DuplicatePair.objects.select_for_update(of=("self",)).get(pk=pair.pk)
    return pair, found[pair.first_id], found[pair.second_id]


@transaction.atomic
def keep_apart(*, pair: DuplicatePair, by: User, at: datetime, reason: str = "") -> DuplicatePair:
    """Say that two cards are two cases; it is remembered, and they are not asked about again."""
    pair, first, second = _locked_pair(pair)
    card_moves.check_can_decide(by, pair)

    _decide(pair, DuplicatePair.State.DISTINCT, by=by, at=at, reason=reason)
    note(
        "duplicate.kept_apart",
        subject=pair,
        by=by,
        at=at,
        reason=reason,
        cards=[first.key, second.key],
    )
    tell(first)
    return pair


@transaction.atomic
def merge_cards(
    *,
    pair: DuplicatePair,
    keep: CaseReport,
    by: User,
    at: datetime,
    reason: str,
    values: Mapping[str, str] | None = None,
    versions: Mapping[int, int] | None = None,
) -> CaseReport:
    """Make two cards one: `keep` stands, the other is merged into it; nothing of either is lost.

    Args:
        pair: The two cards.
        keep: Which of them stands.
        by: Who decides.
        at: When.
        reason: Why they are one case.
        values: By field, which card's value wins: "first" or "second"; else that of `keep`.
        versions: By card, the version that was looked at.
    """
    pair, first, second = _locked_pair(pair)
    card_moves.check_can_decide(by, pair)
    card_moves.check_reason(reason, _("Say why the two cards are one case."))
    kept, other = (first, second) if keep.pk == first.pk else (second, first)
    for card in (first, second):
        card_moves.check_version(card, (versions or {}).get(card.pk))
    card_moves.check_can_move(other, State.MERGED)
    if kept.state in card_moves.ENDED:
        raise Refused(_("The card that is to stand was withdrawn or merged: keep the other one."))
    moved = ((kept, counted_as(kept)), (other, counted_as(other)))

    changed = change(kept, _chosen(kept, first, second, values or {}), by=by, at=at, reason=reason)
    other.state, other.merged_into, other.changed_at = State.MERGED, kept, at
    other.save(update_fields=["state", "merged_into", "changed_at"])
    count(*moved, at=at)
    _decide(pair, DuplicatePair.State.SAME, by=by, at=at, reason=reason)
    _pairs(other).filter(state=DuplicatePair.State.OPEN).delete()
    keep_pairs(kept, at=at)
    note("card.merged", subject=other, by=by, at=at, reason=reason, into=kept.key, changed=changed)
    let_go(other, by=by, at=at, reason=_("Merged into card %(key)s") % {"key": kept.key})
    run_clock(kept, by=by, at=at)
    announce("report_merged", at=at, card=other.pk, into=kept.pk, area=kept.area_id)
    for card in (kept, other):
        tell(card)
    return kept


def _chosen(
    kept: CaseReport, first: CaseReport, second: CaseReport, values: Mapping[str, str]
) -> dict[str, object]:
    sides = {"first": facts_of(first), "second": facts_of(second)}
    chosen = facts_of(kept)
    for name, side in values.items():
        if name in FACTS and side in sides:
            chosen[name] = sides[side][name]
            if name == "diagnosed_at":
                chosen["diagnosed_on"] = sides[side]["diagnosed_on"]
    return chosen


def _decide(pair: DuplicatePair, to: str, *, by: User, at: datetime, reason: str) -> None:
    pair.state, pair.decided_by, pair.decided_at, pair.reason = to, by, at, reason[:300]
    pair.save(update_fields=["state", "decided_by", "decided_at", "reason"])
