"""The pool of experts: who is in it, who says so, and who may be asked about a place."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from pingji.ground import Refused
from pingji.ground.directory import actions, queries
from pingji.ground.directory.models import ExpertField, Expertise, Role
from pingji.ground.directory.tests.factories import (
    COUNTY,
    FOREIGN_COUNTY,
    AreaFactory,
    UserFactory,
)
from pingji.ground.directory.tests.test_duty import EIGHT
from pingji.ground.record.models import Line

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory(role=Role.DUTY_OFFICER)


def named(person, by, field=ExpertField.EPIDEMIOLOGY, **given):
    return actions.name_expert(person=person, field=field, by=by, at=EIGHT, **given)


def test_somebody_may_know_several_fields_each_once(officer):
    doctor = UserFactory(role=Role.HOSPITAL_REPORTER)
    named(doctor, officer, title=" 主任医师 ")
    named(doctor, officer, field=ExpertField.PAEDIATRICS)

    with pytest.raises(Refused) as refused:
        named(doctor, officer)

    assert refused.value.field == "person"
    assert [row.title for row in queries.fields_of([doctor])[doctor.pk]] == ["主任医师", ""]
    assert Line.objects.filter(kind="expert.named").count() == 2


def test_not_even_past_the_actions_is_somebody_in_a_field_twice(officer):
    row = named(UserFactory(), officer)
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_who_was_taken_out_is_asked_no_more_and_may_come_back(officer):
    doctor = UserFactory()
    row = named(doctor, officer)
    actions.withdraw_expert(expertise=row, reason="调离", by=officer, at=EIGHT)

    assert list(queries.experts_for(COUNTY)) == []
    assert Line.objects.get(kind="expert.withdrawn").reason == "调离"
    with pytest.raises(Refused):
        actions.withdraw_expert(expertise=row, reason="调离", by=officer, at=EIGHT)
    again = named(doctor, officer)
    assert list(queries.experts_for(COUNTY)) == [again]


def test_a_place_is_served_by_experts_of_its_county_and_of_the_city_around(officer):
    city = UserFactory(area=AreaFactory(code=COUNTY[:4]), role=Role.DUTY_OFFICER)
    foreign = UserFactory(area=AreaFactory(code=FOREIGN_COUNTY), role=Role.DUTY_OFFICER)
    town = UserFactory(area=AreaFactory(code=f"{COUNTY}100"))
    rows = [named(town, officer), named(city, city)]
    named(foreign, foreign)

    assert set(queries.experts_for(f"{COUNTY}101")) == set(rows)
    assert set(queries.expert_pool(officer)) == set(rows)


@pytest.mark.parametrize("role", [Role.EPIDEMIOLOGIST, Role.LEADER, Role.INSPECTOR])
def test_others_do_not_say_who_is_an_expert(role):
    with pytest.raises(Refused):
        named(UserFactory(), UserFactory(role=role))


def test_who_left_or_works_elsewhere_is_not_put_into_the_pool(officer):
    elsewhere = UserFactory(area=AreaFactory(code=FOREIGN_COUNTY))
    for person in (UserFactory(is_active=False), elsewhere):
        with pytest.raises(Refused):
            named(person, officer)
    assert Expertise.objects.count() == 0


def test_the_pool_on_screen(client, officer):
    doctor = UserFactory(display_name="何丽华", role=Role.HOSPITAL_REPORTER)
    client.force_login(officer)
    sent = {"person": doctor.pk, "field": "infectious_disease", "title": "主任医师"}

    assert client.post(reverse("directory:name_expert"), sent).status_code == 302
    page = client.get(reverse("directory:experts")).content.decode()
    again = client.post(reverse("directory:name_expert"), sent).content.decode()
    row = Expertise.objects.get()
    gone = client.post(reverse("directory:withdraw_expert", args=[row.pk]), {"reason": "调离"})

    assert "感染病临床" in page
    assert "何丽华" in page
    assert "已在该专业领域的专家库中" in again
    assert gone.status_code == 302
    assert "专家库还没有人" in client.get(reverse("directory:experts")).content.decode()
