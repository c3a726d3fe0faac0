"""How detectors did, what another setting would have raised, and what stands around an alert."""

import html
import re

import numpy as np
import pytest
from django.urls import reverse

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import AreaFactory, UserFactory, system_user
from pingji.ground.record.models import Line
from pingji.ground.standards.models import StandardRow
from pingji.monitor.surveillance import queries as surveillance
from pingji.monitor.surveillance.models import DetectorSetting, Disease
from pingji.monitor.surveillance.queries.detectors import METHODS
from pingji.monitor.surveillance.tests.factories import COUNTY, NOON, TOWN
from pingji.warn.alerts import queries, tasks
from pingji.warn.alerts.actions import apply_setting, ask_for_trial, run_trial
from pingji.warn.alerts.models import Alert, SettingTrial
from pingji.warn.alerts.queries import detection, tuning
from pingji.warn.alerts.tests.factories import AlertFactory, detected, outbreak
from pingji.warn.alerts.tests.series_factories import (
    DAY,
    TODAY,
    figures,
    long_series,
    noisy_series,
    settings,
)

pytestmark = pytest.mark.django_db
TRY = {"disease": "mumps", "channel": "case", "method": "moving_percentile", "percentile": "90"}


def test_each_detector_is_credited_with_its_alerts_and_their_verdicts():
    outbreak()
    detected()
    Alert.objects.update(verdict="true")
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)

    rows = {row.method: row for row in tuning.records(officer, since=TODAY - 30 * DAY)}

    assert (rows["ears_c1"].alerts, rows["ears_c1"].true, rows["ears_c1"].false) == (1, 1, 0)
    assert rows["ears_c1"].delay == (TODAY - Alert.objects.get().starts_on).days
    assert tuning.records(officer, since=TODAY + DAY) == []


def test_from_each_detector_a_click_leads_to_trying_it_otherwise(client):
    outbreak()
    detected()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    address = reverse("alerts:tuning")

    shown = client.get(address).content.decode()
    (to_try,) = re.findall(rf'href="({re.escape(address)}[^"#]*method=ears_c1)#try"', shown)
    form = client.get(html.unescape(to_try)).context["form"]

    assert form["disease"].value() == "campylobacteriosis"
    assert (form["method"].value(), form["alpha"].value()) == ("ears_c1", "0.001")


def test_a_refused_setting_is_told_with_its_label_once(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    wanted = {"disease": "mumps", "channel": "case", "method": "recommended", "alpha": "0.9"}

    answer = client.post(reverse("alerts:try_setting"), wanted)

    summary = answer.content.decode().split('class="error-summary"')[1].split("</div>")[0]
    assert summary.count(str(answer.context["form"]["alpha"].label)) == 1


def test_detectors_of_another_county_are_not_told():
    outbreak()
    detected()
    stranger = UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code="370983"))

    assert tuning.records(stranger, since=TODAY - 30 * DAY) == []


def trial_of(method: str, options: dict[str, float], disease: str = "mumps") -> tuning.Trial:
    return tuning.try_setting(
        area=COUNTY,
        disease=disease,
        channel="case",
        method=method,
        options=options,
        settings=settings(),
        at=NOON,
    )


# Of every method the catalogue can name a loose and a strict setting.
LOOSE_AND_STRICT = {
    "ears_c1": ({"alpha": 0.05, "baseline": 14}, {"alpha": 0.00001, "baseline": 14}),
    "ears_c2": ({"alpha": 0.05, "baseline": 14}, {"alpha": 0.00001, "baseline": 14}),
    "ears_c3": ({"alpha": 0.1, "baseline": 14}, {"alpha": 0.001, "baseline": 14}),
    "moving_percentile": ({"percentile": 80}, {"percentile": 95}),
    "recommended": ({"alpha": 0.05}, {"alpha": 0.0001}),
    "recent_total": ({"alpha": 0.05}, {"alpha": 0.00001}),
    "bayes": ({"alpha": 0.1, "w": 6}, {"alpha": 0.001, "w": 6}),
    "cdc": ({"alpha": 0.2, "b": 3}, {"alpha": 0.001, "b": 3}),
    "cusum": ({"k": 0.5, "h": 2}, {"k": 1.5, "h": 4}),
    "ewma": ({"alpha": 0.1, "baseline": 28}, {"alpha": 0.0001, "baseline": 28}),
    "farrington": ({"alpha": 0.2, "b": 3, "w": 3}, {"alpha": 0.001, "b": 3, "w": 3}),
    "farrington_flexible": ({"alpha": 0.2, "b": 3, "w": 3}, {"alpha": 0.001, "b": 3, "w": 3}),
    "rki": ({"b": 1, "w": 1}, {"b": 4, "w": 4}),
    "shewhart": ({"limit": 1.5, "baseline": 28}, {"limit": 4, "baseline": 28}),
}


