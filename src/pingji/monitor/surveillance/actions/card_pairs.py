"""Say of two cards that may be one case what they are: two, one, or two after all."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.directory.models.identity import unseal
from pingji.ground.record.actions import announce, note
from pingji.monitor.surveillance.actions.card_clocks import let_go, run_clock, stop_clock
from pingji.monitor.surveillance.actions.cards import change, count, counted_as, tell
from pingji.monitor.surveillance.actions.duplicates import keep_pairs
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair
from pingji.monitor.surveillance.queries.card_checks import facts_of
from pingji.monitor.surveillance.queries.card_versions import differences, values_of
from pingji.monitor.surveillance.rules import card_moves
from pingji.monitor.surveillance.rules.cards import FACTS

State = CaseReport.State
DAYS = {"born_on", "onset_on", "diagnosed_on", "died_on"}


def pairs_of_card(card: CaseReport) -> QuerySet[DuplicatePair]:
    """The pairs a card is part of."""
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
    pair.merged = {"card": other.pk, "state": other.state, "version": kept.version}

    changed = change(kept, _chosen(kept, first, second, values or {}), by=by, at=at, reason=reason)
    other.state, other.merged_into, other.changed_at = State.MERGED, kept, at
    other.save(update_fields=["state", "merged_into", "changed_at"])
    count(*moved, at=at)
    _decide(pair, DuplicatePair.State.SAME, by=by, at=at, reason=reason)
    pairs_of_card(other).filter(state=DuplicatePair.State.OPEN).delete()
    keep_pairs(kept, at=at)
    note("card.merged", subject=other, by=by, at=at, reason=reason, into=kept.key, changed=changed)
    let_go(other, by=by, at=at, reason=_("Merged into card %(key)s") % {"key": kept.key})
    run_clock(kept, by=by, at=at)
    announce("report_merged", at=at, card=other.pk, into=kept.pk, area=kept.area_id)
    for card in (kept, other):
        tell(card)
    return kept


@transaction.atomic
def unmerge_cards(*, pair: DuplicatePair, by: User, at: datetime, reason: str) -> CaseReport:
    """Take a merge back: both cards stand and count again, and the pair is to be decided anew.

    What the merge wrote into the card that stood is set back, unless it was corrected since.

    Args:
        pair: The two cards.
        by: Who takes it back.
        at: When.
        reason: Why they are not one case after all.

    Returns:
        The card that had been merged into the other.
    """
    pair, first, second = _locked_pair(pair)
    card_moves.check_can_unmerge(by, pair)
    card_moves.check_reason(reason, _("Say why the merge is taken back."))
    merged = pair.merged
    kept, other = (first, second) if second.pk == merged["card"] else (second, first)
    if other.merged_into_id != kept.pk or kept.state == State.MERGED:
        raise Refused(_("The card that stood was itself merged since: take that back first."))
    moved = ((kept, counted_as(kept)), (other, counted_as(other)))

    changed: list[str] = []
    if kept.state != State.WITHDRAWN:
        changed = change(kept, _as_before(kept, merged["version"]), by=by, at=at, reason=reason)
    other.state, other.merged_into, other.changed_at = State(merged["state"]), None, at
    other.save(update_fields=["state", "merged_into", "changed_at"])
    count(*moved, at=at)
    pair.state, pair.merged, pair.reason = DuplicatePair.State.OPEN, {}, ""
    pair.decided_by = pair.decided_at = None
    pair.save(update_fields=["state", "decided_by", "decided_at", "reason", "merged"])
    keep_pairs(other, at=at)
    note("card.unmerged", subject=other, by=by, at=at, reason=reason, of=kept.key, changed=changed)
    for card in (kept, other):
        if card.state not in card_moves.ENDED:
            run_clock(card, by=by, at=at)
    if other.state in (State.SENT, State.CHECKED):
        stop_clock(other, by=by, at=at)
    announce("report_unmerged", at=at, card=other.pk, of=kept.pk, area=other.area_id)
    for card in (kept, other):
        tell(card)
    return other


def _as_before(kept: CaseReport, version: int) -> dict[str, Any]:
    """What the card says, with the fields that the merge wrote and nobody corrected set back."""
    facts = facts_of(kept)
    stood = kept.versions.filter(number=version).first()
    if stood is None:  # the merge changed nothing
        return facts
    later = kept.versions.filter(number=version + 1).first()
    now = values_of(kept)
    written = later.values if later else now
    corrected = {one.field for one in differences(written, now)}
    for one in differences(stood.values, written):
        if one.field not in corrected:
            facts[one.field] = _read(one.field, stood.values)
            if one.field == "diagnosed_at":
                facts["diagnosed_on"] = _read("diagnosed_on", stood.values)
    return facts


def _read(field: str, values: Mapping[str, Any]) -> Any:
    """A kept value as the card holds it."""
    if field == "identity_number":
        sealed = values.get("identity_sealed")
        return unseal(b64decode(sealed)) if sealed else ""
    value = values.get(field)
    if not value:
        return value
    if field in DAYS:
        return date.fromisoformat(value)
    return parse_datetime(value) if field == "diagnosed_at" else value


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
    pair.save(update_fields=["state", "decided_by", "decided_at", "reason", "merged"])
