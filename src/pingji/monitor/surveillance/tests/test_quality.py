"""The data-quality page: each figure is right, and opens just its rows."""

import re
from collections import Counter
from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.ground.standards import actions as standards
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.models import CaseReport, DuplicatePair, Import
from pingji.monitor.surveillance.queries import quality
from pingji.monitor.surveillance.tests.factories import (
    TOWN,
    case_row,
    cases,
    imported,
    reporter,
)
from pingji.monitor.surveillance.tests.sending import sender, sent, visit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def user(client):
    plan()
    someone = reporter()
    client.force_login(someone)
    return someone


def card(key, **given):
    given = {"disease_id": "influenza", "area_id": TOWN, "status": "clinical"} | given
    now = timezone.now()
    given.setdefault("onset_on", timezone.localdate(now))
    given.setdefault("known_at", now)
    return CaseReport.objects.create(key=key, **given)


def page(client, **query):
    response = client.get(reverse("surveillance:quality"), query)
    assert response.status_code == 200
    return response.context


def agreement(client):
    """The part of the page that it asks for when it stands."""
    asked = re.search(r'hx-get="([^"]*agreement[^"]*)"', read(client))[1]
    return client.get(unescape(asked)).context


def read(client):
    return client.get(reverse("surveillance:quality")).content.decode()


def keys(client, address):
    at = client.get(address).context["page"].keys
    return set(CaseReport.objects.filter(pk__in=at).values_list("key", flat=True))


def test_completeness_is_shown_by_organisation_and_opens_the_cards_that_lack_a_field(client, user):
    hospital = OrganisationFactory(code="H1", name="县人民医院")
    card("A", organisation=hospital, sex="M", phone="1")
    card("B", organisation=hospital, sex="M")
    card("C", sex="F")
    card("draft", state="draft")

    shown = page(client)
    whole, first, nameless = shown["completeness"]
    phone = shown["fields"].index("电话")

    assert (whole.cards, first.cards, nameless.cards) == (3, 2, 1)
    assert (whole.shares[phone].percent, first.shares[phone].percent) == (33, 50)
    assert keys(client, whole.shares[phone].url) == {"B", "C"}
    assert keys(client, first.shares[phone].url) == {"B"}
    assert keys(client, nameless.url) == {"C"}
    assert keys(client, first.url) == {"A", "B"}


def test_delays_have_median_and_90th_percentile(client, user, today):
    for number in range(10):
        diagnosed = today - DAY
        card(f"A{number}", onset_on=diagnosed - number * DAY, diagnosed_on=diagnosed)
    card("none")

    (whole, _nameless) = page(client)["delays"]

    assert whole.cards == 11
    assert whole.to_diagnosis == (4, 8)
    assert whole.to_report == (1, 1)
    assert len(keys(client, whole.url)) == 11


def test_values_that_are_hard_to_believe_are_counted_by_kind(client, user, today):
    born = date(today.year - 30, 1, 1)
    card("right", born_on=born, age=30)
    card("right too", born_on=born, age=29)
    card("age", born_on=born, age=50)
    card("born", born_on=today + DAY)
    card("old", age=120)
    card("ahead", onset_on=today + 5 * DAY)
    card("slow", onset_on=today - 300 * DAY, diagnosed_on=today)

    doubted = page(client)["doubted"]

    assert [figure.value for figure in doubted] == [1, 1, 1, 1, 1]
    assert [keys(client, figure.url) for figure in doubted] == [
        {"age"},
        {"born"},
        {"old"},
        {"ahead"},
        {"slow"},
    ]


def test_without_a_plan_no_limit_is_made_up(client, today):
    reporter()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    card("old", age=120)
    card("slow", onset_on=today - 300 * DAY, diagnosed_on=today)

    assert [figure.value for figure in page(client)["doubted"]] == [0, 0, 0, 0, 0]


def test_what_waits_and_what_was_late_is_counted(client, user):
    first, second = card("A", state="returned"), card("B")
    DuplicatePair.objects.create(
        first=first, second=second, area=user.area, score=0.9, found_at=timezone.now()
    )
    imported(cases([case_row(disease="火星病")]), at=timezone.now())
    assert Import.objects.get().refused == 1
    at = timezone.now()
    standards.start_deadline(
        key="report_card.other",
        subject=second,
        area=user.area,
        by=user,
        at=at - timedelta(days=3),
    )
    standards.sweep_deadlines(at=at)

    waiting = page(client)["waiting"]

    assert [figure.value for figure in waiting] == [1, 1, 1, 0, 0, 1]
    assert [figure.unit for figure in waiting] == ["张", "张", "对", "条", "条", "行"]
    assert keys(client, waiting[0].url) == {"A"}
    assert keys(client, waiting[1].url) == {"B"}
    assert client.get(waiting[2].url).context["page"].paginator.count == 1
    assert [row.reason for row in client.get(waiting[5].url).context["page"]] == ["unknown_disease"]


