"""Changes to the catalogue: from a day on, with who and why; the past stays as it was."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance.models import Disease
from pingji.monitor.surveillance.queries import catalogue as queries
from pingji.monitor.surveillance.rules import catalogue as rules
from pingji.monitor.surveillance.rules.detectors import check_detector


@transaction.atomic
def add_disease(
    *,
    code: str,
    name: str,
    name_en: str,
    is_syndrome: bool,
    by: User,
    at: datetime,
    reason: str,
    other_names: list[str] | None = None,
    icd10: list[str] | None = None,
    tests: list[str] | None = None,
    single_case: bool = False,
    part_of: Disease | None = None,
    watched_from: date | None = None,
    source: str = "",
) -> Disease:
    """Add a disease or syndrome; it is watched at once, without a restart."""
    rules.check_can_edit_catalogue(by)
    rules.check_reason(reason)
    rules.check_code(code)
    rules.check_icd10(icd10 or [])
    rules.check_part(part_of)
    _check_free(code, name)

    disease = Disease(
        code=code,
        name=name,
        name_en=name_en,
        is_syndrome=is_syndrome,
        other_names=other_names or [],
        icd10=icd10 or [],
        tests=tests or [],
        single_case=single_case,
        part_of=part_of,
        watched_from=watched_from,
        source=source,
    )
    try:
        with transaction.atomic():
            disease.save(force_insert=True)
    except IntegrityError:  # somebody else has added it since we looked
        _check_free(code, name)
        raise
    _note(disease, by, at, reason, what="added", after=rules.said(disease))
    return disease


def _check_free(code: str, name: str) -> None:
    if Disease.objects.filter(pk=code).exists():
        raise Refused(_("Another disease has this code."), field="code")
    if Disease.objects.filter(name=name).exists():
        raise Refused(_("Another disease has this name."), field="name")


@transaction.atomic
def edit_disease(
    *,
    disease: Disease,
    values: dict[str, Any],
    seen: dict[str, Any],
    by: User,
    at: datetime,
    reason: str,
) -> Disease:
    """Change what is not dated about a disease: names in files, codes, tests.

    Args:
        disease: Which.
        values: The new columns, of `rules.catalogue.EDITABLE`.
        seen: The columns as the person saw them; whoever changed them meanwhile comes first.
        by: Who.
        at: When.
        reason: Why.
    """
    assert set(values) <= set(rules.EDITABLE), sorted(values)
    disease = Disease.objects.select_for_update(of=("self",)).get(pk=disease.pk)
    rules.check_can_edit_catalogue(by)
    rules.check_reason(reason)
    rules.check_icd10(values.get("icd10", []))
    before = {key: getattr(disease, key) for key in values}
    if before != {key: seen[key] for key in values}:
        raise Refused(rules.CHANGED_MEANWHILE)
    if Disease.objects.exclude(pk=disease.pk).filter(name=values.get("name", "")).exists():
        raise Refused(_("Another disease has this name."), field="name")

    for key, value in values.items():
        setattr(disease, key, value)
    disease.save(update_fields=list(values))
    _note(disease, by, at, reason, what="edited", before=before, after=values)
    return disease


@transaction.atomic
def end_disease(
    *,
    disease: Disease,
    watched_to: date,
    succeeded_by: Disease | None,
    by: User,
    at: datetime,
    reason: str,
) -> Disease:
    """Stop watching a disease from a day on; what follows it takes its names from then."""
    disease = Disease.objects.select_for_update(of=("self",)).get(pk=disease.pk)
    rules.check_can_edit_catalogue(by)
    rules.check_reason(reason)
    rules.check_can_end_disease(
        disease, on=watched_to, successor=succeeded_by, today=timezone.localdate(at)
    )

    disease.watched_to, disease.succeeded_by = watched_to, succeeded_by
    disease.save(update_fields=["watched_to", "succeeded_by"])
    after = {"watched_to": watched_to.isoformat(), "succeeded_by": disease.succeeded_by_id}
    _note(disease, by, at, reason, what="ended", after=after)
    return disease


@transaction.atomic
def set_row(
    *,
    disease: Disease,
    kind: str,
    values: dict[str, Any],
    valid_from: date,
    valid_to: date | None = None,
    seen: int | None,
    by: User,
    at: datetime,
    reason: str,
) -> models.Model:
    """Let something hold for a disease from a day on: a class, a name, a deadline, a threshold …

    What held until then ends on that day; nothing that held before is rewritten.

    Args:
        disease: Of which disease.
        kind: A key of `rules.catalogue.SLOTS`.
        values: What holds, the columns that tell one row from another among them.
        valid_from: The first day.
        valid_to: The day after the last, where it is known already.
        seen: Number of the latest row of its kind as the person saw it; None where there was none.
        by: Who.
        at: When.
        reason: Why.
    """
    Disease.objects.select_for_update(of=("self",)).get(pk=disease.pk)
    rules.check_can_edit_catalogue(by)
    rules.check_reason(reason)
    if kind == "detectors":
        check_detector(values["method"], values["options"])
    area = values.get("area")
    rules.check_area(by, area.pk if area else None)
    latest = queries.latest_row(disease, kind, values)
    today = timezone.localdate(at)
    rules.check_may_follow(latest, since=valid_from, until=valid_to, seen=seen, today=today)

    if latest is not None and (latest.valid_to is None or latest.valid_to > valid_from):
        latest.valid_to = valid_from
        latest.save(update_fields=["valid_to"])
    table, _columns = rules.SLOTS[kind]
    row = table(disease=disease, valid_from=valid_from, valid_to=valid_to, **values)
    row.save(force_insert=True)
    before = rules.said(latest) if latest is not None else None
    _note(disease, by, at, reason, what=kind, before=before, after=rules.said(row))
    return row  # type: ignore[no-any-return]


@transaction.atomic
def end_row(
    *, disease: Disease, kind: str, row_id: int, on: date, by: User, at: datetime, reason: str
) -> models.Model:
    """Let a dated row hold no longer from a day on."""
    Disease.objects.select_for_update(of=("self",)).get(pk=disease.pk)
    rules.check_can_edit_catalogue(by)
    rules.check_reason(reason)
    table, _columns = rules.SLOTS[kind]
    row = table._default_manager.filter(disease=disease).get(pk=row_id)
    rules.check_area(by, getattr(row, "area_id", None))
    rules.check_may_end(row, on=on, today=timezone.localdate(at))

    before = rules.said(row)
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    _note(disease, by, at, reason, what=kind, before=before, after=rules.said(row))
    return row  # type: ignore[no-any-return]


def _note(
    disease: Disease, by: User, at: datetime, reason: str, *, what: str, **details: Any
) -> None:
    note("catalogue.changed", subject=disease, by=by, at=at, reason=reason, what=what, **details)
