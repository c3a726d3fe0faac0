"""Surveillance in ordinary times: levels, seasons, holidays, delays, silence, the same by seed."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from bench import living
from pingji.analysis.simulate.background import Background, background, wave
from pingji.analysis.simulate.county import make_county
from pingji.analysis.simulate.holidays import from_spring_festival, school_holiday, working_day
from pingji.analysis.simulate.likeness import likeness
from pingji.analysis.simulate.population import Population
from pingji.analysis.simulate.reporting import NEVER, report_days, silences
from pingji.analysis.simulate.series import Series
from pingji.analysis.simulate.usual import USUAL

FIRST = date(2022, 11, 1)
THREE_YEARS = 1096
PLAIN = {"shift": 0.0, "wave": 0.0, "local": 0.0}


@pytest.fixture(scope="module")
def county() -> Population:
    return make_county([40_000, 25_000, 15_000], [12, 8, 5], seed=1)


@pytest.fixture(scope="module")
def usual(county: Population) -> Background:
    return background(county, first_day=FIRST, days=THREE_YEARS, seed=3)


def heard(
    county: Population, *watched: Series, days: int = THREE_YEARS, seed: int = 3
) -> Background:
    return background(county, first_day=FIRST, days=days, seed=seed, watched=watched)


def test_all_five_channels_are_heard(usual: Background):
    with_cases = {usual.watched[place].channel for place in np.unique(usual.cases.series)}
    with_figures = {
        usual.watched[part.series].channel
        for part in usual.figures
        if np.isfinite(part.count).any()
    }
    assert with_cases | with_figures == {"case", "pathogen", "syndrome", "vector", "department"}
    assert len(usual.figures) + len({s.code for s in USUAL if s.kind == "cases"}) == len(USUAL)


def test_cases_are_as_many_as_the_level_says(county: Population):
    series = Series("steady", "case", "cases", 500.0, **PLAIN)
    made = heard(county, series).daily_cases("steady")
    expected = 500 / 100_000 * len(county) * THREE_YEARS / 365.25
    assert made.sum() == pytest.approx(expected, rel=0.08)
    share = made.sum(axis=0) / made.sum()
    assert share == pytest.approx([0.5, 0.3125, 0.1875], abs=0.04)


def test_cases_are_residents_of_the_ages_that_fall_ill(county: Population):
    series = Series("of_children", "case", "cases", 300.0, ages=(2, 9), clustered=0.5)
    made = heard(county, series).cases
    ages = county.age[made.resident]
    assert len(ages) > 300
    assert ages.min() >= 2
    assert ages.max() <= 9


def test_the_season_peaks_when_it_is_said_to(county: Population):
    series = Series("winter", "case", "cases", 900.0, peak=20, swing=1.2, **PLAIN)
    made = heard(county, series)
    daily = made.daily_cases("winter").sum(axis=1)
    year = made.dates.astype("datetime64[Y]").astype("datetime64[D]")
    angle = 2 * np.pi * (made.dates - year).astype(int) / 365.25
    peak = np.angle((daily * np.exp(1j * angle)).sum()) / (2 * np.pi) * 365.25
    assert peak == pytest.approx(20, abs=6)
    summer = np.cos(angle - 2 * np.pi * 20 / 365.25) < -0.9
    winter = np.cos(angle - 2 * np.pi * 20 / 365.25) > 0.9
    assert daily[winter].mean() / daily[summer].mean() == pytest.approx(np.exp(2.3), rel=0.3)


def test_fewer_are_seen_in_the_spring_festival_and_in_school_holidays(county: Population):
    series = Series(
        "visits", "syndrome", "counts", 50.0, places=12, festival=0.4, vacation=0.7, **PLAIN
    )
    made = heard(county, series)
    mean = np.nanmean(made.figures[0].count, axis=1)
    apart = from_spring_festival(made.dates)
    festival = (apart >= -1) & (apart <= 6)
    vacation = school_holiday(made.dates) & ~festival
    usual = mean[~festival & ~vacation].mean()
    assert mean[festival].mean() / usual == pytest.approx(0.4, rel=0.05)
    assert mean[vacation].mean() / usual == pytest.approx(0.7, rel=0.05)


def test_the_week_has_its_shape(county: Population):
    week = (1.3, 1.1, 1.0, 1.0, 1.0, 0.9, 0.7)
    series = Series("clinic", "syndrome", "counts", 60.0, places=6, week=week, **PLAIN)
    made = heard(county, series)
    number = (made.dates.astype(int) + 3) % 7
    mean = np.nanmean(made.figures[0].count, axis=1)
    by_day = np.array([mean[number == day].mean() for day in range(7)])
    assert by_day / by_day.mean() == pytest.approx(np.array(week), rel=0.03)


def test_the_county_has_slow_waves_of_its_own():
    waves = wave(np.random.default_rng(1), 20_000, 3, 28.0, 0.4)
    assert waves.std() == pytest.approx(0.4, rel=0.1)
    assert np.exp(waves).mean() == pytest.approx(1, rel=0.1)
    later = np.corrcoef(waves[28:, 0], waves[:-28, 0])[0, 1]
    assert later == pytest.approx(np.exp(-1), abs=0.12)


def test_delays_are_negative_binomial_where_every_day_is_worked():
    rng = np.random.default_rng(5)
    happened = np.repeat(np.arange(40), 500)
    reported = report_days(
        rng, happened, np.datetime64("2025-03-03"), delay=4.0, shape=1.5, at_weekend=1.0
    )
    delays = reported - happened
    assert delays.min() == 0
    expected = stats.nbinom(1.5, 1.5 / 5.5)
    assert delays.mean() == pytest.approx(4, rel=0.05)
    observed = np.bincount(np.minimum(delays, 15), minlength=16)
    shares = np.append(expected.pmf(np.arange(15)), expected.sf(14))
    assert stats.chisquare(observed, shares * len(delays)).pvalue > 0.001


def test_what_falls_on_days_off_waits_for_the_next_working_day():
    rng = np.random.default_rng(6)
    first = np.datetime64("2025-01-01")
    happened = np.repeat(np.arange(0, 60), 50)
    reported = report_days(rng, happened, first, delay=0.0, shape=1.0, at_weekend=0.0)
    assert working_day(first + np.unique(reported)).all()
    assert (reported >= happened).all()
    # The eve of the festival is 28 January; offices open again on 5 February.
    eve = int((np.datetime64("2025-01-28") - first).astype(int))
    assert (reported[happened == eve] == eve + 8).all()


def test_no_case_is_reported_before_it_begins_and_none_beyond_the_time(usual: Background):
    cases = usual.cases
    assert len(cases.onset) > 800
    assert (cases.reported >= cases.onset).all()
    assert cases.reported.min() >= 0
    assert cases.reported.max() < THREE_YEARS
    order = cases.series.astype(np.int64) * 10_000 + cases.onset
    assert (np.diff(order) >= 0).all()


def test_the_last_days_are_not_yet_complete(county: Population):
    series = Series("slow", "case", "cases", 2_000.0, delay=10.0, **PLAIN)
    daily = heard(county, series, days=400).daily_cases("slow").sum(axis=1)
    assert daily[-5:].mean() < 0.5 * daily[100:300].mean()
    assert daily[:60].mean() == pytest.approx(daily[100:300].mean(), rel=0.25)


def test_figures_known_on_a_day_are_those_reported_until_then(county: Population):
    made = heard(county, Series("flu", "case", "cases", 800.0, delay=5.0), days=300)
    all_known = made.daily_cases("flu", known=299)
    then = made.daily_cases("flu", known=150)
    assert (then <= all_known).all()
    assert then[151:].sum() == 0
    before = made.cases.onset < 0  # fell ill before the time, reported within it
    assert before.any()
    reported = made.daily_cases("flu", by_report=True)[:151].sum()
    assert then.sum() == reported - (made.cases.reported[before] <= 150).sum()
    assert np.array_equal(all_known, made.daily_cases("flu"))


def test_clusters_make_neighbours_ill_together(county: Population):
    plain = Series("alike", "case", "cases", 400.0, **PLAIN)
    bunched = Series("alike", "case", "cases", 400.0, **PLAIN, clustered=0.8, cluster=8.0)
    dispersion = []
    same_village = []
    for series in (plain, bunched):
        made = heard(county, series)
        weekly = made.daily_cases("alike")[:1092].reshape(156, 7, 3).sum(axis=1)
        dispersion.append(likeness(weekly[:, 0]).dispersion)
        village = county.village[made.cases.resident]
        same_village.append((village[1:] == village[:-1]).mean())
    assert dispersion[0] == pytest.approx(1.0, abs=0.3)
    assert dispersion[1] > 3
    assert same_village[1] > 2 * same_village[0]


def test_places_fall_silent_in_runs():
    silent = silences(np.random.default_rng(7), 4_000, 6, missing=0.1, length=5.0)
    assert silent.mean() == pytest.approx(0.1, abs=0.02)
    begins = (silent[1:] & ~silent[:-1]).sum()
    assert silent.sum() / begins == pytest.approx(5, rel=0.15)
    assert not silences(np.random.default_rng(7), 10, 2, missing=0.0, length=3.0).any()


def test_missing_figures_are_missing_and_not_zero(county: Population):
    series = Series("clinic", "syndrome", "counts", 20.0, places=5, missing=0.2, **PLAIN)
    figures = heard(county, series).figures[0]
    absent = np.isnan(figures.count)
    assert absent.mean() == pytest.approx(0.2, abs=0.04)
    assert ((figures.reported == NEVER) == absent).all()
    assert figures.due.all()
    assert np.nanmean(figures.count) > 5


def test_schools_report_only_on_school_days(usual: Background):
    code = [series.code for series in usual.watched].index("school.absent_ill")
    figures = next(part for part in usual.figures if part.series == code)
    days = usual.dates[figures.due[:, 0]]
    assert working_day(days).all()
    assert not school_holiday(days).any()
    assert np.isnan(figures.count[~figures.due]).all()
    assert 0.4 < figures.due[:, 0].mean() < 0.6


def test_positives_never_exceed_the_tests_behind_them(usual: Background):
    parts = [part for part in usual.figures if part.tested is not None]
    assert len(parts) == 5
    for part in parts:
        known = np.isfinite(part.count)
        assert known.any()
        assert (part.count[known] <= part.tested[known]).all()
    rodents = next(p for p in parts if usual.watched[p.series].code == "rodent.caught")
    assert len(rodents.starts) == THREE_YEARS // 30


def test_the_same_seed_gives_the_same_past_and_another_another(county: Population):
    one, same, other = (
        background(county, first_day=FIRST, days=200, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(one.cases.resident, same.cases.resident)
    assert np.array_equal(one.cases.reported, same.cases.reported)
    for a, b in zip(one.figures, same.figures, strict=True):
        assert np.array_equal(a.count, b.count, equal_nan=True)
    assert not np.array_equal(one.cases.onset, other.cases.onset)


def test_a_series_does_not_depend_on_the_others(county: Population):
    alone = heard(county, USUAL[0], days=300).daily_cases(USUAL[0].code)
    among = background(county, first_day=FIRST, days=300, seed=3).daily_cases(USUAL[0].code)
    assert np.array_equal(alone, among)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"level": 0.0}, "level"),
        ({"every": 5}, "every"),
        ({"missing": 1.0}, "missing"),
        ({"kind": "positives"}, "tests"),
        ({"week": (1.0, 2.0)}, "week"),
        ({"festival": 0.0}, "festival"),
    ],
)
def test_impossible_series_are_refused(wrong: dict, words: str):
    with pytest.raises(ValueError, match=words):
        Series(**{"code": "x", "channel": "case", "kind": "cases", "level": 1.0, **wrong})


def test_impossible_times_and_doubled_series_are_refused(county: Population):
    with pytest.raises(ValueError, match="days"):
        heard(county, USUAL[0], days=0)
    with pytest.raises(ValueError, match="same code"):
        heard(county, USUAL[0], USUAL[0])
    with pytest.raises(KeyError):
        heard(county, USUAL[0], days=30).daily_cases("unheard")


def test_likeness_of_known_series():
    found = likeness([0, 2, 0, 2, 0, 2, 0, 2])
    assert (found.mean, found.dispersion, found.zeros) == (1, 1, 0.5)
    assert found.autocorrelation == pytest.approx(-1)
    assert np.isnan(found.seasonal)
    yearly = likeness([1, 2, 3, 4] * 5, year=4)
    assert yearly.seasonal == pytest.approx(1)
    assert np.isnan(likeness([np.nan, np.nan]).mean)


def test_the_invented_past_looks_like_real_series():
    """Series with up to 1.5 cases a week, of which there are enough on both sides."""
    file = living.reference()
    if file is None:
        pytest.skip("no real series here: set PINGJI_REFERENCE_DATA")
    assert isinstance(file, Path)
    real = living.real_series(file)
    people = make_county([90_000, 60_000, 50_000, 40_000, 30_000], [10] * 5, seed=8)
    invented = living.invented_series(background(people, first_day=FIRST, days=THREE_YEARS, seed=8))
    for low, high in living.LEVELS[:2]:
        of_real, of_ours = (living.of_level(one, low, high) for one in (real, invented))
        assert min(len(of_real), len(of_ours)) >= 10
        for figure in ("dispersion", "autocorrelation", "zeros"):
            _median, tenth, ninetieth = living.spread(of_real, figure)
            ours = living.spread(of_ours, figure)[0]
            wider = 0.05 * (ninetieth - tenth)
            assert tenth - wider <= ours <= ninetieth + wider, (figure, low, ours)
