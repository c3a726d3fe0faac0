"""Rows found as people type: a piece of the name, a code, or the first letters of its pinyin."""

from django.db.models import Q, QuerySet

from pingji.ground.directory.models import Area, Organisation, Resident, User
from pingji.ground.directory.rules import IDENTITY_LENGTH


def areas_named(rows: QuerySet[Area], word: str) -> QuerySet[Area]:
    """Areas whose name, code or pinyin initials fit."""
    word = word.strip()
    if not word:
        return rows
    return rows.filter(
        Q(name__contains=word)
        | Q(name_en__icontains=word)
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
        | Q(name_en__icontains=word)
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
