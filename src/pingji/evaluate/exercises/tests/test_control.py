"""Directing an exercise: who may, what is on record, and what is hidden from whom."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from pingji.evaluate.exercises import actions, queries
from pingji.evaluate.exercises.actions.engine import everybody
from pingji.evaluate.exercises.models import DayLived, Due, Exercise
from pingji.evaluate.exercises.queries import control
from pingji.evaluate.exercises.rules import control as rules
from pingji.evaluate.exercises.tests.control_factories import MORNING, exercise, person
from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import AreaFactory
from pingji.ground.record.models import Line

pytestmark = pytest.mark.django_db
State = rules.State


@pytest.fixture(autouse=True)
def for_exercises(settings, tmp_path):
    settings.EXERCISE = True
    settings.EXERCISE_REQUESTS = tmp_path / "requests"


@pytest.fixture
def leader(client):
    who = person()
    client.force_login(who)
    return who


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        (actions.pause, State.RUNNING, State.PAUSED),
        (actions.resume, State.PAUSED, State.RUNNING),
        (actions.finish, State.RUNNING, State.FINISHED),
        (actions.finish, State.PAUSED, State.FINISHED),
    ],
)
def test_time_stands_goes_on_and_ends_and_each_is_on_record(act, before, after):
    one, by = exercise(state=before), person()
    assert act(exercise=one, by=by, at=MORNING).state == after
    assert Line.objects.latest("pk").kind == f"exercise.{after}"


@pytest.mark.parametrize(
    ("act", "before"),
    [
        (actions.pause, State.PAUSED),
        (actions.resume, State.RUNNING),
        (actions.pause, State.FINISHED),
        (actions.resume, State.FINISHED),
    ],
)
def test_only_these_moves_are_allowed(act, before):
    one = exercise(state=before)
    with pytest.raises(Refused):
        act(exercise=one, by=person(), at=MORNING)
    one.refresh_from_db()
    assert one.state == before


def test_speed_is_one_of_those_there_are():
    one, by = exercise(), person()
    assert actions.set_speed(exercise=one, speed=60, by=by, at=MORNING).speed == 60
    with pytest.raises(Refused):
        actions.set_speed(exercise=one, speed=-5, by=by, at=MORNING)


@pytest.mark.parametrize(
    ("step", "minutes"),
    [("event", 7), ("hour", 60), ("day", 24 * 60)],
)
def test_a_step_moves_time_on_and_then_it_stands(step, minutes):
    one, by = exercise(state=State.PAUSED), person()
    before = one.moment
    Due.objects.create(
        kind="report", key="1", area=one.area, at=before + timedelta(minutes=7), payload={}
    )
    one.speed, one.days = 60, 1  # in minutes; the first day was lived through
    one.save()
    one = actions.step(exercise=one, step=step, by=by, at=before)
    assert (one.state, one.stops_at - before) == (State.RUNNING, timedelta(minutes=minutes))
    assert Line.objects.latest("pk").kind == "exercise.stepped"
    assert actions.stop_after_step(exercise=one, by=by, at=before).state == State.RUNNING

    Exercise.objects.update(moment=one.stops_at)
    one = actions.stop_after_step(exercise=one, by=by, at=one.stops_at)
    assert (one.state, one.stops_at) == (State.PAUSED, None)


def test_a_step_goes_no_further_than_the_end_and_always_somewhere():
    one, by = exercise(state=State.PAUSED), person()
    Exercise.objects.update(moment=one.ends_at - timedelta(hours=5))
    assert actions.step(exercise=one, step="day", by=by, at=MORNING).stops_at == one.ends_at
    Due.objects.create(kind="report", key="1", area=one.area, at=MORNING, payload={})
    one = actions.step(exercise=one, step="event", by=by, at=MORNING)
    assert one.stops_at == one.moment + timedelta(minutes=1)  # it is done there


@pytest.mark.parametrize("act", [actions.pause, lambda **to: actions.set_speed(speed=60, **to)])
def test_whoever_lets_time_stand_or_run_meanwhile_ends_the_step(act):
    one, by = exercise(state=State.PAUSED), person()
    actions.step(exercise=one, step="day", by=by, at=MORNING)
    assert act(exercise=one, by=by, at=MORNING).stops_at is None


def test_there_is_no_step_after_the_end_and_none_of_another_kind():
    one, by = exercise(state=State.FINISHED), person()
    with pytest.raises(Refused, match="退回"):
        actions.step(exercise=one, step="day", by=by, at=MORNING)
    Exercise.objects.update(state=State.PAUSED)
    with pytest.raises(Refused, match="步长"):
        actions.step(exercise=one, step="year", by=by, at=MORNING)


def test_people_take_a_role_and_give_it_back():
    one, by = exercise(), person()
    one = actions.take_role(exercise=one, role="epidemiologist", by=by, at=MORNING)
    one = actions.take_role(exercise=one, role="epidemiologist", by=by, at=MORNING)
    assert one.people_play == ["epidemiologist"]
    assert not one.plays("epidemiologist")
    assert Line.objects.filter(kind="exercise.role_taken").count() == 1
    one = actions.give_role(exercise=one, role="epidemiologist", by=by, at=MORNING)
    assert one.plays("epidemiologist")
    with pytest.raises(Refused):
        actions.take_role(exercise=one, role="king", by=by, at=MORNING)


@pytest.mark.parametrize("role", [role for role in Role if role not in ("leader",)])
def test_only_leaders_duty_officers_and_administrators_direct(role, client):
    one, who = exercise(), person(role)
    client.force_login(who)
    if role in ("duty_officer", "administrator"):
        assert actions.pause(exercise=one, by=who, at=MORNING).state == State.PAUSED
        assert client.get(reverse("exercises:control")).status_code == 200
    else:
        with pytest.raises(Refused):
            actions.pause(exercise=one, by=who, at=MORNING)
        assert client.get(reverse("exercises:control")).status_code == 409
        assert client.post(reverse("exercises:pause")).status_code == 409


def test_in_an_installation_for_work_nothing_can_be_directed(settings, client, leader):
    one = exercise()
    settings.EXERCISE = False
    assert queries.present() is None
    with pytest.raises(Refused, match="业务系统"):
        actions.pause(exercise=one, by=leader, at=MORNING)
    page = client.get(reverse("exercises:control")).content.decode()
    assert "没有：本系统是业务系统。" in page
    assert "exercise-mark" not in page
    assert client.get(reverse("exercises:mark")).status_code == 404


def test_every_page_says_that_it_is_an_exercise_and_at_what_moment(client, leader):
    exercise()
    for address in (
        reverse("console:home"),
        reverse("exercises:control"),
        reverse("console:wall"),
        reverse("public:list"),
    ):
        page = client.get(address).content.decode()
        assert "演练" in page, address
        assert "exercise-mark" in page or "exercise-band" in page, address
    client.logout()
    assert "exercise-band" in client.get(reverse("directory:sign_in")).content.decode()


def test_the_mark_says_how_fast_time_goes_so_that_clocks_on_pages_follow(client, leader):
    one = exercise()
    mark = client.get(reverse("exercises:mark")).content.decode()
    assert 'data-pace="3600"' in mark
    assert "1 小时/秒" in mark
    actions.pause(exercise=one, by=leader, at=MORNING)
    mark = client.get(reverse("exercises:mark")).content.decode()
    assert 'data-pace="0"' in mark
    assert "已暂停" in mark


def test_the_page_directs_and_says_refusals(client, leader):
    one = exercise()
    client.post(reverse("exercises:pause"))
    one.refresh_from_db()
    assert one.state == State.PAUSED
    page = client.post(reverse("exercises:pause"), follow=True).content.decode()
    assert "演练已暂停，现在不能这样做。" in page
    client.post(reverse("exercises:speed"), {"speed": "600"})
    one.refresh_from_db()
    assert (one.state, one.speed) == (State.RUNNING, 600)
    client.post(reverse("exercises:speed"), {"speed": "fast"})
    client.post(reverse("exercises:step"), {"step": "hour"})
    one.refresh_from_db()
    assert one.stops_at - one.moment == timedelta(hours=1)
    mark = client.get(reverse("exercises:mark")).content.decode()
    assert "正推进到 11-02 11:00" in mark
    assert 'data-pace="0"' in mark
    client.post(reverse("exercises:step"), {"step": "year"})
    client.post(reverse("exercises:role"), {"role": "laboratory", "player": "people"})
    one.refresh_from_db()
    assert (one.speed, one.people_play) == (600, ["laboratory"])


def test_who_plays_a_role_sees_neither_what_comes_nor_what_nature_did(client, leader):
    one = exercise(scenario={"purpose": "看看", "injects": [{"kind": "post"}]})
    DayLived.objects.create(
        area=one.area, day=0, infected=9, onset=4, care=2, admitted=0, critical=0, died=0,
        recovered=0,
    )  # fmt: skip
    Due.objects.create(kind="inject", key="1", area=one.area, at=MORNING, payload={"inject": 0})
    page = client.get(reverse("exercises:control")).content.decode()
    assert "想定导调事件: 网络信息" in page
    data = client.get(reverse("exercises:curve")).json()
    assert data["series"][0]["values"] == [4]

    actions.take_role(exercise=one, role="leader", by=leader, at=MORNING)
    page = client.get(reverse("exercises:control")).content.decode()
    assert "想定导调事件" not in page
    assert client.get(reverse("exercises:curve")).status_code == 409
    client.force_login(person(Role.ADMINISTRATOR))
    assert client.get(reverse("exercises:curve")).status_code == 200


def test_the_journal_says_what_was_done_and_refused_in_the_readers_language(client, leader):
    one = exercise()
    for state, said in (("done", "甲"), ("refused", "乙"), ("idle", "丙")):
        Due.objects.create(
            kind="alert.verify", key=state, area=one.area, at=MORNING, state=state, outcome=said,
            outcome_en=f"en {said}", payload={"role": "epidemiologist"},
        )  # fmt: skip
    lines = queries.done(leader)
    assert [(line.outcome, line.state_label) for line in lines] == [
        ("乙", "被拒绝"),
        ("甲", "已执行"),
    ]
    assert lines[0].who == "疾控流调人员"
    client.cookies["language"] = "en"
    assert "en 甲" in client.get(reverse("exercises:control")).content.decode()


def test_the_driver_is_asked_for_checkpoints_after_the_commit(
    client, leader, settings, django_capture_on_commit_callbacks
):
    exercise()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("exercises:checkpoint"))
    (asked,) = settings.EXERCISE_REQUESTS.glob("*.json")
    assert json.loads(asked.read_text()) == {"what": "checkpoint"}
    page = client.post(reverse("exercises:rewind"), {"name": "checkpoint_999"}, follow=True)
    assert "没有这个存档点。" in page.content.decode()


def test_the_tour_leads_over_the_pages_that_a_reader_may_see(client, leader):
    exercise()
    page = client.get(reverse("console:home")).content.decode()
    alerts = reverse("exercises:tour", args=["alerts"])
    assert f'"url": "{alerts}"' in page
    assert client.get(alerts).url == reverse("alerts:list")
    assert client.get(reverse("exercises:tour", args=["alert"])).url == reverse("alerts:list")
    assert client.get(reverse("exercises:tour", args=["incident"])).url == reverse("incidents:list")
    assert client.get(reverse("exercises:tour", args=["moon"])).status_code == 404


CHANGES = {
    "pause": {},
    "resume": {},
    "finish": {},
    "speed": {"speed": "60"},
    "role": {"role": "laboratory", "player": "people"},
    "checkpoint": {},
    "rewind": {"name": "checkpoint_001"},
}


@pytest.mark.parametrize("role", [*Role, "next door", "nobody"])
@pytest.mark.parametrize("name", CHANGES)
def test_only_those_who_direct_in_the_county_change_anything(name, role, client, settings):
    one = exercise()
    directs = role in ("leader", "duty_officer", "administrator")
    if role == "next door":
        client.force_login(person(area=AreaFactory(code="511723", name="开江县")))
    elif role != "nobody":
        client.force_login(person(role))
    before = Line.objects.count()

    assert client.get(reverse(f"exercises:{name}")).status_code in (302, 405)
    answer = client.post(reverse(f"exercises:{name}"), CHANGES[name])

    one.refresh_from_db()
    if directs:
        assert answer.url == reverse("exercises:control")
    else:
        assert answer.status_code in (404, 409) or "sign-in" in answer.url
        assert (one.state, one.speed, one.people_play) == ("running", 3600, [])
        assert Line.objects.count() == before
        assert not settings.EXERCISE_REQUESTS.exists()


def test_every_deed_of_the_agenda_has_words():
    assert set(everybody()) - set(control.KINDS) == set()


@pytest.mark.parametrize(("days", "said"), [(0, 1), (13.9, 14), (14, 14)])
def test_the_end_of_an_exercise_belongs_to_its_last_day(days, said):
    starts = MORNING.replace(hour=16)  # midnight in the county
    given = {"starts_at": starts, "ends_at": starts + timedelta(days=14)}
    one = exercise(**given, moment=starts + timedelta(days=days))

    assert (queries.day_of(one), queries.days_in_all(one)) == (said, 14)
