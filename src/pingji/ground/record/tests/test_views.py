"""The record and the jobs on screen."""

from datetime import UTC, datetime

import pytest

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import FOREIGN_COUNTY, AreaFactory, UserFactory
from pingji.ground.record.actions import note
from pingji.ground.record.tests.jobs_for_tests import leave_a_mark

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def inspector(client, db):
    user = UserFactory(role=Role.INSPECTOR, username="inspector")
    client.force_login(user)
    return user


def shown(response):
    assert response.status_code == 200
    return [line.number for line in response.context["page"]]


def test_an_inspector_reads_what_happened_in_the_county(client, inspector):
    note("area.drawn", subject=inspector.area, by=inspector, at=NOON, reason="新界")
    stranger = UserFactory(area__code=FOREIGN_COUNTY)
    note("area.drawn", subject=stranger.area, by=stranger, at=NOON)
    assert shown(client.get("/record/")) == [1]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("kind=area", [2, 1]),
        ("kind=area.drawn", [1]),
        ("by=inspector", [2, 1]),
        ("by=nobody", []),
        ("subject=龙潭", [2]),
        ("kind=area.draw&subject=龙潭", []),
    ],
)
def test_the_record_is_filtered_by_kind_person_and_subject(client, inspector, asked, numbers):
    note("area.drawn", subject=inspector.area, by=inspector, at=NOON)
    town = AreaFactory(code="500242101", name="龙潭镇")
    note("area.renamed", subject=town, by=inspector, at=NOON)
    assert shown(client.get(f"/record/?{asked}")) == numbers


def test_only_who_may_read_the_record_sees_it(client, db):
    client.force_login(UserFactory(role=Role.DUTY_OFFICER))
    for page in ("/record/", "/record/jobs/"):
        assert client.get(page).status_code == 409


def test_the_jobs_that_wait_are_shown(client, inspector):
    leave_a_mark.later(word="x")
    response = client.get("/record/jobs/")
    assert response.status_code == 200
    assert response.context["counts"] == {"todo": 1}
    assert "leave_a_mark" in response.content.decode()
