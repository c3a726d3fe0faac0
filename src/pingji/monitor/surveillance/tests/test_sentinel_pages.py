"""Pages about sentinels: what each reader is shown, and what a form says back."""

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.monitor.surveillance.models import Sentinel, SentinelReport, SentinelType
from pingji.monitor.surveillance.tests.sentinel_factories import epidemiologist, nurse, school

pytestmark = pytest.mark.django_db
MISSING = "schools-of-nobody"


def page(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"surveillance:{name}", args=args), query)


def test_a_nurse_is_shown_her_own_sentinels_and_what_is_open(client):
    here, other = school(name="一中"), school(name="二中")

    text = page(client, nurse(here), "my_sentinels").content.decode()

    assert "一中" in text
    assert other.name not in text
    assert reverse("surveillance:sentinel_report", args=[here.pk]) in text


def test_a_figure_of_the_matrix_opens_its_sentinels(client):
    school(name="一中")

    text = page(client, epidemiologist(), "sentinel_coverage", days="28").content.decode()

    assert "sentinels/?area=500242101&amp;kind=school" in text
    rows = page(client, epidemiologist(), "sentinels", area="500242101", kind="school")
    assert "一中" in rows.content.decode()


def test_a_kind_added_on_screen_is_there_at_once(client):
    school()
    client.force_login(epidemiologist())
    kind = {
        "code": "bath_house",
        "name": "公共浴室",
        "name_en": "Bath houses",
        "channel": "department",
        "rhythm": "week",
        "grace_hours": "24",
        "order": "5",
    }

    client.post(reverse("surveillance:add_sentinel_kind"), kind)

    assert SentinelType.objects.get(pk="bath_house").rhythm == "week"
    assert "公共浴室" in page(client, epidemiologist(), "sentinel_kinds").content.decode()


def test_a_sentinel_is_added_by_the_name_of_its_organisation(client):
    here = school()
    client.force_login(epidemiologist())
    given = {"kind": "care_home", "organisation": here.organisation.code, "opened_on": "2025-11-01"}

    client.post(reverse("surveillance:add_sentinel"), given)
    twice = client.post(reverse("surveillance:add_sentinel"), given)

    assert Sentinel.objects.filter(type="care_home").count() == 1
    assert twice.status_code == 200


@pytest.mark.parametrize("starts_on", ["2999-01-01", "昨天", "2001-01-01"])
def test_a_day_nobody_can_report_is_refused_in_place(client, starts_on):
    here = school()
    client.force_login(nurse(here))

    answer = client.post(
        reverse("surveillance:sentinel_report", args=[here.pk]), {"starts_on": starts_on}
    )

    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()
    assert not SentinelReport.objects.exists()


def test_a_leader_sees_sentinels_and_is_offered_nothing_to_change(client):
    here = school()
    leader = UserFactory(role=Role.LEADER)

    text = page(client, leader, "sentinel", here.pk).content.decode()

    assert reverse("surveillance:edit_sentinel", args=[here.pk]) not in text
    assert page(client, leader, "edit_sentinel", here.pk).status_code == 409
    assert page(client, leader, "sentinel_kind", MISSING).status_code == 404
