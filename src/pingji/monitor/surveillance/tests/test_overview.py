"""The home of monitoring: channels side by side, what moved, what waits, nobody told too much."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.tests.factories import TOWN, reporter

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def user(client):
    someone = reporter()
    client.force_login(someone)
    return someone


def keep(channel, disease, *days_and_counts):
    tallies.add(
        [(disease, channel, TOWN, day, count) for day, count in days_and_counts], at=timezone.now()
    )


def home(client):
    response = client.get(reverse("surveillance:series"))
    assert response.status_code == 200
    return response


def test_all_five_channels_stand_side_by_side_with_their_weeks(client, user, today):
    keep("case", "influenza", (today, 3), (today - 7 * DAY, 2))
    keep("syndrome", "influenza_like_illness", (today - 6 * DAY, 9))
    keep("pathogen", "influenza", (today - 55 * DAY, 4), (today - 56 * DAY, 100))

    channels = {one.key: one for one in home(client).context["channels"]}

    assert list(channels) == ["case", "pathogen", "syndrome", "vector", "department"]
    assert channels["case"].weeks == [0, 0, 0, 0, 0, 0, 2, 3]
    assert channels["syndrome"].weeks[-1] == 9
    assert channels["pathogen"].weeks == [4, 0, 0, 0, 0, 0, 0, 0]
    assert channels["vector"].weeks == [0] * 8
    assert channels["case"].top[0][:2] == ("流行性感冒", 3)


def test_what_moved_most_against_chance_comes_first(client, user, today):
    keep("case", "influenza", (today, 110), (today - 7 * DAY, 100))
    keep("case", "measles", (today, 9))
    keep("syndrome", "influenza_like_illness", (today, 5), (today - 9 * DAY, 5))

    moved = home(client).context["moved"]

    assert [(one.label, one.now, one.before) for one in moved] == [
        ("麻疹", 9, 0),
        ("流行性感冒", 110, 100),
    ]
    assert "disease=measles" in moved[0].url
    assert "onset_from" in moved[0].url


def test_what_waits_is_shown_to_who_deals_with_it(client, user):
    for number, state in enumerate(["draft", "returned", "sent", "checked", "reviewed"]):
        CaseReport.objects.create(
            key=f"A{number}",
            disease_id="influenza",
            area_id=TOWN,
            status="clinical",
            state=state,
            source="screen",
            onset_on=timezone.localdate(),
            known_at=timezone.now(),
        )

    waits = {one.label: one.value for one in home(client).context["waits"]}
    client.force_login(UserFactory(role=Role.INSPECTOR))
    inspector = {one.label for one in home(client).context["waits"]}

    assert (waits["待确认的草稿"], waits["已退回、尚未订正"], waits["待审核的卡片"]) == (1, 1, 2)
    assert inspector == {"漏报哨点"}


def test_who_sees_one_organisation_is_not_shown_the_whole_areas_figures(client, user, today):
    keep("case", "influenza", (today, 3))
    hospital = OrganisationFactory()
    client.force_login(UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital))

    response = home(client)

    assert "channels" not in response.context
    assert "五大渠道" not in response.content.decode()


def test_drafts_and_withdrawn_cards_are_not_going_round(client, user, today):
    for number, state in enumerate(["sent", "draft", "withdrawn"]):
        CaseReport.objects.create(
            key=f"A{number}",
            disease_id="influenza",
            area_id=TOWN,
            status="clinical",
            state=state,
            onset_on=today,
            known_at=timezone.now(),
        )

    (row,) = home(client).context["rows"]

    assert row.week == 1
    assert client.get(row.rows_url).context["page"].keys == [CaseReport.objects.get(key="A0").pk]
