"""The demo county of every shipped plan: a story that was told, and one that waits."""

import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from pingji.config import beginning, demo
from pingji.evaluate.scorecard.models import LedgerEntry
from pingji.evaluate.scorecard.queries import ledger
from pingji.ground.directory.models import Area, Role, User
from pingji.ground.record.queries import first_break
from pingji.ground.standards.models import Deadline
from pingji.ground.standards.rules.profile import load_profile_file, shipped_profiles
from pingji.monitor.surveillance.models import (
    CaseReport,
    Channel,
    Count,
    Import,
    Message,
    Sentinel,
    Tally,
)
from pingji.monitor.surveillance.queries.sentinels import my_sentinels
from pingji.respond.incidents.models import Incident
from pingji.warn.alerts.models import Alert

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 18, 3, 0, tzinfo=UTC)
PLANS = sorted(name for name in shipped_profiles() if name != "national")


@pytest.fixture(autouse=True)
def short_history(monkeypatch, settings, tmp_path):
    """One year and no more tells the same story, in less time."""
    monkeypatch.setattr(demo, "HISTORY_DAYS", 120)
    settings.MEDIA_ROOT = tmp_path


def made(name: str) -> list[str]:
    """The demo of a plan; the areas in which it holds."""
    areas = load_profile_file(shipped_profiles()[name]).profile.areas
    beginning.load(areas=areas, at=NOW)
    demo.make(areas=list(areas), at=NOW, password="demo-password")
    return list(areas)


def the_demo_of_every_plan_has_something_waiting_and_something_answered(areas: list[str]) -> None:
    for code in areas:
        people = User.objects.filter(demo=True, area_id=code)
        assert people.filter(role=Role.EPIDEMIOLOGIST).exists()
        for county in Area.objects.under(code).of_level("county"):
            alerts = Alert.objects.filter(area__code__startswith=county.code)
            closed = Incident.objects.filter(area__code__startswith=county.code, state="closed")
            assert alerts.filter(state="new").exists(), county
            assert closed.exists(), county
            assert closed.get().orders.exists()
    assert not Import.objects.exclude(state="done").exists()
    assert not Import.objects.filter(refused__gt=0).exists()


def the_demo_tells_the_same_story_each_time_and_nothing_lies_in_the_future(
    areas: list[str],
) -> None:
    assert CaseReport.objects.latest("onset_on").onset_on <= NOW.date()
    assert Count.objects.latest("starts_on").starts_on <= NOW.date()
    assert not Deadline.objects.filter(started_at__gt=NOW).exists()
    assert not Incident.objects.filter(closed_at__gt=NOW).exists()


def nothing_of_the_demos_past_is_left_to_the_worker(areas: list[str]) -> None:
    waiting = ProcrastinateJob.objects.filter(status="todo")

    assert waiting.exists()
    assert {datetime.fromisoformat(job.args["at"]) for job in waiting} == {NOW}


def the_demos_earlier_outbreak_was_answered_to_the_end_in_its_own_time(areas: list[str]) -> None:
    alert = Alert.objects.get(disease_id="norovirus")
    clocks = Deadline.objects.of(alert)

    assert (alert.state, alert.verdict) == ("closed", "true")
    assert alert.owner.role == Role.EPIDEMIOLOGIST  # who was called first that day
    assert alert.decided_at < alert.investigated_at < alert.closed_at < NOW
    assert {clock.key: clock.state for clock in clocks} == dict.fromkeys(
        ("alert.see", "alert.verify", "alert.investigate"), "met"
    ) | {"alert.close": "cancelled"}  # an incident answered it


def the_demo_keeps_some_promises_and_breaks_some(areas: list[str]) -> None:
    states = set(Deadline.objects.values_list("state", flat=True))

    assert {"met", "met_late", "open"} <= states


def the_demos_ledger_is_half_worked_off_and_says_that_it_is_for_show(areas: list[str]) -> None:
    for code in areas:
        duty = User.objects.get(demo=True, area_id=code, role=Role.DUTY_OFFICER)
        lines = ledger(user=duty, at=NOW)
        states = [line.state for line in lines]

        assert set(states) == {"done", "under_way", "not_begun"}
        assert states.count("done") > states.count("under_way") > 0
        for entry in LedgerEntry.objects.filter(area_id=code):
            assert "演示" in entry.progress
            assert entry.updated_at < NOW


