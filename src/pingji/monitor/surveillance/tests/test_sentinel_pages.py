"""Pages about sentinels: what each reader is shown, and what a form says back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.ground import Refused
from pingji.ground.directory.models import Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import Sentinel, SentinelReport, SentinelType
from pingji.monitor.surveillance.tests.sentinel_factories import (
    FRIDAY,
    MONDAY,
    NOON,
    epidemiologist,
    figures,
    nurse,
    school,
    sentinel,
    told,
)

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


def test_a_figure_of_the_matrix_opens_its_sentinels_over_the_same_days(client):
    user, today = epidemiologist(), timezone.localdate()
    opened = {"opened_on": today - timedelta(days=100)}
    first, ended = school(name="一中", **opened), school(name="二中", **opened)
    school(name="县直学校", area="500242", **opened)
    SentinelType.objects.update(workdays_only=False)
    told(first, today - timedelta(days=25), when=timezone.now())
    sentinels.close_sentinel(
        sentinel=ended, on=today - timedelta(days=20), reason="停办", by=user, at=NOON
    )

    matrix = page(client, user, "sentinel_coverage", days="28").context["matrix"]
    shown = [matrix.whole[0], *matrix.whole[1]]
    shown += [one for _place, first_cell, cells in matrix.lines for one in (first_cell, *cells)]
    said = {}
    for one in filter(None, shown):
        context = client.get(one.url).context
        whole = context["whole"]
        assert context["days"] == 28
        assert one.words.startswith(f"应报 {whole.due}：")
        assert f"迟报 {whole.late}，缺报 {whole.missing}" in one.words
        said[one.url] = {sentinel.name for sentinel in context["page"]}

    assert {"县直学校"} in said.values()
    assert {"一中", "二中"} in said.values()
    assert {"一中", "二中", "县直学校"} in said.values()


def test_days_that_say_nothing_are_the_plans_own(client):
    school()

    for days in ("", "0", "-7", "x", "9999", "²"):
        context = page(client, epidemiologist(), "sentinels", days=days).context
        assert (context["days_asked"], context["days"]) == (None, 28)


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


def clinic_under_a_centre(**given):
    """A village clinic's sentinel, and the doctor of the health centre above it."""
    clinic = sentinel("village_clinic", organisation_kind=Organisation.Kind.VILLAGE_CLINIC, **given)
    kind = Organisation.Kind.TOWNSHIP_HEALTH_CENTRE
    centre = OrganisationFactory(kind=kind, area=clinic.area)
    Organisation.objects.filter(pk=clinic.organisation_id).update(parent=centre)
    doctor = UserFactory(role=Role.TOWNSHIP_DOCTOR, organisation=centre, area=clinic.area)
    return Sentinel.objects.get(pk=clinic.pk), doctor


def test_a_health_centre_sees_and_reports_for_the_clinics_under_it_and_for_no_others(client):
    clinic, doctor = clinic_under_a_centre(name="花园村卫生室")
    strange = sentinel("village_clinic", name="别处卫生室")

    listed = page(client, doctor, "sentinels").content.decode()
    values = {"visits": 9, "fever_respiratory": 2, "diarrhoea": 0, "rash_fever": 0}
    sentinels.report(sentinel=clinic, starts_on=FRIDAY, values=values, by=doctor, at=NOON)

    assert clinic.name in listed
    assert strange.name not in listed
    assert page(client, doctor, "sentinel", clinic.pk).status_code == 200
    assert page(client, doctor, "sentinel", strange.pk).status_code == 404
    assert SentinelReport.objects.visible_to(doctor).count() == 1
    with pytest.raises(Refused):
        sentinels.report(sentinel=strange, starts_on=FRIDAY, values=values, by=doctor, at=NOON)


def test_a_clinic_does_not_see_the_others_under_its_health_centre():
    clinic, doctor = clinic_under_a_centre(name="花园村卫生室")
    other = sentinel("village_clinic", organisation_kind=Organisation.Kind.VILLAGE_CLINIC)
    Organisation.objects.filter(pk=other.organisation_id).update(parent=doctor.organisation)
    village = UserFactory(
        role=Role.VILLAGE_DOCTOR, organisation=clinic.organisation, area=clinic.area
    )

    assert list(Sentinel.objects.visible_to(village)) == [clinic]


def test_sentinels_are_found_by_their_number_and_by_channel(client):
    here = school(name="一中")
    other = sentinel("mosquito", name="老城蚊媒监测点")
    Sentinel.objects.filter(pk=other.pk).update(name_en="Mosquitoes")  # a name without a number

    by_number = page(client, epidemiologist(), "sentinels", q=str(here.pk)).content.decode()
    by_channel = page(client, epidemiologist(), "sentinels", channel="vector").content.decode()

    assert "一中" in by_number
    assert f'<td class="number code">{here.pk}</td>' in by_number
    assert "老城蚊媒监测点" not in by_number
    assert "老城蚊媒监测点" in by_channel
    assert "一中" not in by_channel


def test_an_administrator_is_led_to_the_sentinels(client):
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    client.force_login(administrator)

    assert f'href="{reverse("surveillance:sentinels")}"' in client.get("/").content.decode()


def test_the_matrix_shows_how_many_organisations_of_a_township_are_a_sentinel(client):
    here = school(name="一中")
    OrganisationFactory(kind=Organisation.Kind.SCHOOL, area=here.area)
    kind = Organisation.Kind.TOWNSHIP_HEALTH_CENTRE
    for connected in (True, True, False):
        OrganisationFactory(kind=kind, area=here.area, public=True, connected=connected)

    text = page(client, epidemiologist(), "sentinel_coverage", show="covered").content.decode()

    assert "共 2 家机构，其中 1 家为哨点" in text
    assert "50%" in text
    assert "共 3 家公立医疗机构，已接入 2 家" in text
    assert "66%" in text


@pytest.mark.parametrize("days", ["", "7", "0", "-1", "abc", "99999999999", "28"])
@pytest.mark.parametrize("show", ["", "timely", "covered", "nonsense"])
def test_the_matrix_opens_whatever_the_address_says(client, days, show):
    school()

    assert (
        page(client, epidemiologist(), "sentinel_coverage", days=days, show=show).status_code == 200
    )


@pytest.mark.parametrize("name", ["sentinels", "silent_sentinels"])
@pytest.mark.parametrize("asked", ["q", "kind", "area", "channel", "page"])
@pytest.mark.parametrize("said", ["\x00", "' or 1=1", "-4", "9" * 200, "｛｝"])
def test_a_list_opens_whatever_the_address_says(client, name, asked, said):
    school()

    assert page(client, epidemiologist(), name, **{asked: said}).status_code == 200


def test_a_report_is_shown_by_what_was_not_zero(client):
    here = school(name="一中")
    told(here, FRIDAY)
    zeros = dict.fromkeys(figures(), 0) | {"enrolled": 0}
    sentinels.report(sentinel=here, starts_on=MONDAY, values=zeros, by=nurse(here), at=NOON)

    text = page(client, epidemiologist(), "sentinel", here.pk).content.decode()

    assert "其余 3 项为 0" in text
    assert "零报告，各项均为 0" in text


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.PRESS_OFFICER, Role.SENTINEL_REPORTER])
def test_whoever_keeps_a_sentinel_may_report_for_it(role):
    here = school(name="一中")
    keeper = UserFactory(role=role, organisation=here.organisation, area=here.area)

    assert told(here, by=keeper).verdict == "new"
