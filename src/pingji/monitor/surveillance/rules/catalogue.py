"""Who may change the catalogue, and how a dated row may follow another."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.monitor.surveillance.models import (
    CaseDefinition,
    ClusterThreshold,
    DetectorSetting,
    Disease,
    DiseaseClass,
    DiseaseName,
    ReportingDeadline,
)

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
# What may be changed of a disease without a date.
EDITABLE = ("name", "name_en", "other_names", "icd10", "tests", "single_case", "source")
RESERVED = {"new", "complaints"}  # addresses of their own
ICD10 = re.compile(r"[A-Z][0-9]{2}(\.?[0-9]{1,3})?(\.?[xX]?[0-9]{1,4})?")

# Of every kind of dated row: its table, and the columns that make two rows follow one another.
SLOTS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "classes": (DiseaseClass, ()),
    "names": (DiseaseName, ()),
    "deadlines": (ReportingDeadline, ()),
    "definitions": (CaseDefinition, ("status",)),
    "detectors": (DetectorSetting, ("channel", "area", "method")),
    "thresholds": (ClusterThreshold, ("layer", "place", "area")),
}


CHANGED_MEANWHILE = gettext_lazy(
    "Somebody else has changed this meanwhile. Look at what holds now and try again."
)


class Held(Protocol):
    pk: int
    valid_from: date
    valid_to: date | None


def said(row: Model) -> dict[str, Any]:
    """A row's columns as plain values, for the record and to tell whether it has changed."""
    found = {}
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        plain = value is None or isinstance(value, bool | int | float | str | list | dict)
        found[column.attname] = value if plain else str(value)
    return found


def print_of(values: Mapping[str, Any]) -> str:
    """Values as a person saw them, in one short word that another change makes another."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_can_edit_catalogue(user: User) -> None:
    """Raise Refused unless the user may change the catalogue and the reading of complaints."""
    if not user.holds(Permission.CATALOGUE_EDIT):
        raise Refused(
            _("Your role does not change the catalogue. Ask the CDC's epidemiologist to do it.")
        )


def check_reason(reason: str) -> None:
    """Raise Refused unless the reason is given."""
    if not reason.strip():
        raise Refused(_("Say why; it stays on record."), field="reason")


def check_code(code: str) -> None:
    """Raise Refused unless the code can name a disease."""
    if not CODE.fullmatch(code) or code in RESERVED:
        raise Refused(
            _("A code has 2 to 40 small letters, digits and “_”, and begins with a letter."),
            field="code",
        )


def check_part(whole: Disease | None) -> None:
    """Raise Refused unless a disease can have parts: what is counted for a part counts for one
    whole."""
    if whole is not None and whole.part_of_id is not None:
        raise Refused(
            _("“%(part)s” is itself a part of “%(whole)s”; name the whole.")
            % {"part": whole.label, "whole": whole.part_of.label},
            field="part_of",
        )


def check_icd10(codes: list[str]) -> None:
    """Raise Refused unless each looks like an ICD-10 code or the beginning of one."""
    for code in codes:
        if not ICD10.fullmatch(code):
            raise Refused(
                _("“%(code)s” is no ICD-10 code; write for instance B05 or B05.9.")
                % {"code": code},
                field="icd10",
            )


def check_may_follow(
    latest: Held | None, *, since: date, until: date | None, seen: int | None, today: date
) -> None:
    """Raise Refused unless a new row may follow the latest of its kind from a day on.

    Args:
        latest: The latest row there is, in force or yet to come.
        since: The first day of the new row.
        until: The day after its last, if it has one.
        seen: Number of the latest row as the person saw it; None where there was none.
        today: The county's day.
    """
    if (latest.pk if latest else None) != seen:
        raise Refused(CHANGED_MEANWHILE)
    if until is not None and until <= since:
        raise Refused(_("The last day lies before the first one."), field="valid_to")
    if latest is None:
        return
    if since < today:
        raise Refused(
            _("A change holds from today at the earliest; what held before stays as it was."),
            field="valid_from",
        )
    if since <= latest.valid_from:
        raise Refused(
            _("The row before begins on %(day)s; a change must begin later.")
            % {"day": latest.valid_from.isoformat()},
            field="valid_from",
        )
    if latest.valid_to is not None and since < latest.valid_to and latest.valid_to <= today:
        raise Refused(_("The row before has ended already."), field="valid_from")


def check_may_end(row: Held, *, on: date, today: date) -> None:
    """Raise Refused unless a dated row may stop holding on a day."""
    if row.valid_to is not None and row.valid_to <= today:
        raise Refused(_("This row has ended already."))
    if on < today:
        raise Refused(
            _("A change holds from today at the earliest; what held before stays as it was."),
            field="on",
        )
    if on <= row.valid_from:
        raise Refused(
            _("It begins on %(day)s and lasts a day at least.")
            % {"day": row.valid_from.isoformat()},
            field="on",
        )


def check_area(user: User, area: str | None) -> None:
    """Raise Refused unless the area lies in the user's sight; none stands for everywhere."""
    if area and not area.startswith(user.area_id or "-"):
        raise Refused(_("This area is not in your district."), field="area")


def check_can_end_disease(
    disease: Disease, *, on: date, successor: Disease | None, today: date
) -> None:
    """Raise Refused unless a disease may stop being watched on a day."""
    if disease.watched_to is not None and disease.watched_to <= today:
        raise Refused(_("This disease is not watched any more."))
    if on < today:
        raise Refused(
            _("A change holds from today at the earliest; what held before stays as it was."),
            field="watched_to",
        )
    if disease.watched_from is not None and on <= disease.watched_from:
        raise Refused(_("It must end after it begins."), field="watched_to")
    at = successor
    while at is not None:  # no disease may follow itself, over however many others
        if at.pk == disease.pk:
            raise Refused(_("A disease cannot be followed by itself."), field="succeeded_by")
        at = at.succeeded_by