def the_demos_record_holds(areas: list[str]) -> None:
    assert first_break()[1] is None


def the_demo_has_report_cards_in_every_state_of_a_county_and_of_a_city(areas: list[str]) -> None:
    cards = CaseReport.objects.filter(filled_by__demo=True, filled_by__role=Role.HOSPITAL_REPORTER)
    states = set(cards.values_list("state", flat=True))

    assert {"draft", "sent", "checked", "reviewed", "returned", "withdrawn"} <= states


def the_demos_reports_were_known_soon_after_the_diagnosis(areas: list[str]) -> None:
    cards = CaseReport.objects.exclude(diagnosed_on=None).exclude(known_at=None)
    late = cards.filter(known_at__gte=NOW - timedelta(days=30))
    days = [
        (timezone.localdate(known) - diagnosed).days
        for known, diagnosed in late.values_list("known_at", "diagnosed_on")
    ]

    assert len(days) > 100
    assert min(days) >= 0
    assert statistics.median(days) <= 1
    assert sorted(days)[len(days) * 9 // 10] <= 3
    assert not Count.objects.filter(known_at__date__lt=F("starts_on") + timedelta(days=7)).exists()


def every_channel_of_the_demo_has_figures(areas: list[str]) -> None:
    (code,) = areas

    eight_weeks = Tally.objects.filter(
        area__code__startswith=code, day__gte=NOW.date() - timedelta(weeks=8), count__gt=0
    )

    assert set(eight_weeks.values_list("channel", flat=True)) == set(Channel.values)


def the_demos_systems_send_and_one_message_waits_for_a_person(areas: list[str]) -> None:
    states = Counter(Message.objects.values_list("state", flat=True))

    assert set(Message.objects.values_list("sender__name", flat=True)) == {
        "HIS",
        "LIS",
        "120调度系统",
    }
    assert states["held"] == 1
    assert states["partly"] == 1
    assert states["taken"] > 30
    assert set(states) == {"held", "partly", "taken"}
    assert CaseReport.objects.filter(state="draft", filled_by=None).count() == 1


def a_school_and_a_health_centre_of_the_demo_have_something_to_report(areas: list[str]) -> None:
    for code in areas:
        nurse = User.objects.get(
            demo=True, area__code__startswith=code, role=Role.SENTINEL_REPORTER
        )
        doctor = User.objects.get(demo=True, area__code__startswith=code, role=Role.TOWNSHIP_DOCTOR)
        seen = Sentinel.objects.visible_to(doctor)

        assert [one.sentinel.type_id for one in my_sentinels(nurse, at=NOW, most=9)] == ["school"]
        assert seen.filter(type="village_clinic").count() > 2


# Making a demo takes long: of each plan one is made, and everything is asked of it.
EVERYWHERE = (
    the_demo_of_every_plan_has_something_waiting_and_something_answered,
    the_demos_ledger_is_half_worked_off_and_says_that_it_is_for_show,
    a_school_and_a_health_centre_of_the_demo_have_something_to_report,
)
OF_A_COUNTY_AND_A_CITY = (
    the_demo_has_report_cards_in_every_state_of_a_county_and_of_a_city,
    the_demos_reports_were_known_soon_after_the_diagnosis,
    every_channel_of_the_demo_has_figures,
    the_demos_systems_send_and_one_message_waits_for_a_person,
)
OF_ONE = (
    the_demo_tells_the_same_story_each_time_and_nothing_lies_in_the_future,
    nothing_of_the_demos_past_is_left_to_the_worker,
    the_demos_earlier_outbreak_was_answered_to_the_end_in_its_own_time,
    the_demo_keeps_some_promises_and_breaks_some,
    the_demos_record_holds,
)


@pytest.mark.parametrize("name", PLANS)
def test_the_demo_of_every_plan(name, subtests):
    areas = made(name)

    asked = list(EVERYWHERE)
    asked += OF_A_COUNTY_AND_A_CITY if name in ("jinchang", "kaijiang") else ()
    asked += OF_ONE if name == "kaijiang" else ()
    for check in asked:
        with subtests.test(check.__name__):
            check(areas)
