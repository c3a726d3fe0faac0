"""What is allowed in the directory; every check raises `Refused` with a reason fit for the screen."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    DutyShift,
    Expertise,
    Facility,
    Organisation,
    Permission,
    Resident,
    Role,
    Staff,
    User,
    WallScreen,
)
from pingji.ground.directory.models.people import SYSTEM_USERNAME

# GB 11643-1999: weights of the first 17 digits, and the check character for each remainder by 11.
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"
IDENTITY_LENGTH = 18
# More than the largest county has; beyond it, days of birth run out of identity numbers.
MOST_SETTLED = 5_000_000


def check_holds(user: User, permission: Permission, reason: str) -> None:
    """Raise Refused with `reason` unless the user's role carries the permission."""
    if not user.holds(permission):
        raise Refused(reason)


def check_in_sight(user: User, area_code: str, *, field: str | None = "area") -> None:
    """Raise Refused unless the area lies within the user's own."""
    if not area_code.startswith(user.area_id):
        raise Refused(_("That area lies outside yours."), field=field)


# Users


def check_can_edit_users(user: User) -> None:
    """Raise Refused unless the user may add, change and deactivate users."""
    check_holds(user, Permission.USER_EDIT, _("Only a system administrator may change users."))


def check_can_edit_user(by: User, user: User) -> None:
    """Raise Refused unless `by` may change this user."""
    check_can_edit_users(by)
    check_in_sight(by, user.area_id, field=None)
    if user.username == SYSTEM_USERNAME:
        raise Refused(_("The system's own user cannot be changed."))


def check_can_deactivate_user(by: User, user: User) -> None:
    """Raise Refused unless `by` may shut this user out now."""
    check_can_edit_user(by, user)
    if by.pk == user.pk:
        raise Refused(_("You cannot deactivate yourself; ask another administrator."))
    if not user.is_active:
        raise Refused(_("This user is already deactivated."))


def check_can_reactivate_user(by: User, user: User) -> None:
    """Raise Refused unless `by` may let this user in again."""
    check_can_edit_user(by, user)
    if user.is_active:
        raise Refused(_("This user is already active."))


def check_user_fits(role: str, area_code: str, organisation: Organisation | None) -> None:
    """Raise Refused unless role, area and organisation of a user belong together."""
    if organisation is None:
        if Role(role) in BOUND_TO_ORGANISATION:
            raise Refused(
                _("This role works for one organisation: choose which."), field="organisation"
            )
        return
    nested = organisation.area_id.startswith(area_code) or area_code.startswith(
        organisation.area_id
    )
    if not nested:
        raise Refused(_("The organisation lies in another area."), field="organisation")
    if organisation.closed_on is not None:
        raise Refused(_("That organisation is closed."), field="organisation")


# Organisations, facilities, staff


def check_can_edit_organisations(user: User) -> None:
    """Raise Refused unless the user may add and change organisations."""
    check_holds(
        user,
        Permission.ORGANISATION_EDIT,
        _("Only a system administrator may change organisations."),
    )


def check_can_edit_organisation(user: User, organisation: Organisation) -> None:
    """Raise Refused unless the user may change this organisation, its facilities and its staff."""
    check_can_edit_organisations(user)
    check_in_sight(user, organisation.area_id, field=None)
    if organisation.closed_on is not None:
        raise Refused(_("This organisation is closed and stays as it was."))


def check_can_close_organisation(user: User, organisation: Organisation) -> None:
    """Raise Refused unless the organisation may be closed: nobody signs in for it any more."""
    check_can_edit_organisation(user, organisation)
    if organisation.users.filter(is_active=True).exists():
        raise Refused(
            _("Users still sign in for this organisation; deactivate or move them first.")
        )


def check_parent(organisation_id: int | None, parent: Organisation | None) -> None:
    """Raise Refused if an organisation would stand, however far, above itself."""
    above = parent
    while above is not None:
        if above.pk == organisation_id:
            raise Refused(_("An organisation cannot stand above itself."), field="parent")
        above = above.parent


