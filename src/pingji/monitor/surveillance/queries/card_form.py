"""What the report card asks: occupations, what its checks go by, and suggestions while typing."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from pingji.ground.directory.models import COUNTY_DIGITS, Area, Organisation, User
from pingji.ground.directory.queries import areas_named, organisations_named
from pingji.monitor.surveillance.models import CaseDefinition, CaseStatus, Disease
from pingji.monitor.surveillance.rules.cards import CardForm, Watched
from pingji.monitor.surveillance.rules.rows import plain

ASKED = Path(__file__).resolve().parents[1] / "data" / "report_card.toml"
SUGGESTED = 8


@dataclass(frozen=True, slots=True)
class Occupation:
    """One line of the card's list of occupations."""

    code: str
    name: str
    name_en: str
    school: bool = False

    @property
    def label(self) -> str:
        """Name in the reader's language."""
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One answer to what somebody began to type.

    Attributes:
        value: What the field then holds.
        label: What is shown.
        note: What tells it from others of the same name.
    """

    value: str
    label: str
    note: str = ""


@lru_cache(maxsize=1)
def occupations() -> tuple[Occupation, ...]:
    """The occupations printed on the card, in its order."""
    return tuple(Occupation(**row) for row in _asked()["occupation"])


@lru_cache(maxsize=1)
def card_form() -> CardForm:
    """What the card's checks go by."""
    asked = _asked()
    return CardForm(
        guardian_below_age=asked["guardian_below_age"],
        days_from_onset_to_diagnosis=asked["days_from_onset_to_diagnosis"],
        days_from_diagnosis_to_report=asked["days_from_diagnosis_to_report"],
        usual_age_up_to=asked["usual_age_up_to"],
        phone_digits=(asked["phone_digits"][0], asked["phone_digits"][1]),
        ages={code: (ages[0], ages[1]) for code, ages in asked["ages"].items()},
        school=frozenset(one.code for one in occupations() if one.school),
    )


def _asked() -> dict:  # type: ignore[type-arg]
    with ASKED.open("rb") as file:
        return tomllib.load(file)


def watched(disease: Disease, on: date) -> Watched:
    """What the catalogue says of a disease on a day."""
    defined = CaseDefinition.objects.filter(disease=disease, valid_from__lte=on).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    )
    statuses = frozenset(defined.values_list("status", flat=True))
    usual = frozenset({CaseStatus.SUSPECTED, CaseStatus.CLINICAL, CaseStatus.CONFIRMED})
    return Watched(
        code=disease.pk,
        label=disease.label,
        since=disease.watched_from,
        until=disease.watched_to,
        successor=disease.succeeded_by.label if disease.succeeded_by else "",
        statuses=statuses or usual,
    )


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """First letters of a name's pinyin: 流行性感冒 is lxxgm."""
    letters = lazy_pinyin(name, style=Style.FIRST_LETTER)
    return "".join(letter[:1] for letter in letters if letter[:1].isalnum()).lower()


def _fit(word: str, names: Iterable[str]) -> int:
    """How well a word fits one of the names: 0 exactly, 1 its beginning, 2 inside, 9 not."""
    best = 9
    for name in names:
        low, first = name.lower(), initials(name)
        if word in (low, first):
            return 0
        if low.startswith(word) or first.startswith(word):
            best = min(best, 1)
        elif word in low or (len(word) > 1 and word in first):
            best = min(best, 2)
    return best


def diseases_named(word: str, on: date) -> list[Disease]:
    """Diseases by code, any name, pinyin initials or ICD-10 code, the best fit first."""
    word = plain(word).lower()
    if not word:
        return []
    found = []
    for disease in Disease.objects.filter(is_syndrome=False).select_related("succeeded_by"):
        names = [disease.pk, disease.name, disease.name_en, *disease.other_names]
        fit = min(_fit(word, names), _icd_fit(word, disease.icd10))
        if fit < 9:
            ended = disease.watched_to is not None and disease.watched_to < on
            found.append((fit, ended, len(disease.name), disease.pk, disease))
    return [row[-1] for row in sorted(found, key=lambda row: row[:-1])]


def _icd_fit(word: str, codes: Iterable[str]) -> int:
    """A code fits its own beginning, and every finer code below it."""
    word = word.upper()
    if not (word[:1].isalpha() and word[1:2].isdigit()):
        return 9
    if any(word.startswith(code.upper()) for code in codes):
        return 0
    return 1 if any(code.upper().startswith(word) for code in codes) else 9