@pytest.mark.parametrize("method", METHODS)
def test_a_stricter_setting_of_any_method_alarms_less_and_the_outbreak_stays_known(method):
    noisy_series()
    burst = TODAY - 101 * DAY
    AlertFactory(
        state="closed", disease_id="mumps", starts_on=burst - 3 * DAY, ends_on=burst, verdict="true"
    )

    loose, strict = (trial_of(method, options) for options in LOOSE_AND_STRICT[method])

    assert (strict.series, strict.judged, strict.known) == (1, 1, 1)
    assert strict.now.together.alerts == loose.now.together.alerts  # in force is in force
    assert (strict.now.options is None) == (not METHODS[method].asked_of_all)
    if method == "rki":  # its bound is fixed; more years only make it another
        assert strict.then.alone != loose.then.alone
    else:
        assert strict.then.alone.alerts < loose.then.alone.alerts
    assert 0 < strict.then.together.alerts <= loose.then.together.alerts
    assert strict.then.together.true == 1


def test_the_delay_before_and_after_is_counted_from_the_first_case_of_the_outbreak():
    """A quiet township; an outbreak that begins with two single cases and grows slowly."""
    outbreak(5, quiet=[4, 5])
    AreaFactory(code=TOWN)
    burst = [1, 1, 2, 2, 3, 3, 4, 8, 9]
    first = 100
    figures([("mumps", TOWN, back, 1) for back in range(200, 6 * 365, 31)])
    figures([("mumps", TOWN, first - n, cases) for n, cases in enumerate(burst)])
    begin = TODAY - (first - 4) * DAY
    AlertFactory(
        state="closed",
        disease_id="mumps",
        starts_on=begin,
        ends_on=TODAY - (first - 8) * DAY,
        verdict="true",
    )

    slow = trial_of("recent_total", {"alpha": 1e-6})
    fast = trial_of("recent_total", {"alpha": 0.05})

    assert (slow.then.alone.true, fast.then.alone.true) == (1, 1)
    assert slow.then.alone.delay > fast.then.alone.delay > 0
    assert slow.now.alone.delay == fast.now.alone.delay


def test_a_delay_is_told_only_of_outbreaks_that_both_settings_find():
    both = tuning.Episode(slice(0, 10), np.array([0]), 2)
    one = tuning.Episode(slice(10, 20), np.array([0]), 0)
    early, late = np.zeros((20, 1), bool), np.zeros((20, 1), bool)
    early[[3, 12]] = True
    late[7] = True

    now, then = tuning._raised([early, late], [both, one], quiet=3)

    assert (now.alerts, now.true, now.delay) == (2, 2, 1.0)
    assert (then.alerts, then.true, then.delay) == (1, 1, 5.0)


@pytest.mark.parametrize("method", METHODS)
def test_a_trial_judges_as_a_run_would_with_that_setting(method):
    noisy_series()
    options = LOOSE_AND_STRICT[method][0]
    series = surveillance.case_series(area=COUNTY, as_of=NOON, disease="mumps", levels=(9,))
    judge = slice(len(series.dates) - 300, None)
    found = detection.detect(series, settings(), judge=judge, each_day=True)
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)
    mumps = Disease.objects.get(pk="mumps")

    alone, together = detection.tried(
        series, settings(), found, method=method, options=options, judge=judge
    )
    apply_setting(
        disease=mumps,
        channel="case",
        method=method,
        options=options,
        by=officer,
        at=NOON,
        reason="试用",
    )

    as_a_run = detection.detect(series, settings(), judge=judge, each_day=True)
    assert (alone.alarm == as_a_run[method].alarm).all()
    assert alone.alarm.any()
    enough = detection._together(series.counts, "day", as_a_run, settings())
    assert (together[judge] == enough[judge]).all()
    for back in (1, 60):  # and a run of each of these days says the same of its last day
        until = len(series.dates) - back
        past = replace_days(series, until)
        run = detection.detect(past, settings(), judge=slice(until - 3, None))
        assert run[method].alarm[-1, 0] == alone.alarm[until - 1, 0]


