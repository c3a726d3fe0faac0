"""What those who direct an exercise bring in, and what else is reported each evening."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from pingji.evaluate.exercises.actions import figures, injects, ordinary, reports
from pingji.evaluate.exercises.actions.staff import _due
from pingji.evaluate.exercises.models import Due, Exercise
from pingji.evaluate.exercises.queries.waiting import Waiting
from pingji.evaluate.exercises.rules.conduct import conduct_of
from pingji.evaluate.exercises.rules.scenario import there_from
from pingji.evaluate.exercises.tests.world_factories import (
    COUNTY,
    STARTS,
    TOWN,
    begun,
    county,
    lived,
    scenario,
)
from pingji.ground import Refused
from pingji.ground.directory.models import Organisation, Role, User
from pingji.ground.directory.tests.factories import system_user
from pingji.ground.notices.models import Delivery, Notice
from pingji.ground.record.actions import unannounced
from pingji.monitor.opinion.models import Post
from pingji.monitor.surveillance import actions as surveillance
from pingji.monitor.surveillance.actions import sentinels
from pingji.monitor.surveillance.models import (
    CaseReport,
    Channel,
    Import,
    SentinelReport,
    SentinelType,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MESSAGE = {
    "day": 1,
    "time": "09:00",
    "kind": "message",
    "to": ["duty_officer", "epidemiologist"],
    "sender": "press_officer",
    "text": "请今天报告",
    "text_en": "Report today",
}
POST = {
    "day": 1,
    "time": "10:00",
    "kind": "post",
    "township": TOWN,
    "text": "龙潭镇小学好多孩子流感请假",
    "times": 3,
}
ABSENT = {"day": 2, "time": "08:00", "kind": "absent", "role": "duty_officer", "hours": 10}
OUTAGE = {"day": 3, "time": "08:00", "kind": "outage", "hours": 4, "townships": [TOWN]}
INFECT = {"day": 2, "time": "06:00", "kind": "infect", "township": TOWN, "people": 2}


def happen(exercise: Exercise, number: int) -> tuple[str, str]:
    due = Due.objects.get(kind="inject", key=str(number))
    with unannounced():
        return injects.happen(exercise, due, due.at)


@pytest.mark.django_db
def test_injects_stand_on_the_agenda_at_their_time(settings):
    begun(settings, injects=[MESSAGE, POST, ABSENT, OUTAGE, INFECT])

    rows = Due.objects.filter(kind="inject").order_by("at")
    assert [row.payload["inject"] for row in rows] == [0, 1, 4, 2, 3]
    assert rows[0].at == STARTS + DAY + 9 * HOUR


@pytest.mark.django_db
def test_a_message_reaches_everybody_of_its_roles_in_both_languages_and_leaves_nowhere(settings):
    exercise = begun(settings, injects=[MESSAGE])

    zh, en = happen(exercise, 0)

    notice = Notice.objects.get(kind="exercise_message")
    told = Delivery.objects.filter(notice=notice).values_list("receiver__username", flat=True)
    assert set(told) == {"cdc", "duty"}
    assert (notice.told_by.username, notice.exercise) == ("press", True)
    with translation.override("zh-hans"):
        assert "请今天报告" in notice.text
    with translation.override("en"):
        assert "Report today" in notice.text
    assert "请今天报告" in zh
    assert "Report today" in en
    assert not Delivery.objects.exclude(means="page").exclude(why_not="exercise").exists()


@pytest.mark.django_db
def test_what_the_public_writes_comes_in_as_posts(settings):
    exercise = begun(settings, injects=[POST])

    _zh, en = happen(exercise, 0)

    assert Post.objects.filter(text__contains="龙潭镇小学").count() == 3
    assert en.startswith("3 posts")


@pytest.mark.django_db
def test_posts_need_somebody_who_hands_them_in(settings):
    exercise = begun(settings, injects=[POST])
    User.objects.filter(role=Role.PRESS_OFFICER).update(is_active=False)

    with pytest.raises(Refused):
        happen(exercise, 0)


@pytest.mark.django_db
def test_absences_outages_and_infections_are_told_in_the_journal(settings):
    exercise = begun(settings, injects=[ABSENT, OUTAGE, INFECT])

    assert happen(exercise, 0)[1].endswith("is away until 11-04 18:00")
    assert happen(exercise, 1)[1] == "No reports from 龙潭镇 until 11-05 12:00"
    assert happen(exercise, 2)[1] == "2 people infected from outside in 龙潭镇"
    everywhere = OUTAGE | {"townships": []}
    Exercise.objects.update(
        scenario=scenario(injects=[everywhere, OUTAGE, INFECT]).model_dump(mode="json")
    )
    assert "Youyang" in happen(Exercise.objects.get(), 0)[1]


@pytest.mark.django_db
def test_who_is_absent_acts_when_they_are_back(settings):
    exercise = begun(settings, injects=[ABSENT])
    at = STARTS + 2 * DAY + 9 * HOUR
    conduct = conduct_of(exercise.scenario)

    def waits(kind: str, role: str) -> Due:
        return _due(exercise, conduct, Waiting(kind, "1", TOWN, role, at, 1, None), at)

    assert waits("incident.open", Role.DUTY_OFFICER).at == STARTS + 2 * DAY + 18 * HOUR
    assert waits("alert.see", Role.EPIDEMIOLOGIST).at < STARTS + 2 * DAY + 18 * HOUR


def test_absences_one_after_the_other_add_up():
    again = ABSENT | {"time": "18:00", "hours": 2}
    plain = {"injects": [again, ABSENT]}

    back = there_from(plain, STARTS, "duty_officer", STARTS + 2 * DAY + 9 * HOUR)

    assert back == STARTS + 2 * DAY + 20 * HOUR
    assert there_from({}, STARTS, "leader", STARTS) == STARTS


# -- each evening ------------------------------------------------------------------------------


def watched(settings) -> Exercise:
    """The county with two sentinels that reported for three weeks before, then the exercise."""
    settings.EXERCISE = True
    county()
    before = STARTS - 21 * DAY
    sentinels.load_sentinel_types(by=system_user(), at=before)
    cdc = User.objects.get(username="cdc")
    for kind, code in (("school", f"{TOWN}-school-2"), ("pharmacy", f"{COUNTY}-health")):
        sentinels.add_sentinel(
            kind=SentinelType.objects.get(pk=kind),
            organisation=Organisation.objects.get(code=code),
            name="" if kind == "school" else "城东大药房",
            opened_on=timezone.localdate(before),
            by=cdc,
            at=before,
        )
    usual = {
        "school": {
            "enrolled": 600,
            "absent": 10,
            "absent_ill": 5,
            "fever_respiratory": 2,
            "diarrhoea": 1,
            "rash_fever": 0,
            "red_eyes": 0,
            "swollen_cheeks": 0,
        },
        "pharmacy": {
            "antipyretics": 30,
            "cough_cold": 40,
            "antidiarrhoeals": 10,
            "antivirals": 5,
            "antibiotics": 20,
        },
    }
    rows = SentinelReport.objects.model._meta.apps.get_model("surveillance", "Sentinel").objects
    for back in range(20, 0, -1):
        at = STARTS - back * DAY + 10 * HOUR
        day = timezone.localdate(at)
        told = [
            sentinels.Figures(one.pk, day, usual[one.type_id])
            for one in rows.all()
            if one.type_id == "pharmacy" or day.weekday() < 5
        ]
        with unannounced():
            sentinels.report_many(reports=told, by=cdc, at=at)
    with unannounced():
        from pingji.evaluate.exercises.actions.beginning import begin

        return begin(scenario=scenario(), by=system_user(), at=STARTS)


def evenings(exercise: Exercise) -> list[tuple[str, str] | None]:
    with unannounced():
        return [
            figures.report(exercise, due, due.at)
            for due in Due.objects.filter(kind="figures").order_by("at")
        ]


def value(kind: str, code: str, day: date) -> int | None:
    report = SentinelReport.objects.filter(sentinel__type=kind, starts_on=day, latest=True).first()
    return int(report.values.get(item__code=code).value) if report else None


@pytest.mark.django_db
def test_the_school_of_the_cluster_reports_more_absent_each_day(settings):
    exercise = watched(settings)
    world = lived(exercise, 4)

    told = evenings(exercise)

    assert all(told)
    monday = timezone.localdate(STARTS)
    absent = [value("school", "fever_respiratory", monday + n * DAY) for n in range(4)]
    seen = [n for n in absent if n is not None]
    assert seen[0] < 10
    assert max(seen) >= 8
    wednesday = monday + 2 * DAY
    added = Due.objects.get(kind="figures", key="2").payload["extra"]
    ill = max(items.get("fever_respiratory", 0) for items in added.values())
    school = [n for n, one in enumerate(world.persons.schools) if one.code == f"{TOWN}-school-2"]
    assert ill == sum(world.absent_pupils(2).get(n, 0) for n in school) > 0
    assert (value("school", "fever_respiratory", wednesday) or ill) >= ill


@pytest.mark.django_db
def test_sentinels_go_on_with_what_is_usual_and_weekends_stay_off(settings):
    exercise = watched(settings)
    lived(exercise, 7)

    evenings(exercise)

    began = timezone.localdate(STARTS)
    sold = [value("pharmacy", "antibiotics", began + n * DAY) for n in range(7)]
    known = [n for n in sold if n is not None]
    assert 5 <= len(known) <= 7
    assert 12 < sum(known) / len(known) < 28
    assert value("school", "absent", began + 5 * DAY) is None  # a Saturday


@pytest.mark.django_db
def test_whom_people_play_reports_by_hand(settings):
    exercise = watched(settings)
    Exercise.objects.update(people_play=["sentinel_reporter"])
    lived(exercise, 1)

    evenings(Exercise.objects.get())

    began = timezone.localdate(STARTS)
    assert value("school", "absent", began) is None


@pytest.mark.django_db
def test_without_sentinels_or_cases_before_the_evening_is_quiet(settings):
    exercise = begun(settings)
    lived(exercise, 2)

    assert not Due.objects.filter(kind__in=["figures", "ordinary"]).exists()


@pytest.mark.django_db
def test_ordinary_cases_go_on_as_before(settings):
    settings.EXERCISE = True
    county()
    cdc = User.objects.get(username="cdc")
    heading = ",".join(ordinary.HEADINGS)
    lines = [heading]
    for number in range(168):  # two a day over the weeks before
        day = timezone.localdate(STARTS) - (1 + number // 2) * DAY
        lines.append(f"A{number},水痘,{TOWN}201,{day},{day},男,6,临床诊断病例")
    at = STARTS - 5 * HOUR
    with unannounced():
        file = surveillance.hand_in(
            name="before.csv", content="\n".join(lines).encode(), by=cdc, at=at
        )
        surveillance.read_file(import_id=file.pk, at=at)
    from pingji.evaluate.exercises.actions.beginning import begin

    exercise = begin(scenario=scenario(), by=system_user(), at=STARTS)
    lived(exercise, 10)
    rows = Due.objects.filter(kind="ordinary").order_by("at")
    with unannounced():
        told = [reports.HANDLERS["ordinary"](exercise, due, due.at) for due in rows]

    made = [list(ordinary._lines(exercise, date.fromisoformat(due.key))) for due in rows]
    assert len(rows) == 10
    assert CaseReport.objects.count() == 168
    assert 8 < sum(len(one) for one in made) < 35
    assert {line[1] for one in made for line in one} == {"水痘"}
    assert sum(one is not None for one in told) == sum(bool(one) for one in made)
    assert isinstance(rows[0].at, datetime)


@pytest.mark.django_db
def test_three_years_lie_before_an_exercise_with_history(settings):
    begun(settings, history=True, people=6000)

    cases = CaseReport.objects.all()
    today = timezone.localdate(STARTS)
    first = cases.earliest("diagnosed_on").diagnosed_on
    assert cases.count() > 60
    assert today - first > timedelta(days=700)
    assert not cases.filter(known_at__gte=STARTS).exists()
    assert cases.filter(known_at__gte=STARTS - 60 * DAY).exists()
    files = Import.objects.filter(state=Import.State.DONE, refused=0, accepted__gt=0)
    assert files.count() == Import.objects.count()
    assert set(files.values_list("channel", flat=True)) == set(Channel.values)
    lived(Exercise.objects.get(), 1)
    assert Due.objects.filter(kind="ordinary").count() == 1
