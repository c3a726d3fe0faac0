"""Cards that may be the case of another card, found by index among millions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground.directory.models import User
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair
from pingji.monitor.surveillance.queries.card_versions import Difference, differences, values_of
from pingji.monitor.surveillance.rules.duplicates import (
    WEEKS_DAYS,
    WEIGHTS,
    Likened,
    Likeness,
    likeness,
    sound,
)

# What speaks for or against one case, in words; a test holds them against the rules.
REASONS = {
    "identity_same": gettext_lazy("the same identity number"),
    "identity_differs": gettext_lazy("different identity numbers"),
    "name_same": gettext_lazy("the same name"),
    "name_sounds": gettext_lazy("names that sound alike"),
    "name_near": gettext_lazy("names that differ in one character"),
    "name_differs": gettext_lazy("different names"),
    "born_same": gettext_lazy("the same date of birth"),
    "born_near": gettext_lazy("dates of birth that differ in one digit"),
    "born_differs": gettext_lazy("different dates of birth"),
    "age_same": gettext_lazy("the same age"),
    "age_near": gettext_lazy("ages a year apart"),
    "age_differs": gettext_lazy("different ages"),
    "sex_same": gettext_lazy("the same sex"),
    "sex_differs": gettext_lazy("different sexes"),
    "phone_same": gettext_lazy("the same telephone"),
    "phone_near": gettext_lazy("telephones that differ in one digit"),
    "village_same": gettext_lazy("the same village"),
    "township_same": gettext_lazy("the same township"),
    "county_differs": gettext_lazy("different counties"),
    "guardian_same": gettext_lazy("the same parent"),
    "workplace_same": gettext_lazy("the same school or work unit"),
    "onset_close": gettext_lazy("onsets a few days apart"),
    "onset_weeks": gettext_lazy("onsets within a month"),
    "onset_months": gettext_lazy("onsets some months apart"),
    "onset_far": gettext_lazy("onsets more than half a year apart"),
}
AGAINST = {reason for reason in REASONS if reason.endswith("_differs")} | {
    "onset_months",
    "onset_far",
}
MOST_CANDIDATES = 400
COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Possible:
    """A card that may be the same case."""

    card: CaseReport
    likeness: Likeness


def likened(card: CaseReport) -> Likened:
    """What of a card is compared."""
    return Likened(
        name=card.name,
        sound=card.name_sound or sound(card.name),
        identity_hash=card.identity_hash,
        sex=card.sex,
        born_on=card.born_on,
        age=card.age,
        phone="".join(letter for letter in card.phone if letter.isdigit()),
        area=card.area_id,
        guardian=card.guardian,
        workplace=str(card.institution_id or card.workplace or ""),
        onset_on=card.onset_on,
    )


def possible_duplicates(card: CaseReport) -> list[Possible]:
    """Counted cards of the same disease that may be this case, the likeliest first.

    Each of five indexes offers its few: identity number, sound of the name, telephone, birth date,
    and age, sex and county within weeks. It asks no more of a million cards than of a thousand.
    """
    if not (card.name or card.identity_hash or card.phone):
        return []
    mine = likened(card)
    keys: set[int] = set()
    for fitting in _offers(card, mine.sound):
        keys |= set(fitting.values_list("pk", flat=True)[:MOST_CANDIDATES])
    rows = CaseReport.objects.filter(pk__in=keys).select_related("organisation", "disease", "area")
    found = [Possible(row, likeness(mine, likened(row))) for row in rows]
    found = [one for one in found if one.likeness.is_worth_asking]
    return sorted(found, key=lambda one: (-one.likeness.score, one.card.pk))


def _offers(card: CaseReport, heard: str) -> Iterable[QuerySet[CaseReport]]:
    diseases = _same_disease(card)
    counted = CaseReport.objects.counted().filter(disease__in=diseases).order_by()
    if card.pk:
        counted = counted.exclude(pk=card.pk)
    onset: date = card.onset_on
    year = timedelta(days=WEIGHTS.window_days)
    near = counted.filter(onset_on__range=(onset - year, onset + year))
    if card.identity_hash:
        yield counted.filter(identity_hash=card.identity_hash)
    if heard:
        yield near.filter(name_sound=heard).exclude(name_sound="")
    if card.phone:
        yield near.filter(phone=card.phone).exclude(phone="")
    if card.born_on:
        yield near.filter(born_on=card.born_on, born_on__isnull=False)
    if card.name and card.age is not None:
        weeks = timedelta(days=WEEKS_DAYS)
        yield counted.filter(
            onset_on__range=(onset - weeks, onset + weeks),
            area__code__startswith=card.area_id[:COUNTY_DIGITS],
            age__range=(max(0, card.age - 1), card.age + 1),
            sex=card.sex,
        ).exclude(name="")


def _same_disease(card: CaseReport) -> list[str]:
    """The disease itself, and what it was called before or is called since."""
    disease = card.disease
    before = list(disease.succeeds.values_list("pk", flat=True))
    since = [disease.succeeded_by_id] if disease.succeeded_by_id else []
    return [disease.pk, *before, *since]


def hint(found: list[Possible], user: User) -> str:
    """One sentence for whoever types: who may have reported this already, and nothing of the person.

    Args:
        found: Possible duplicates, the likeliest first.
        user: Who types; of the own organisation's card the number is told as well.
    """
    if not found:
        return ""
    card = found[0].card
    who = card.organisation.label if card.organisation else _("another source")
    own = card.organisation_id is not None and card.organisation_id == user.organisation_id
    said = {"who": who, "day": f"{card.known_at:%Y-%m-%d}", "disease": card.disease.label}
    if own:
        said["key"] = card.key
        return _("Maybe already reported by your own organisation on %(day)s: card %(key)s.") % said
    return (
        _(
            "Maybe already reported by %(who)s on %(day)s (%(disease)s). Report it if you are unsure."
        )
        % said
    )


def reasons_in_words(reasons: list[str]) -> list[dict[str, Any]]:
    """What is alike and what differs, for the page."""
    return [
        {"words": str(REASONS.get(reason, reason)), "against": reason in AGAINST}
        for reason in reasons
    ]


def pairs_of(card: CaseReport) -> QuerySet[DuplicatePair]:
    """The pairs a card is part of."""
    return DuplicatePair.objects.filter(Q(first=card) | Q(second=card)).select_related(
        "first__organisation", "second__organisation", "decided_by"
    )


def side_by_side(pair: DuplicatePair, *, clear: bool) -> dict[str, Difference]:
    """Where two cards differ, by field."""
    found = differences(values_of(pair.first), values_of(pair.second), clear=clear)
    return {one.field: one for one in found}
