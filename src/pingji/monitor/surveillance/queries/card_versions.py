"""A report card as it stood: its values, and what differs between two versions, field by field."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Area, Organisation, Resident
from pingji.monitor.surveillance.models import CaseReport, CaseStatus, CaseVersion, Disease
from pingji.monitor.surveillance.queries.card_form import occupations
from pingji.monitor.surveillance.rules.cards import FACTS

# Whose content only those see who may see the person.
PERSONAL = {
    "identity_number",
    "name",
    "guardian",
    "born_on",
    "phone",
    "address",
    "workplace",
    "remark",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs: its name, what stood there, what stands there."""

    field: str
    label: str
    before: str
    after: str


def values_of(card: CaseReport) -> dict[str, Any]:
    """What a card says, as its versions keep it; the identity number stays sealed."""
    values: dict[str, Any] = {"state": card.state}
    for name in FACTS:
        if name == "identity_number":
            sealed = card.identity_encrypted
            values["identity_hash"] = card.identity_hash
            values["identity_sealed"] = b64encode(bytes(sealed)).decode() if sealed else ""
            continue
        column = f"{name}_id" if name in {"disease", "area", "institution"} else name
        value = getattr(card, column)
        values[name] = value.isoformat() if isinstance(value, date | datetime) else value
    return values


def label_of(field: str) -> str:
    """What a field is called."""
    named = {
        "identity_number": lambda: _("identity number"),
        "area": lambda: _("Area"),
        "disease": lambda: _("Disease"),
        "institution": lambda: _("School or institution"),
    }
    if field in named:
        return named[field]()
    return str(CaseReport._meta.get_field(field).verbose_name)


def differences(
    before: dict[str, Any], after: dict[str, Any], *, clear: bool = True
) -> list[Difference]:
    """Which fields differ between two versions, in words.

    Args:
        before: Values of the earlier version.
        after: Values of the later one.
        clear: Whether the reader may see the person; else only that something changed is told.
    """
    found = []
    for field in FACTS:
        key = "identity_hash" if field == "identity_number" else field
        if before.get(key) == after.get(key) or field == "diagnosed_on":
            continue
        hidden = field == "identity_number" or (field in PERSONAL and not clear)
        texts = [
            _starred(values.get(key)) if hidden else in_words(field, values.get(key))
            for values in (before, after)
        ]
        found.append(Difference(field, label_of(field), *texts))
    return found


def _starred(value: Any) -> str:
    return "***" if value else "–"


def in_words(field: str, value: Any) -> str:
    """A kept value as a reader reads it."""
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    lookups = {
        "disease": lambda: _named(Disease, value),
        "area": lambda: _named(Area, value),
        "institution": lambda: _named(Organisation, value),
        "status": lambda: str(CaseStatus(value).label),
        "sex": lambda: str(Resident.Sex(value).label),
        "patient": lambda: str(CaseReport.Patient(value).label),
        "occupation": lambda: occupation_label(value),
        "diagnosed_at": lambda: _moment(value),
    }
    return lookups[field]() if field in lookups else str(value)


def occupation_label(code: str) -> str:
    """An occupation in the reader's language; what is no code is shown as it stands."""
    return next((one.label for one in occupations() if one.code == code), code)


def _named(model: type, key: object) -> str:
    row = model.objects.filter(pk=key).first()  # type: ignore[attr-defined]
    return str(row.label) if row else str(key)


def _moment(value: str) -> str:
    moment = parse_datetime(value)
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else value


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a card: who made it, when, why, and what it changed."""

    version: CaseVersion
    differences: list[Difference]


def history(card: CaseReport, *, clear: bool) -> list[Change]:
    """Every change of a card, the newest first, each with its differences field by field."""
    later = values_of(card)
    changes = []
    for version in card.versions.select_related("changed_by").order_by("-number"):
        changes.append(Change(version, differences(version.values, later, clear=clear)))
        later = version.values
    return changes


def changed_since(card: CaseReport, number: int, *, clear: bool) -> list[Difference]:
    """What others changed since somebody opened the card at this version."""
    then = card.versions.filter(number=number).first()
    return differences(then.values, values_of(card), clear=clear) if then else []