def replace_days(series: surveillance.Series, until: int) -> surveillance.Series:
    """The same series as they were on an earlier day."""
    return surveillance.Series(
        series.keys, series.dates[:until], series.counts[:until], series.period
    )


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

    trial = trial_of("recommended", {"alpha": 0.01}, disease="viral_hepatitis")

    assert (trial.series, trial.known) == (1, 1)


@pytest.mark.parametrize("method", METHODS)
def test_the_setting_in_force_is_what_the_catalogue_says(method):
    outbreak(5, quiet=[4, 5])
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)
    options = LOOSE_AND_STRICT[method][1]
    before = tuning.in_force(settings(), method, "mumps", "case")

    apply_setting(
        disease=Disease.objects.get(pk="mumps"),
        channel="case",
        method=method,
        options=options,
        by=officer,
        at=NOON,
        reason="试用",
    )

    assert tuning.in_force(settings(), method, "mumps", "case") == options
    assert tuning.in_force(settings(), method, "influenza", "case") != options
    yesterday = queries.settings_for(COUNTY, on=TODAY - DAY)
    assert tuning.in_force(yesterday, method, "mumps", "case") == before


def asked_for(client, **given: object) -> str:
    """The page of a trial that somebody asks for and the worker computes."""
    answer = client.post(reverse("alerts:try_setting"), TRY | given)
    trial = SettingTrial.objects.latest("pk")
    waits = client.get(answer["Location"]).content.decode()
    assert 'hx-trigger="live:alerts from:body"' in waits
    assert "正在计算" in waits
    tasks.try_setting_when_asked(at=NOON, trial_id=trial.pk)
    return client.get(answer["Location"]).content.decode()


def test_without_a_series_a_trial_says_so(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    assert "历史数据年数不足" in asked_for(client)


def test_a_trial_is_computed_by_the_worker_and_shown_with_what_holds_now(client):
    noisy_series()
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    shown = asked_for(client, method="ears_c2", alpha="0.02", baseline="21")

    trial = SettingTrial.objects.get()
    assert trial.options == {"alpha": 0.02, "baseline": 21}
    assert trial.result["now"]["options"] == {"alpha": 0.001, "baseline": 7}
    assert trial.result["then"]["alone"]["alerts"] > trial.result["now"]["alone"]["alerts"]
    assert "α = 0.02<br>前 21 期" in shown
    assert "α = 0.001<br>前 7 期" in shown
    assert 'hx-trigger="live:alerts from:body"' not in shown
    lines = Line.objects.filter(kind__contains="tri").order_by("pk")
    assert [line.kind for line in lines] == ["detection.trial_asked", "detection.tried"]


def test_a_trial_asked_for_twice_is_computed_once(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    address = reverse("alerts:try_setting")

    assert client.post(address, TRY)["Location"] == client.post(address, TRY)["Location"]

    tasks.try_setting_when_asked(at=NOON, trial_id=SettingTrial.objects.get().pk)
    tasks.try_setting_when_asked(at=NOON, trial_id=SettingTrial.objects.get().pk)
    assert Line.objects.filter(kind="detection.tried").count() == 1


def test_a_trial_that_cannot_be_computed_says_why(client):
    outbreak(5, quiet=[4, 5])
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)
    trial = ask_for_trial(
        disease=Disease.objects.get(pk="mumps"),
        channel="case",
        method="recommended",
        options={"alpha": 0.01},
        by=officer,
        at=NOON,
    )
    StandardRow.objects.filter(key="detection.ears.baseline").delete()

    run_trial(trial=trial, by=system_user(), at=NOON)

    trial.refresh_from_db()
    assert trial.state == "failed"
    assert "detection.ears.baseline" in trial.problem


def test_a_trial_of_another_county_is_not_told(client):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    asked_for(client)
    mine = reverse("alerts:tuning") + f"?trial={SettingTrial.objects.get().pk}"
    assert client.get(mine).status_code == 200

    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST, area=AreaFactory(code="370983")))

    assert client.get(mine).status_code == 404


