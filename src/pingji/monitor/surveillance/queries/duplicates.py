"""Cards that may be the case of another card, found by index among millions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground.directory.models import COUNTY_DIGITS, User
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
    "name_short": gettext_lazy("a short name, which many people share"),
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
    "name_and_sex_differ": gettext_lazy("neither the name nor the sex the same"),
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
    "name_and_sex_differ",
    "name_short",
    "onset_months",
    "onset_far",
}
MOST_CANDIDATES = 400


@dataclass(frozen=True, slots=True)
class Possible:
    """A card that may be the same case."""

    card: CaseReport
    likeness: Likeness


# What of a card is compared, as columns.
COMPARED = (
    "name", "name_sound", "identity_hash", "sex", "born_on", "age", "phone", "area_id", "guardian",
    "institution_id", "workplace", "onset_on",
)  # fmt: skip


def likened(card: CaseReport) -> Likened:
    """What of a card is compared."""
    return _likened(*(getattr(card, name) for name in COMPARED))


def _likened(
    name: str,
    name_sound: str,
    identity_hash: str,
    sex: str,
    born_on: date | None,
    age: int | None,
    phone: str,
    area: str,
    guardian: str,
    institution: int | None,
    workplace: str,
    onset_on: date,
) -> Likened:
    return Likened(
        name=name,
        sound=name_sound or sound(name),
        identity_hash=identity_hash,
        sex=sex,
        born_on=born_on,
        age=age,
        phone="".join(letter for letter in phone if letter.isdigit()),
        area=area,
        guardian=guardian,
        workplace=str(institution or workplace or ""),
        onset_on=onset_on,
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


# The same offers for many cards in one question: each card asks each index for its few.
STANDS = """c.id <> a.id and c.state = any(%(counted)s)
           and c.disease_id in (select other from alike where alike.disease = a.disease_id)"""
NEAR = f"""c.onset_on between a.onset_on - %(year)s and a.onset_on + %(year)s
           and {STANDS}"""
OFFERS = f"""
    with asked as materialized (
        select id, disease_id, identity_hash, name, name_sound, phone, born_on, age, sex, onset_on,
               county, case when county ~ '^9*$' then 'x' else (county::bigint + 1)::text end as after
        from (select *, left(area_id, %(county)s) as county
              from surveillance_casereport where id = any(%(cards)s)) cards
    ),
    alike as materialized (
        select code as disease, code as other from surveillance_disease
        union select code, succeeded_by_id from surveillance_disease
        where succeeded_by_id is not null
        union select succeeded_by_id, code from surveillance_disease
        where succeeded_by_id is not null
    )
    select distinct a.id, o.id from asked a cross join lateral (
        (select c.id from surveillance_casereport c
         where a.identity_hash <> '' and c.identity_hash <> '' and c.identity_hash = a.identity_hash
           and {STANDS}
         limit %(most)s)
        union all
        (select c.id from surveillance_casereport c
         where a.name_sound <> '' and c.name_sound <> '' and c.name_sound = a.name_sound and {NEAR}
         limit %(most)s)
        union all
        (select c.id from surveillance_casereport c
         where a.phone <> '' and c.phone <> '' and c.phone = a.phone and {NEAR} limit %(most)s)
        union all
        (select c.id from surveillance_casereport c
         where c.born_on is not null and c.born_on = a.born_on and {NEAR} limit %(most)s)
        union all
        (select c.id from alike join surveillance_casereport c
             on c.disease_id = alike.other
             and c.onset_on between a.onset_on - %(weeks)s and a.onset_on + %(weeks)s
         where alike.disease = a.disease_id and a.name <> '' and c.name <> ''
           and c.area_id >= a.county and c.area_id < a.after and c.sex = a.sex
           and c.age between a.age - 1 and a.age + 1
           and c.id <> a.id and c.state = any(%(counted)s)
         limit %(most)s)
    ) o
"""  # noqa: S608 - made of constants


def possible_among(cards: list[int]) -> dict[tuple[int, int], Likeness]:
    """The pairs of each of these cards with a card that may be the same case, by their keys in order.

    It finds what `possible_duplicates` finds for each, with two questions instead of six a card.
    """
    asked = {
        "cards": cards,
        "county": COUNTY_DIGITS,
        "counted": [str(state) for state in CaseReport.COUNTED],
        "most": MOST_CANDIDATES,
        "weeks": WEEKS_DAYS,
        "year": WEIGHTS.window_days,
    }
    with connection.cursor() as cursor:
        cursor.execute(OFFERS, asked)
        offered = {(min(pair), max(pair)) for pair in cursor.fetchall()}
    keys = {key for pair in offered for key in pair}
    rows = CaseReport.objects.filter(pk__in=keys).order_by()
    known = {key: _likened(*values) for key, *values in rows.values_list("pk", *COMPARED)}
    found = {pair: likeness(known[pair[0]], known[pair[1]]) for pair in offered}
    return {pair: how for pair, how in found.items() if how.is_worth_asking}


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
