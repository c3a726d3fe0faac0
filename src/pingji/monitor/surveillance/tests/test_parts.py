"""Parts of a disease: asked for with the whole everywhere, by themselves when they are meant."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.monitor.surveillance import queries
from pingji.monitor.surveillance.actions import tallies as keeping
from pingji.monitor.surveillance.models import CaseReport, Count, SentinelItem, Visit
from pingji.monitor.surveillance.queries import SeriesKey, tallies
from pingji.monitor.surveillance.queries.figure_rows import address, counted_by_sentinels
from pingji.monitor.surveillance.queries.tallies import Asked
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    case_row,
    cases,
    counted,
    imported,
    reporter,
    weeks,
)
from pingji.monitor.surveillance.tests.sending import result, sender, sent, visit
from pingji.monitor.surveillance.tests.sentinel_factories import school, told

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FRIDAY = date(2025, 11, 21)
WHOLE, A, B, FLU = "viral_hepatitis", "hepatitis_a", "hepatitis_b", "influenza"


@pytest.fixture(autouse=True)
def user(client):
    someone = reporter()
    client.force_login(someone)
    return someone


def keep(*changes, channel="case", at=NOON):
    keeping.add([(disease, channel, area, day, n) for disease, area, day, n in changes], at=at)


def card(key, disease, day=FRIDAY, **given):
    given = {"area_id": TOWN, "status": "confirmed", "sex": "M", "age": 40} | given
    return CaseReport.objects.create(
        key=key, disease_id=disease, onset_on=day, known_at=given.pop("known_at", NOON), **given
    )


def listed(client, url, **query):
    """Keys of the cards that an address of the line list shows."""
    page = client.get(url, query).context["page"]
    return set(CaseReport.objects.filter(pk__in=page.keys).values_list("key", flat=True))


def test_a_question_for_the_whole_counts_its_parts_and_one_for_a_part_only_that():
    keep((WHOLE, TOWN, FRIDAY, 1), (A, VILLAGE, FRIDAY, 2), (B, OTHER_TOWN, FRIDAY - DAY, 4))
    keep((FLU, TOWN, FRIDAY, 8))

    def of(disease, **asked):
        return tallies.totals(Asked("case", COUNTY, disease=disease, **asked))

    assert of(WHOLE) == {(WHOLE, COUNTY): 7}
    assert of(A) == {(A, COUNTY): 2}
    assert sum(of("").values()) == 15  # nothing twice
    assert sorted(tallies.figures(Asked("case", COUNTY, disease=WHOLE), level=9)) == [
        (WHOLE, TOWN, FRIDAY, 3),
        (WHOLE, OTHER_TOWN, FRIDAY - DAY, 4),
    ]
    assert tallies.span(Asked("case", COUNTY, disease=WHOLE)) == (FRIDAY - DAY, FRIDAY)


def test_what_was_known_of_the_whole_before_is_what_was_known_of_its_parts():
    keep((A, TOWN, FRIDAY, 5))
    keep((A, TOWN, FRIDAY, -5), (B, TOWN, FRIDAY - 99 * DAY, 5), at=NOON + DAY)

    def at(moment):
        asked = Asked("case", COUNTY, disease=WHOLE, as_of=moment)
        return tallies.totals(asked), tallies.span(asked)

    assert at(NOON) == ({(WHOLE, COUNTY): 5}, (FRIDAY, FRIDAY))
    assert at(NOON + DAY) == ({(WHOLE, COUNTY): 5}, (FRIDAY - 99 * DAY, FRIDAY - 99 * DAY))


def test_every_whole_has_a_series_of_its_own_among_all_of_them():
    keep((WHOLE, TOWN, FRIDAY, 1), (A, TOWN, FRIDAY, 2), (A, OTHER_TOWN, FRIDAY - DAY, 4))

    series = queries.case_series(area=COUNTY, as_of=NOON)
    found = {
        (key.disease, key.area): series.counts[:, at].tolist() for at, key in enumerate(series.keys)
    }

    assert found == {
        (WHOLE, COUNTY): [4, 3],
        (WHOLE, TOWN): [0, 3],
        (WHOLE, OTHER_TOWN): [4, 0],
        (A, COUNTY): [4, 2],
        (A, TOWN): [0, 2],
        (A, OTHER_TOWN): [4, 0],
    }
    for key in series.keys:
        assert queries.one_series(key=key, as_of=NOON)[1].tolist() == found[key.disease, key.area]


def test_counts_sent_for_the_whole_hold_its_parts_and_are_not_counted_twice(client):
    counted(weeks([7, 10], first=date(2024, 12, 30)), disease=WHOLE)
    counted(weeks([3, 4]), disease=A)
    counted(weeks([2, 5]), disease=B)

    def sent_in(disease, at=NOON):
        key = SeriesKey(disease, "case", COUNTY, "week")
        return queries.one_series(key=key, as_of=at)[1].tolist()

    every = queries.count_series(area=COUNTY, as_of=NOON, period="week")
    whole = every.keys.index(SeriesKey(WHOLE, "case", COUNTY, "week"))
    response = client.get(address(kind="counts", disease=WHOLE, channel="case", period="week"))
    rows = {(row.disease_id, row.count) for row in response.context["page"]}
    (reported,) = [
        one for one in queries.reported_series(Count.objects.all()) if one.disease.pk == WHOLE
    ]
    api = client.get("/api/surveillance/counts", {"disease": WHOLE}).json()["items"]

    assert sent_in(WHOLE) == every.counts[:, whole].tolist() == [7, 10, 9]
    assert sent_in(A) == [3, 4]
    assert rows == {(WHOLE, 7), (WHOLE, 10), (A, 4), (B, 5)}
    assert sum(row["count"] for row in api) == 26
    assert reported.periods == response.context["parts"][0].counted == 3
    assert client.get(reported.rows_url).context["parts"][0].counted == 3


def test_a_whole_sent_later_does_not_hide_what_was_known_of_its_parts():
    counted(weeks([3, 4]), disease=A)
    counted(weeks([10, 9]), disease=WHOLE, at=NOON + DAY)
    key = SeriesKey(WHOLE, "case", COUNTY, "week")

    assert queries.one_series(key=key, as_of=NOON)[1].tolist() == [3, 4]
    assert queries.one_series(key=key, as_of=NOON + DAY)[1].tolist() == [10, 9]


def test_the_line_list_of_the_whole_lists_its_parts_and_says_so(client):
    card("whole", WHOLE)
    card("a", A)
    card("flu", FLU)
    url = reverse("surveillance:cases")

    assert listed(client, url, disease=WHOLE) == {"whole", "a"}
    assert listed(client, url, disease=A) == {"a"}
    assert listed(client, url, legal_class="B") >= {"whole", "a"}
    page = client.get(url, {"disease": WHOLE}).content.decode()
    assert "病毒性肝炎（含各型）" in page
    assert "（含各型）" not in client.get(url, {"disease": A}).content.decode()


def test_pictures_of_the_whole_hold_its_parts_and_open_their_rows(client):
    today = timezone.localdate()
    card("whole", WHOLE, today)
    card("a", A, today)
    card("b", B, today - DAY, area_id=OTHER_TOWN, sex="F")

    def drawn(name):
        return client.get(reverse(f"surveillance:{name}"), {"disease": WHOLE}).json()

    curve, ages, places = drawn("curve"), drawn("ages"), drawn("map_of_cases")

    assert sum(curve["series"][0]["values"]) == 3
    assert listed(client, curve["links"][-1]) == {"whole", "a"}
    assert [sum(one["values"]) for one in ages["series"]] == [2, 1]
    figures = client.get(reverse("surveillance:picture"), {"disease": WHOLE}).context["figures"]
    assert {one.area.pk: one.cases for one in figures if one.cases} == {TOWN: 2, OTHER_TOWN: 1}
    assert places["cells"]["features"] == [] or places["legend"]


def test_the_overview_counts_parts_for_their_whole_and_every_figure_adds_up(client):
    today = timezone.localdate()
    rows = [
        case_row(key="1", disease="病毒性肝炎", onset=str(today), diagnosed=str(today)),
        case_row(key="2", disease="甲肝", onset=str(today), diagnosed=str(today)),
        case_row(key="3", disease="甲肝", onset=str(today - 7 * DAY), diagnosed=str(today)),
        case_row(key="4", disease="麻疹", onset=str(today), diagnosed=str(today)),
    ]
    imported(cases(rows), at=timezone.now())

    context = client.get(reverse("surveillance:series")).context
    weeks_of = {row.disease.pk: (row.week, row.before, row.is_part) for row in context["rows"]}
    channel = next(one for one in context["channels"] if one.key == "case")
    moved = {one.label: (one.now, one.before) for one in context["moved"]}

    assert weeks_of == {WHOLE: (2, 1, False), A: (1, 1, True), "measles": (1, 0, False)}
    assert [row.disease.pk for row in context["rows"]] == [WHOLE, A, "measles"]
    assert channel.weeks[-2:] == [1, 3]
    assert [(name, n) for name, n, _url in channel.top] == [("麻疹", 1), ("病毒性肝炎", 2)][::-1]
    assert moved == {"病毒性肝炎": (2, 1), "麻疹": (1, 0)}
    for row in context["rows"]:
        assert len(listed(client, row.rows_url)) == row.week
        assert len(listed(client, row.before_url)) == row.before
    for _name, number, url in channel.top:
        assert len(listed(client, url)) == number
    for one in context["moved"]:
        assert len(listed(client, one.url)) == one.now
        assert len(listed(client, one.url_before)) == one.before


def test_visits_and_findings_of_a_part_stand_behind_the_figure_of_the_whole(client):
    sender()
    sent(
        [
            visit(key="1", diagnosis_code="B15.9", diagnosis="甲肝"),
            visit(key="2", diagnosis_code="B16.9", diagnosis="乙肝"),
            visit(key="3", diagnosis_code="J11.1"),
        ]
    )
    Visit.objects.filter(key="1").update(signs=[A, B])  # speaks of both, and counts for both
    keep((B, VILLAGE, FRIDAY, 1), channel="syndrome")
    sent([result(key="1", test_code="HAV-IgM", test="甲肝抗体IgM")], kind="results", key="M2")

    def behind(channel, disease):
        week = {"since": FRIDAY - 6 * DAY, "until": FRIDAY}
        context = client.get(address(channel=channel, disease=disease, **week)).context
        return context["figure"], context["all"], {row.key for row in context["page"]}

    assert behind("syndrome", WHOLE) == (3, 3, {"1", "2"})
    assert behind("syndrome", A) == (1, 1, {"1"})
    assert behind("syndrome", B) == (2, 2, {"1", "2"})
    assert behind("pathogen", WHOLE) == behind("pathogen", A) == (1, 1, {"1"})
    assert behind("pathogen", B) == (0, 0, set())

    curve = client.get(
        reverse("surveillance:chart"), {"channel": "syndrome", "disease": WHOLE}
    ).json()
    assert curve["counts"] == [3]
    assert client.get(curve["links"][0]).context["all"] == 3


def test_a_sentinels_figure_of_a_part_counts_for_the_whole(client):
    place = school()
    SentinelItem.objects.filter(type="school", code="fever_respiratory").update(disease=A)
    told(place, fever_respiratory=3)

    response = client.get(address(channel="department", disease=WHOLE, since=FRIDAY))
    (report,) = response.context["page"]

    assert (response.context["figure"], response.context["all"]) == (3, 3)
    assert report.starts_on == FRIDAY
    assert "甲型病毒性肝炎" not in response.content.decode().split("figure-rows")[1]
    assert "发热或咳嗽 3" in response.content.decode()


def test_cases_that_sentinels_count_for_a_part_are_more_than_the_cards_of_the_whole():
    school()
    SentinelItem.objects.filter(type="hospital_admission", code="unexplained").update(disease=A)

    assert counted_by_sentinels() == {A, WHOLE}


def test_the_address_of_every_bar_asks_for_the_whole(client):
    keep((A, TOWN, FRIDAY, 2))

    curve = client.get(reverse("surveillance:chart"), {"disease": WHOLE}).json()

    assert np.array_equal(curve["counts"], [2])
    assert parse_qs(urlsplit(curve["links"][0]).query)["disease"] == [WHOLE]
