"""The duty roster: who is called first, and who next."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory import actions, queries
from pingji.ground.directory.models import DutyShift, Role
from pingji.ground.directory.tests.factories import (
    COUNTY,
    FOREIGN_COUNTY,
    AreaFactory,
    UserFactory,
)
from pingji.ground.record.models import Line

pytestmark = pytest.mark.django_db
EIGHT = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # eight in the morning in China
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def officer():
    return UserFactory(role=Role.DUTY_OFFICER)


def put(person, officer, rank=1, starts_at=EIGHT, ends_at=EIGHT + DAY, **given):
    values = {"area": officer.area, "by": officer, "at": EIGHT} | given
    return actions.put_on_duty(
        person=person, rank=rank, starts_at=starts_at, ends_at=ends_at, **values
    )


def test_people_are_called_in_the_order_of_the_roster(officer):
    second, first = UserFactory(), UserFactory()
    put(second, officer, rank=2)
    put(first, officer, rank=1)

    assert queries.on_duty(f"{COUNTY}100", EIGHT + HOUR) == [first, second]
    assert queries.on_duty(COUNTY, EIGHT + DAY) == []
    assert queries.on_duty(FOREIGN_COUNTY, EIGHT + HOUR) == []


def test_after_the_countys_own_roster_the_larger_areas_people_are_called(officer):
    city = UserFactory(area=AreaFactory(code=COUNTY[:4]), role=Role.DUTY_OFFICER)
    put(city, city, area=city.area)
    put(officer, officer, rank=2)

    assert queries.on_duty(COUNTY, EIGHT) == [officer, city]


def test_who_was_deactivated_or_taken_off_is_not_called(officer):
    gone, off, stays = UserFactory(), UserFactory(), UserFactory()
    put(gone, officer, rank=1)
    (shift,) = put(off, officer, rank=2)
    put(stays, officer, rank=3)
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    actions.take_off_duty(shift=shift, by=officer, at=EIGHT + HOUR, reason="生病")

    assert queries.on_duty(COUNTY, EIGHT + HOUR) == [stays]
    line = Line.objects.get(kind="duty.withdrawn")
    assert (line.reason, line.area_id) == ("生病", COUNTY)


def test_the_same_shift_of_several_weeks_is_put_down_at_once(officer):
    person = UserFactory()

    made = put(person, officer, weeks=3)

    assert [shift.starts_at for shift in made] == [EIGHT, EIGHT + 7 * DAY, EIGHT + 14 * DAY]
    assert Line.objects.filter(kind="duty.set").count() == 3


@pytest.mark.parametrize(("rank", "same"), [(1, False), (2, True)])
def test_nobody_is_booked_twice_and_no_place_is_taken_twice(officer, rank, same):
    person = UserFactory()
    put(person, officer)

    with pytest.raises(Refused) as refused:
        put(person if same else UserFactory(), officer, rank=rank, starts_at=EIGHT + 23 * HOUR)

    assert refused.value.field == "starts_at"
    assert DutyShift.objects.count() == 1


def test_not_even_past_the_actions_is_a_place_taken_twice(officer):
    put(UserFactory(), officer)
    row = DutyShift.objects.get()
    row.pk, row.person = None, UserFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"ends_at": EIGHT}, "ends_at"),
        ({"person": FOREIGN_COUNTY}, "person"),
        ({"area": FOREIGN_COUNTY}, "area"),
    ],
)
def test_a_shift_that_does_not_fit_is_refused_at_its_field(officer, given, field):
    person = UserFactory(area=AreaFactory(code=given.pop("person", COUNTY)))
    if "area" in given:
        given["area"] = AreaFactory(code=given["area"])

    with pytest.raises(Refused) as refused:
        put(person, officer, **given)

    assert refused.value.field == field


def test_a_shift_that_is_over_stays_as_it_was(officer):
    (shift,) = put(UserFactory(), officer)

    with pytest.raises(Refused):
        actions.take_off_duty(shift=shift, by=officer, at=EIGHT + DAY, reason="x")


def test_a_shift_is_taken_off_once(officer):
    (shift,) = put(UserFactory(), officer)
    actions.take_off_duty(shift=shift, by=officer, at=EIGHT, reason="x")

    with pytest.raises(Refused):
        actions.take_off_duty(shift=shift, by=officer, at=EIGHT, reason="x")


def test_others_see_the_roster_and_do_not_set_it(client):
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    shown = client.get(reverse("directory:duty"))

    assert shown.status_code == 200
    assert reverse("directory:add_shift") not in shown.content.decode()
    assert client.get(reverse("directory:add_shift")).status_code == 409


def test_the_roster_is_set_and_changed_on_the_page(client, officer):
    client.force_login(officer)
    person = UserFactory(display_name="石秀兰")
    begins = timezone.localtime().replace(minute=0) - HOUR
    wanted = {
        "person": person.pk,
        "rank": "1",
        "starts_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begins + DAY:%Y-%m-%dT%H:%M}",
        "weeks": "1",
    }

    answer = client.post(reverse("directory:add_shift"), wanted)
    shown = client.get(reverse("directory:duty")).content.decode()
    again = client.post(reverse("directory:add_shift"), wanted)
    shift = DutyShift.objects.get()
    client.post(reverse("directory:remove_shift", args=[shift.pk]), {"reason": "换班"})

    assert answer.status_code == 302
    assert "1. 石秀兰" in shown
    assert again.status_code == 200
    assert "已有值班安排" in again.content.decode()
    shift.refresh_from_db()
    assert shift.withdrawn_by == officer
    assert "石秀兰" not in client.get(reverse("directory:duty")).content.decode()
