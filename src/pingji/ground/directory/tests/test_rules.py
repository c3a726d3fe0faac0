"""What the directory refuses, and what it says."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from pingji.ground import Refused, may
from pingji.ground.directory import rules
from pingji.ground.directory.models import (
    BOUND_TO_ORGANISATION,
    ROLE_PERMISSIONS,
    Permission,
    Resident,
    Role,
)
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory

TODAY = date(2026, 11, 21)
# The example of the standard's own annex.
STANDARD = "11010519491231002X"


def test_the_example_of_the_standard_is_accepted():
    assert rules.identity_number(STANDARD, on=TODAY) == STANDARD


def test_spaces_and_a_small_x_are_mended():
    assert rules.identity_number(" 110105 19491231 002x ", on=TODAY) == STANDARD


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("110105194912310", "18"),
        ("11010519491231002Y", "17"),
        ("1101051949123100２X", "17"),
        ("110105194902300020", "date of birth"),
        ("11010520991231002X", "date of birth"),
        ("110105194912310021", "check character"),
    ],
)
def test_a_wrong_identity_number_is_refused_with_what_is_wrong(number, says):
    with translation.override("en"), pytest.raises(Refused, match=says) as refused:
        rules.identity_number(number, on=TODAY)

    assert refused.value.field == "identity_number"


@given(st.integers(0, 16), st.integers(1, 9))
def test_any_single_mistyped_digit_is_noticed(place, by):
    digit = str((int(STANDARD[place]) + by) % 10)
    wrong = STANDARD[:place] + digit + STANDARD[place + 1 :]

    with pytest.raises(Refused):
        rules.identity_number(wrong, on=TODAY)


def test_sex_and_birth_are_read_from_the_number():
    assert rules.sex_of(STANDARD) == Resident.Sex.FEMALE
    assert rules.birth_date(STANDARD) == date(1949, 12, 31)


def test_every_role_has_its_row_and_sees_the_directory():
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert all(Permission.DIRECTORY_VIEW in held for held in ROLE_PERMISSIONS.values())


def test_every_permission_is_held_by_somebody():
    assert set(Permission) == frozenset().union(*ROLE_PERMISSIONS.values())


@pytest.mark.parametrize(
    ("check", "roles"),
    [
        (rules.check_can_edit_users, {Role.ADMINISTRATOR}),
        (rules.check_can_edit_organisations, {Role.ADMINISTRATOR}),
        (
            rules.check_can_edit_residents,
            {Role.TOWNSHIP_DOCTOR, Role.VILLAGE_DOCTOR},
        ),
        (
            rules.check_can_view_residents,
            {Role.EPIDEMIOLOGIST, Role.TOWNSHIP_DOCTOR, Role.VILLAGE_DOCTOR, Role.GRID_WORKER},
        ),
        (
            rules.check_can_see_personal_data,
            {
                Role.EPIDEMIOLOGIST,
                Role.HOSPITAL_REPORTER,
                Role.TOWNSHIP_DOCTOR,
                Role.VILLAGE_DOCTOR,
            },
        ),
    ],
)
@pytest.mark.parametrize("role", Role)
@pytest.mark.django_db
def test_only_these_roles_may(check, roles, role):
    assert may(check, UserFactory(role=role)) == (role in roles)


@pytest.mark.parametrize("role", sorted(BOUND_TO_ORGANISATION))
def test_a_role_bound_to_an_organisation_needs_one(role):
    with pytest.raises(Refused) as refused:
        rules.check_user_fits(role, "500242", None)

    assert refused.value.field == "organisation"


@pytest.mark.django_db
def test_an_organisation_of_another_county_does_not_fit_a_user():
    foreign = OrganisationFactory(area__code="511723")

    with pytest.raises(Refused):
        rules.check_user_fits(Role.HOSPITAL_REPORTER, "500242", foreign)


@pytest.mark.parametrize(("longitude", "latitude"), [(181, 0), (28.8, 108.7), (-200, 10)])
def test_a_position_off_the_earth_is_refused(longitude, latitude):
    with pytest.raises(Refused):
        rules.check_position(longitude, latitude)
