"""Are two cards one case? A score with its reasons. Pure: two cards in, a likeness out.

Evidence adds up in the manner of Fellegi and Sunter 1969 (J Am Stat Assoc 64:1183,
doi:10.1080/01621459.1969.10501049): each field adds the logarithm, to base 2, of how much more often
it agrees so in two cards of one case than in cards of two people. The weights below were set by hand
and are judged on the labelled pairs in tests/data.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache

from pypinyin import lazy_pinyin


@dataclass(frozen=True, slots=True)
class Weights:
    """What each agreement or difference is worth, in bits.

    Attributes:
        needed: How much evidence it takes to be as likely one case as two.
        window_days: How far apart two onsets may lie and still be asked about.
        name_short: What is taken off where the same name is of two characters: many people share it.
        name_and_sex_differ: What is taken off besides where neither the name nor the sex is the
            same: two slips on one card are rare, brothers and sisters are not.
        family_most: Most that telephone, place, parent and school count for together: brothers and
            sisters share them all.
    """

    needed: float = 11.5
    window_days: int = 365
    identity_same: float = 24.0
    identity_differs: float = -14.0
    name_same: float = 8.0
    name_short: float = -1.0
    name_sounds: float = 6.5
    name_near: float = 3.5
    name_differs: float = -7.0
    born_same: float = 7.0
    born_near: float = 3.0
    born_differs: float = -9.0
    age_same: float = 2.0
    age_near: float = 0.5
    age_differs: float = -8.0
    sex_same: float = 1.0
    sex_differs: float = -4.0
    name_and_sex_differ: float = -6.0
    phone_same: float = 5.0
    phone_near: float = 2.0
    village_same: float = 3.0
    township_same: float = 1.5
    county_differs: float = -0.5
    guardian_same: float = 3.0
    workplace_same: float = 1.5
    family_most: float = 8.0
    onset_close: float = 2.0
    onset_weeks: float = 1.0
    onset_months: float = -1.5
    onset_far: float = -3.0


WEIGHTS = Weights()
CLOSE_DAYS, WEEKS_DAYS, MONTHS_DAYS = 4, 30, 180
# Sounds that many speakers do not tell apart, and those who type what they hear neither.
BLURS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
NEAR_SOUND = 0.8
SHORT_NAME = 2
CHILD_OF = re.compile(r".{1,6}之[大小长次双]?[子女婴儿宝]")


@dataclass(frozen=True, slots=True)
class Likened:
    """What of a card is compared."""

    name: str = ""
    sound: str = ""
    identity_hash: str = ""
    sex: str = ""
    born_on: date | None = None
    age: int | None = None
    phone: str = ""
    area: str = ""
    guardian: str = ""
    workplace: str = ""
    onset_on: date | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two cards are one case, and what speaks for and against it.

    Attributes:
        score: From 0 to 1; from 0.5 on a person is asked.
        reasons: Keys of `queries.duplicates.REASONS`.
    """

    score: float
    reasons: tuple[str, ...]

    @property
    def is_worth_asking(self) -> bool:
        """Whether a person should look at the two."""
        return self.score >= 0.5


def sound(name: str) -> str:
    """A name as it sounds, so that 陈静 and 程婧 are found as one: pinyin, no tones, blurred."""
    spoken = "".join(lazy_pinyin(name.strip())).lower()
    letters = "".join(letter for letter in spoken if letter.isalnum())
    for said, heard in BLURS:
        letters = letters.replace(said, heard)
    return letters[:80]


def likeness(one: Likened, other: Likened, weights: Weights = WEIGHTS) -> Likeness:
    """How likely two cards of one disease are one case."""
    evidence = [
        *_identity(one, other, weights),
        *_names(one, other, weights),
        *_ages(one, other, weights),
        *_sexes(one, other, weights),
        *_onsets(one, other, weights),
    ]
    family = [
        *_phones(one, other, weights),
        *_places(one, other, weights),
        *_circles(one, other, weights),
    ]
    shared = min(weights.family_most, sum(worth for _reason, worth in family))
    bits = sum(worth for _reason, worth in evidence) + shared - weights.needed
    evidence += family
    score = 1 / (1 + 2.0 ** -max(-60.0, min(60.0, bits)))
    return Likeness(round(score, 4), tuple(reason for reason, _worth in evidence))


Evidence = Iterator[tuple[str, float]]


def _identity(one: Likened, other: Likened, weights: Weights) -> Evidence:
    if not one.identity_hash or not other.identity_hash:
        return
    if one.identity_hash == other.identity_hash:
        yield "identity_same", weights.identity_same
    else:
        yield "identity_differs", weights.identity_differs


