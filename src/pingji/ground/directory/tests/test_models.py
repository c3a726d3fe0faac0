"""What is, and what the database itself forbids."""

import pytest
from cryptography.exceptions import InvalidTag
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.utils import translation

from pingji.ground.directory.models import (
    Area,
    Organisation,
    Permission,
    Resident,
    Role,
    Staff,
    User,
)
from pingji.ground.directory.models.identity import seal, sealed_hash, unseal
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    OrganisationFactory,
    ResidentFactory,
    StaffFactory,
    UserFactory,
    system_user,
)

NUMBER = "990001199003070028"
pytestmark = pytest.mark.django_db


def test_an_area_knows_its_level_and_the_area_around_it():
    levels = {code: AreaFactory(code=code).level for code in ("50", "5002", "500242", "500242101")}

    assert list(levels.values()) == ["province", "prefecture", "county", "township"]
    assert AreaFactory(code="500242101").parent_code == "500242"
    assert AreaFactory(code="50").parent_code is None


def test_the_database_refuses_a_code_that_is_not_statistical():
    with pytest.raises(IntegrityError, match="directory_area_code_is_statistical"):
        AreaFactory(code="5002421")


def test_a_user_sees_the_area_and_all_inside_it():
    for code in ("5002", "500242", "500242101", "511723"):
        AreaFactory(code=code)

    seen = Area.objects.visible_to(UserFactory(area__code="500242"))

    assert [area.code for area in seen] == ["500242", "500242101"]


def test_who_is_not_signed_in_or_is_deactivated_sees_nothing():
    AreaFactory()

    assert not Area.objects.visible_to(AnonymousUser()).exists()
    assert not Area.objects.visible_to(UserFactory(is_active=False)).exists()


def test_a_bound_role_sees_the_staff_of_its_own_organisation_only():
    ours, theirs = StaffFactory(), StaffFactory()
    reporter = UserFactory(role=Role.HOSPITAL_REPORTER, organisation=ours.organisation)
    officer = UserFactory(role=Role.DUTY_OFFICER)

    assert list(Staff.objects.visible_to(reporter)) == [ours]
    assert set(Staff.objects.visible_to(officer)) == {ours, theirs}


def test_the_database_refuses_a_bound_role_without_organisation():
    with pytest.raises(IntegrityError, match="bound_role_has_organisation"):
        UserFactory(role=Role.STORE_KEEPER, organisation=None)


def test_the_machines_own_user_holds_no_duty():
    system = system_user()
    admin = UserFactory(role=Role.ADMINISTRATOR)

    assert User.objects.system() == system
    assert list(User.objects.holding(Permission.USER_EDIT)) == [admin]


def test_an_identity_number_is_sealed_anew_each_time_and_opens_again():
    first, second = seal(NUMBER), seal(NUMBER)

    assert first != second
    assert unseal(first) == unseal(second) == NUMBER
    assert NUMBER.encode() not in first


def test_an_altered_seal_does_not_open():
    sealed = bytearray(seal(NUMBER))
    sealed[-1] ^= 1

    with pytest.raises(InvalidTag):
        unseal(bytes(sealed))


def test_another_key_opens_nothing_and_finds_nobody(settings):
    sealed, hashed = seal(NUMBER), sealed_hash(NUMBER)

    settings.IDENTITY_KEY = "another"

    assert sealed_hash(NUMBER) != hashed
    with pytest.raises(InvalidTag):
        unseal(sealed)


def test_a_resident_is_found_by_the_whole_number_and_shown_starred():
    resident = ResidentFactory(identity_number=NUMBER)
    ResidentFactory(name="李四")

    found = Resident.objects.with_identity(NUMBER).get()

    assert found == resident
    assert found.identity_number == NUMBER
    assert found.masked_identity_number == "99***************8"
    assert str(found) == found.masked_name == "王**"
    assert found.masked_phone == "100****5678"


def test_a_resident_without_number_has_neither_form_of_it():
    resident = ResidentFactory()

    assert resident.identity_number == resident.masked_identity_number == ""
    with pytest.raises(IntegrityError, match="identity_in_both_forms"):
        Resident.objects.filter(pk=resident.pk).update(identity_hash="x")


def test_names_are_shown_in_the_readers_language():
    organisation = OrganisationFactory(name="县医院", name_en="County Hospital")

    with translation.override("en"):
        assert str(organisation) == "County Hospital"
    with translation.override("zh-hans"):
        assert str(organisation) == "县医院"


def test_a_closed_organisation_is_not_open():
    OrganisationFactory(closed_on="2026-01-01")
    open_one = OrganisationFactory()

    assert list(Organisation.objects.open()) == [open_one]