def disease_typed(text: str, on: date) -> Disease | None:
    """The one disease that was meant; None where nothing fits, or more than one equally well."""
    text = plain(text)
    found = diseases_named(text, on)
    exact = [d for d in found if text.lower() in _called(d)]
    if len(exact) == 1:
        return exact[0]
    return found[0] if len(found) == 1 else None


def _called(disease: Disease) -> set[str]:
    names = [disease.pk, disease.name, disease.name_en, *disease.other_names]
    return {name.lower() for name in names} | {initials(disease.name)}


def occupation_typed(text: str) -> str | None:
    """Code of the occupation that was meant; None where nothing or several fit."""
    word = plain(text).lower()
    fits = {one.code: _fit(word, (one.code, one.name, one.name_en)) for one in occupations()}
    exact = [code for code, fit in fits.items() if fit == 0]
    some = exact or [code for code, fit in fits.items() if fit < 9]
    return some[0] if len(some) == 1 else None


def home_areas(user: User):  # type: ignore[no-untyped-def]
    """Townships and villages of the user's county, where patients of “this county” live."""
    home = user.area_id[:COUNTY_DIGITS]
    return Area.objects.under(home).filter(code__length__in=(9, 12))


def area_typed(text: str, user: User) -> Area | None:
    """The one township or village that was meant: its code at the end, its name or initials."""
    text = plain(text)
    code = text.rsplit(" ", 1)[-1]
    if code.isdigit():
        return home_areas(user).filter(pk=code).first()
    rows = list(home_areas(user).filter(Q(name=text) | Q(name_en=text))[:2])
    rows = rows or list(areas_named(home_areas(user), text)[:2])
    return rows[0] if text and len(rows) == 1 else None


def institution_typed(text: str, user: User) -> Organisation | None:
    """The one school, care home or work unit that was meant."""
    text = plain(text)
    rows = _institutions(user)
    found = list(rows.filter(Q(name=text) | Q(name_en=text))[:2])
    found = found or list(organisations_named(rows, text)[:2])
    return found[0] if text and len(found) == 1 else None


def _institutions(user: User):  # type: ignore[no-untyped-def]
    home = user.area_id[:COUNTY_DIGITS]
    return Organisation.objects.open().filter(area__code__startswith=home)


def suggestions(what: str, word: str, user: User, on: date) -> list[Suggestion]:
    """What may be meant by what somebody began to type in a field."""
    word = plain(word)
    if what == "disease":
        return [_disease(one, on) for one in diseases_named(word, on)[:SUGGESTED]]
    if what == "occupation":
        return _occupations(word)
    if not word:
        return []
    if what == "area":
        word = word.split(" ")[0]
        return [_area(area) for area in _ranked(areas_named(home_areas(user), word), word)]
    if what == "institution":
        rows = organisations_named(_institutions(user).select_related("area"), word)
        return [
            Suggestion(one.label, one.label, f"{one.get_kind_display()} · {one.area.label}")
            for one in _ranked(rows, word)
        ]
    return []


def _ranked(rows, word: str) -> list:  # type: ignore[no-untyped-def,type-arg]
    """Names that begin so before those that only hold it; townships before villages."""
    found = list(rows[: SUGGESTED * 8])
    found.sort(
        key=lambda row: (
            row.code != word,
            not row.name.startswith(word),
            not row.initials.startswith(word.lower()),
            len(row.initials),
            row.code,
        )
    )
    return found[:SUGGESTED]


def _area(area: Area) -> Suggestion:
    town = "" if len(area.code) == 9 else area.code[:9]
    return Suggestion(f"{area.label} {area.code}", area.label, town or area.get_level_display())


def _disease(disease: Disease, on: date) -> Suggestion:
    ended = disease.watched_to is not None and disease.watched_to < on
    note = _("no longer reported") if ended else "、".join(disease.icd10[:3])
    return Suggestion(disease.label, disease.label, note)


def _occupations(word: str) -> list[Suggestion]:
    word = word.lower()
    fits = [(_fit(word, (o.code, o.name, o.name_en)) if word else 1, o) for o in occupations()]
    rows = sorted((row for row in fits if row[0] < 9), key=lambda row: row[0])
    return [Suggestion(one.label, one.label) for _best, one in rows]
