"""The line list: filters, order, pages, names, saved searches."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from pingji.ground.directory.models import Organisation, Role
from pingji.ground.directory.tests.factories import OrganisationFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.models import CaseReport, SavedSearch
from pingji.monitor.surveillance.queries import line_list
from pingji.monitor.surveillance.queries.line_list import Filters, Mark, Order
from pingji.monitor.surveillance.tests.factories import NOON, OTHER_TOWN, TOWN, VILLAGE, reporter

pytestmark = pytest.mark.django_db
TODAY = date(2025, 11, 21)


def card(key, **given):
    """One card that is reported, of the tests' township."""
    given = {"disease_id": "influenza", "area_id": TOWN, "status": "clinical"} | given
    onset = given.pop("onset_on", TODAY)
    return CaseReport.objects.create(
        key=key, onset_on=onset, known_at=given.pop("known_at", NOON), **given
    )


@pytest.fixture
def user(client):
    someone = reporter()
    client.force_login(someone)
    return someone


def keys(client, **query):
    """Keys of the cards on the page."""
    response = client.get(reverse("surveillance:cases"), query)
    assert response.status_code == 200
    at = response.context["page"].keys
    found = {c.pk: c.key for c in CaseReport.objects.filter(pk__in=at)}
    return [found[key] for key in at]


def test_each_filter_narrows_the_list(client, user):
    school = OrganisationFactory(code="S1", name="实验小学", kind=Organisation.Kind.SCHOOL)
    card("plain")
    card("measles", disease_id="measles")
    card("plague", disease_id="plague")
    card("elsewhere", area_id=OTHER_TOWN)
    card("village", area_id=VILLAGE)
    card("confirmed", status="confirmed")
    card("man", sex="M", age=30)
    card("woman", sex="F", age=60)
    card("old", onset_on=date(2025, 1, 2), diagnosed_on=date(2025, 1, 4))
    card("early", known_at=NOON - timedelta(days=9))
    card("severe", severe=True)
    card("died", died_on=TODAY)
    card("pupil", institution=school)
    card("typed", source="screen")
    card("draft", state="draft")
    card("returned", state="returned")

    assert keys(client, disease="measles") == ["measles"]
    assert keys(client, legal_class="A") == ["plague"]
    assert keys(client, area=OTHER_TOWN) == ["elsewhere"]
    assert keys(client, area="中心社区") == ["village"]
    assert "village" in keys(client, area=TOWN)
    assert keys(client, status="confirmed") == ["confirmed"]
    assert keys(client, sex="M") == ["man"]
    assert keys(client, age_from="40", age_to="70") == ["woman"]
    assert keys(client, onset_to="2025-02-01") == keys(client, until="2025-02-01") == ["old"]
    assert keys(client, diagnosed_from="2025-01-04", diagnosed_to="2025-01-04") == ["old"]
    assert keys(client, known_to="2025-11-15") == ["early"]
    assert keys(client, severe="1") == ["severe"]
    assert keys(client, died="1") == ["died"]
    assert keys(client, institution="实验小学") == ["pupil"]
    assert keys(client, source="screen") == ["typed"]
    assert keys(client, state="draft") == ["draft"]
    assert keys(client, state="returned") == ["returned"]
    assert "draft" not in keys(client)
    assert len(keys(client, state="every")) == 16
    assert keys(client, sex="M", age_from="31") == []


