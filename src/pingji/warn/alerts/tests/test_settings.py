"""The catalogue's settings count in detection: each series by the one nearest to it."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.utils import timezone

from pingji.ground.directory.tests.factories import AreaFactory, system_user
from pingji.monitor.surveillance.models import DetectorSetting
from pingji.monitor.surveillance.queries import Series, SeriesKey
from pingji.monitor.surveillance.tests.factories import (
    COUNTY,
    NOON,
    OTHER_TOWN,
    TOWN,
)
from pingji.warn.alerts import actions, queries
from pingji.warn.alerts.models import Evidence
from pingji.warn.alerts.queries import detection
from pingji.warn.alerts.tests.factories import FIRST, LAST, QUIET, detected, outbreak

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NEXT = LAST + timedelta(weeks=1)


def township_weeks(*towns: str) -> Series:
    """The weeks of the county's outbreak, in each of some townships."""
    counts = np.column_stack([[*QUIET, 12.0]] * len(towns))
    dates = np.datetime64(FIRST) + 7 * np.arange(len(counts))
    keys = [SeriesKey("campylobacteriosis", "case", town, "week") for town in towns]
    return Series(keys, dates, counts, "week")


def set_detector(method: str, options: dict[str, float], area: str | None) -> None:
    DetectorSetting.objects.create(
        disease_id="campylobacteriosis",
        channel="case",
        area_id=area,
        method=method,
        options=options,
        valid_from=timezone.localdate(NOON),
    )


@pytest.mark.parametrize("method", ["ears_c1", "ears_c2", "ears_c3", "recent_total", "recommended"])
def test_each_series_is_judged_by_the_setting_nearest_to_it(method):
    outbreak(5)
    for code in (TOWN, OTHER_TOWN):
        AreaFactory(code=code)
    set_detector(method, {"alpha": 0.2}, None)
    set_detector(method, {"alpha": 0.01}, COUNTY)
    set_detector(method, {"alpha": 0.000001}, OTHER_TOWN)

    def alpha(day: date, **key: str) -> float:
        return queries.settings_for(COUNTY, on=day).of(method, "campylobacteriosis", **key)["alpha"]

    today = timezone.localdate(NOON)
    assert alpha(today, area=TOWN) == 0.01
    assert alpha(today, area=OTHER_TOWN) == 0.000001
    assert alpha(today, area=TOWN, channel="pathogen") not in (0.2, 0.01)
    assert alpha(today - DAY, area=TOWN) not in (0.2, 0.01)


@pytest.mark.parametrize("method", ["ears_c1", "ears_c2", "ears_c3"])
def test_townships_with_settings_of_their_own_are_judged_by_them_in_one_pass(method):
    outbreak(5)
    towns = (TOWN, OTHER_TOWN, f"{COUNTY}109")
    for code in towns:
        AreaFactory(code=code)
    series = township_weeks(*towns)
    plain = queries.settings_for(COUNTY, on=timezone.localdate(NOON))
    before = detection.detect(series, plain)
    set_detector(method, {"alpha": 1e-6, "baseline": 12}, OTHER_TOWN)
    settings = queries.settings_for(COUNTY, on=timezone.localdate(NOON))

    found = detection.detect(series, settings)

    alone = detection.EARS[method](
        series.counts[:, [1]], alpha=1e-6, baseline=12, min_sigma=plain.min_sigma
    )
    for part in ("expected", "upper_bound", "score", "alarm", "note"):
        judged = getattr(found[method], part)
        np.testing.assert_array_equal(judged[:, [1]], getattr(alone, part))
        np.testing.assert_array_equal(judged[:, [0, 2]], getattr(before[method], part)[:, [0, 2]])
    chance = detection.by_chance(series.counts, found, settings)
    expected = detection.by_chance(series.counts, before, plain)
    np.testing.assert_array_equal(chance[:, [0, 2]], expected[:, [0, 2]])


def test_the_evidence_of_an_alert_shows_the_setting_of_the_catalogue_and_a_past_day_its_own():
    outbreak(40)
    set_detector("ears_c1", {"alpha": 0.02, "baseline": 9}, COUNTY)
    detected()

    row = Evidence.objects.get(method="ears_c1")
    assert row.settings == {"alpha": 0.02, "baseline": 9, "min_sigma": 0.5}
    yesterday = timezone.localdate(NOON) - DAY
    past = queries.settings_for(COUNTY, on=yesterday).of("ears_c1", "campylobacteriosis")
    assert (past["alpha"], past["baseline"]) == (0.001, 7)


def test_a_run_is_made_again_with_the_setting_of_its_day():
    outbreak(40)
    first = detected()
    tomorrow = timezone.localdate(NOON) + DAY
    for method in ("ears_c1", "ears_c2", "ears_c3", "recommended"):
        set_detector(method, {"alpha": 1e-6}, COUNTY)
    DetectorSetting.objects.filter(area=COUNTY).update(valid_from=tomorrow)

    actions.look_back(area=first.area, as_of=first.as_of, by=system_user(), at=NOON + 2 * DAY)

    first.refresh_from_db()
    assert first.repeats[-1]["same"]


@pytest.mark.parametrize("method", ["moving_percentile", "recommended", "recent_total"])
def test_of_two_townships_alike_only_the_one_set_otherwise_is_judged_otherwise(method):
    outbreak(5)
    for code in (TOWN, OTHER_TOWN):
        AreaFactory(code=code)
    days = 4 * 365
    figures = np.random.default_rng(3).poisson(1.5, days).astype(float)
    figures[[-400, -200, -30]] += 5
    dates = np.datetime64(timezone.localdate(NOON)) - np.arange(days)[::-1]
    keys = [SeriesKey("campylobacteriosis", "case", town, "day") for town in (TOWN, OTHER_TOWN)]
    series = Series(keys, dates, np.column_stack([figures, figures]), "day")
    judge = slice(days - 450, None)
    today = timezone.localdate(NOON)
    before = detection.detect(series, queries.settings_for(COUNTY, on=today), judge=judge)
    set_detector(
        method, {"percentile": 60} if method == "moving_percentile" else {"alpha": 0.1}, OTHER_TOWN
    )

    found = detection.detect(series, queries.settings_for(COUNTY, on=today), judge=judge)

    usual, loose = found[method].alarm.T
    np.testing.assert_array_equal(usual, before[method].alarm[:, 0])
    assert loose.sum() > usual.sum()
    assert not (usual & ~loose).any()
