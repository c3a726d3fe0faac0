"""The register of residents."""

from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory import rules
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, Resident, User
from pingji.ground.record.actions import note


@transaction.atomic
def add_resident(
    *,
    name: str,
    area: Area,
    by: User,
    at: datetime,
    identity_number: str = "",
    sex: str = Resident.Sex.UNKNOWN,
    born_on: date | None = None,
    phone: str = "",
    address: str = "",
) -> Resident:
    """Register somebody who lives here; sex and date of birth come from the identity number."""
    rules.check_can_edit_residents(by)
    rules.check_in_sight(by, area.code)
    resident = Resident(
        name=name,
        area=area,
        sex=sex,
        born_on=born_on,
        phone=phone,
        address=address,
        registered_at=at,
    )
    _identify(resident, identity_number, at)

    with _one_for_each_number():
        resident.save(force_insert=True)
    note("resident.registered", subject=resident, by=by, at=at)
    return resident


@transaction.atomic
def edit_resident(
    *,
    resident: Resident,
    by: User,
    at: datetime,
    identity_number: str | None = None,
    **changes: Any,
) -> Resident:
    """Change an entry. The record names the fields that changed, never their content.

    Args:
        resident: Whose entry.
        by: Who changes it.
        at: When.
        identity_number: The new number; None leaves the old one.
        changes: New values of name, area, sex, born_on, phone, address, left_on.
    """
    resident = Resident.objects.select_for_update().get(pk=resident.pk)
    rules.check_can_edit_resident(by, resident)
    if "area" in changes:
        rules.check_in_sight(by, changes["area"].code)

    changed = [field for field, value in changes.items() if getattr(resident, field) != value]
    for field in changed:
        setattr(resident, field, changes[field])
    if identity_number and identity_number != resident.identity_number:
        _identify(resident, identity_number, at)
        changed.append("identity_number")
    if changed:
        with _one_for_each_number():
            resident.save()
        note("resident.edited", subject=resident, by=by, at=at, changed=sorted(changed))
    return resident


def _taken() -> str:
    return _("Somebody with this identity number is already registered.")


def _one_for_each_number() -> AbstractContextManager[None]:
    return refused_if_taken(_taken(), field="identity_number")


def _identify(resident: Resident, written: str, at: datetime) -> None:
    if not written.strip():
        return
    number = rules.identity_number(written, on=timezone.localtime(at).date())
    if Resident.objects.with_identity(number).exclude(pk=resident.pk).exists():
        raise Refused(_taken(), field="identity_number")
    resident.identity_number = number
    resident.born_on = rules.birth_date(number)
    resident.sex = rules.sex_of(number)