@pytest.mark.parametrize(
    "query",
    [
        {"onset_from": "gestern"},
        {"known_to": "9999-12-31"},
        {"age_from": "-5"},
        {"sex": "X"},
        {"status": "'; drop table"},
        {"state": "gone"},
        {"source": "\0"},
        {"file": "9" * 40},
        {"after": "x"},
        {"after": "2025-11-21_99999999999999999999"},
        {"before": "_5", "sort": "known"},
        {"sort": "name", "columns": "nothing"},
        {"legal_class": "Z", "area": "%%%"},
        {"disease": "nothing", "area": "火星"},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(client, user, query):
    card("plain")

    response = client.get(reverse("surveillance:cases"), query)

    assert response.status_code == 200


def test_a_filter_that_says_nothing_is_named(client, user):
    card("plain")

    response = client.get(reverse("surveillance:cases"), {"onset_from": "gestern", "sex": "X"})

    assert response.context["unusable"] == ["性别", "发病日期自"]


def test_what_the_list_does_not_know_is_told_and_not_ignored(client, user):
    card("plain")
    asked = {"disease": "smallpox", "colour": "red", "sort": "name", "after": "never"}

    for place in ("cases", "picture"):
        response = client.get(reverse(f"surveillance:{place}"), asked)
        told = "病种, colour, 排序“name”" + ("" if place == "picture" else ", after")
        assert ", ".join(response.context["unusable"]).startswith(told)
        assert "以下条件无法识别" in response.content.decode()
    assert keys(client, **asked) == ["plain"]
    told = client.get(reverse("surveillance:cases"), {"sort": "-known", "names": "1"})
    assert told.context["unusable"] == []


def test_a_column_that_there_is_not_is_told_in_the_readers_language(client, user):
    card("plain")
    url = reverse("surveillance:cases")
    asked = {"columns": ["key", "colour", "<b>", "colour"]}

    chinese = client.get(url, asked)
    client.cookies["language"] = "en"
    english = client.get(url, asked)

    assert chinese.context["unusable"] == ["列“colour”", "列“<b>”"]
    assert "以下条件无法识别，未予采用：列“colour”, 列“&lt;b&gt;”" in chinese.content.decode()
    assert english.context["unusable"] == ["column “colour”", "column “<b>”"]
    assert [head.label for head in chinese.context["heads"]] == ["卡片编号"]
    assert client.get(url, {"columns": ["key", ""]}).context["unusable"] == []


def test_long_names_stay_on_one_line_and_are_told_whole(client, user):
    hospital = OrganisationFactory(name="酉阳土家族苗族自治县疾病预防控制中心")
    card("plain", organisation=hospital)

    shown = client.get(reverse("surveillance:cases")).content.decode()

    assert f'<td class="clip" title="{hospital.name}">' in shown


@pytest.mark.parametrize("sort", ["onset", "-onset", "diagnosed", "-diagnosed", "known", "-known"])
def test_pages_follow_each_other_without_gap_or_repeat_and_lead_back(user, monkeypatch, sort):
    for number in range(23):
        day = TODAY - timedelta(days=number % 4)
        card(
            f"K{number}",
            onset_on=day - timedelta(days=9),
            diagnosed_on=None if number % 5 == 0 else day,
            known_at=NOON - timedelta(hours=number % 3),
        )
    cards = line_list.find(Filters(), user=user, today=TODAY, clear=False).cards
    order = Order.read(sort)

    forth, mark, pages = [], None, []
    while True:
        page = line_list.page(cards, order, after=mark, size=5)
        pages.append(page.keys)
        forth += page.keys
        mark = page.after and Mark.read(str(page.after), order)
        if mark is None:
            break
    back = []
    mark = page.before
    while mark is not None:
        page = line_list.page(cards, order, before=Mark.read(str(mark), order), size=5)
        back.append(page.keys)
        mark = page.before

    whole = line_list.page(cards, order, size=100)
    assert forth == whole.keys
    assert len(set(forth)) == 23
    assert list(reversed(back)) == pages[:-1]
    assert whole.whole
    assert whole.before is whole.after is None


def test_the_heading_turns_the_order(client, user):
    card("new")
    card("old", onset_on=date(2025, 1, 1))

    response = client.get(reverse("surveillance:cases"))
    (onset,) = [head for head in response.context["heads"] if "onset" in head.sort]

    assert (onset.now, onset.sort) == ("descending", "?sort=-onset")
    assert keys(client, sort="-onset") == ["old", "new"]


def test_names_are_starred_until_asked_for_and_the_look_is_on_record(client, user):
    card("named", name="王小明", phone="13800001234")
    address = reverse("surveillance:cases")

    starred = client.get(address).content.decode()
    before = Line.objects.filter(kind="personal_data.seen").count()
    clear = client.get(address + "?names=1").content.decode()

    assert "王**" in starred
    assert "王小明" not in starred
    assert "王小明" in clear
    assert before == 0
    (line,) = Line.objects.filter(kind="personal_data.seen")
    assert line.details["rows"] == 1


def test_who_may_not_see_names_never_does(client):
    reporter()
    inspector = UserFactory(role=Role.INSPECTOR)
    client.force_login(inspector)
    card("named", name="王小明", phone="13800001234", born_on=date(2001, 5, 6), address="幸福路7号")
    query = "?names=1&columns=name&columns=phone&columns=born&columns=address&columns=key"

    page = client.get(reverse("surveillance:cases") + query).content.decode()
    searched = client.post(reverse("surveillance:cases"), {"text": "小明"})

    for told in ("王小明", "13800001234", "2001-05-06", "幸福路"):
        assert told not in page
    assert "138****1234" in page
    assert searched.context["page"].keys == []


def test_a_name_is_found_by_a_part_and_the_search_is_on_record(client, user):
    card("one", name="王小明")
    card("two", name="李明亮")
    card("no name")

    answer = client.post(reverse("surveillance:cases"), {"text": "小明"})
    nobody = client.post(reverse("surveillance:cases"), {"text": "龘"})

    assert len(answer.context["page"].keys) == 1
    assert "王小明" in answer.content.decode()
    assert nobody.context["page"].keys == []
    assert Line.objects.filter(kind="personal_data.seen").count() == 2


def test_counting_who_bears_a_name_is_on_record_too(client, user):
    card("one", name="王小明")

    counted = client.post(reverse("surveillance:cases_count"), {"text": "小明"})

    assert 'data-exact="yes"' in counted.content.decode()
    assert Line.objects.filter(kind="personal_data.seen", by=user).count() == 1


def test_a_card_is_found_by_the_beginning_of_its_number(client, user):
    card("5002-2025-001")
    card("5002-2025-002")
    card("6002-2025-001")

    answer = client.post(reverse("surveillance:cases"), {"text": "5002-2025"})

    assert len(answer.context["page"].keys) == 2
    assert not Line.objects.filter(kind="personal_data.seen").exists()


def test_a_name_in_the_address_is_not_looked_for(client, user):
    card("one", name="王小明")
    card("two", name="李明亮")

    assert len(keys(client, text="王小明")) == 2


def test_who_is_bound_to_an_organisation_finds_its_cards_alone(client):
    reporter()
    hospital = OrganisationFactory()
    client.force_login(UserFactory(role=Role.HOSPITAL_REPORTER, organisation=hospital))
    card("ours", organisation=hospital)
    card("theirs")

    assert keys(client) == ["ours"]


def test_few_cards_are_counted_many_are_guessed_and_then_counted(client, user, monkeypatch):
    for number in range(line_list.ROWS_A_PAGE + 3):
        card(f"K{number}")

    page = client.get(reverse("surveillance:cases")).content.decode()
    counted = client.get(reverse("surveillance:cases_count")).content.decode()

    assert reverse("surveillance:cases_count") in page
    assert "53" in counted
    assert 'data-exact="yes"' in counted
    number, exact = line_list.how_many(CaseReport.objects.all())
    assert (number, exact) == (53, True)


def test_a_count_that_takes_too_long_is_a_guess_that_says_so(client, user, monkeypatch):
    card("one")
    slow = CaseReport.objects.extra(where=["pg_sleep(0.2) is not null"])

    _number, exact = line_list.how_many(slow, within_ms=20)

    assert not exact
    assert CaseReport.objects.count() == 1  # the connection goes on


def test_a_search_is_saved_under_a_name_with_filters_columns_and_order(client, user):
    given = {"name": "重点", "disease": "measles", "sort": "known", "columns": ["key", "age"]}

    answer = client.post(reverse("surveillance:save_search"), given | {"text": "王小明"})
    search = SavedSearch.objects.get()
    query = parse_qs(urlsplit(answer.url).query)

    assert query == {"disease": ["measles"], "sort": ["known"], "columns": ["key", "age"]}
    assert "重点" in client.get(answer.url).content.decode()
    client.post(reverse("surveillance:forget_search", args=[search.pk]))
    assert not SavedSearch.objects.exists()
    kinds = set(Line.objects.values_list("kind", flat=True))
    assert {"search.saved", "search.dropped"} <= kinds


def test_nobody_else_sees_or_drops_a_saved_search(client, user):
    client.post(reverse("surveillance:save_search"), {"name": "手足口重点"}, follow=True)
    search = SavedSearch.objects.get()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    assert "手足口重点" not in client.get(reverse("surveillance:cases")).content.decode()
    answer = client.post(reverse("surveillance:forget_search", args=[search.pk]))
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["", "  ", "长" * 61])
def test_a_search_needs_a_fitting_name(client, user, name):
    client.post(reverse("surveillance:save_search"), {"name": name})

    assert not SavedSearch.objects.exists()
