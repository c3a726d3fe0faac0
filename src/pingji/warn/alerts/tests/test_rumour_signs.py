"""What the public writes raises signs, and together with cases one alert."""

from datetime import date, datetime, timedelta

import pytest

from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import system_user
from pingji.monitor.opinion import actions as opinion
from pingji.monitor.opinion.models import Post, Rumour
from pingji.monitor.opinion.tests.factories import LONGTAN, handed_in, person, post
from pingji.monitor.opinion.tests.places import COUNTY, places
from pingji.monitor.surveillance.actions.intake import receive
from pingji.monitor.surveillance.models import Format
from pingji.monitor.surveillance.rules import plain_json
from pingji.monitor.surveillance.tests.factories import NOON
from pingji.monitor.surveillance.tests.sending import sender
from pingji.warn.alerts import actions, tasks
from pingji.warn.alerts.models import Alert, DetectionRun, Sign

pytestmark = pytest.mark.django_db
SAID = (
    "龙潭好多娃儿发烧咳嗽",
    "龙潭镇幼儿园今天又有八个孩子高烧请假了",
    "在龙潭赶场，满街都是咳嗽的人",
    "龙潭医院输液大厅坐满了，全是发烧的",
    "我们龙潭院子三家人都在发烧，药都买不到",
)


def spoken(texts=SAID, *, at: datetime = NOON) -> Rumour:
    """A spike of posts about fever in Longtan."""
    handed_in([post(text, key=f"s{n}", hours=2 + n) for n, text in enumerate(texts)], at=at)
    return Rumour.objects.latest("pk")


def looked(at: datetime = NOON) -> DetectionRun:
    county = Area.objects.get(pk=COUNTY)
    return actions.run_detection(area=county, as_of=at, by=system_user(), at=at)


def sign() -> Sign:
    return Sign.objects.filter(kind=Sign.Kind.RUMOUR).latest("run__as_of")


def visits(*, days: int, a_day: int, last: int) -> None:
    """visits with fever and a running nose in Longtan: a few a day, and many on the last."""
    import json

    system = sender(name="县医院")
    rows = []
    for back in range(days, 0, -1):
        day = NOON - timedelta(days=back)
        rows += [
            {
                "key": f"v{back}-{n}",
                "kind": "outpatient",
                "visited_at": day.isoformat(),
                "area": LONGTAN,
                "complaint": "发热流涕1天",
            }
            for n in range(last if back == 1 else a_day)
        ]
    body = json.dumps({"key": "V", "visits": rows}).encode()
    receive(
        sender=system,
        format=Format.JSON,
        body=body,
        incoming=plain_json.read("visits", body, zone=NOON.tzinfo),
        kind="visits",
        at=NOON,
    )


def test_a_spike_of_different_texts_is_a_sign_too_weak_for_an_alert_alone():
    spoken()

    looked()

    found = sign()
    assert (found.area_id, found.disease_id, found.observed) == (LONGTAN, "fever_respiratory", 5)
    assert found.method == "opinion_spike"
    assert 0 < found.strength <= 0.6
    assert not Alert.objects.exists()


def test_one_text_passed_on_a_hundred_times_is_no_spike():
    told = "龙潭镇幼儿园今天又有八个孩子高烧请假了"
    handed_in([post(f"转发：{told}", key=f"c{n}", hours=n / 60 + 1) for n in range(100)])

    looked()

    assert Post.objects.filter(repeats__isnull=True).count() == 1
    assert not Sign.objects.filter(kind=Sign.Kind.RUMOUR).exists()


def test_what_is_always_written_is_no_spike():
    places()
    daily = [
        post(f"龙潭今天有人发烧，记录第{day}天的第{n}件：{day * 7919 + n}", hours=24 * day + n)
        for day in range(25)
        for n in (1, 2, 3)
    ]
    handed_in(daily)

    looked()

    assert not Sign.objects.filter(kind=Sign.Kind.RUMOUR).exists()


