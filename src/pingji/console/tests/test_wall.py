"""The wall page: what it tells of the incidents being answered, and as whom a screen reads it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pingji.console import queries
from pingji.console.queries import leader
from pingji.console.tests.factories import in_emergency
from pingji.evaluate.exercises.tests.control_factories import exercise
from pingji.ground import statements
from pingji.ground.directory import actions as directory
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import UserFactory, system_user
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    OTHER_TOWN,
    case_row,
    cases,
    imported,
)
from pingji.respond.incidents import actions
from pingji.respond.incidents.actions import field
from pingji.respond.incidents.models import Callout, Incident
from pingji.respond.incidents.queries.event_figures import case_counts
from pingji.respond.incidents.tests.factories import (
    SOON,
    activated,
    brought_to,
    commander,
    opened,
    orders,
    staffed,
)
from pingji.warn.alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


@pytest.fixture
def screen():
    """A browser on the wall, with a key of its own and nobody signed in."""
    admin = UserFactory(role=Role.ADMINISTRATOR, area_id=COUNTY)
    _screen, code = directory.add_wall_screen(name="大厅", by=admin, at=NOON)
    _screen, key = directory.join_wall_screen(code=code, by=system_user(), at=NOON)
    browser = Client()
    browser.cookies[settings.WALL_COOKIE_NAME] = key
    return browser


def second(by):
    """An incident without a plan, graver than the first."""
    town = Area.objects.get(pk=OTHER_TOWN)
    return opened(by=by, title="钟多食物中毒", area=town, grade="II", grade_reason="死亡病例")


def test_every_incident_is_told_with_its_figures_the_gravest_first():
    by = commander()
    first = activated(by=by)
    brought_to(orders(first)[0], "acknowledged", by)
    brought_to(orders(first)[1], "done", by)
    graver = second(by)

    found = queries.answered(by, at=SOON, most=9)

    assert [one.incident for one in found] == [graver, first]
    n = first.orders.count()
    assert (found[1].total, found[1].done, found[1].unseen, found[1].late) == (n, 1, n - 2, 0)
    assert (found[0].total, found[0].cases) == (0, None)


def test_an_order_is_late_once_whichever_of_its_clocks_are_over(client):
    incident = activated()
    reader = UserFactory(role=Role.LEADER, area_id=COUNTY)

    (one,) = queries.answered(reader, at=SOON.replace(year=SOON.year + 1), most=9)

    assert one.late == incident.orders.count()


def test_wall_and_leader_count_the_same_orders_as_late_and_name_each_once():
    by = commander()
    incident = activated(by=by)
    brought_to(orders(incident)[0], "done", by)
    brought_to(orders(incident)[1], "acknowledged", by)
    reader = UserFactory(role=Role.LEADER, area_id=COUNTY)
    after = SOON.replace(year=SOON.year + 1)

    (told,) = queries.answered(reader, at=after, most=9)
    listed = queries.late_orders(reader, at=after, most=99)
    led = leader.orders(incident, reader, at=after)

    late = incident.orders.count() - 1
    assert (told.late, len(led.late)) == (late, late)
    assert [clock.pk for clock in listed] == [one.clock.pk for one in led.late]
    assert len({clock.subject_id for clock in listed}) == late


def test_of_many_late_orders_the_wall_reads_only_those_that_it_shows():
    activated()
    reader = UserFactory(role=Role.LEADER, area_id=COUNTY)
    after = SOON.replace(year=SOON.year + 1)
    everyone = queries.late_orders(reader, at=after, most=99)
    assert len(everyone) > 3

    with CaptureQueriesContext(connection) as asked:
        shown = queries.late_orders(reader, at=after, most=3)

    assert shown == everyone[:3]
    assert len(asked) == 1
    assert asked[0]["sql"].endswith("LIMIT 3")


def test_the_cases_of_many_incidents_are_one_query_and_those_of_each_page(
    django_assert_max_num_queries, monkeypatch
):
    alert = AlertFactory(state="verified")
    by = commander()
    incidents = [
        opened(by=by, alert=alert, area=alert.area),
        *(
            opened(by=by, title=f"第{n}起", area=alert.area, at=NOON + n * A_DAY)
            for n in range(1, 5)
        ),
        opened(by=by, title="原因不明"),
    ]
    Incident.objects.filter(title__startswith="第").update(disease=alert.disease)
    imported(cases([case_row(), case_row(key="A2")]), at=NOON)
    imported(cases([case_row(key="A3")]), at=SOON)
    at = SOON + A_DAY
    reader = UserFactory(role=Role.LEADER, area_id=COUNTY)
    rows = list(Incident.objects.select_related("alert").filter(pk__in=[i.pk for i in incidents]))
    case_counts(rows, reader, at=at, since=at - A_DAY)  # the catalogue of illnesses is kept

    asked, ask = [], statements.ask  # what is asked so stands in no log of queries
    monkeypatch.setattr(statements, "ask", lambda *given: asked.append(given) or ask(*given))
    with django_assert_max_num_queries(4):  # plans of the areas, the base, its figure, the cases
        found = case_counts(rows, reader, at=at, since=at - A_DAY)

    assert len(asked) == 1  # whether the catalogue has changed
    assert len(found) == 5
    assert found == {
        one.pk: {"cases": counted.total, "new": counted.new}
        for one in rows
        if (counted := leader.cases(one, reader, at=at)) is not None
    }
    assert {"cases": 3, "new": 0} in found.values()


def test_a_screen_with_a_key_shows_two_incidents_and_those_who_are_called_to_them(screen):
    by = commander()
    first = activated(by=by)
    head = UserFactory(role=Role.LEADER, area_id=COUNTY)
    actions.seat_person(
        area=head.area, group="leading_group", person=head, seat="head", by=by, at=NOON
    )
    graver = second(by)
    assert Callout.objects.exists()  # changes of which a reader without an account is told

    page = screen.get(reverse("console:wall"))

    shown = page.content.decode()
    assert page.status_code == 200
    assert first.title in shown
    assert graver.title in shown
    assert page.context["changes"]()


def test_the_map_on_the_wall_has_the_incident_its_risk_areas_and_its_checkpoints(screen):
    by = commander()
    incident = opened(by=by)
    field.set_risk_area(
        incident=incident, area=incident.area, level="high", reason="病例集中", by=by, at=SOON
    )

    drawn = screen.get(reverse("console:wall_map")).json()

    kinds = [layer["key"] for layer in drawn["layers"]]
    assert kinds == ["cases", "risk", "incidents", "alerts", "checkpoints"]
    assert [one["properties"]["code"] for one in drawn["risk"]["features"]] == [incident.area_id]


def test_a_screen_whose_sign_in_has_ended_is_told_so_and_how_it_runs_again(client):
    sent = client.get(reverse("console:wall"))
    told = client.get(sent["Location"]).content.decode()
    elsewhere = client.get(client.get(reverse("console:map"))["Location"]).content.decode()

    assert "此大屏的登录或密钥已失效" in told
    assert reverse("console:join_wall") in told
    assert "此大屏" not in elsewhere


@pytest.mark.parametrize("page", ["console:home", "console:wall"])
def test_a_county_in_emergency_without_an_incident_is_not_called_at_peace(client, page):
    staffed()
    in_emergency(Area.objects.get(pk=COUNTY))
    reader = UserFactory(role=Role.LEADER, area_id=COUNTY)
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")

    shown = client.get(reverse(page)).content.decode()

    assert "目前没有处置中的事件" in shown
    assert "急时" in shown
    assert "平时" not in shown


def test_a_township_in_emergency_is_told_while_its_county_is_in_peace(screen):
    staffed()
    in_emergency(Area.objects.get(pk=OTHER_TOWN))

    page = screen.get(reverse("console:wall")).content.decode()

    assert "平时" in page
    assert "1 处急时" in page


def test_the_moment_of_an_exercise_is_told_without_the_rest_of_the_page(
    settings, screen, django_assert_max_num_queries
):
    settings.EXERCISE = True
    exercise()
    whole = screen.get(reverse("console:wall")).content.decode()
    assert 'hx-trigger="live:exercise from:body throttle:5s"' in whole
    with django_assert_max_num_queries(8):
        mark = screen.get(
            reverse("console:wall"), headers={"HX-Request": "true", "HX-Trigger": "exercise-mark"}
        ).content.decode()
    assert "exercise-mark" in mark
    assert 'hx-trigger="live:exercise from:body throttle:5s"' in mark
    assert "wall-now" not in mark
