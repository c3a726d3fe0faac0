"""Who may read and change a plan, and which changes make sense."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import Permission, User
from pingji.ground.directory.models.people import SYSTEM_USERNAME
from pingji.ground.standards import SECONDS_IN, WHOLE
from pingji.ground.standards.models import Profile, StandardRow

Section = StandardRow.Section


def check_can_view(user: User) -> None:
    """Raise Refused unless the user's role may read the plans."""
    if not user.holds(Permission.STANDARDS_VIEW):
        raise Refused(_("Your role may not read the plans."))


def check_can_edit(user: User, profile: Profile) -> None:
    """Raise Refused, saying why, unless `user` may change figures of this plan."""
    if profile.everywhere:
        raise Refused(
            _("National figures and defaults are changed in a county's plan, for that county.")
        )
    check_holds_area(user, {area.code for area in profile.areas.all()})


def check_holds_area(user: User, codes: set[str]) -> None:
    """Raise Refused unless the user keeps the plans of all these areas."""
    if user.username == SYSTEM_USERNAME:
        return
    if not user.holds(Permission.STANDARDS_EDIT):
        raise Refused(_("Only an administrator may change a plan."))
    if not codes or not all(code.startswith(user.area_id) for code in codes):
        raise Refused(_("This plan is not one of your area."))


def check_can_load(user: User, *, codes: set[str], everywhere: bool) -> None:
    """Raise Refused unless `user` may load a plan for these areas."""
    if user.username == SYSTEM_USERNAME:
        return
    if everywhere:
        raise Refused(_("A plan that holds everywhere comes with the program only."))
    check_holds_area(user, codes)


def check_areas_free(taken: dict[str, str]) -> None:
    """Raise Refused if another plan, named by area code, already holds in one of the areas."""
    for code, name in sorted(taken.items()):
        raise Refused(
            _("The plan “%(name)s” already holds in area %(code)s.") % {"name": name, "code": code}
        )


def existing(row: StandardRow | None, key: str) -> StandardRow:
    """Give the row back; raise Refused if the plan and its base have no such figure."""
    if row is None:
        raise Refused(_("The plan has no figure “%(key)s” on that day.") % {"key": key})
    return row


def check_change(
    row: StandardRow, values: dict[str, Any], *, profile: Profile, since: date, reason: str
) -> None:
    """Raise Refused, naming the field, unless the new figures make sense for this row."""
    if row.section == Section.LIST:
        raise Refused(_("A list is changed by loading the plan's file."))
    if not reason.strip():
        raise Refused(_("Say why the figure changes."), field="reason")
    if since < profile.in_force_from:
        raise Refused(
            _("The plan is in force from %(day)s; the change cannot begin earlier.")
            % {"day": profile.in_force_from.isoformat()},
            field="effective_from",
        )
    check_values(row, values)
    if all(getattr(row, field) == value for field, value in values.items()):
        raise Refused(_("Nothing was changed."))


def check_values(row: StandardRow, values: dict[str, Any]) -> None:
    """Raise Refused, naming the field, if a figure cannot be."""
    value, unit = values.get("value", row.value), values.get("unit", row.unit)
    for field in ("value", "present"):
        given = values.get(field)
        if given is not None and given < 0:
            raise Refused(_("A figure cannot be below zero."), field=field)
        if given is not None and unit == "percent" and given > WHOLE:
            raise Refused(_("A percentage cannot be above 100."), field=field)
    if row.section == Section.DEADLINE:
        check_length(value, unit)
    elif unit != row.unit:
        raise Refused(_("The unit of this figure is fixed."), field="unit")
    if row.section == Section.DUTY:
        check_times(row, value)
    elif value is None:
        raise Refused(_("Give a figure."), field="value")
    check_present(row, values)


def check_length(value: Decimal | None, unit: str) -> None:
    if not value:
        raise Refused(_("A deadline must be longer than zero."), field="value")
    if unit not in SECONDS_IN:
        raise Refused(_("A deadline is counted in days, hours, minutes or seconds."), field="unit")


def check_times(row: StandardRow, value: Decimal | None) -> None:
    counted = row.every not in {"continuous", "as_needed"}
    if counted and (value is None or value < 1 or value != value.to_integral_value()):
        raise Refused(_("Give how many times, as a whole number."), field="value")
    if not counted and value is not None:
        raise Refused(_("This duty is not counted."), field="value")


def check_present(row: StandardRow, values: dict[str, Any]) -> None:
    present = values.get("present", row.present)
    year = values.get("present_year", row.present_year)
    if (present is None) != (year is None):
        raise Refused(_("The present value and its year go together."), field="present_year")
