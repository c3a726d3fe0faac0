"""The line list's filters in words, its headings, and what its fields offer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pingji.ground.directory import queries as directory
from pingji.ground.directory.models import Area, User
from pingji.monitor.surveillance.models import (
    CaseReport,
    CaseStatus,
    Disease,
    DiseaseClass,
    SavedSearch,
    Source,
)
from pingji.monitor.surveillance.queries import faults
from pingji.monitor.surveillance.queries.columns import COLUMNS, Column
from pingji.monitor.surveillance.queries.line_list import (
    COUNTED,
    EVERY_STATE,
    SORTS,
    Filters,
    Found,
    Order,
)
from pingji.monitor.surveillance.queries.parts import with_parts

MOST_AREAS_OFFERED = 12
Address = Callable[..., str]


def names_of_filters() -> dict[str, str]:
    """What each filter is called."""
    return {
        "disease": _("Disease"),
        "legal_class": pgettext("of a disease", "Class"),
        "area": _("Area"),
        "institution": _("School or institution"),
        "organisation": _("Reported by"),
        "status": _("Case status"),
        "state": _("State of the card"),
        "source": _("Came by"),
        "sex": _("Sex"),
        "age_from": _("Age from"),
        "age_to": _("Age to"),
        "onset_from": _("Onset from"),
        "onset_to": _("Onset to"),
        "diagnosed_from": _("Diagnosed from"),
        "diagnosed_to": _("Diagnosed to"),
        "known_from": _("Reported from"),
        "known_to": _("Reported to"),
        "severe": _("Severe case"),
        "died": _("Died"),
        "file": _("File"),
        "message": _("Message"),
        "quality": _("Quality"),
        "text": _("Search"),
    }


def sexes() -> dict[str, str]:
    """The word for each sex."""
    return {"M": _("Male"), "F": _("Female")}


@dataclass(frozen=True)
class Chip:
    """One filter in words, and the address of the list without it."""

    name: str
    value: str
    without: str


def chips(filters: Filters, found: Found, address: Address) -> list[Chip]:
    """The filters as they read, each with the way to be rid of it."""
    names = names_of_filters()
    words: dict[str, dict[str, str]] = {
        "legal_class": _labels(DiseaseClass.Class),
        "status": _labels(CaseStatus),
        "state": _labels(CaseReport.State) | {EVERY_STATE: _("every state")},
        "source": _labels(Source),
        "sex": sexes(),
        "quality": {filters.quality: faults.in_words(filters.quality)},
        "severe": {filters.severe: _("yes")},
        "died": {filters.died: _("yes")},
    }
    shown = []
    for name, value in filters.given().items():
        said = words.get(name, {}).get(value, value)
        if name == "disease":
            disease = Disease.objects.filter(pk=value).first()
            said = named_with_parts(disease) if disease else value
        elif found.places.get(name):
            said = found.places[name].label
        old = {"onset_from": "since", "onset_to": "until"}.get(name)
        gone = {name: None} | ({old: None} if old else {})
        shown.append(Chip(names[name], said, address(**gone)))
    return shown


def named_with_parts(disease: Disease) -> str:
    """A disease's name; it says so where its parts are asked for with it."""
    if len(with_parts(disease.pk)) == 1:
        return disease.label
    return _("%(disease)s with its parts") % {"disease": disease.label}


def _labels(choices: Any) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices.choices}


def unusable(found: Found) -> list[str]:
    """Names of the filters that could not be used."""
    names = names_of_filters()
    return [names[name] for name in found.unusable]


@dataclass(frozen=True)
class Head:
    """A heading of the list, and the address by which it sorts."""

    label: str
    number: bool
    sort: str = ""
    now: str = ""


def heads(shown: list[Column], order: Order, address: Address) -> list[Head]:
    """The headings; those the list can be sorted by say how it is sorted now."""
    found = []
    for column in shown:
        if column.key not in SORTS:
            found.append(Head(str(column.label), column.number))
            continue
        here = order.by == column.key
        turned = Order(column.key, oldest_first=here and not order.oldest_first)
        now = ("ascending" if order.oldest_first else "descending") if here else "none"
        found.append(Head(str(column.label), column.number, address(sort=str(turned)), now))
    return found


def choices(user: User) -> dict[str, Any]:
    """What the fields of the list offer."""
    states = [(COUNTED, _("those that count"))]
    states += [(str(value), str(label)) for value, label in CaseReport.State.choices]
    return {
        "diseases": Disease.objects.order_by("is_syndrome", "code"),
        "classes": DiseaseClass.Class.choices,
        "statuses": CaseStatus.choices,
        "states": [*states, (EVERY_STATE, _("every state"))],
        "sources": Source.choices,
        "sexes": sexes().items(),
        "areas": Area.objects.visible_to(user).filter(code__length=9)[:60],
        "columns": COLUMNS,
    }


def areas_typed(areas: QuerySet[Area], word: str) -> list[Area]:
    """Areas that fit what is being typed, the larger first."""
    if not word.strip():
        return []
    return list(directory.areas_named(areas, word).order_by("code")[:MOST_AREAS_OFFERED])


def saved_searches(user: User) -> list[tuple[SavedSearch, str]]:
    """The searches a user saved, with their addresses."""
    return [(search, address_of(search)) for search in SavedSearch.objects.filter(owner=user)]


def own_search(user: User, search_id: int) -> SavedSearch:
    """One of the user's own searches, or 404."""
    return get_object_or_404(SavedSearch.objects.filter(owner=user), pk=search_id)


def address_of(search: SavedSearch) -> str:
    """The list as the search has it."""
    return f"{reverse('surveillance:cases')}?{urlencode(search.filters, doseq=True)}"
