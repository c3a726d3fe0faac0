"""The rows behind a figure: of every channel, adding up to it, and nobody told too much."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.monitor.surveillance import queries
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.actions import tallies as keeping
from pingji.monitor.surveillance.models import Count, SentinelReport, Tally, Visit
from pingji.monitor.surveillance.queries import tallies
from pingji.monitor.surveillance.queries.figure_rows import address
from pingji.monitor.surveillance.tests.factories import (
    NOON,
    OTHER_TOWN,
    TOWN,
    case_row,
    cases,
    counted,
    imported,
    reporter,
    weeks,
)
from pingji.monitor.surveillance.tests.sending import result, sender, sent, visit
from pingji.monitor.surveillance.tests.sentinel_factories import (
    FRIDAY,
    nurse,
    school,
    sentinel,
    told,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WEEK = {"since": FRIDAY - 6 * DAY, "until": FRIDAY}


@pytest.fixture
def user(client):
    someone = reporter()
    client.force_login(someone)
    return someone


def rows(client, **asked):
    response = client.get(address(**asked))
    assert response.status_code == 200
    return response


def behind(response):
    return {part.kind: (part.rows, part.counted) for part in response.context["parts"]}


def test_visits_of_a_syndrome_are_listed_and_add_up_to_its_figure(client, user):
    sender()
    sent(
        [
            visit(key="1", visited_at="2025-11-21T08:30:00+08:00"),
            visit(key="2", visited_at="2025-11-14T23:59:00+08:00"),
            visit(key="3", area=OTHER_TOWN, diagnosis_code="B05.9", diagnosis="麻疹"),
            visit(key="4", diagnosis_code="I10", diagnosis="高血压"),
        ]
    )

    flu = rows(client, channel="syndrome", disease="influenza", **WEEK)
    here = rows(client, channel="syndrome", area=TOWN, **WEEK)
    everywhere = rows(client, channel="syndrome", since=FRIDAY - 30 * DAY, until=FRIDAY)

    assert behind(flu) == {"visits": (1, 1), "sentinels": (0, 0)}
    assert [row.key for row in flu.context["page"]] == ["1"]
    assert (flu.context["figure"], flu.context["all"]) == (1, 1)
    assert "合计 1" in flu.content.decode()
    assert [row.key for row in here.context["page"]] == ["1"]
    assert [row.key for row in everywhere.context["page"]] == ["3", "1", "2"]
    assert everywhere.context["figure"] == everywhere.context["all"] == 3


def test_a_visit_of_two_syndromes_counts_for_both(client, user):
    sender()
    sent([visit(key="1")])
    Visit.objects.update(signs=["influenza", "measles"])
    keeping.add([("measles", "syndrome", TOWN, FRIDAY, 1)], at=NOON)

    response = rows(client, channel="syndrome", **WEEK)

    assert behind(response)["visits"] == (1, 2)
    assert (response.context["figure"], response.context["all"]) == (2, 2)
    assert "流行性感冒、麻疹" in response.content.decode()


def test_positive_findings_stand_behind_the_figures_of_the_laboratories(client, user):
    sender()
    sent(
        [
            result(key="1"),
            result(key="2", finding="negative"),
            result(key="3", taken_at=None, reported_at="2025-11-21T00:10:00+08:00"),
        ],
        kind="results",
    )

    response = rows(client, channel="pathogen", disease="influenza", **WEEK)

    assert [row.key for row in response.context["page"]] == ["3", "1"]
    assert (response.context["figure"], response.context["all"]) == (2, 2)


def test_what_sentinels_count_stands_behind_the_figures_of_other_departments(client, user):
    place = school()
    told(place, fever_respiratory=3)
    told(place, FRIDAY - DAY, fever_respiratory=0, diarrhoea=2)
    told(place, fever_respiratory=1, seen=1, remark="更正", when=NOON + DAY)

    fever = rows(client, channel="department", disease="fever_respiratory", **WEEK)
    every = rows(client, channel="department", **WEEK)

    (report,) = fever.context["page"]
    assert (report.version, report.starts_on) == (2, FRIDAY)
    assert behind(fever) == {"sentinels": (1, 1)}
    assert fever.context["figure"] == 1
    assert len(every.context["page"]) == 2
    assert (
        every.context["figure"]
        == every.context["all"]
        == sum(Tally.objects.values_list("count", flat=True))
    )
    assert reverse("surveillance:sentinel", args=[place.pk]) in fever.content.decode()


def test_reports_received_are_counted_by_the_day_they_came_whatever_period_they_are_of(
    client, user
):
    now = timezone.now()
    today = timezone.localdate(now)
    last_month = (today.replace(day=1) - DAY).replace(day=1)
    opened = {"opened_on": today - 100 * DAY}
    mice, pupils = sentinel("rodent", **opened), school(**opened)
    values = {item.code: 1 for item in mice.type.items.all()}
    by = nurse(mice)
    sentinels.report(sentinel=mice, starts_on=last_month, values=values, by=by, at=now)
    told(pupils, today - 20 * DAY, when=now - 19 * DAY)
    told(pupils, today - 21 * DAY, when=now)

    channels = client.get(reverse("surveillance:series")).context["channels"]
    received = {one.key: one for one in channels}

    assert {key: one.reports for key, one in received.items() if one.reports} == {
        "vector": 1,
        "department": 1,
    }
    for one in channels:
        page = client.get(one.reports_url)
        assert page.context["all"] == len(page.context["page"]) == one.reports
        assert page.context["figure"] is None
    (report,) = client.get(received["vector"].reports_url).context["page"]
    assert report.sentinel == mice


def test_what_is_counted_from_visits_is_said_and_not_added(client, user):
    place = school()
    told(place, fever_respiratory=3)
    SentinelReport.objects.update(counted=False)

    response = rows(client, channel="department", kind="sentinels", **WEEK)

    assert behind(response) == {"sentinels": (1, 0)}
    assert "否，按就诊记录统计" in response.content.decode()


def test_cases_that_sentinels_count_beside_the_cards_add_up_too(client, user):
    place = sentinel("hospital_admission", name="县人民医院")
    sentinels.report(
        sentinel=place,
        starts_on=FRIDAY - DAY,
        values={"admitted": 9, "infectious": 1, "unexplained": 2, "deaths": 0},
        by=nurse(place),
        at=NOON,
    )
    imported(cases([case_row(onset=str(FRIDAY - DAY))]))

    both = rows(client, channel="case", **WEEK)

    assert behind(both) == {"cards": (1, 1), "sentinels": (1, 2)}
    assert both.context["figure"] == both.context["all"] == 3
    assert "onset_from" in both.context["parts"][0].url  # the line list itself
    assert tallies.differences() == []  # nor does the quality page take them for an error


def test_counts_sent_in_are_listed_with_every_version(client, user):
    counted(weeks([5, 7]), channel="syndrome")
    counted(weeks([5, 8]), channel="syndrome", at=NOON + DAY)

    (series,) = queries.reported_series(Count.objects.all())
    response = client.get(series.rows_url)

    assert series.periods == 2
    assert [row.count for row in response.context["page"]] == [8, 7, 5]
    assert behind(response)["counts"] == (series.periods, series.periods)


def test_rows_with_an_unknown_code_are_listed_with_their_cell(client, user):
    imported(cases([case_row(), case_row(key="A2", disease="没有的病")]))

    response = rows(client, kind="unknown")

    (answer,) = response.context["page"]
    assert answer.reason == "unknown_disease"
    assert "没有的病" in response.content.decode()


def test_who_sees_one_organisation_sees_its_visits_and_not_the_areas_figure(client, user):
    his = sender()
    sent([visit(key="1")], by=his)
    other = OrganisationFactory(area=user.area)
    sent([visit(key="2")], by=sender(other, name="另一家"), key="M2")
    client.force_login(UserFactory(role=Role.HOSPITAL_REPORTER, organisation=other))

    response = rows(client, channel="syndrome", **WEEK)
    curve = client.get(
        reverse("surveillance:chart"), {"channel": "syndrome", "disease": "influenza"}
    ).json()

    assert [row.key for row in response.context["page"]] == ["2"]
    assert response.context["figure"] is None
    assert curve["counts"] == [1]


def test_a_complaint_is_shown_only_to_who_may_see_personal_data(client, user):
    sender()
    sent([visit(complaint="王小明发热3天")])

    clear = rows(client, channel="syndrome", **WEEK).content.decode()
    client.force_login(UserFactory(role=Role.INSPECTOR))
    starred = rows(client, channel="syndrome", **WEEK).content.decode()

    assert "王小明" in clear
    assert "王小明" not in starred


def test_what_says_nothing_in_the_address_is_told(client, user):
    response = rows(client, channel="smoke", disease="nonsense", area="没有", since="yesterday")

    assert len(response.context["unusable"]) == 4
    assert "以下条件无法识别，未予采用：渠道, 疾病" in response.content.decode()


def test_every_bar_of_a_curve_opens_rows_that_add_up_to_it(client, user):
    sender()
    sent([visit(key="1"), visit(key="2", visited_at="2025-11-19T08:30:00+08:00")])

    curve = client.get(
        reverse("surveillance:chart"), {"channel": "syndrome", "disease": "influenza"}
    ).json()

    assert (curve["counts"], curve["unit"]) == ([1, 0, 1], "人次")
    for link, count in zip(curve["links"], curve["counts"], strict=True):
        assert client.get(link).context["all"] == count


def test_every_figure_of_the_overview_opens_rows_that_add_up_to_it(client, user):
    sender(at=timezone.now())
    moment = timezone.now() - timedelta(minutes=5)
    early = moment - 8 * DAY
    sent(
        [
            visit(key="1", visited_at=moment.isoformat()),
            visit(key="2", visited_at=early.isoformat()),
        ],
        at=timezone.now(),
    )
    imported(cases([case_row(onset=str(date(2025, 11, 20)))]))

    context = client.get(reverse("surveillance:series")).context

    checked = 0
    for channel in context["channels"]:
        for number, url in zip(channel.weeks, channel.urls, strict=True):
            assert client.get(url).context["all"] == number
            checked += number
        behind_reports = client.get(channel.reports_url).context
        assert behind_reports["all"] == len(behind_reports["page"]) == channel.reports
        for _name, number, url in channel.top:
            assert client.get(url).context["all"] == number
    for one in context["moved"]:
        assert client.get(one.url).context["all"] == one.now
        assert client.get(one.url_before).context["all"] == one.before
    assert checked == 2
