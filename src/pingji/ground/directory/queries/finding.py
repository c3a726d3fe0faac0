"""Rows found as people type: a piece of the name, a code, or the first letters of its pinyin."""

import re

from django.db.models import Count, Q, QuerySet

from pingji.ground.directory.models import Area, Organisation, Resident, User
from pingji.ground.directory.models.places import LEVEL_BY_LENGTH
from pingji.ground.directory.rules import IDENTITY_LENGTH


def beginning(word: str) -> str:
    """Pattern of an English name in which a word begins so: “lt” is not meant for “Health”."""
    return r"\m" + re.escape(word)


def areas_named(rows: QuerySet[Area], word: str) -> QuerySet[Area]:
    """Areas whose name, code or pinyin initials fit."""
    word = word.strip()
    if not word:
        return rows
    return rows.filter(
        Q(name__contains=word)
        | Q(name_en__iregex=beginning(word))
        | Q(code__startswith=word)
        | Q(initials__startswith=word.lower())
    )


def organisations_named(rows: QuerySet[Organisation], word: str) -> QuerySet[Organisation]:
    """Organisations whose name, code or pinyin initials fit."""
    word = word.strip()
    if not word:
        return rows
    return rows.filter(
        Q(name__contains=word)
        | Q(name_en__iregex=beginning(word))
        | Q(code__istartswith=word)
        | Q(initials__contains=word.lower())
    )


def users_named(rows: QuerySet[User], word: str) -> QuerySet[User]:
    """Users whose name or sign-in name fits."""
    word = word.strip()
    if not word:
        return rows
    return rows.filter(Q(display_name__contains=word) | Q(username__icontains=word))


def residents_found(rows: QuerySet[Resident], word: str) -> QuerySet[Resident]:
    """Residents by whole identity number, whole phone number, or the beginning of the name.

    Part of a number finds nobody: the table holds only its keyed hash, and a search that narrows
    down digit by digit would give numbers away.
    """
    word = word.strip()
    squeezed = "".join(word.split()).upper()
    if not word:
        return rows
    if len(squeezed) == IDENTITY_LENGTH and squeezed[:17].isdigit():
        return rows.with_identity(squeezed)
    if squeezed.isdigit():
        return rows.filter(phone=squeezed)
    return rows.filter(name__startswith=word)


def numbers_by_kind(rows: QuerySet[Organisation]) -> list[tuple[str, str, int]]:
    """How many organisations there are of each kind present: key, word, number."""
    counted = dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
    return [
        (kind, str(word), counted[kind])
        for kind, word in Organisation.Kind.choices
        if kind in counted
    ]


def areas_inside(rows: QuerySet[Area], area: Area) -> list[Area]:
    """The areas one step below, each with `organisation_count`: open organisations in it."""
    longer = [length for length in LEVEL_BY_LENGTH if length > len(area.code)]
    if not longer:
        return []
    inside = list(rows.under(area.code).filter(code__length=longer[0]))
    codes = Organisation.objects.open().filter(area__code__startswith=area.code)
    counted: dict[str, int] = {}
    for code, number in codes.order_by().values_list("area_id").annotate(n=Count("pk")):
        counted[code[: longer[0]]] = counted.get(code[: longer[0]], 0) + number
    for row in inside:
        row.organisation_count = counted.get(row.code, 0)
    return inside


def organisations_in(user: User, area: Area) -> list[tuple[str, str, int]]:
    """How many open organisations of each kind lie in an area, as far as the user may see."""
    rows = Organisation.objects.visible_to(user).open()
    return numbers_by_kind(rows.filter(area__code__startswith=area.code))
