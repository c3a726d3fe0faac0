"""From series to alerts: what is judged, what is raised, what is left alone."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.utils import timezone

from pingji.ground.directory.models import Area, Role, User
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.ground.standards import actions as standards
from pingji.ground.standards.models import Deadline, Profile, StandardRow
from pingji.ground.standards.queries import find_rule
from pingji.monitor.surveillance.models import DetectorSetting
from pingji.monitor.surveillance.queries import Series, SeriesKey
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
from pingji.warn.alerts import actions, queries, tasks
from pingji.warn.alerts.models import Alert, DetectionRun, Evidence
from pingji.warn.alerts.tests.factories import FIRST, LAST, QUIET, AlertFactory, detected, outbreak

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NEXT = LAST + timedelta(weeks=1)


def set_figure(key: str, value: str) -> None:
    """The county's plan says another number from the day of the test on."""
    standard = find_rule(COUNTY, key, timezone.localdate(NOON))
    StandardRow.objects.filter(pk=standard.pk).update(value=Decimal(value))


def case_days(numbers: list[int], *, area: str = TOWN, prefix: str = "A") -> list[list[str]]:
    """Case lines of days that follow each other up to the day before NOON."""
    last = timezone.localdate(NOON) - DAY
    return [
        case_row(
            key=f"{prefix}{back}-{n}",
            area=area,
            onset=str(last - timedelta(days=back)),
            diagnosed="",
        )
        for back, number in enumerate(reversed(numbers))
        for n in range(number)
    ]


def test_a_week_far_above_the_ones_before_raises_an_alert():
    outbreak(40)

    run = detected()

    alert = Alert.objects.get()
    assert (alert.area_id, alert.disease_id) == (COUNTY, "campylobacteriosis")
    assert (alert.starts_on, alert.ends_on, alert.observed) == (LAST, LAST, 40)
    assert alert.expected < alert.upper_bound < 40
    assert (run.state, run.raised, run.alarms) == ("done", 1, 1)


def test_a_week_like_the_ones_before_raises_nothing():
    outbreak(5)

    assert (detected().alarms, Alert.objects.count()) == (0, 0)


def test_an_alert_keeps_what_each_method_saw_with_its_settings():
    outbreak(40)
    detected()

    seen = {row.method: row for row in Evidence.objects.all()}

    assert set(seen) == set(queries.METHODS) - {"recent_total"}  # asked of days only
    assert seen["ears_c1"].alarm
    assert seen["ears_c1"].settings == {"alpha": 0.001, "baseline": 7, "min_sigma": 0.5}
    assert (seen["moving_percentile"].alarm, seen["moving_percentile"].note) == (
        False,
        "HISTORY_TOO_SHORT",
    )


def test_raising_starts_both_clocks_and_is_on_record():
    outbreak(40)
    detected()

    clocks = dict(Deadline.objects.values_list("key", "state"))
    assert clocks == {"alert.see": "open", "alert.verify": "open"}
    assert Line.objects.filter(kind="alert.raised").count() == 1


def test_a_short_history_is_named_as_the_reason():
    outbreak(40, quiet=[3, 4])

    run = detected()

    assert (run.series, run.judged, run.raised) == (1, 0, 0)
    assert run.not_judged == {"HISTORY_TOO_SHORT": 1}
    assert queries.why_not_judged("HISTORY_TOO_SHORT") == "历史数据不足"


def test_a_moment_is_judged_once():
    outbreak(40)
    first = detected()

    again = detected(at=NOON + DAY, as_of=NOON)

    assert (again.pk, again.finished_at) == (first.pk, NOON)
    assert Line.objects.filter(kind="detection.finished").count() == 1


def test_a_run_ends_when_it_is_over_and_not_when_it_was_asked_for():
    outbreak(40)
    over = NOON + timedelta(seconds=41)

    run = detected(clock=lambda: over)

    assert (run.started_at, run.finished_at) == (NOON, over)
    assert Line.objects.get(kind="detection.finished").at == over


def test_a_run_that_broke_off_is_taken_up_without_doubling():
    outbreak(40)
    run = detected()
    DetectionRun.objects.filter(pk=run.pk).update(state="running")

    run = detected()

    assert (run.state, run.raised, run.series) == ("done", 1, 1)
    assert (Alert.objects.count(), Evidence.objects.count()) == (1, 5)
    assert not Line.objects.filter(kind="alert.extended").exists()


def test_a_run_as_of_a_past_moment_finds_what_was_known_then():
    outbreak(40)
    counted([(str(LAST), 5)], at=NOON + DAY)

    now = detected(at=NOON + DAY)
    past = detected(at=NOON + 2 * DAY, as_of=NOON)

    assert (now.alarms, past.alarms) == (0, 1)