def test_what_was_late_opens_only_the_clocks_of_the_period(client, user):
    first, second = card("A"), card("B")
    at = timezone.now()
    for one, days in ((first, 3), (second, 50)):
        standards.start_deadline(
            key="report_card.other", subject=one, area=user.area, by=user, at=at - days * DAY
        )
    standards.sweep_deadlines(at=at)

    late = page(client)["waiting"][1]

    assert (late.value, keys(client, late.url)) == (1, {"A"})
    assert keys(client, reverse("surveillance:cases") + "?quality=late") == {"A", "B"}


def test_messages_not_taken_whole_open_just_these(client, user):
    sender()
    now = timezone.now()
    moment = now.isoformat()
    sent([visit(key="1", visited_at=moment)], key="whole", at=now)
    sent([visit(key="2", visited_at=moment), visit(key="3", age=300)], key="partly", at=now)
    sent([visit(key="4", age=300)], key="refused", at=now)
    sent([visit(key="5", age=300)], key="early", at=now - 40 * DAY)

    figure = page(client)["waiting"][4]
    shown = client.get(figure.url).context["page"]

    assert figure.value == 2
    assert {message.key for message in shown} == {"partly", "refused"}


@pytest.mark.parametrize("spread", [{0: 1}, {1: 5, 3: 4, 40: 1}, {-1: 2, 0: 2}, {2: 1, 7: 9}])
def test_median_and_90th_percentile_are_the_least_days_that_cover_so_many(spread):
    days = sorted(day for day, number in spread.items() for _n in range(number))

    found = quality._pair(Counter(spread))

    assert found == tuple(
        next(d for d in days if sum(one <= d for one in days) >= share * len(days))
        for share in (0.5, 0.9)
    )


def test_a_figure_that_is_not_what_its_rows_say_is_shown(client, user, today):
    assert agreement(client)["unlike"] == []

    tallies.add([("influenza", "case", TOWN, today, 3)], at=timezone.now())

    ((found, url),) = agreement(client)["unlike"]
    assert (found.kept, found.said) == (3, 0)
    assert keys(client, url) == set()


def test_only_the_chosen_days_count(client, user, today):
    card("now")
    card("then", known_at=timezone.now() - 60 * DAY)

    assert page(client)["completeness"][0].cards == 1
    past = page(client, since=str(today - 61 * DAY), until=str(today - 59 * DAY))
    assert keys(client, past["completeness"][0].url) == {"then"}
    assert page(client, since="2020-01-01", until="2020-01-02")["completeness"] == []


@pytest.mark.parametrize(
    ("since", "until"),
    [("x", "y"), ("0001-01-01", "9999-12-31"), ("", "0001-01-01"), ("9999-12-31", "")],
)
def test_nonsense_in_the_address_breaks_nothing(client, user, since, until):
    page(client, since=since, until=until)


@pytest.mark.parametrize("fault", ["lacks:nothing", "odd:x", "late:never", "x"])
def test_a_fault_that_is_none_filters_nothing_and_is_named(client, user, fault):
    card("A")

    shown = client.get(reverse("surveillance:cases"), {"quality": fault}).context

    assert len(shown["page"].keys) == 1
    assert shown["unusable"] == ["数据质量"]


def test_a_hospital_sees_the_quality_of_its_own_cards(client):
    reporter()
    hospital = OrganisationFactory()
    client.force_login(UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital))
    card("ours", organisation=hospital)
    card("theirs")

    assert page(client)["completeness"][0].cards == 1


def test_who_has_nothing_to_do_with_reports_is_refused(client):
    client.force_login(UserFactory(role=Role.GRID_WORKER))

    assert client.get(reverse("surveillance:quality")).status_code == 409


def test_a_year_of_cards_is_not_read_one_by_one(user, django_assert_max_num_queries, today):
    for number in range(40):
        card(f"A{number}")
    period = quality.Period(today - 300 * DAY, today)

    with django_assert_max_num_queries(6):
        found = quality.gathered(quality.arrived(user, period), user=user, today=today)
        quality.completeness(found, period)
        quality.delays(found, period)
        quality.doubted(found, period)


@pytest.mark.parametrize(
    ("in_words", "one", "many"),
    [
        (quality.cards_in_words, "card", "cards"),
        (quality.pairs_in_words, "pair", "pairs"),
        (quality.messages_in_words, "message", "messages"),
    ],
)
def test_one_is_not_counted_in_the_plural(in_words, one, many):
    with translation.override("en"):
        assert (in_words(1), in_words(0), in_words(2)) == (one, many, many)
