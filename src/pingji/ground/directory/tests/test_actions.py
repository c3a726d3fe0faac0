"""What happens to users, organisations and residents, and that it is on record."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from pingji.ground import Refused
from pingji.ground.directory import actions, rules
from pingji.ground.directory.actions import residents
from pingji.ground.directory.models import Organisation, Permission, Resident, Role, Staff, User
from pingji.ground.directory.tests.factories import (
    AreaFactory,
    FacilityFactory,
    OrganisationFactory,
    ResidentFactory,
    StaffFactory,
    UserFactory,
    system_user,
)
from pingji.ground.record.models import Line

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
TODAY = date(2026, 11, 21)
NUMBER = "990001199003070028"
OTHER_NUMBER = "990001198811120033"
PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return UserFactory(role=Role.ADMINISTRATOR)


@pytest.fixture
def doctor():
    return UserFactory(role=Role.TOWNSHIP_DOCTOR, area=AreaFactory(code="500242101"))


def last_line():
    return Line.objects.order_by("number").last()


def add_user(by, **changed):
    given = {
        "username": "wang",
        "display_name": "王敏",
        "role": Role.DUTY_OFFICER,
        "area": AreaFactory(),
        "password": PASSWORD,
    }
    return actions.add_user(**given | changed, by=by, at=NOON)


def test_an_added_user_can_sign_in_and_is_on_record(admin):
    user = add_user(admin)

    assert user.check_password(PASSWORD)
    assert user.holds(Permission.ALERT_DECIDE)
    assert (last_line().kind, last_line().by, last_line().at) == ("user.added", admin, NOON)
    assert PASSWORD not in str(last_line().details)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "WANG"}, "username"),
        ({"password": "12345678"}, "password"),
        ({"password": "short"}, "password"),
        ({"role": Role.STORE_KEEPER}, "organisation"),
    ],
)
def test_a_user_that_does_not_fit_is_refused_at_the_field(admin, changed, field):
    UserFactory(username="wang")

    with pytest.raises(Refused) as refused:
        add_user(admin, **{"username": "li"} | changed)

    assert refused.value.field == field


def test_an_administrator_adds_users_of_their_own_area_only(admin):
    with pytest.raises(Refused) as refused:
        add_user(admin, area=AreaFactory(code="511723"))

    assert refused.value.field == "area"


@pytest.mark.parametrize("role", set(Role) - {Role.ADMINISTRATOR})
def test_nobody_but_an_administrator_adds_users(role):
    with pytest.raises(Refused):
        add_user(UserFactory(role=role))


def edit_user(user, by, **changed):
    given = {
        "display_name": user.display_name,
        "role": user.role,
        "area": user.area,
        "organisation": user.organisation,
        "phone": user.phone,
    }
    return actions.edit_user(user=user, **given | changed, by=by, at=NOON)


def test_a_change_of_rights_is_on_record_with_its_value_and_a_phone_is_not(admin):
    edit_user(UserFactory(), admin, role=Role.INSPECTOR, phone="13800000000")

    line = last_line()
    assert line.kind == "user.edited"
    assert line.details == {"changed": ["phone", "role"], "role": "inspector"}


def test_saving_without_a_change_leaves_no_line(admin):
    edit_user(UserFactory(), admin)

    assert not Line.objects.exists()


def test_an_administrator_cannot_take_their_own_role_or_shut_themselves_out(admin):
    with pytest.raises(Refused):
        edit_user(admin, admin, role=Role.LEADER)
    with pytest.raises(Refused):
        actions.deactivate_user(user=admin, by=admin, at=NOON, reason="holiday")


def test_a_deactivated_user_holds_nothing_until_let_in_again(admin):
    user = actions.deactivate_user(user=UserFactory(), by=admin, at=NOON, reason="moved away")
    assert not user.holds(Permission.DIRECTORY_VIEW)
    assert last_line().reason == "moved away"
    with pytest.raises(Refused):
        actions.deactivate_user(user=user, by=admin, at=NOON, reason="again")

    user = actions.reactivate_user(user=user, by=admin, at=NOON, reason="is back")
    assert user.holds(Permission.DIRECTORY_VIEW)
    with pytest.raises(Refused):
        actions.reactivate_user(user=user, by=admin, at=NOON, reason="again")


def test_the_machines_own_user_cannot_be_touched(admin):
    with pytest.raises(Refused):
        actions.set_password(user=system_user(), password=PASSWORD, by=admin, at=NOON)


def test_a_password_is_set_by_an_administrator_or_by_the_machine(admin):
    user = UserFactory()

    for by in (admin, system_user()):
        changed = actions.set_password(user=user, password=PASSWORD, by=by, at=NOON)
        assert changed.check_password(PASSWORD)
    with pytest.raises(Refused):
        actions.set_password(user=user, password=PASSWORD, by=UserFactory(), at=NOON)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", "another horse 7", "old"), (PASSWORD, PASSWORD, "new"), (PASSWORD, "x", "new")],
)
def test_ones_own_password_is_changed_knowing_the_old_one(old, new, field):
    with pytest.raises(Refused) as refused:
        actions.change_own_password(user=UserFactory(password=PASSWORD), old=old, new=new, at=NOON)

    assert refused.value.field == field


def test_ones_own_language_is_kept():
    user = UserFactory()

    actions.choose_language(user=user, language="en", at=NOON)
    actions.choose_language(user=user, language="en", at=NOON)

    assert User.objects.get(pk=user.pk).language == "en"
    assert Line.objects.count() == 1


# Organisations


def test_an_organisation_is_added_with_its_pinyin(admin):
    organisation = actions.add_organisation(
        code="45112", name="县人民医院", kind="hospital", area=AreaFactory(), by=admin, at=NOON
    )

    assert organisation.initials == "xrmyy"
    assert last_line().kind == "organisation.added"
    with pytest.raises(Refused) as refused:
        actions.add_organisation(
            code="45112", name="又一家", kind="hospital", area=AreaFactory(), by=admin, at=NOON
        )
    assert refused.value.field == "code"


def test_an_organisation_never_stands_above_itself(admin):
    upper = OrganisationFactory()
    lower = OrganisationFactory(parent=upper)

    with pytest.raises(Refused) as refused:
        actions.edit_organisation(organisation=upper, parent=lower, by=admin, at=NOON)

    assert refused.value.field == "parent"


def test_a_new_name_brings_its_pinyin(admin):
    organisation = actions.edit_organisation(
        organisation=OrganisationFactory(), name="中医院", by=admin, at=NOON
    )

    assert organisation.initials == "zyy"
    assert last_line().details["changed"] == ["name", "initials"]


def test_an_organisation_with_users_is_not_closed_and_a_closed_one_stays(admin):
    organisation = OrganisationFactory()
    user = UserFactory(role=Role.LABORATORY, organisation=organisation)
    close = {"organisation": organisation, "on": TODAY, "by": admin, "at": NOON, "reason": "merged"}
    with pytest.raises(Refused):
        actions.close_organisation(**close)

    actions.deactivate_user(user=user, by=admin, at=NOON, reason="merged")
    closed = actions.close_organisation(**close)

    assert closed.closed_on == TODAY
    with pytest.raises(Refused):
        actions.edit_organisation(organisation=closed, name="改名", by=admin, at=NOON)
    assert not Organisation.objects.open().exists()


def test_a_foreign_administrator_changes_nothing_here():
    foreign = UserFactory(role=Role.ADMINISTRATOR, area__code="511723")
    organisation = OrganisationFactory()

    for change in (
        lambda: actions.edit_organisation(
            organisation=organisation, name="改名", by=foreign, at=NOON
        ),
        lambda: actions.add_staff(
            organisation=organisation, name="赵", post="医师", by=foreign, at=NOON
        ),
        lambda: actions.edit_facility(
            facility=FacilityFactory(organisation=organisation), name="改", by=foreign, at=NOON
        ),
    ):
        with pytest.raises(Refused):
            change()


def test_a_facility_is_named_once_and_lies_on_earth(admin):
    organisation = OrganisationFactory()
    place = {"kind": "clinic", "longitude": 108.7, "latitude": 28.8, "by": admin, "at": NOON}
    facility = actions.add_facility(organisation=organisation, name="门诊楼", **place)
    assert facility.area == organisation.area
    other = FacilityFactory(organisation=organisation)

    with pytest.raises(Refused):
        actions.add_facility(organisation=organisation, name="门诊楼", **place)
    with pytest.raises(Refused):
        actions.edit_facility(facility=other, name="门诊楼", by=admin, at=NOON)
    with pytest.raises(Refused):
        actions.edit_facility(facility=other, latitude=108.7, by=admin, at=NOON)
    moved = actions.edit_facility(facility=other, latitude=28.9, by=admin, at=NOON)

    assert moved.latitude == 28.9
    assert last_line().details == {"changed": ["latitude"]}


def test_a_closed_facility_stays_as_it_was(admin):
    facility = actions.close_facility(
        facility=FacilityFactory(), on=TODAY, by=admin, at=NOON, reason="moved"
    )

    with pytest.raises(Refused):
        actions.edit_facility(facility=facility, name="新楼", by=admin, at=NOON)


def test_people_come_change_and_leave(admin):
    staff = actions.add_staff(
        organisation=OrganisationFactory(), name="赵敏", post="医师", by=admin, at=NOON
    )
    staff = actions.edit_staff(staff=staff, post="主任医师", by=admin, at=NOON)
    staff = actions.staff_left(staff=staff, on=TODAY, by=admin, at=NOON)

    assert (staff.post, staff.left_on) == ("主任医师", TODAY)
    assert list(Line.objects.order_by("number").values_list("kind", flat=True)) == [
        "staff.added",
        "staff.edited",
        "staff.left",
    ]
    with pytest.raises(Refused):
        actions.staff_left(staff=staff, on=TODAY, by=admin, at=NOON)
    assert Staff.objects.count() == 1


def test_staff_of_an_unseen_organisation_is_left_alone():
    with pytest.raises(Refused):
        actions.edit_staff(staff=StaffFactory(), post="院长", by=UserFactory(), at=NOON)


# Residents


def register(by, **changed):
    given = {"name": "田秀兰", "area": AreaFactory(code="500242101203"), "identity_number": NUMBER}
    return actions.add_resident(**given | changed, by=by, at=NOON)


def test_a_resident_is_registered_with_what_the_number_says(doctor):
    resident = register(doctor, identity_number="99000119900307 0028")

    assert resident.identity_number == NUMBER
    assert (resident.born_on, resident.sex) == (date(1990, 3, 7), Resident.Sex.FEMALE)
    line = last_line()
    assert line.kind == "resident.registered"
    assert "田秀兰" not in line.subject_label
    assert NUMBER not in str(line.details)


def test_the_same_identity_number_is_registered_once(doctor):
    register(doctor)

    with pytest.raises(Refused) as refused:
        register(doctor, name="另一人")

    assert refused.value.field == "identity_number"


def test_somebody_without_number_may_be_registered(doctor):
    assert register(doctor, identity_number="", sex="M").sex == "M"


def test_a_doctor_registers_people_of_their_own_township_only(doctor):
    with pytest.raises(Refused) as refused:
        register(doctor, area=AreaFactory(code="500242102"))
    assert refused.value.field == "area"
    with pytest.raises(Refused):
        register(UserFactory(role=Role.EPIDEMIOLOGIST))


def test_a_changed_entry_is_on_record_by_its_fields_alone(doctor):
    resident = register(doctor)

    actions.edit_resident(
        resident=resident,
        identity_number=OTHER_NUMBER,
        name="田秀英",
        phone="13800000000",
        by=doctor,
        at=NOON,
    )

    resident = Resident.objects.with_identity(OTHER_NUMBER).get()
    assert (resident.name, resident.sex) == ("田秀英", "M")
    assert last_line().details == {"changed": ["identity_number", "name", "phone"]}


def test_an_empty_identity_number_leaves_the_one_there_is(doctor):
    resident = register(doctor)

    actions.edit_resident(
        resident=resident, identity_number="", name=resident.name, by=doctor, at=NOON
    )

    assert Resident.objects.with_identity(NUMBER).exists()
    assert last_line().kind == "resident.registered"


def test_a_resident_elsewhere_is_not_changed(doctor):
    with pytest.raises(Refused):
        actions.edit_resident(
            resident=ResidentFactory(area__code="511723"), name="改", by=doctor, at=NOON
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_register_the_same_person_at_once_one_is_refused(monkeypatch, doctor):
    AreaFactory(code="500242101203")
    both_checked = threading.Barrier(2, timeout=20)
    read_birth_date = rules.birth_date

    def after_both_have_checked(number):
        if threading.current_thread() is not threading.main_thread():
            with contextlib.suppress(threading.BrokenBarrierError):
                both_checked.wait()
        return read_birth_date(number)

    def one():
        try:
            return register(doctor)
        except Refused as refused:
            return refused
        finally:
            connection.close()

    # The number is checked first (which reads the date too); then comes the look into the table.
    monkeypatch.setattr(residents.rules, "birth_date", after_both_have_checked)
    with ThreadPoolExecutor(2) as pool:
        answers = [future.result() for future in [pool.submit(one), pool.submit(one)]]

    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "Resident"]
    assert Resident.objects.count() == 1
    assert Line.objects.filter(kind="resident.registered").count() == 1