def check_facility_open(facility: Facility) -> None:
    """Raise Refused if the facility is closed."""
    if facility.closed_on is not None:
        raise Refused(_("This facility is closed and stays as it was."))


def check_staff_present(staff: Staff) -> None:
    """Raise Refused if the person has left the organisation."""
    if staff.left_on is not None:
        raise Refused(_("This person has already left."))


def check_position(longitude: float, latitude: float) -> None:
    """Raise Refused unless the two numbers are a place on earth, longitude first."""
    if not -180 <= longitude <= 180:
        raise Refused(_("Longitude lies between -180 and 180 degrees."), field="longitude")
    if not -90 <= latitude <= 90:
        raise Refused(
            _("Latitude lies between -90 and 90 degrees; are the two swapped?"), field="latitude"
        )


# Areas


def check_can_edit_areas(user: User, area_code: str) -> None:
    """Raise Refused unless the user may bring outlines for this area."""
    check_holds(user, Permission.AREA_EDIT, _("Only a system administrator may change areas."))
    check_in_sight(user, area_code, field=None)


# The duty roster


def check_can_edit_roster(user: User, area_code: str) -> None:
    """Raise Refused unless the user may set the duty roster of this area."""
    check_holds(
        user,
        Permission.DUTY_EDIT,
        _("Only a duty officer or an administrator may set the duty roster."),
    )
    check_in_sight(user, area_code)


def check_shift(person: User, area_code: str, starts_at: datetime, ends_at: datetime) -> None:
    """Raise Refused unless the person sees the area and the shift has a length."""
    if not (person.is_active and area_code.startswith(person.area_id)):
        raise Refused(_("This person does not see that area."), field="person")
    if ends_at <= starts_at:
        raise Refused(_("A shift must end after it begins."), field="ends_at")


def check_can_take_off(user: User, shift: DutyShift, at: datetime) -> None:
    """Raise Refused unless the shift stands and is not over."""
    check_can_edit_roster(user, shift.area_id)
    if shift.withdrawn_at is not None:
        raise Refused(_("This shift was already taken off the roster."))
    if shift.ends_at <= at:
        raise Refused(_("This shift is over and stays as it was."))


# Residents


def check_can_view_residents(user: User) -> None:
    """Raise Refused unless the user's work needs the register of residents."""
    check_holds(
        user, Permission.RESIDENT_VIEW, _("Your role does not use the register of residents.")
    )


def check_can_edit_residents(user: User) -> None:
    """Raise Refused unless the user may register residents."""
    check_holds(
        user,
        Permission.RESIDENT_EDIT,
        _("Only a township or village doctor may change the register of residents."),
    )


def check_can_edit_resident(user: User, resident: Resident) -> None:
    """Raise Refused unless the user may change this resident's entry."""
    check_can_edit_residents(user)
    check_in_sight(user, resident.area_id, field=None)


def check_can_settle(user: User, county_code: str) -> None:
    """Raise Refused unless the user may fill a county with synthetic residents."""
    check_holds(
        user,
        Permission.USER_EDIT,
        _("Only a system administrator may fill a county with synthetic residents."),
    )
    check_in_sight(user, county_code)
    if Resident.objects.filter(demo=False).exists():
        raise Refused(
            _(
                "Real residents are registered here; synthetic ones belong in a database of"
                " their own."
            )
        )


def check_people_to_settle(people: int | None, townships: int) -> int:
    """How many people to settle; raise Refused unless there are some, and townships for them."""
    if not townships:
        raise Refused(_("The county has no townships yet; load its areas first."), field="area")
    if people is None:
        raise Refused(
            _("No census figure of this county is known; say how many people live there."),
            field="people",
        )
    if not 0 < people <= MOST_SETTLED:
        raise Refused(
            _("A county can be given 1 to %(most)s synthetic residents.") % {"most": MOST_SETTLED},
            field="people",
        )
    return people


