"""The catalogue of diseases: what ships with the program."""

import tomllib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import models, transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.rules.catalogue import SLOTS

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "diseases.toml"
PLAIN = ("name", "name_en", "other_names", "is_syndrome")
ADDED = ("icd10", "tests", "single_case", "watched_from", "watched_to", "source")


@transaction.atomic
def load_diseases(*, by: User, at: datetime, path: Path = SHIPPED) -> int:
    """Load the shipped catalogue; what is there already is left as it is. How many rows are new.

    A catalogue that was loaded from an earlier version gets what it has not yet: diseases by
    their code, dated rows where a disease has none of that kind, classes for the days before its
    first one. What somebody set on screen stays.
    """
    with path.open("rb") as file:
        shipped = tomllib.load(file)["disease"]
    known = Disease.objects.in_bulk()
    taken = {row.name for row in known.values()}
    new = [row for row in shipped if row["code"] not in known and row["name"] not in taken]
    Disease.objects.bulk_create(
        Disease(code=row["code"], **{key: row[key] for key in (*PLAIN, *ADDED) if key in row})
        for row in new
    )
    new_codes = {row["code"] for row in new}
    older = [row for row in shipped if row["code"] in known and _is_bare(known[row["code"]])]
    for row in older:
        Disease.objects.filter(pk=row["code"]).update(
            **{key: row[key] for key in ADDED if key in row}
        )
    _tie(row for row in shipped if row["code"] in new_codes or row in older)
    added = len(new) + sum(_add_rows(kind, shipped) for kind in SLOTS)
    if added:
        note("diseases.loaded", subject=None, by=by, at=at, diseases=sorted(new_codes), rows=added)
    return added


def _is_bare(disease: Disease) -> bool:
    """Whether a disease is as the first version of the catalogue had it."""
    return not (disease.icd10 or disease.tests or disease.single_case or disease.watched_to)


def _tie(rows: Iterable[dict[str, Any]]) -> None:
    """Say which disease is part of which, and which was succeeded by which."""
    there = set(Disease.objects.values_list("code", flat=True))
    for row in rows:
        ties = {f"{key}_id": row[key] for key in ("part_of", "succeeded_by") if key in row}
        if ties and there.issuperset(ties.values()):
            Disease.objects.filter(pk=row["code"]).update(**ties)


def _add_rows(kind: str, shipped: list[dict[str, Any]]) -> int:
    """Add the dated rows of one kind that are not there yet."""
    table, _columns = SLOTS[kind]
    there = set(Disease.objects.values_list("code", flat=True))
    held = dict(table._default_manager.values_list("disease_id").annotate(models.Min("valid_from")))
    wanted: Callable[[str, dict[str, Any]], bool] = (
        _before_the_first(held) if kind == "classes" else lambda code, _row: code not in held
    )
    rows = [
        table(disease_id=disease["code"], **row)
        for disease in shipped
        if disease["code"] in there
        for row in disease.get(kind, [])
        if wanted(disease["code"], row)
    ]
    table._default_manager.bulk_create(rows)
    return len(rows)


def _before_the_first(held: dict[str, Any]) -> Callable[[str, dict[str, Any]], bool]:
    def wanted(code: str, row: dict[str, Any]) -> bool:
        return code not in held or ("valid_to" in row and row["valid_to"] <= held[code])

    return wanted