def test_the_next_week_extends_the_waiting_alert():
    outbreak(40)
    detected()
    counted([(str(NEXT), 60)], at=NOON + DAY)

    run = detected(at=NOON + DAY)

    alert = Alert.objects.get()
    assert (alert.starts_on, alert.ends_on, alert.observed) == (LAST, NEXT, 60)
    assert (run.raised, run.alarms) == (0, 1)
    assert Deadline.objects.count() == 2


def test_a_correction_of_the_same_week_shows_in_the_alert_and_its_evidence():
    outbreak(40)
    detected()
    counted([(str(LAST), 55)], at=NOON + DAY)
    detected(at=NOON + DAY)

    alert = Alert.objects.get()
    seen = {row.method: row.observed for row in queries.latest_evidence(alert)}

    assert alert.observed == 55
    assert seen["ears_c1"] == 55
    assert alert.evidence.filter(method="ears_c1").count() == 2


def test_a_run_as_of_an_earlier_moment_does_not_shrink_the_alert():
    outbreak(40)
    counted([(str(NEXT), 60)], at=NOON + DAY)
    detected(at=NOON + DAY)

    detected(at=NOON + 2 * DAY, as_of=NOON)

    assert Alert.objects.get().ends_on == NEXT


@pytest.mark.parametrize("state", ["verified", "dismissed"])
def test_soon_after_a_verdict_nothing_is_raised_again(state):
    outbreak(40)
    AlertFactory(
        state=state,
        observed=40,
        area=Area.objects.get(pk=COUNTY),
        disease_id="campylobacteriosis",
        period="week",
        starts_on=LAST,
        ends_on=LAST,
    )

    assert detected().raised == 0


def test_long_after_a_verdict_an_alert_is_raised_again():
    outbreak(40)
    AlertFactory(
        state="dismissed",
        area=Area.objects.get(pk=COUNTY),
        disease_id="campylobacteriosis",
        period="week",
        starts_on=FIRST,
        ends_on=FIRST,
    )

    assert detected().raised == 1


def test_a_county_is_left_out_where_its_township_stands_out():
    reporter()
    outbreak(5, quiet=[4, 5])  # the plan and the catalogue
    imported(cases(case_days([1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 12])))

    detected()

    assert Alert.objects.get().area_id == TOWN


def test_a_county_stands_out_where_no_township_does():
    outbreak(5, quiet=[4, 5])
    towns = (TOWN, OTHER_TOWN, VILLAGE[:6] + "103", VILLAGE[:6] + "104")
    quiet = [1] * 12
    lines = []
    for code in towns:
        AreaFactory(code=code)
        lines += case_days([*quiet, 2], area=code, prefix=code)

    imported(cases(lines))
    set_figure("fusion.raise_at", "25")  # what is spread so thinly weighs little
    detected()

    assert [alert.area_id for alert in Alert.objects.all()] == [COUNTY]


def test_villages_count_in_their_township():
    outbreak(5, quiet=[4, 5])
    imported(cases(case_days([1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 12], area=VILLAGE)))

    detected()

    assert Alert.objects.get().area_id == TOWN


def test_counts_of_a_city_are_judged_in_a_run_of_its_own():
    city = AreaFactory(code="5002", name="重庆市县区")
    sender = reporter(area=city)
    outbreak(40, area="5002", by=sender)

    tasks.detect_on_arrival(at=NOON, import_id=1, area="5002")

    assert Alert.objects.get().area_id == "5002"
    assert set(DetectionRun.objects.values_list("area_id", flat=True)) == {"5002", COUNTY}


@pytest.mark.parametrize(
    ("key", "value", "size"),
    [
        ("detection.minimum_cases", "41", 40),
        ("detection.methods_needed", "6", 40),
        ("detection.ears.baseline", "41", 40),
    ],
)
def test_another_figure_in_the_plan_holds_for_the_next_run(key, value, size):
    outbreak(size)

    set_figure(key, value)

    assert detected().raised == 0


def test_a_figure_changed_on_screen_holds_for_the_next_run():
    outbreak(40)
    officer = UserFactory(role=Role.ADMINISTRATOR)
    standards.change_standard(
        profile=Profile.objects.get(name="youyang"),
        key="detection.minimum_cases",
        values={"value": Decimal(50)},
        effective_from=timezone.localdate(NOON),
        reason="小病种误报过多",
        by=officer,
        at=NOON,
    )

    run = detected()

    assert (run.raised, run.settings["minimum_cases"]) == (0, 50)


def test_the_cut_point_of_a_disease_is_its_own():
    outbreak(40)

    settings = queries.settings_for(COUNTY, on=timezone.localdate(NOON))

    assert settings.of("moving_percentile", "dysentery")["percentile"] == 50
    assert settings.of("moving_percentile", "campylobacteriosis")["percentile"] == 80


