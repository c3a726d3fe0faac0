"""Runs as of a past day: the same again, and no alert of the past raised anew."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.ground import Refused
from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.tests.factories import NOON, TOWN
from pingji.warn.alerts import actions, queries, tasks
from pingji.warn.alerts.actions import detection
from pingji.warn.alerts.models import Alert, DetectionRun, Sign
from pingji.warn.alerts.tests.factories import RunFactory, detected, outbreak

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOON + 3 * DAY


@pytest.fixture
def officer():
    return UserFactory(role=Role.EPIDEMIOLOGIST)


def again(run: DetectionRun, officer) -> dict:
    run = actions.look_back(area=run.area, as_of=run.as_of, by=officer, at=LATER)
    return run.repeats[-1]


def test_a_run_made_again_gives_the_same_though_more_is_known_now(officer):
    outbreak()
    run = detected()
    assert run.signs.exists()
    tallies.add([("influenza_like_illness", "syndrome", TOWN, NOON.date(), 90)], at=LATER - DAY)

    result = again(run, officer)

    assert result["same"] is True
    assert result["signs"] == run.signs.count()
    assert (result["gone"], result["new"], result["other"]) == ([], [], [])
    assert Line.objects.get(kind="detection.repeated").by == officer


def test_a_run_made_again_raises_and_changes_no_alert(officer):
    outbreak()
    run = detected()
    actions.decide(alert=Alert.objects.get(), to="dismissed", by=officer, at=NOON, reason="散发。")
    before = Alert.objects.values().get()

    again(run, officer)

    assert Alert.objects.values().get() == before


def test_what_was_found_otherwise_is_named(officer):
    outbreak()
    run = detected()
    first = run.signs.first()
    Sign.objects.filter(pk=first.pk).update(observed=first.observed + 1)

    assert again(run, officer)["other"] == [first.key]

    Sign.objects.filter(pk=first.pk).update(key="cluster|somewhere")
    result = again(run, officer)
    assert (result["same"], result["gone"], result["new"]) == (
        False,
        ["cluster|somewhere"],
        [first.key],
    )


def test_looking_back_finds_what_would_have_been_found_and_raises_nothing(officer):
    outbreak()

    run = actions.look_back(area=RunFactory().area, as_of=NOON, by=officer, at=LATER)

    assert (run.state, run.raises, run.raised) == ("done", False, 0)
    assert run.signs.exists()
    assert not Alert.objects.exists()


def test_signs_of_a_look_back_never_join_a_later_alert_and_do_not_stand_among_the_waiting(officer):
    outbreak()
    back = actions.look_back(area=RunFactory().area, as_of=NOON, by=officer, at=LATER)

    detected(at=NOON + timedelta(hours=1))

    assert Alert.objects.exists()
    assert not back.signs.filter(alert__isnull=False).exists()


def test_where_no_plan_holds_the_run_says_so(officer):
    run = actions.look_back(area=RunFactory().area, as_of=NOON, by=officer, at=LATER)

    assert run.state == "failed"
    assert "方案" in run.problem


def test_a_run_that_broke_off_goes_on_where_it_stopped(officer, monkeypatch):
    outbreak()
    asked = []
    whole = dict(detection.queries.SOURCES)

    def watched(name):
        def source(look):
            asked.append(name)
            if name == "scan" and asked.count("scan") == 1:
                raise MemoryError
            return whole[name](look)

        return source

    monkeypatch.setattr(detection.queries, "SOURCES", {name: watched(name) for name in whole})
    with pytest.raises(MemoryError):
        detected()
    broken = DetectionRun.objects.get(as_of=NOON)
    assert broken.state == "failed"
    kept = set(broken.signs.values_list("pk", flat=True))

    run = detected()

    assert run.state == "done"
    assert [asked.count(name) for name in whole] == [2 if n == "scan" else 1 for n in whole]
    assert kept <= set(run.signs.values_list("pk", flat=True))
    assert Alert.objects.count() == 1


def correct() -> None:
    """A corrected file says that three of the week that stood out were none."""
    outbreak(37, at=NOON + timedelta(hours=1))


def set_otherwise() -> None:
    """The catalogue asks for another cut point."""
    alert = Alert.objects.get()
    actions.apply_setting(
        disease=alert.disease,
        channel=alert.channel,
        method="moving_percentile",
        options={"percentile": 60},
        by=UserFactory(role=Role.EPIDEMIOLOGIST),
        at=NOON + timedelta(hours=1),
        reason="更敏感",
    )


@pytest.mark.parametrize("change", [correct, set_otherwise])
def test_a_corrected_figure_or_a_changed_catalogue_opens_no_answered_alert_again(officer, change):
    outbreak()
    detected()
    alert = Alert.objects.get()
    actions.decide(alert=alert, to="dismissed", by=officer, at=NOON, reason="散发。")
    before = list(Alert.objects.values())

    change()
    detected(at=NOON + timedelta(hours=2))

    assert list(Alert.objects.values()) == before
    assert Line.objects.filter(kind="alert.raised").count() == 1


# On screen.


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return officer


def test_a_past_day_is_looked_at_from_the_page_by_the_worker(client, signed_in):
    outbreak()
    day = timezone.localdate() - 400 * DAY

    answer = client.post(reverse("alerts:look_back"), {"day": day.isoformat()})

    job = ProcrastinateJob.objects.get(task_name__endswith="look_back_when_asked")
    tasks.look_back_when_asked(**(job.args | {"at": LATER, "known_at": NOON}))
    run = DetectionRun.objects.get(as_of=NOON)
    assert answer.url == reverse("alerts:runs")
    assert job.args["known_at"].startswith(day.isoformat())
    assert run.raises is False
    shown = client.get(reverse("alerts:runs")).text
    assert reverse("alerts:run", args=[run.pk]) in shown
    assert "回溯" in shown


@pytest.mark.parametrize("day", ["2999-01-01", "", "yesterday"])
def test_a_day_that_is_not_over_is_refused_at_its_field(client, signed_in, day):
    outbreak()

    assert client.post(reverse("alerts:look_back"), {"day": day}).status_code == 409
    assert not ProcrastinateJob.objects.filter(task_name__contains="look_back").exists()


def test_the_page_of_a_run_says_what_each_source_did_and_how_the_repeat_went(client, signed_in):
    outbreak(5, quiet=[4, 5])  # too short a history to be judged
    run = detected()

    answer = client.post(reverse("alerts:repeat_run", args=[run.pk]))
    again(run, signed_in)
    shown = client.get(reverse("alerts:run", args=[run.pk])).text

    assert answer.url == reverse("alerts:run", args=[run.pk])
    assert ProcrastinateJob.objects.filter(task_name__endswith="look_back_when_asked").exists()
    assert "结果一致" in shown
    assert "时空扫描" in shown
    for why, _points in queries.reasons_in_words(run.not_judged):
        assert why in shown
    assert run.not_judged


def test_who_does_not_decide_repeats_nothing(client):
    outbreak()
    run = detected()
    client.force_login(UserFactory(role=Role.INSPECTOR))

    assert client.get(reverse("alerts:run", args=[run.pk])).status_code == 200
    assert client.post(reverse("alerts:repeat_run", args=[run.pk])).status_code == 409
    assert client.post(reverse("alerts:look_back"), {"day": "2025-01-01"}).status_code == 409


def test_a_past_day_is_judged_as_it_ended_and_the_next_is_no_part_of_it(client, officer):
    outbreak()
    client.force_login(officer)
    day = timezone.localdate() - 3 * DAY
    client.post(reverse("alerts:look_back"), {"day": day.isoformat()})

    (job,) = ProcrastinateJob.objects.filter(task_name__endswith="look_back_when_asked")
    known_at = timezone.localtime(datetime.fromisoformat(job.args["known_at"]))

    assert (known_at.date(), f"{known_at:%H:%M}") == (day, "23:59")
    assert str(RunFactory(as_of=known_at)).endswith(f"{day} 23:59"), "by the county's clock"


def test_a_run_is_called_one_of_arriving_cards_only_once_it_is_done(client, officer):
    run = RunFactory(state="running", steps={"single_case": {"signs": 0, "reasons": {}}})
    client.force_login(officer)
    assert "随到随判" not in client.get(reverse("alerts:runs")).content.decode()

    DetectionRun.objects.filter(pk=run.pk).update(state="done")
    assert "随到随判" in client.get(reverse("alerts:runs")).content.decode()


def test_a_run_that_is_not_done_is_not_repeated(officer):
    run = RunFactory(state="failed", as_of=NOON - 9 * DAY)

    with pytest.raises(Refused):
        actions.ask_to_repeat(run=run, by=officer, at=LATER)
