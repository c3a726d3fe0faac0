"""Curve, map, pyramid and tables of the cards: the figures, and the way to their rows."""

import random
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from pingji.ground.directory.models import Area, Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.monitor.surveillance.models import CaseReport
from pingji.monitor.surveillance.queries import pictures
from pingji.monitor.surveillance.tests.factories import COUNTY, OTHER_TOWN, TOWN, VILLAGE, reporter

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


def card(key, day, **given):
    given = {"disease_id": "influenza", "area_id": TOWN, "status": "clinical"} | given
    arrived = timezone.make_aware(
        timezone.datetime.combine(day + given.pop("delay", 0) * DAY, timezone.datetime.min.time())
    )
    return CaseReport.objects.create(key=key, onset_on=day, known_at=arrived, **given)


def drawn(client, name, **query):
    response = client.get(reverse(f"surveillance:{name}"), query)
    assert response.status_code == 200
    return response.json()


def rows(client, address):
    """How many cards the line list of an address shows."""
    return len(client.get(address).context["page"].keys)


def test_the_curve_stacks_by_status_and_each_bar_opens_its_rows(client, user, today):
    card("A", today - 3 * DAY)
    card("B", today - 3 * DAY, status="confirmed")
    card("C", today - DAY, status="confirmed")
    card("D", today - DAY, state="draft")

    curve = drawn(client, "curve")
    at = curve["labels"].index(str(today - 3 * DAY))

    assert {one["name"]: one["values"][at] for one in curve["series"]} == {"临床诊断": 1, "确诊": 1}
    assert sum(sum(one["values"]) for one in curve["series"]) == 3
    assert rows(client, curve["links"][at]) == 2
    assert len(curve["labels"]) == len(curve["links"]) == len(curve["incomplete"]) == 90


def test_weeks_begin_on_monday_and_hold_their_days(client, user, today):
    monday = today - timedelta(days=today.weekday() + 14)
    card("A", monday)
    card("B", monday + 6 * DAY)
    card("C", monday + 7 * DAY)

    curve = drawn(client, "curve", step="week", stack="none")
    at = curve["labels"].index(str(monday))

    assert curve["series"][0]["values"][at : at + 2] == [2, 1]
    assert rows(client, curve["links"][at]) == 2


def test_small_townships_are_one_part_of_the_curve(client, user, today, monkeypatch):
    monkeypatch.setattr(pictures, "TOWNSHIPS_APART", 1)
    card("A", today)
    card("B", today, area_id=VILLAGE)
    card("C", today, area_id=OTHER_TOWN)

    curve = drawn(client, "curve", stack="township")

    assert [(s["name"], s["values"][-1]) for s in curve["series"]] == [
        ("桃花源街道", 2),
        ("其他地区", 1),
    ]


@pytest.mark.parametrize(("by", "day"), [("onset", 9), ("diagnosed", 7), ("known", 5)])
def test_a_curve_is_drawn_by_any_of_the_days(client, user, today, by, day):
    card("A", today - 9 * DAY, diagnosed_on=today - 7 * DAY, delay=4)

    curve = drawn(client, "curve", by=by)
    at = curve["labels"].index(str(today - day * DAY))

    assert curve["series"][0]["values"][at] == 1
    assert f"{by}_from" in parse_qs(urlsplit(curve["links"][at]).query)
    assert rows(client, curve["links"][at]) == 1


def test_days_that_still_fill_up_are_marked_from_the_usual_delay(client, user, today):
    card("the first", today - 40 * DAY, delay=1)
    card("history", today - 500 * DAY, delay=470)
    for number in range(18):
        card(f"A{number}", today - 30 * DAY, delay=2 if number < 17 else 20)

    curve = drawn(client, "curve")

    assert [day for day, on in zip(curve["labels"], curve["incomplete"], strict=True) if on] == [
        str(today - DAY),
        str(today),
    ]
    assert "2 天" in curve["note"]


def test_without_recent_cards_nothing_is_said_of_the_delay(client, user, today):
    curve = drawn(client, "curve")

    assert not any(curve["incomplete"])
    assert sum(curve["series"][0]["values"]) == 0


def test_ages_are_grouped_by_five_years_and_sex_and_open_their_rows(client, user, today):
    card("A", today, sex="M", age=4)
    card("B", today, sex="F", age=5)
    card("C", today, sex="F", age=9)
    card("D", today, sex="M", age=101)
    card("E", today, sex="", age=9)

    pyramid = drawn(client, "ages")
    men, women = (one["values"] for one in pyramid["series"])

    assert (men[0], women[1], men[-1], sum(men) + sum(women)) == (1, 2, 1, 4)
    assert pyramid["labels"][1] == "5–9"
    assert [rows(client, one["links"][1]) for one in pyramid["series"]] == [0, 2]
    assert "1 " in pyramid["note"]


