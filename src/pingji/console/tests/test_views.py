"""The cross-stage screens as each role meets them."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pingji.console.context import Frame
from pingji.console.context.rail import GROUND, HOME, LOOP
from pingji.console.tests.factories import (
    case,
    in_emergency,
    late_clock,
    open_incident,
    township,
    waiting_alert,
)
from pingji.ground.directory.models import Permission, Role
from pingji.ground.directory.tests.factories import FOREIGN_COUNTY, AreaFactory, UserFactory
from pingji.ground.standards.tests.factories import plan

pytestmark = pytest.mark.django_db
PAGES = ["console:home", "console:tasks", "console:map", "console:wall", "console:search"]


@pytest.fixture
def signed_in(client):
    """Sign a user in without the form."""

    def enter(**given):
        user = UserFactory(**given)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return user

    return enter


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_role_has_a_home_page_in_both_languages(client, signed_in, role, language):
    signed_in(role=role)
    late_clock()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    answer = client.get("/")

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize("name", [*PAGES, "console:map_data"])
def test_who_is_not_signed_in_is_asked_to(client, name):
    answer = client.get(reverse(name))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse(settings.LOGIN_URL))


def test_the_command_page_says_what_is_late_and_who_owns_it(client, signed_in):
    owner = UserFactory(role=Role.EPIDEMIOLOGIST, display_name="田疾控")
    late_clock(owner=owner)
    signed_in(role=Role.LEADER)

    page = client.get("/").content.decode()

    assert "龙潭镇" in page
    assert "田疾控" in page


def test_nothing_of_a_foreign_county_is_on_any_page(client, signed_in):
    late_clock(township("511723101", "普安镇"))
    open_incident(AreaFactory(code=FOREIGN_COUNTY))
    signed_in(role=Role.EPIDEMIOLOGIST)

    for name in PAGES:
        page = client.get(reverse(name), {"q": "普安"} if name == "console:search" else {}).content
        assert "普安镇" not in page.decode(), name
        assert "聚集性疫情" not in page.decode(), name


def test_the_tasks_page_lists_what_waits(client, signed_in):
    alert = waiting_alert()
    signed_in(role=Role.EPIDEMIOLOGIST)

    page = client.get(reverse("console:tasks")).content.decode()

    assert f'href="/alerts/{alert.pk}/"' in page
    assert "data-due=" in page


def test_the_frame_shows_the_emergency_and_the_number_of_tasks(client, signed_in):
    late_clock()
    reader = signed_in(role=Role.EPIDEMIOLOGIST)
    in_emergency(reader.area)

    page = client.get("/").content.decode()

    assert "is-emergency" in page
    assert 'class="count-mark count-mark--red">1<' in page


def test_the_map_page_lists_the_same_figures_as_the_map(client, signed_in):
    town = township()
    case(town, onset=timezone.localdate() - timedelta(days=20))
    signed_in(role=Role.EPIDEMIOLOGIST)

    page = client.get(reverse("console:map"), {"days": "28"}).content.decode()
    drawn = client.get(reverse("console:map_data"), {"days": "28"}).json()

    assert '<td class="number">1</td>' in page
    assert [f["properties"]["value"] for f in drawn["cells"]["features"]] == [1]
    assert "days=28" in page


@pytest.mark.parametrize("days", ["0", "abc", "999999", "-7"])
def test_the_map_falls_back_to_a_week_for_a_period_it_does_not_offer(client, signed_in, days):
    signed_in(role=Role.EPIDEMIOLOGIST)

    answer = client.get(reverse("console:map"), {"days": days, "disease": "' or 1=1"})

    assert answer.status_code == 200
    assert answer.context["asked"].days == 7
    assert answer.context["asked"].disease == ""


@pytest.mark.parametrize("name", ["console:map", "console:map_data", "console:wall"])
@pytest.mark.parametrize("role", Role)
def test_the_map_is_for_those_who_see_alerts(client, signed_in, name, role):
    user = signed_in(role=role)

    status = client.get(reverse(name)).status_code

    assert status == (200 if user.holds(Permission.ALERT_VIEW) else 409)


def test_the_wall_is_dark_and_brings_itself_up_to_date(client, signed_in):
    waiting_alert()
    signed_in(role=Role.LEADER)

    page = client.get(reverse("console:wall")).content.decode()

    assert 'data-theme="dark"' in page
    assert "live:alerts from:body" in page
    assert "手足口病" in page


def test_the_search_box_gets_only_the_answers_and_the_page_the_whole_frame(client, signed_in):
    waiting_alert()
    signed_in(role=Role.EPIDEMIOLOGIST)
    address = reverse("console:search") + "?q=龙潭"

    whole = client.get(address).content.decode()
    panel = client.get(address, headers={"HX-Request": "true"}).content.decode()

    assert "<html" in whole
    assert "<html" not in panel
    assert "/areas/500242101/" in whole
    assert "/areas/500242101/" in panel


def test_the_search_box_sends_what_is_typed_in_the_body(client, signed_in):
    waiting_alert()
    signed_in(role=Role.EPIDEMIOLOGIST)

    page = client.post(reverse("console:search"), {"q": "龙潭"}).content.decode()

    assert "/areas/500242101/" in page
    assert "要查找什么" in client.get(reverse("console:search")).content.decode()
    assert f'method="post" action="{reverse("console:search")}"' in page


def test_the_box_leads_to_the_register_only_who_may_read_it(client, signed_in):
    register = f'method="post" action="{reverse("directory:residents")}"'
    asked = {"q": "张"}

    signed_in(role=Role.EPIDEMIOLOGIST)
    assert register in client.post(reverse("console:search"), asked).content.decode()
    assert register not in client.post(reverse("console:search"), {"q": " "}).content.decode()
    signed_in(role=Role.STORE_KEEPER)
    assert register not in client.post(reverse("console:search"), asked).content.decode()


@pytest.mark.parametrize("role", Role)
def test_the_rail_leads_only_to_pages_that_open(client, signed_in, role):
    plan()
    user = signed_in(role=role)
    client.get("/")
    request = client.get("/").wsgi_request
    frame = Frame(request)

    screens = [screen for stage in [*frame.loop, *frame.ground] for screen in stage["screens"]]

    assert screens
    for screen in screens:
        answer = client.get(screen["url"], follow=True)
        assert answer.status_code == 200, (user.role, screen["url"])


def test_every_permission_that_opens_a_screen_is_asked_for_on_the_rail():
    stages = [HOME, *LOOP, *GROUND]

    assert [stage.key for stage in LOOP] == ["monitor", "warn", "respond", "evaluate"]
    assert len({screen.url for stage in stages for screen in stage.screens}) == sum(
        len(stage.screens) for stage in stages
    )


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("/", "home"),
        ("/alerts/", "warn"),
        ("/surveillance/cases/", "monitor"),
        ("/standards/youyang/", "ground"),
        ("/map/", "map"),
    ],
)
def test_the_rail_marks_the_stage_the_reader_is_in(rf, path, stage):
    request = rf.get(path)
    request.user = UserFactory(role=Role.EPIDEMIOLOGIST)
    frame = Frame(request)

    marked = [one["key"] for one in [*frame.loop, *frame.ground] if one["current"]]

    assert marked == [stage]


def test_a_language_is_remembered_here_and_for_the_user(client, signed_in):
    user = signed_in(role=Role.LEADER)

    answer = client.post(reverse("console:language"), {"language": "en", "next": "/map/"})

    user.refresh_from_db()
    assert (answer.status_code, answer.url) == (302, "/map/")
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert user.language == "en"
    assert 'lang="en"' in client.get("/map/").content.decode()


def test_a_language_can_be_chosen_before_signing_in(client):
    client.post(reverse("console:language"), {"language": "en", "next": "/sign-in/"})

    assert 'lang="en"' in client.get(reverse("directory:sign_in")).content.decode()


@pytest.mark.parametrize(
    "there", ["https://elsewhere.example/", "//elsewhere.example", "", "javascript:1"]
)
def test_a_choice_never_leads_elsewhere(client, there):
    answer = client.post(reverse("console:language"), {"language": "klingon", "next": there})

    assert answer.url == "/"
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


def test_the_browsers_own_language_is_never_followed(client, signed_in):
    signed_in(role=Role.LEADER)

    page = client.get("/", headers={"Accept-Language": "en-GB,en"}).content.decode()

    assert 'lang="zh-hans"' in page


def test_dark_pages_are_remembered_and_nonsense_is_not(client, signed_in):
    signed_in(role=Role.LEADER)
    assert 'data-theme="light"' in client.get("/").content.decode()

    client.post(reverse("console:theme"), {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/").content.decode()

    client.post(reverse("console:theme"), {"theme": "pink"})
    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_tables_stay_as_dense_as_chosen(client, signed_in):
    signed_in(role=Role.LEADER)
    assert 'data-density="roomy"' in client.get("/").content.decode()

    client.post(reverse("console:density"), {"density": "dense"})
    assert 'data-density="dense"' in client.get("/").content.decode()

    client.post(reverse("console:density"), {"density": "cramped"})
    assert 'data-density="dense"' in client.get("/").content.decode()


@pytest.mark.parametrize("name", ["console:density", "console:language", "console:theme"])
def test_a_choice_is_made_by_post_alone(client, name):
    assert client.get(reverse(name)).status_code == 405


def test_a_page_that_is_not_there_says_so_in_the_readers_language(client):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_a_fault_is_shown_without_the_database(client, signed_in, monkeypatch):
    signed_in(role=Role.LEADER)
    client.raise_request_exception = False
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    def broken(*_given, **_named):
        raise RuntimeError

    monkeypatch.setattr("pingji.console.queries.news", broken)
    answer = client.get("/")

    assert answer.status_code == 500
    assert "The program made a mistake" in answer.content.decode()


def test_while_the_database_is_away_the_page_says_so_and_asks_again(client, monkeypatch):
    def away(*_given, **_named):
        raise OperationalError

    monkeypatch.setattr("pingji.console.views.choices.directory.choose_language", away)
    monkeypatch.setattr("pingji.console.views.choices._remember", away)
    answer = client.post(reverse("console:language"), {"language": "en"})

    assert answer.status_code == 503
    assert "console/again.js" in answer.content.decode()


def test_a_form_from_elsewhere_is_refused_with_what_to_do():
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    answer = strict.post(reverse("console:language"), {"language": "en"})

    assert answer.status_code == 403
    assert "open too long" in answer.content.decode()


def test_the_page_carries_nothing_inline_that_the_policy_forbids(client, signed_in):
    late_clock()
    signed_in(role=Role.LEADER)

    for name in PAGES:
        page = client.get(reverse(name)).content.decode()
        assert " style=" not in page, name
        assert " onclick=" not in page, name
        assert page.count("<script") == page.count("<script src=") + page.count(
            '<script type="module" src='
        ) + page.count('type="application/json"'), name


def test_the_words_of_the_scripts_are_in_the_page(client, signed_in):
    signed_in(role=Role.LEADER)

    page = client.get("/").content.decode()
    words = json.loads(page.split('id="words" type="application/json">')[1].split("</script>")[0])

    assert words["cases"] == "病例"


def test_the_tour_begins_at_a_list_that_is_not_empty(client, signed_in, settings):
    settings.EXERCISE = True
    signed_in(role=Role.EPIDEMIOLOGIST)
    begins = reverse("exercises:tour", args=["alerts"])
    alert = waiting_alert()
    assert client.get(begins).url == reverse("alerts:list")
    alert.state = alert.State.DISMISSED
    alert.decided_at = timezone.now()
    alert.decided_by, alert.reason = UserFactory(), "学校春游请假"
    alert.save()
    answer = client.get(begins, follow=True)
    assert answer.redirect_chain[0][0] == reverse("alerts:list") + "?state=dismissed"
    assert alert.get_absolute_url() in answer.content.decode()


@pytest.mark.parametrize(("role", "directs"), [(Role.LEADER, True), (Role.EPIDEMIOLOGIST, False)])
def test_who_is_new_to_an_exercise_is_shown_where_to_look(
    client, signed_in, settings, role, directs
):
    signed_in(role=role)
    assert 'id="welcome"' not in client.get("/").content.decode()
    settings.EXERCISE = True
    page = client.get("/").content.decode()
    assert 'id="welcome"' in page
    assert ("暂停、调速、接手角色" in page) is directs


def test_the_sign_in_of_an_exercise_says_as_whom(client, settings):
    sign_in = reverse("directory:sign_in")
    assert "初次使用" not in client.get(sign_in).content.decode()
    settings.EXERCISE = True
    assert "可用 duty（值班员）" in client.get(sign_in).content.decode()
