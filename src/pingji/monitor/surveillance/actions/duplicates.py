"""Pairs of cards that may be one case, found; a pair once decided on is never asked about again."""

from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Q, QuerySet

from pingji.monitor.surveillance.models import CaseReport, DuplicatePair
from pingji.monitor.surveillance.queries.duplicates import (
    COUNTY_DIGITS,
    possible_among,
    possible_duplicates,
)
from pingji.monitor.surveillance.rules.duplicates import sound

BATCH = 500


def keep_pairs(card: CaseReport, *, at: datetime) -> list[DuplicatePair]:
    """Keep the pairs of a card that are new; what a correction made unlike is let go."""
    found = {one.card.pk: one for one in possible_duplicates(card)}
    known = DuplicatePair.objects.filter(Q(first=card) | Q(second=card))
    open_now = {
        pair.first_id if pair.second_id == card.pk else pair.second_id: pair
        for pair in known.filter(state=DuplicatePair.State.OPEN)
    }
    gone = [pair.pk for other, pair in open_now.items() if other not in found]
    DuplicatePair.objects.filter(pk__in=gone).delete()
    rows = [
        DuplicatePair(
            first_id=min(card.pk, other),
            second_id=max(card.pk, other),
            area_id=card.area_id[:COUNTY_DIGITS],
            score=one.likeness.score,
            reasons=list(one.likeness.reasons),
            found_at=at,
        )
        for other, one in found.items()
    ]
    DuplicatePair.objects.bulk_create(rows, ignore_conflicts=True)
    return list(known.filter(state=DuplicatePair.State.OPEN))


def find_in_file(*, import_id: int, at: datetime) -> int:
    """Look for duplicates of the cards a file brought; how many pairs it is part of.

    Safe to run again: pairs that are known stay as they are.
    """
    cards = CaseReport.objects.filter(file=import_id).counted()
    _hear(cards.exclude(name="").filter(name_sound=""))
    told = cards.exclude(name="", identity_hash="", phone="").order_by("pk")
    keys = told.values_list("pk", flat=True).iterator(chunk_size=BATCH)
    pairs: set[tuple[int, int]] = set()
    while batch := list(islice(keys, BATCH)):
        pairs |= _keep_pairs_of(batch, at)
    return len(pairs)


@transaction.atomic
def _keep_pairs_of(cards: list[int], at: datetime) -> set[tuple[int, int]]:
    """What `keep_pairs` does for one card, for many: the pairs that wait for a person."""
    found = possible_among(cards)
    known = DuplicatePair.objects.filter(Q(first__in=cards) | Q(second__in=cards))
    open_now = known.filter(state=DuplicatePair.State.OPEN).order_by()
    gone = [
        pk
        for pk, *pair in open_now.values_list("pk", "first_id", "second_id")
        if tuple(pair) not in found
    ]
    DuplicatePair.objects.filter(pk__in=gone).delete()
    areas = dict(CaseReport.objects.filter(pk__in=cards).values_list("pk", "area_id"))
    rows = [
        DuplicatePair(
            first_id=pair[0],
            second_id=pair[1],
            area_id=areas[pair[1] if pair[1] in areas else pair[0]][:COUNTY_DIGITS],
            score=how.score,
            reasons=list(how.reasons),
            found_at=at,
        )
        for pair, how in sorted(found.items())
    ]
    DuplicatePair.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    return {(one, other) for one, other in open_now.values_list("first_id", "second_id")}


def _hear(cards: QuerySet[CaseReport]) -> None:
    """Keep how the names of cards sound that came without it."""
    rows = list(cards.only("pk", "name").order_by("pk"))
    for card in rows:
        card.name_sound = sound(card.name)
    CaseReport.objects.bulk_update(rows, ["name_sound"], batch_size=BATCH)