def test_the_map_shows_cases_or_their_rate_and_cells_open_their_rows(client, user, today):
    shape = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}
    Area.objects.filter(pk=TOWN).update(population=50_000, shape=shape)
    Area.objects.filter(pk=OTHER_TOWN).update(shape=shape)
    card("A", today)
    card("B", today, area_id=VILLAGE)

    cases = drawn(client, "map_of_cases")["cells"]["features"]
    rates = drawn(client, "map_of_cases", rate="1")["cells"]["features"]
    by_code = {f["properties"]["code"]: f["properties"] for f in cases}

    assert {code: p["value"] for code, p in by_code.items()} == {TOWN: 2, OTHER_TOWN: 0}
    assert {f["properties"]["code"]: f["properties"]["value"] for f in rates} == {
        TOWN: 4.0,
        OTHER_TOWN: None,
    }
    assert rows(client, by_code[TOWN]["url"]) == 2


@pytest.mark.parametrize(
    ("highest", "ends"),
    [(3, [1, 2, 3, 4]), (40, [10, 20, 30, 40]), (7, [2, 4, 6, 8]), (1000, [200, 400, 600, 800])],
)
def test_classes_of_the_map_have_round_ends_that_reach_the_highest(highest, ends):
    assert pictures.classes([1, highest]) == ends
    assert pictures.class_of(0, ends) == pictures.class_of(None, ends) == 0
    assert 1 <= pictures.class_of(highest, ends) <= 5


def test_the_legend_of_the_map_counts_one_case_as_one():
    with override("en"):
        said = [line["words"] for line in pictures._legend([1, 2, 3, 4], rate=False)]
        rates = [line["words"] for line in pictures._legend([1, 2, 3, 4], rate=True)]
    assert said[1:3] == ["up to 1 case", "over 1, up to 2 cases"]
    assert rates[1] == "up to 1 per 100,000"


def test_the_page_lists_townships_institutions_and_who_reported(client, user, today):
    school = OrganisationFactory(code="S1", name="实验小学", kind=Organisation.Kind.SCHOOL)
    hospital = OrganisationFactory(code="H1", name="县人民医院")
    card("A", today, institution=school, organisation=hospital)
    card("B", today, organisation=hospital)

    response = client.get(reverse("surveillance:picture"))
    (pupils,) = response.context["institutions"]
    (reported,) = response.context["organisations"]

    assert (pupils.label, pupils.cases, rows(client, pupils.url)) == ("实验小学", 1, 1)
    assert (reported.label, reported.cases, rows(client, reported.url)) == ("县人民医院", 2, 2)
    assert response.context["figures"][0].area.code == TOWN


@pytest.mark.parametrize(
    "query",
    [
        {"by": "x", "step": "year", "stack": "colour"},
        {"onset_from": "0001-01-01", "onset_to": "9999-12-31"},
        {"onset_from": "2026-01-01", "onset_to": "2025-01-01"},
        {"onset_to": "0001-01-02"},
        {"by": "known", "known_to": "9999-12-31", "known_from": "9999-12-30"},
        {"step": "week", "onset_from": "gestern"},
    ],
)
def test_nonsense_in_the_address_draws_something(client, user, query):
    for name in ("picture", "curve", "ages", "map_of_cases"):
        assert client.get(reverse(f"surveillance:{name}"), query).status_code == 200


def test_a_hospital_sees_its_own_cards_drawn(client, today):
    reporter()
    hospital = OrganisationFactory()
    client.force_login(UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital))
    card("ours", today, organisation=hospital)
    card("theirs", today)

    curve = drawn(client, "curve", stack="none")

    assert sum(curve["series"][0]["values"]) == 1


def test_counts_of_the_window_are_of_the_county(user, today):
    card("A", today)
    window = pictures.Window("onset", "day", date(2020, 1, 1), today)

    (first, *_others) = pictures.by_township(
        CaseReport.objects.visible_to(user), window, user=user, query={}
    )

    assert (first.area.code, first.cases, first.rate) == (TOWN, 1, None)
    assert first.url.endswith(TOWN)
    assert COUNTY in first.url


def test_every_bar_cell_and_figure_opens_rows_that_add_up_to_it(client, user):
    rng = random.Random(8)
    for number in range(60):
        card(
            f"Z{number}",
            date(2025, 11, 3) + timedelta(days=rng.randrange(12)),
            area_id=rng.choice([TOWN, OTHER_TOWN, VILLAGE]),
            sex=rng.choice(["M", "F", ""]),
            age=rng.choice([None, 2, 7, 33, 90]),
            status=rng.choice(["clinical", "confirmed"]),
        )
    days = {"onset_from": "2025-11-05", "onset_to": "2025-11-12"}

    for asked in ({}, {"area": VILLAGE}, {"age_to": "33"}, {"area": TOWN, "sex": "F"}):
        query = days | asked
        page = client.get(reverse("surveillance:picture"), query).context
        assert rows(client, page["rows_url"]) == page["total"]
        assert rows(client, page["unaged"].url) == page["unaged"].cases
        assert all(rows(client, figure.url) == figure.cases for figure in page["figures"])
        for more in ({"stack": "status"}, {"stack": "township", "step": "week"}):
            curve = client.get(reverse("surveillance:curve"), query | more).json()
            assert sum(sum(one["values"]) for one in curve["series"]) == page["total"]
            for one in curve["series"]:
                for value, link in zip(one["values"], one.get("links", []), strict=False):
                    assert rows(client, link) == value
        ages = client.get(reverse("surveillance:ages"), query).json()
        for one in ages["series"]:
            for value, link in zip(one["values"], one["links"], strict=True):
                assert value == 0 or rows(client, link) == value
