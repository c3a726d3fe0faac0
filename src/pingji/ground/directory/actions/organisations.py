"""Organisations, their facilities and their staff."""

from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from pingji.ground import Refused
from pingji.ground.directory import rules
from pingji.ground.directory.actions.taken import refused_if_taken
from pingji.ground.directory.models import Area, Facility, Organisation, Staff, User
from pingji.ground.record.actions import note, publish


def initials(name: str) -> str:
    """The first letters of a name's pinyin, for who types xrmyy to find 县人民医院."""
    letters = lazy_pinyin(name, style=Style.FIRST_LETTER)
    return "".join(letter[:1] for letter in letters if letter[:1].isalnum()).lower()[:120]


def change(row: models.Model, changes: dict[str, Any]) -> list[str]:
    """Set the fields that differ and save them; say which they were."""
    changed = [field for field, value in changes.items() if getattr(row, field) != value]
    for field in changed:
        setattr(row, field, changes[field])
    if changed:
        row.save(update_fields=changed)
    return changed


def _named_twice() -> str:
    return _("The organisation already has a facility of this name.")


@transaction.atomic
def add_organisation(
    *, code: str, name: str, kind: str, area: Area, by: User, at: datetime, **further: Any
) -> Organisation:
    """Add an organisation.

    Args:
        code: Its code; unique.
        name: Its Chinese name.
        kind: One of Organisation.Kind.
        area: Where it stands, and whose people it serves.
        by: Who adds it.
        at: When.
        further: name_en, parent, public, level, beds, phone, connected.
    """
    rules.check_can_edit_organisations(by)
    rules.check_in_sight(by, area.code)
    taken = _("There is already an organisation with this code.")
    if Organisation.objects.filter(code=code).exists():
        raise Refused(taken, field="code")

    organisation = Organisation(
        code=code, name=name, kind=kind, area=area, initials=initials(name), **further
    )
    with refused_if_taken(taken, field="code"):
        organisation.save(force_insert=True)
    note("organisation.added", subject=organisation, by=by, at=at, code=code)
    publish("organisations", area=area.code)
    return organisation


@transaction.atomic
def edit_organisation(
    *, organisation: Organisation, by: User, at: datetime, **changes: Any
) -> Organisation:
    """Change an organisation; the code stays."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    rules.check_can_edit_organisation(by, organisation)
    if "area" in changes:
        rules.check_in_sight(by, changes["area"].code)
    rules.check_parent(organisation.pk, changes.get("parent"))

    if "name" in changes:
        changes["initials"] = initials(changes["name"])
    if changed := change(organisation, changes):
        note("organisation.edited", subject=organisation, by=by, at=at, changed=changed)
        publish("organisations", area=organisation.area_id)
    return organisation


@transaction.atomic
def close_organisation(
    *, organisation: Organisation, on: date, by: User, at: datetime, reason: str
) -> Organisation:
    """Close an organisation: it stays in the books, and nothing new is asked of it."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    rules.check_can_close_organisation(by, organisation)

    change(organisation, {"closed_on": on})
    note(
        "organisation.closed", subject=organisation, by=by, at=at, reason=reason, on=on.isoformat()
    )
    publish("organisations", area=organisation.area_id)
    return organisation


@transaction.atomic
def add_facility(
    *,
    organisation: Organisation,
    name: str,
    kind: str,
    longitude: float,
    latitude: float,
    by: User,
    at: datetime,
    area: Area | None = None,
    **further: Any,
) -> Facility:
    """Add a place that an organisation runs.

    Args:
        organisation: Who runs it.
        name: What it is called; once in an organisation.
        kind: One of Facility.Kind.
        longitude: Degrees east, WGS-84.
        latitude: Degrees north, WGS-84.
        by: Who adds it.
        at: When.
        area: Where it lies; where the organisation does, if not given.
        further: name_en, address, position_source.
    """
    rules.check_can_edit_organisation(by, organisation)
    rules.check_position(longitude, latitude)
    area = area or organisation.area
    rules.check_in_sight(by, area.code)
    if organisation.facilities.filter(name=name).exists():
        raise Refused(_named_twice(), field="name")

    facility = Facility(
        organisation=organisation,
        area=area,
        name=name,
        kind=kind,
        longitude=longitude,
        latitude=latitude,
        **further,
    )
    with refused_if_taken(_named_twice(), field="name"):
        facility.save(force_insert=True)
    note("facility.added", subject=facility, by=by, at=at, organisation=organisation.pk)
    publish("organisations", area=area.code)
    return facility


@transaction.atomic
def edit_facility(*, facility: Facility, by: User, at: datetime, **changes: Any) -> Facility:
    """Change a facility."""
    facility = Facility.objects.select_for_update().get(pk=facility.pk)
    rules.check_can_edit_organisation(by, facility.organisation)
    rules.check_facility_open(facility)
    rules.check_position(
        changes.get("longitude", facility.longitude), changes.get("latitude", facility.latitude)
    )
    if "area" in changes:
        rules.check_in_sight(by, changes["area"].code)
    others = facility.organisation.facilities.exclude(pk=facility.pk)
    if others.filter(name=changes.get("name")).exists():
        raise Refused(_named_twice(), field="name")

    with refused_if_taken(_named_twice(), field="name"):
        changed = change(facility, changes)
    if changed:
        note("facility.edited", subject=facility, by=by, at=at, changed=changed)
        publish("organisations", area=facility.area_id)
    return facility


@transaction.atomic
def close_facility(
    *, facility: Facility, on: date, by: User, at: datetime, reason: str
) -> Facility:
    """Close a facility; it leaves the map."""
    facility = Facility.objects.select_for_update().get(pk=facility.pk)
    rules.check_can_edit_organisation(by, facility.organisation)
    rules.check_facility_open(facility)

    change(facility, {"closed_on": on})
    note("facility.closed", subject=facility, by=by, at=at, reason=reason, on=on.isoformat())
    publish("organisations", area=facility.area_id)
    return facility


@transaction.atomic
def add_staff(
    *, organisation: Organisation, name: str, post: str, by: User, at: datetime, phone: str = ""
) -> Staff:
    """Add somebody who works for an organisation."""
    rules.check_can_edit_organisation(by, organisation)

    staff = Staff(
        organisation=organisation, area=organisation.area, name=name, post=post, phone=phone
    )
    staff.save(force_insert=True)
    note("staff.added", subject=staff, by=by, at=at, organisation=organisation.pk)
    return staff


@transaction.atomic
def edit_staff(*, staff: Staff, by: User, at: datetime, **changes: Any) -> Staff:
    """Change name, post or phone of somebody who works for an organisation."""
    staff = Staff.objects.select_for_update().get(pk=staff.pk)
    rules.check_can_edit_organisation(by, staff.organisation)
    rules.check_staff_present(staff)

    if changed := change(staff, changes):
        note("staff.edited", subject=staff, by=by, at=at, changed=changed)
    return staff


@transaction.atomic
def staff_left(*, staff: Staff, on: date, by: User, at: datetime) -> Staff:
    """Note that somebody no longer works for the organisation."""
    staff = Staff.objects.select_for_update().get(pk=staff.pk)
    rules.check_can_edit_organisation(by, staff.organisation)
    rules.check_staff_present(staff)

    change(staff, {"left_on": on})
    note("staff.left", subject=staff, by=by, at=at, on=on.isoformat())
    return staff