def check_can_see_personal_data(user: User) -> None:
    """Raise Refused unless the user may see names and numbers without stars."""
    check_holds(
        user, Permission.PERSONAL_DATA_VIEW, _("Your role sees names and numbers starred only.")
    )


def identity_number(written: str, *, on: date) -> str:
    """The identity number as it is stored, checked by GB 11643-1999.

    Raises:
        Refused: It has the wrong length, a wrong date of birth or a wrong check character.
    """
    number = "".join(written.split()).upper()
    if len(number) != IDENTITY_LENGTH:
        raise Refused(
            _("An identity number has 18 characters; this one has %(length)s.")
            % {"length": len(number)},
            field="identity_number",
        )
    if not (number.isascii() and number[:17].isdigit() and number[17] in IDENTITY_CHECKS):
        raise Refused(
            _("An identity number is 17 digits and a digit or X at the end."),
            field="identity_number",
        )
    born = birth_date(number)
    if born is None or born > on:
        raise Refused(
            _("Characters 7 to 14 are the date of birth; %(part)s is no day there has been.")
            % {"part": number[6:14]},
            field="identity_number",
        )
    if number[17] != check_character(number[:17]):
        raise Refused(
            _("The check character at the end does not fit; a digit is mistyped or swapped."),
            field="identity_number",
        )
    return number


def check_character(digits: str) -> str:
    """The eighteenth character for the first seventeen digits (ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(IDENTITY_WEIGHTS, digits, strict=True))
    return IDENTITY_CHECKS[total % 11]


def birth_date(number: str) -> date | None:
    """The date of birth in an identity number; None where there is no such day."""
    try:
        return datetime.strptime(number[6:14], "%Y%m%d").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return None


def sex_of(number: str) -> Resident.Sex:
    """The sex in an identity number: its seventeenth digit is odd for men."""
    return Resident.Sex.MALE if int(number[16]) % 2 else Resident.Sex.FEMALE


# The pool of experts, and screens on a wall


def check_can_edit_experts(user: User) -> None:
    """Raise Refused unless the user may say who is an expert."""
    check_holds(
        user,
        Permission.EXPERT_EDIT,
        _("Only a duty officer or an administrator says who is in the pool of experts."),
    )


def check_can_name_expert(user: User, person: User) -> None:
    """Raise Refused unless the user may put this person into the pool."""
    check_can_edit_experts(user)
    check_in_sight(user, person.area_id)
    if not person.is_active:
        raise Refused(_("This person signs in no more."), field="person")


def check_can_withdraw_expert(user: User, expertise: Expertise) -> None:
    """Raise Refused unless the row stands and the user may take it out of the pool."""
    check_can_edit_experts(user)
    check_in_sight(user, expertise.person.area_id)
    if expertise.withdrawn_at is not None:
        raise Refused(_("This person was taken out of the pool already."))


def check_can_edit_wall_screens(user: User) -> None:
    """Raise Refused unless the user lets people and screens in."""
    check_holds(
        user, Permission.USER_EDIT, _("Only an administrator lets screens show the wall page.")
    )


def check_screen_is_named(name: str) -> None:
    """Raise Refused unless it is said where the screen hangs."""
    if not name.strip():
        raise Refused(_("Say where the screen hangs."), field="name")


def check_can_join(screen: WallScreen | None, at: datetime) -> None:
    """Raise Refused unless a code is known, in time, and of a screen that was not taken back."""
    if screen is None or screen.revoked_at is not None or at > screen.code_until:
        raise Refused(_("This code is not known or no longer valid. Ask for a new one."))


def check_can_revoke_wall_screen(user: User, screen: WallScreen) -> None:
    """Raise Refused unless the user lets screens in here and this one is still let in."""
    check_can_edit_wall_screens(user)
    check_in_sight(user, screen.area_id, field=None)
    if screen.revoked_at is not None:
        raise Refused(_("This screen was taken back already."))