def test_a_setting_of_the_catalogue_counts_before_the_plan():
    outbreak(40)
    for area, cut in ((None, 70), (COUNTY, 95)):
        DetectorSetting.objects.create(
            disease_id="campylobacteriosis",
            channel="pathogen",
            area_id=area,
            method="moving_percentile",
            options={"percentile": cut},
            valid_from=timezone.localdate(NOON),
        )

    def cut(area: str, channel: str, days: int = 0) -> float:
        settings = queries.settings_for(area, on=timezone.localdate(NOON) - days * DAY)
        return settings.of("moving_percentile", "campylobacteriosis", channel)["percentile"]

    assert cut(COUNTY, "pathogen") == 95
    assert cut(COUNTY, "case") == 80
    assert cut(COUNTY, "pathogen", days=1) == 80


def test_where_no_plan_gives_the_settings_the_run_says_so_and_may_be_repeated():
    outbreak(40)
    StandardRow.objects.filter(key="detection.minimum_cases").update(key="detection.gone")
    failed = detected()
    assert (failed.state, failed.raised) == ("failed", 0)
    assert "detection.minimum_cases" in failed.problem

    StandardRow.objects.filter(key="detection.gone").update(key="detection.minimum_cases")

    assert (detected().state, detected().raised) == ("done", 1)


def test_one_method_is_needed_at_the_least():
    outbreak(5)
    set_figure("detection.methods_needed", "0")

    assert detected().alarms == 0


def test_a_file_that_arrives_is_judged_with_what_was_known_then():
    file = outbreak(40)

    tasks.detect_on_arrival(at=file.handed_in_at, import_id=file.pk, area=TOWN)

    assert DetectionRun.objects.get().as_of == NOON
    assert Alert.objects.get().run.area_id == COUNTY


def test_each_morning_every_county_is_judged_in_which_somebody_works():
    outbreak(40)
    AreaFactory(code="511723", name="开江县")
    UserFactory(area__code="511723101")
    AreaFactory(code="370983", name="肥城市")

    tasks.detect_daily(at=NOON)

    areas = set(DetectionRun.objects.values_list("area_id", flat=True))
    assert areas == {COUNTY, "511723"}


def test_a_person_may_ask_for_a_run_of_the_county():
    outbreak(40)
    officer = UserFactory(role=Role.DUTY_OFFICER)

    actions.ask_for_detection(by=officer, at=NOON)
    tasks.detect_when_asked(at=NOON, area=COUNTY)

    assert Line.objects.get(kind="detection.asked").by == officer
    assert Alert.objects.count() == 1


def test_somebody_of_a_township_has_the_whole_county_judged():
    outbreak(40)
    officer = UserFactory(role=Role.DUTY_OFFICER, area=AreaFactory(code=TOWN))

    assert actions.ask_for_detection(by=officer, at=NOON) == []
    tasks.detect_when_asked(at=NOON, area=TOWN)

    assert DetectionRun.objects.get().area_id == COUNTY


def test_without_any_report_a_run_judges_nothing():
    outbreak(40)

    run = detected(at=NOON - DAY)

    assert (run.state, run.series) == ("done", 0)


def test_the_curve_marks_what_stands_out_beside_what_was_expected():
    outbreak(40)
    settings = queries.settings_for(COUNTY, on=timezone.localdate(NOON))
    counts = np.array([*QUIET, 40.0])[:, None]
    dates = np.datetime64(FIRST) + 7 * np.arange(len(counts))
    key = SeriesKey("campylobacteriosis", "case", COUNTY, "week")

    drawn = queries.curve(Series([key], dates, counts, "week"), settings, last=3)

    assert (drawn["counts"], drawn["alarms"]) == ([6, 3, 40], [False, False, True])
    assert drawn["dates"][-1] == str(LAST)
    assert drawn["expected"][-1] < drawn["upper"][-1]


def test_a_long_history_lets_the_same_weeks_of_earlier_years_speak():
    outbreak(5, quiet=[4, 5])
    history = [5 + (at % 3) for at in range(4 * 52)]
    counted(weeks([*history, 30], first=FIRST - timedelta(weeks=206)), disease="measles")
    detected()

    alert = Alert.objects.get(disease_id="measles")
    seen = {row.method: row.alarm for row in queries.latest_evidence(alert)}

    assert seen["moving_percentile"]


def test_the_settings_of_each_method_are_told_in_words():
    settings = {"window": 7, "blocks": 5, "years": 3, "percentile": 80}

    assert "80" in queries.in_words("moving_percentile", settings)
    assert "0.001" in queries.in_words("ears_c1", {"baseline": 7, "alpha": 0.001})


def test_the_machine_acts_in_its_own_name():
    outbreak(40)
    system_user()

    tasks.detect_on_arrival(at=NOON, import_id=1, area=COUNTY)

    assert Line.objects.get(kind="alert.raised").by == User.objects.system()