@pytest.mark.parametrize("method", METHODS)
def test_the_page_asks_for_what_the_method_has_to_set_and_tells_what_is_in_force(client, method):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    chosen = {"disease": "dysentery", "channel": "case", "method": method}

    shown = client.get(reverse("alerts:tuning"), chosen)

    fields = shown.context["form"].settings
    held = tuning.in_force(settings(), method, "dysentery", "case") or {}
    assert [field.name for field in fields] == list(METHODS[method].options)
    assert {f.name: float(f.value()) for f in fields if f.value() is not None} == held
    for option in METHODS[method].options.values():
        assert option.limits in shown.content.decode()


@pytest.mark.parametrize(
    "chosen", [{"method": "no_such_method"}, {"disease": "no_such_disease"}, {"trial": "x"}]
)
def test_the_page_opens_whatever_its_address_says(client, chosen):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))

    assert client.get(reverse("alerts:tuning"), chosen).status_code == 200


@pytest.mark.parametrize("method", METHODS)
def test_a_setting_is_applied_with_one_click_and_on_record(client, method):
    outbreak(5, quiet=[4, 5])
    officer = UserFactory(role=Role.EPIDEMIOLOGIST)
    client.force_login(officer)
    options = LOOSE_AND_STRICT[method][0]
    wanted = TRY | {"method": method, "reason": "误报过多"} | options

    answer = client.post(reverse("alerts:apply_setting"), wanted)

    row = DetectorSetting.objects.get(disease_id="mumps", area=officer.area_id)
    assert answer.status_code == 302
    assert (row.method, row.options, row.source) == (method, options, "误报过多")
    assert Line.objects.get(kind="catalogue.changed").reason == "误报过多"
    assert Line.objects.get(kind="detection.tuned").details["after"] == options


def test_a_further_setting_follows_the_one_before_and_tells_it():
    outbreak(5, quiet=[4, 5])
    given = TRY | {"disease": Disease.objects.get(pk="mumps"), "reason": "误报过多"}
    given |= {"by": UserFactory(role=Role.EPIDEMIOLOGIST)}
    del given["percentile"]
    first, second = {"percentile": 80}, {"percentile": 95}

    apply_setting(options=first, at=NOON, **given)
    apply_setting(options=second, at=NOON + DAY, **given)

    lines = Line.objects.filter(kind="detection.tuned").order_by("number")
    told = [(line.details["before"], line.details["after"]) for line in lines]
    assert told == [(None, first), (first, second)]


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("moving_percentile", {"percentile": "0"}),
        ("moving_percentile", {"percentile": "100"}),
        ("recommended", {"alpha": "0.9"}),
        ("recommended", {"alpha": "nan"}),
        ("recommended", {"alpha": ""}),
        ("recent_total", {"alpha": "-0.1"}),
        ("ears_c1", {"alpha": "0.01", "baseline": "7.5"}),
        ("ears_c1", {"alpha": "0.01", "baseline": "2"}),
        ("ears_c1", {"alpha": "0.01"}),
        ("cusum", {"k": "0", "h": "2"}),
        ("farrington_flexible", {"b": "40"}),
        ("no_such_method", {"alpha": "0.01"}),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_its_limits(client, method, given):
    outbreak(5, quiet=[4, 5])
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    wanted = {"disease": "mumps", "channel": "case", "method": method, "reason": "试用"} | given

    for address in ("apply_setting", "try_setting"):
        answer = client.post(reverse(f"alerts:{address}"), wanted)
        assert answer.status_code == 409
        assert answer.context["form"].errors
    assert not Line.objects.filter(kind__in=["detection.tuned", "detection.trial_asked"]).exists()


def test_who_does_not_edit_the_catalogue_does_not_apply(client):
    long_series()
    wanted = TRY | {"percentile": "93", "reason": "误报过多"}
    address = reverse("alerts:apply_setting")
    client.force_login(UserFactory(role=Role.EPIDEMIOLOGIST))
    assert address in asked_for(client)

    client.force_login(UserFactory(role=Role.DUTY_OFFICER))
    assert address not in asked_for(client)
    assert client.post(address, wanted).status_code == 409
    assert not DetectorSetting.objects.filter(disease_id="mumps", area=COUNTY).exists()