def _names(one: Likened, other: Likened, weights: Weights) -> Evidence:
    if not _known(one) or not _known(other):
        return
    if one.name == other.name:
        yield "name_same", weights.name_same
        if len(one.name) <= SHORT_NAME:
            yield "name_short", weights.name_short
    elif one.sound == other.sound:
        yield "name_sounds", weights.name_sounds
    elif near(one.name, other.name) or _nearly(one.sound, other.sound):
        yield "name_near", weights.name_near
    else:
        yield "name_differs", weights.name_differs


def _known(card: Likened) -> bool:
    """Whether a card tells the patient's own name: a newborn is first called the mother's child."""
    return bool(card.name) and not CHILD_OF.fullmatch(card.name)


def near(one: str, other: str) -> bool:
    """Whether two names differ in one character, or in the order or number of one."""
    if min(len(one), len(other)) < 2:
        return False
    if len(one) == len(other):
        different = sum(a != b for a, b in zip(one, other, strict=True))
        return different == 1 or sorted(one) == sorted(other)
    shorter, longer = sorted((one, other), key=len)
    return len(longer) - len(shorter) == 1 and any(
        longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer))
    )


@lru_cache(maxsize=1 << 16)
def _nearly(one: str, other: str) -> bool:
    """Whether two sounds differ by a slip of the finger."""
    if min(len(one), len(other)) <= 3:
        return False
    matcher = SequenceMatcher(None, one, other)
    # What is cheap to work out is never less than the ratio itself.
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(bound() >= NEAR_SOUND for bound in bounds)


def _ages(one: Likened, other: Likened, weights: Weights) -> Evidence:
    if one.born_on and other.born_on:
        if one.born_on == other.born_on:
            yield "born_same", weights.born_same
        elif _born_near(one.born_on, other.born_on):
            yield "born_near", weights.born_near
        else:
            yield "born_differs", weights.born_differs
        return
    if one.age is None or other.age is None:
        return
    apart = abs(one.age - other.age)
    if apart == 0:
        yield "age_same", weights.age_same
    elif apart == 1:
        yield "age_near", weights.age_near
    else:
        yield "age_differs", weights.age_differs


def _born_near(one: date, other: date) -> bool:
    """Whether one digit differs, or day and month are swapped."""
    first, second = one.strftime("%Y%m%d"), other.strftime("%Y%m%d")
    different = sum(a != b for a, b in zip(first, second, strict=True))
    return different == 1 or (one.year, one.month, one.day) == (other.year, other.day, other.month)


def _sexes(one: Likened, other: Likened, weights: Weights) -> Evidence:
    if {one.sex, other.sex} <= {"M", "F"}:
        same = one.sex == other.sex
        yield ("sex_same", weights.sex_same) if same else ("sex_differs", weights.sex_differs)
        named = _known(one) and _known(other)
        if not same and named and one.name != other.name and one.sound != other.sound:
            yield "name_and_sex_differ", weights.name_and_sex_differ


def _phones(one: Likened, other: Likened, weights: Weights) -> Evidence:
    if not one.phone or not other.phone:
        return
    if one.phone == other.phone:
        yield "phone_same", weights.phone_same
    elif (
        len(one.phone) == len(other.phone)
        and sum(a != b for a, b in zip(one.phone, other.phone, strict=True)) == 1
    ):
        yield "phone_near", weights.phone_near


def _places(one: Likened, other: Likened, weights: Weights) -> Evidence:
    if len(one.area) >= 12 and one.area == other.area:
        yield "village_same", weights.village_same
    elif len(one.area) >= 9 and one.area[:9] == other.area[:9]:
        yield "township_same", weights.township_same
    elif one.area[:6] != other.area[:6]:
        yield "county_differs", weights.county_differs


def _circles(one: Likened, other: Likened, weights: Weights) -> Evidence:
    if one.guardian and other.guardian and sound(one.guardian) == sound(other.guardian):
        yield "guardian_same", weights.guardian_same
    if one.workplace and one.workplace == other.workplace:
        yield "workplace_same", weights.workplace_same


def _onsets(one: Likened, other: Likened, weights: Weights) -> Evidence:
    if one.onset_on is None or other.onset_on is None:
        return
    days = abs((one.onset_on - other.onset_on).days)
    if days <= CLOSE_DAYS:
        yield "onset_close", weights.onset_close
    elif days <= WEEKS_DAYS:
        yield "onset_weeks", weights.onset_weeks
    elif days <= MONTHS_DAYS:
        yield "onset_months", weights.onset_months
    else:
        yield "onset_far", weights.onset_far