def test_a_run_as_of_an_earlier_moment_knows_only_the_posts_of_then():
    spoken(at=NOON)
    later = NOON + timedelta(hours=5)
    handed_in([post("龙潭又一家子发烧了", key="late", hours=-3)], name="late.jsonl", at=later)

    looked(NOON)
    looked(later)

    counts = Sign.objects.filter(kind=Sign.Kind.RUMOUR).order_by("run__as_of")
    assert list(counts.values_list("observed", flat=True)) == [5, 6]


def test_a_spike_together_with_a_syndromic_rise_is_one_alert():
    places()
    visits(days=30, a_day=1, last=9)
    spoken()

    looked()

    alert = Alert.objects.get()
    kinds = set(alert.signs.values_list("kind", "channel"))
    assert ("rumour", "department") in kinds
    assert ("series", "syndrome") in kinds
    assert alert.parts["channels"]["points"] > 0


@pytest.mark.parametrize(("verdict", "strength"), [("true", 1.0), ("partly", 0.8)])
def test_a_rumour_found_true_can_be_handed_to_the_alert(verdict, strength):
    found, duty = spoken(SAID[:2]), person("duty")
    opinion.take(rumour=found, by=duty, at=NOON)
    opinion.check(rumour=found, verdict=verdict, findings="属实。", by=duty, at=NOON)
    opinion.hand_over(rumour=found, by=duty, at=NOON)

    tasks.detect_on_rumour.work(at=NOON, area=found.area_id, rumour_id=found.pk)

    alert = Alert.objects.get()
    assert (alert.area_id, alert.disease_id) == (LONGTAN, "fever_respiratory")
    assert sign().strength == strength
    assert sign().settings["rumours"] == [found.pk]


def test_a_rumour_found_false_says_nothing_any_more():
    found, duty = spoken(), person("duty")
    looked()
    assert sign().strength > 0

    opinion.take(rumour=found, by=duty, at=NOON)
    opinion.check(rumour=found, verdict="false", findings="无发热病例。", by=duty, at=NOON)
    visits(days=30, a_day=1, last=9)
    looked(NOON + timedelta(hours=1))

    assert sign().strength == 0
    assert not Sign.objects.filter(kind=Sign.Kind.RUMOUR, alert__isnull=False).exists()


def test_posts_are_judged_as_soon_as_they_come():
    spoken()

    tasks.detect_on_posts.work(at=NOON, area=COUNTY)

    assert sign().ends_on == date(2025, 11, 21)


def test_texts_are_not_called_cases_where_other_signs_stand_beside_them(client):
    found, duty = spoken(SAID[:2]), person("duty")
    opinion.take(rumour=found, by=duty, at=NOON)
    opinion.check(rumour=found, verdict="true", findings="属实。", by=duty, at=NOON)
    looked()
    alert = Alert.objects.get()
    of_posts = Sign.objects.get(alert=alert)
    Sign.objects.create(
        alert=alert,
        run=of_posts.run,
        key="silence|fever_clinic",
        kind=Sign.Kind.SILENCE,
        channel=of_posts.channel,
        area=of_posts.area,
        starts_on=of_posts.starts_on,
        ends_on=of_posts.ends_on,
        days=1,
        observed=0,
        method="silence",
        strength=0,
    )
    client.force_login(duty)

    shown = client.get(alert.get_absolute_url()).content.decode()

    assert "不同文字 2 条，另有其他迹象" in shown


def test_the_page_of_an_alert_from_a_rumour_says_what_it_is(client):
    found, duty = spoken(SAID[:2]), person("duty")
    opinion.take(rumour=found, by=duty, at=NOON)
    opinion.check(rumour=found, verdict="true", findings="属实。", by=duty, at=NOON)
    looked()
    client.force_login(duty)

    shown = client.get(Alert.objects.get().get_absolute_url()).content.decode()

    assert "不同文字 2 条" in shown
    assert "已核实：属实" in shown
    assert "尚无已知病例" in shown
    assert found.get_absolute_url() in shown
