"""Which signs become one alert, how they weigh, and what repeats do."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.utils import timezone

from pingji.ground.directory.models import Area
from pingji.ground.directory.tests.factories import AreaFactory, system_user
from pingji.ground.standards.actions import sweep_deadlines
from pingji.ground.standards.models import Deadline, StandardRow
from pingji.ground.standards.queries import find_rule
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
)
from pingji.warn.alerts import queries
from pingji.warn.alerts.actions.fusing import fuse
from pingji.warn.alerts.models import Alert, DetectionRun, Sign
from pingji.warn.alerts.tests.factories import AlertFactory, RunFactory, outbreak

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = timezone.localdate(NOON)
FAR_TOWN = f"{COUNTY}109"
numbers = count()


@pytest.fixture(autouse=True)
def _county():
    outbreak(5, quiet=[4, 5])
    for code, longitude in ((TOWN, 108.70), (OTHER_TOWN, 108.76), (FAR_TOWN, 109.4)):
        AreaFactory(code=code)
        Area.objects.filter(pk=code).update(longitude=longitude, latitude=28.8)
    AreaFactory(code=VILLAGE)


def run_at(at=NOON) -> DetectionRun:
    return RunFactory(as_of=at, started_at=at)


def sign(run: DetectionRun, **given: object) -> Sign:
    values = {
        "key": f"sign {next(numbers):06}",
        "kind": "series",
        "area_id": TOWN,
        "disease_id": "influenza",
        "channel": "case",
        "period": "day",
        "starts_on": TODAY,
        "ends_on": TODAY,
        "days": 1,
        "observed": 9,
        "method": "ears_c1",
        "strength": 1.0,
        "settings": {"alarmed": ["ears_c1", "ears_c2"], "growth": 1.0},
    } | given
    return Sign.objects.create(run=run, **values)


def fused(run: DetectionRun, at=NOON) -> list[Alert]:
    settings = queries.settings_for(COUNTY, on=timezone.localdate(at))
    fuse(run=run, settings=settings, by=system_user(), at=at)
    return list(Alert.objects.order_by("pk"))


def set_figure(key: str, value: str) -> None:
    standard = find_rule(COUNTY, key, TODAY)
    StandardRow.objects.filter(pk=standard.pk).update(value=Decimal(value))


@pytest.mark.parametrize(
    "other",
    [
        {"area_id": VILLAGE, "kind": "cluster", "layer": "cluster"},
        {"area_id": COUNTY},
        {"area_id": OTHER_TOWN},
        {"disease_id": "influenza_like_illness", "channel": "syndrome"},
        {"starts_on": TODAY - 10 * DAY, "ends_on": TODAY - 10 * DAY},
        {"disease_id": None, "kind": "silence", "strength": 0.0, "channel": "syndrome"},
    ],
    ids=["village", "county", "neighbour", "syndrome", "ten days before", "silence"],
)
def test_what_points_to_one_place_illness_and_period_is_one_alert(other):
    run = run_at()
    signs = [sign(run), sign(run, **other)]

    (alert,) = fused(run)

    assert set(alert.signs.all()) == set(signs)
    assert (alert.area_id, alert.disease_id) == (TOWN, "influenza")


def test_a_silent_sentinel_is_no_channel_that_agrees():
    run = run_at()
    alone = queries.weigh([sign(run)], queries.settings_for(COUNTY, on=TODAY))
    silent = sign(run, disease_id=None, kind="silence", strength=0.0, channel="department")

    with_it = queries.weigh([sign(run), silent], queries.settings_for(COUNTY, on=TODAY))

    assert with_it == alone
    assert with_it.parts["channels"]["points"] == 0


@pytest.mark.parametrize(
    "other",
    [
        {"disease_id": "influenza_like_illness", "channel": "syndrome"},
        {"disease_id": "influenza", "channel": "pathogen"},
    ],
    ids=["visits", "positive specimens"],
)
def test_what_joins_an_alert_leaves_it_the_cases_of_its_own_disease(other):
    first = run_at(NOON - DAY)
    own = {"key": "own", "observed": 3, "expected": 0.2, "ends_on": TODAY - DAY}
    sign(first, starts_on=TODAY - DAY, **own)
    (alert,) = fused(first, NOON - DAY)

    run = run_at()
    joined = sign(run, key="other", observed=40, expected=2.0, **other)

    assert fused(run) == [alert]
    alert.refresh_from_db()
    assert joined in alert.signs.all()
    assert (alert.disease_id, alert.observed, alert.expected) == ("influenza", 3, 0.2)
    assert alert.ends_on == TODAY


def test_a_part_and_its_whole_that_rise_together_are_one_alert():
    first = run_at(NOON - DAY)
    yesterday = {"starts_on": TODAY - DAY, "ends_on": TODAY - DAY}
    part = sign(first, disease_id="hepatitis_a", key="part", **yesterday)
    whole = sign(first, disease_id="viral_hepatitis", key="whole", **yesterday)
    (alert,) = fused(first, NOON - DAY)
    assert set(alert.signs.all()) == {part, whole}

    run = run_at()
    later = sign(run, disease_id="viral_hepatitis", key="whole", strength=0.9)

    assert fused(run) == [alert]
    assert later in alert.signs.all()


@pytest.mark.parametrize(
    "other",
    [
        {"area_id": FAR_TOWN},
        {"disease_id": "mumps"},
        {"disease_id": "diarrhoea_syndrome", "channel": "syndrome"},
        {"starts_on": TODAY - 40 * DAY, "ends_on": TODAY - 40 * DAY},
    ],
    ids=["far town", "another disease", "another syndrome", "long ago"],
)
def test_what_does_not_belong_together_is_two_alerts(other):
    run = run_at()
    sign(run)
    sign(run, **{"period": "week"} | other)

    assert len(fused(run)) == 2


def test_two_diseases_of_one_syndrome_stay_two():
    run = run_at()
    sign(run, disease_id="influenza_like_illness", channel="syndrome")
    sign(run)
    sign(run, disease_id="covid_19")

    alerts = fused(run)

    assert {alert.disease_id for alert in alerts} == {"influenza", "covid_19"}
    assert sum(alert.signs.count() for alert in alerts) == 3


def test_weak_signs_raise_nothing_and_wait():
    run = run_at()
    weak = sign(run, strength=0.3)

    assert fused(run) == []
    weak.refresh_from_db()
    assert weak.alert is None


def test_weak_signs_count_when_more_comes():
    weak = sign(run_at(NOON - 2 * DAY), strength=0.5, ends_on=TODAY - 2 * DAY,
                starts_on=TODAY - 2 * DAY, observed=0)  # fmt: skip
    run = run_at()
    more = sign(
        run,
        kind="cluster",
        method="threshold",
        layer="cluster",
        area_id=VILLAGE,
        strength=0.5,
        vulnerable=True,
    )

    (alert,) = fused(run)

    assert set(alert.signs.all()) == {weak, more}


@pytest.mark.parametrize(("days", "alerts"), [(14, 1), (15, 2)])
def test_a_sign_extends_an_unanswered_alert_only_within_the_window(days, alerts):
    sign(run_at(NOON - days * DAY), starts_on=TODAY - days * DAY, ends_on=TODAY - days * DAY)
    (first,) = fused(DetectionRun.objects.get(), NOON - days * DAY)

    run = run_at()
    sign(run)

    assert len(fused(run)) == alerts
    first.refresh_from_db()
    assert first.state == "new"
    assert (first.ends_on == TODAY) is (alerts == 1)
    last = Alert.objects.latest("pk")
    assert Deadline.objects.of(last).open().get(key="alert.see").started_at == last.raised_at


def test_an_unanswered_alert_that_goes_on_stays_one_however_long():
    for back in range(60, -1, -10):
        run = run_at(NOON - back * DAY)
        sign(run, key="own", starts_on=TODAY - back * DAY, ends_on=TODAY - back * DAY)
        fused(run, NOON - back * DAY)

    assert Alert.objects.get().ends_on == TODAY


def test_yesterdays_sign_seen_again_today_counts_once():
    sign(run_at(NOON - DAY), key="the same", strength=0.3)
    run = run_at()
    today = sign(run, key="the same", strength=0.4)

    assert [one.pk for one in queries.signs_that_wait(run, 14 * DAY)] == [today.pk]


def test_the_score_is_the_sum_of_its_shown_parts():
    run = run_at()
    sign(run)
    sign(run, channel="syndrome", disease_id="influenza_like_illness")

    (alert,) = fused(run)

    assert alert.score == pytest.approx(sum(part["points"] for part in alert.parts.values()))
    assert alert.parts["strength"] == {"value": 1.0, "weight": 50.0, "points": 50.0}
    assert alert.parts["channels"]["value"] == 0.5


def test_more_channels_more_layers_and_graver_diseases_weigh_more():
    settings = queries.settings_for(COUNTY, on=TODAY)
    run = run_at()
    plain = sign(run)
    base = queries.weigh([plain], settings).score

    assert queries.weigh([plain, sign(run, channel="syndrome")], settings).score > base
    assert (
        queries.weigh([plain, sign(run, kind="cluster", layer="national")], settings).score > base
    )
    assert queries.weigh([sign(run, disease_id="cholera")], settings).score > base
    assert queries.weigh([sign(run, deaths=1)], settings).score > base
    assert queries.weigh([sign(run, vulnerable=True)], settings).score > base


@pytest.mark.parametrize(
    ("given", "part", "value"),
    [
        ({"settings": {"growth": 1.0}}, "growth", 0.0),
        ({"settings": {"growth": 100.0}}, "growth", 1.0),
        ({"settings": {"alarmed": ["ears_c1", "ears_c2", "ears_c3"]}}, "sources", 0.0),
        ({"disease_id": "cholera"}, "severity", "a"),
        ({"disease_id": "anthrax_pulmonary"}, "severity", "a"),
        ({"disease_id": "hepatitis_a"}, "severity", "b"),
        ({"disease_id": "influenza"}, "severity", "c"),
        ({"disease_id": "influenza", "deaths": 1}, "severity", "a"),
        ({"disease_id": None, "kind": "silence"}, "severity", 0.0),
        ({"vulnerable": True}, "place", 1.0),
    ],
)
def test_each_part_says_what_it_takes_from_a_sign(given, part, value):
    settings = queries.settings_for(COUNTY, on=TODAY)
    if isinstance(value, str):
        value = settings.number(f"fusion.severity.{value}")

    assert queries.weigh([sign(run_at(), **given)], settings).parts[part]["value"] == value


def test_the_methods_of_ears_are_one_source_and_others_agree_with_it():
    settings = queries.settings_for(COUNTY, on=TODAY)
    both = {"alarmed": ["ears_c1", "recommended"]}

    sources = queries.weigh([sign(run_at(), settings=both)], settings).parts["sources"]

    assert sources["value"] > 0


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({}, "hint"),
        ({"kind": "cluster", "layer": "national", "vulnerable": True}, "notice"),
        (
            {"kind": "threshold", "layer": "graded", "disease_id": "cholera", "deaths": 1},
            "decision",
        ),
    ],
)
def test_the_level_follows_the_score(given, level):
    run = run_at()
    sign(run, **given)

    assert [alert.level for alert in fused(run)] == [level]


def test_the_plans_weights_and_marks_count():
    set_figure("fusion.raise_at", "90")
    run = run_at()
    sign(run)

    assert fused(run) == []


def test_repeats_extend_the_alert_and_raise_its_level():
    first = run_at(NOON - DAY)
    sign(first, starts_on=TODAY - DAY, ends_on=TODAY - DAY, key="a")
    (alert,) = fused(first, NOON - DAY)
    assert alert.level == "hint"

    run = run_at()
    sign(run, starts_on=TODAY - DAY, key="a", observed=15)
    sign(run, kind="cluster", layer="national", area_id=VILLAGE, vulnerable=True)
    (alert,) = fused(run)

    assert (alert.ends_on, alert.observed, alert.level) == (TODAY, 15, "notice")
    assert alert.places == [VILLAGE]


def test_an_alert_that_rises_is_to_be_answered_as_soon_as_its_level_wants():
    earlier = NOON - timedelta(hours=1)
    first = run_at(earlier)
    sign(first, key="a")
    (alert,) = fused(first, earlier)
    see, verify = (Deadline.objects.get(key=f"alert.{step}") for step in ("see", "verify"))

    run = run_at()
    sign(run, key="a", observed=15)
    sign(run, kind="cluster", layer="national", area_id=VILLAGE, vulnerable=True)
    fused(run)

    running = {one.key: one for one in Deadline.objects.of(alert).open()}
    verify.refresh_from_db()
    wanted = find_rule(COUNTY, "alert.verify.notice", TODAY).length
    assert running["alert.verify"].due_at == NOON + wanted < verify.due_at
    assert (verify.state, verify.cancelled_at) == ("cancelled", NOON)
    assert "警示信息通报" in verify.cancel_reason
    assert running["alert.see"] == see  # it ends no later than the level wants


def test_a_clock_that_ran_out_stays_missed_when_the_alert_rises():
    first = run_at(NOON - DAY)
    sign(first, key="a")
    (alert,) = fused(first, NOON - DAY)
    sweep_deadlines(at=NOON - timedelta(minutes=1))
    missed = Deadline.objects.get(key="alert.see")

    run = run_at()
    sign(run, key="a", observed=15)
    sign(run, kind="cluster", layer="national", area_id=VILLAGE, vulnerable=True)
    fused(run)

    assert list(Deadline.objects.of(alert).filter(key="alert.see")) == [missed]
    assert Deadline.objects.get(pk=missed.pk).state == "missed"


def test_a_verified_alert_is_extended_too():
    alert = AlertFactory(state="verified", disease_id="influenza", ends_on=TODAY - DAY)
    run = run_at()
    sign(run)

    assert fused(run) == [alert]
    alert.refresh_from_db()
    assert (alert.ends_on, alert.state) == (TODAY, "verified")


@pytest.mark.parametrize("state", ["dismissed", "closed"])
def test_nothing_reopens_what_was_answered(state):
    alert = AlertFactory(state=state, disease_id="influenza", ends_on=TODAY - DAY)
    run = run_at()
    sign(run)

    assert fused(run) == [alert]
    alert.refresh_from_db()
    assert (alert.state, alert.signs.count()) == (state, 0)


def test_what_has_become_graver_is_asked_again_as_an_alert_of_its_own():
    old = AlertFactory(state="dismissed", disease_id="influenza", ends_on=TODAY - DAY)
    run = run_at()
    sign(run, kind="cluster", layer="national", vulnerable=True)

    alerts = fused(run)

    assert len(alerts) == 2
    assert (alerts[0], alerts[1].level) == (old, "notice")


def test_what_was_answered_ends_with_the_last_of_its_signs():
    """A scan goes on to today, while the series that the alert shows has been quiet for a week."""
    week = timedelta(days=7)
    alert = AlertFactory(state="dismissed", disease_id="influenza", ends_on=TODAY - week)
    sign(run_at(), kind="scan", starts_on=TODAY - week, ends_on=TODAY - DAY, alert=alert)
    run = run_at()
    sign(run, starts_on=TODAY - week, ends_on=TODAY - week)
    sign(run, kind="scan", starts_on=TODAY - week, ends_on=TODAY)

    assert fused(run) == [alert]


@pytest.mark.parametrize("state", ["dismissed", "closed"])
def test_signs_that_were_answered_weigh_no_more_when_something_faint_comes_later(state):
    """The old signs lie within the window of the faint one, and would raise the same once more."""
    then = TODAY - timedelta(days=9)
    alert = AlertFactory(state=state, disease_id="influenza", ends_on=then)
    run = run_at()
    sign(run, starts_on=then, ends_on=then)
    sign(run, kind="scan", starts_on=then, ends_on=then)
    sign(run, disease_id="influenza_like_illness", channel="syndrome", strength=0.1)

    assert fused(run) == [alert]

    later = run_at(NOON + timedelta(hours=1))
    strong = sign(later, kind="cluster", layer="cluster")
    alerts = fused(later, NOON + timedelta(hours=1))
    assert alerts[0] == alert
    assert list(alerts[1].signs.all()) == [strong]
    assert alerts[1].starts_on == TODAY


@pytest.mark.parametrize(
    ("state", "observed", "channel", "asked"),
    [
        ("dismissed", 9, "case", False),  # fewer than twice the five that were dismissed
        ("dismissed", 10, "case", True),
        ("dismissed", 10, "laboratory", False),  # other figures, which cannot be compared
        ("closed", 10, "case", False),  # it was answered as what it is
    ],
)
def test_what_was_dismissed_is_asked_again_once_it_has_grown(state, observed, channel, asked):
    AlertFactory(
        state=state,
        disease_id="influenza",
        ends_on=TODAY - DAY,
        observed=5,
        level="decision",
        channel=channel,
    )
    run = run_at()
    sign(run, observed=observed)

    assert len(fused(run)) == 1 + asked


def test_a_day_is_kept_with_the_alert_as_it_was_seen():
    run = run_at()
    seen = {"starts_on": date(2025, 11, 21).isoformat(), "method": "ears_c1", "alarm": True}
    sign(run, seen=[seen])

    (alert,) = fused(run)

    assert alert.evidence.get().method == "ears_c1"
