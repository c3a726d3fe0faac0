"""How detectors did, what another setting would have raised, and what stands around an alert."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.actions import tallies
from pingji.monitor.surveillance.models import CaseReport, DetectorSetting, Disease
from pingji.monitor.surveillance.tests.card_factories import home, sent
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, OTHER_TOWN, TOWN
from pingji.warn.alerts import queries
from pingji.warn.alerts.actions import apply_setting
from pingji.warn.alerts.models import Alert
from pingji.warn.alerts.queries import around, detection, tuning
from pingji.warn.alerts.tests.factories import AlertFactory, detected, outbreak

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TRY = {"disease": "mumps", "channel": "case", "method": "moving_percentile", "value": "90"}
TODAY = timezone.localdate(NOON)


def settings():
    return queries.settings_for(COUNTY, on=TODAY)


def figures(rows: list[tuple[str, str, int, int]]) -> None:
    """Case figures: disease, area, days back, how many."""
    tallies.add(
        ((name, "case", area, TODAY - back * DAY, n) for name, area, back, n in rows), at=NOON - DAY
    )


def test_each_detector_is_credited_with_its_alerts_and_their_verdicts():
    outbreak()
    detected()
    Alert.objects.update(verdict="true")
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)

    rows = {row.method: row for row in tuning.records(officer, since=TODAY - 30 * DAY)}

    assert (rows["ears_c1"].alerts, rows["ears_c1"].true, rows["ears_c1"].false) == (1, 1, 0)
    assert rows["ears_c1"].delay == (TODAY - Alert.objects.get().starts_on).days
    assert tuning.records(officer, since=TODAY + DAY) == []


def test_detectors_of_another_county_are_not_told():
    outbreak()
    detected()
    stranger = UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code="370983"))

    assert tuning.records(stranger, since=TODAY - 30 * DAY) == []


def long_series() -> None:
    """Six years of mumps in one township: two cases a week, and a burst each of two springs."""
    outbreak(5, quiet=[4, 5])
    AreaFactory(code=TOWN)
    rows = [("mumps", TOWN, back, 1) for back in range(0, 6 * 365, 3)]
    rows += [("mumps", TOWN, back + n, 5) for back in (100, 400) for n in range(4)]
    figures([(d, a, back, n) for d, a, back, n in rows if back % 3 or n == 1])


def noisy_series() -> None:
    """Six years of mumps in one township, with the scatter of chance and a burst each spring."""
    long_series()
    chance = np.random.default_rng(1)
    figures([("mumps", TOWN, back, int(n)) for back, n in enumerate(chance.poisson(1.5, 6 * 365))])


@pytest.mark.parametrize(
    ("method", "value", "stricter"), [("moving_percentile", 80, 95), ("recommended", 0.05, 0.0001)]
)
def test_a_stricter_setting_raises_fewer_alerts_and_keeps_the_known_outbreaks(
    method, value, stricter
):
    noisy_series()
    burst = TODAY - 101 * DAY
    AlertFactory(
        state="closed", disease_id="mumps", starts_on=burst - 3 * DAY, ends_on=burst, verdict="true"
    )

    def trial(setting):
        return tuning.try_setting(
            area=COUNTY,
            disease="mumps",
            channel="case",
            method=method,
            value=setting,
            settings=settings(),
            at=NOON,
        )

    loose, strict = trial(value), trial(stricter)

    assert (strict.series, strict.judged) == (1, 1)
    assert strict.now == loose.now  # what is in force is the same beside both
    assert strict.then.alone < loose.then.alone
    assert 0 < strict.then.alerts <= loose.then.alerts
    assert (strict.then.true, strict.then.known) == (1, 1)


def test_a_trial_judges_as_a_run_would_with_that_setting():
    noisy_series()
    series = surveillance.case_series(area=COUNTY, as_of=NOON, disease="mumps", levels=(9,))
    judge = slice(len(series.dates) - 500, None)
    found = detection.detect(series, settings(), judge=judge)
    wanted = replace(settings(), tried={"recommended": 0.2})
    as_a_run = detection.detect(series, wanted, judge=judge)

    alone, together = detection.tried(
        series, settings(), found, method="recommended", value=0.2, judge=judge
    )

    assert (alone.alarm == as_a_run["recommended"].alarm).all()
    enough = detection._together(series.counts, "day", as_a_run, wanted)
    assert (together[judge] == enough[judge]).all()


def test_outbreaks_of_a_part_are_known_outbreaks_of_the_whole():
    outbreak(5, quiet=[4, 5])
    AreaFactory(code=TOWN)
    figures([("hepatitis_a", TOWN, back, 1) for back in range(0, 2 * 365, 3)])
    AlertFactory(
        state="closed",
        disease_id="hepatitis_a",
        starts_on=TODAY - DAY,
        ends_on=TODAY,
        verdict="true",
    )

    trial = tuning.try_setting(
        area=COUNTY,
        disease="viral_hepatitis",
        channel="case",
        method="recommended",
        value=0.01,
        settings=settings(),
        at=NOON,
    )

    assert (trial.series, trial.then.known) == (1, 1)


def test_the_setting_in_force_is_what_the_catalogue_says(client):
    long_series()
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)
    wanted = {"disease": Disease.objects.get(pk="mumps"), "channel": "case", "by": officer}
    for method, value in (("recommended", 0.002), ("moving_percentile", 91.0)):
        apply_setting(method=method, value=value, at=NOON, reason="试用", **wanted)

        assert tuning.in_force(settings(), method, "mumps", "case") == value
        assert tuning.in_force(settings(), method, "influenza", "case") != value


def test_without_a_series_a_trial_says_so(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    shown = client.get(reverse("alerts:tuning"), TRY)

    assert "历史数据年数不足" in shown.content.decode()


def test_a_setting_is_applied_with_one_click_and_on_record(client):
    outbreak(5, quiet=[4, 5])
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)
    client.force_login(officer)
    wanted = TRY | {"value": "93", "reason": "误报过多"}

    answer = client.post(reverse("alerts:apply_setting"), wanted)

    row = DetectorSetting.objects.get(disease_id="mumps", area=officer.area_id)
    assert answer.status_code == 302
    assert (row.method, row.options) == ("moving_percentile", {"percentile": 93.0})
    assert Line.objects.get(kind="catalogue.changed").reason == "误报过多"


@pytest.mark.parametrize(
    ("method", "value"),
    [("moving_percentile", "0"), ("moving_percentile", "100"), ("recommended", "0.9")]
    + [("recommended", "nan"), ("cusum", "3"), ("recommended", "")],
)
def test_a_setting_that_makes_no_sense_is_refused(client, method, value):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    wanted = TRY | {"method": method, "value": value, "reason": "试用"}

    assert client.post(reverse("alerts:apply_setting"), wanted).status_code == 409
    assert client.get(reverse("alerts:tuning"), wanted).status_code == 200
    assert not Line.objects.filter(kind="detection.tuned").exists()


def test_who_does_not_edit_the_catalogue_does_not_apply(client):
    long_series()
    wanted = TRY | {"value": "93", "reason": "误报过多"}
    address = reverse("alerts:apply_setting")
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    assert address in client.get(reverse("alerts:tuning"), TRY).content.decode()

    client.force_login(UserFactory(role=Role.DUTY_OFFICER))
    assert address not in client.get(reverse("alerts:tuning"), TRY).content.decode()
    assert client.post(reverse("alerts:apply_setting"), wanted).status_code == 409
    assert not DetectorSetting.objects.filter(disease_id="mumps", area=COUNTY).exists()


def near_towns() -> None:
    outbreak(5, quiet=[4, 5])
    for code, longitude in ((TOWN, 108.70), (OTHER_TOWN, 108.76), (f"{COUNTY}109", 109.6)):
        AreaFactory(code=code)
        Area.objects.filter(pk=code).update(longitude=longitude, latitude=28.8)


def test_what_rose_in_neighbouring_townships_is_shown_beside_an_alert():
    near_towns()
    alert = AlertFactory(ends_on=TODAY)
    figures(
        [
            ("mumps", OTHER_TOWN, 1, 4),
            ("mumps", f"{COUNTY}109", 1, 9),
            ("varicella", TOWN, 1, 2),
            ("influenza", TOWN, 9, 5),
            ("hand_foot_mouth", TOWN, 1, 9),
        ]
    )

    moves = around.moved_nearby(alert, UserFactory(role=Role.EPIDEMIOLOGIST), settings())

    assert [(m.disease.pk, m.area.pk, m.now, m.before) for m in moves] == [
        ("mumps", OTHER_TOWN, 4, 0),
        ("varicella", TOWN, 2, 0),
    ]


def test_parts_of_the_alerts_disease_are_in_it_and_no_others_nearby():
    near_towns()
    alert = AlertFactory(disease_id="viral_hepatitis", ends_on=TODAY)
    figures([("hepatitis_a", TOWN, 1, 6), ("hepatitis_a", OTHER_TOWN, 1, 2)])
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)

    moves = around.moved_nearby(alert, officer, settings())

    assert [(m.disease.pk, m.area.pk) for m in moves] == [("hepatitis_a", OTHER_TOWN)]


def test_alerts_of_the_whole_and_of_its_parts_are_similar():
    near_towns()
    alert = AlertFactory(disease_id="viral_hepatitis", state="closed")
    part = AlertFactory(disease_id="hepatitis_a", state="closed")
    AlertFactory(disease_id="mumps", state="closed")

    assert list(around.similar(Alert.objects.all(), alert)) == [part]
    assert list(around.similar(Alert.objects.all(), part)) == [alert]


def test_an_alert_of_other_signs_says_what_the_methods_make_of_its_series(client):
    noisy_series()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    alert = AlertFactory(disease_id="mumps", ends_on=TODAY - DAY)

    rows = {row.method: row for row in around.judged_now(alert, settings(), NOON)}
    shown = client.get(reverse("alerts:detail", args=[alert.pk])).content.decode()

    assert set(rows) >= set(queries.METHODS)
    assert {row.starts_on for row in rows.values()} == {TODAY - DAY}
    assert rows["ears_c1"].observed is not None
    assert (rows["ears_c1"].note, rows["ears_c1"].pk) == ("", None)
    assert "该预警由其他信号触发" in shown
    assert not alert.evidence.exists()


def test_where_nothing_is_counted_the_page_says_that_no_method_can_judge(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    shown = client.get(reverse("alerts:detail", args=[AlertFactory().pk])).content.decode()

    assert "各方法均无法判断" in shown


def test_somebody_of_one_township_is_not_told_of_the_next():
    near_towns()
    alert = AlertFactory(ends_on=TODAY)
    figures([("mumps", OTHER_TOWN, 1, 4)])
    doctor = UserFactory(role=Role.EPIDEMIOLOGIST, area=Area.objects.get(pk=TOWN))

    assert around.moved_nearby(alert, doctor, settings()) == []


def test_the_delay_of_reports_tells_how_much_is_to_come():
    here = home()
    for n in range(14):
        sent(
            here,
            name=f"病人{n}",
            phone=f"137{n:08}",
            address=f"{n} 组",
            onset_on=TODAY - (n % 7) * DAY,
            diagnosed_on=TODAY,
        )
    CaseReport.objects.update(disease="hepatitis_a")  # a part counts for its whole
    alert = AlertFactory(disease_id="viral_hepatitis", ends_on=TODAY)

    delay = around.reporting_delay(alert, CaseReport.objects.all(), NOON)

    assert (delay.reports, delay.days, len(delay.last)) == (14, 3, 7)
    assert delay.last[0].day == TODAY
    assert all(row.expected >= row.reported for row in delay.last if row.expected is not None)


def test_too_few_reports_say_so_on_the_page(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    shown = client.get(reverse("alerts:detail", args=[AlertFactory().pk])).content.decode()

    assert "无法估计报告延迟" in shown
    assert "电话联系报告单位" in shown
