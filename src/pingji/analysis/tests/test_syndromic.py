"""Shewhart's chart, the moving average and the regression of syndromic surveillance."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from pingji.analysis.detect.ewma import ewma
from pingji.analysis.detect.regression_switch import regression_switch
from pingji.analysis.detect.result import Note
from pingji.analysis.detect.shewhart import shewhart

DETECTORS = [shewhart, ewma, regression_switch]


def slow_ewma(column, w, *, size=28, gap=2, alpha=0.01, margin=True):
    """The definition, one day after the other: statistic and bound of each day, or None."""
    found, z = [], math.nan
    for t, y in enumerate(column):
        past = [x for x in column[max(0, t - gap - size) : max(0, t - gap)] if not math.isnan(x)]
        n, q, sd, mean = len(past), math.inf, math.nan, math.nan
        if n >= 7:
            mean, q = statistics.mean(past), student.ppf(1 - alpha, n - 1)
            variance = w / (2 - w) + 1 / n - 2 * (1 - w) ** (gap + 1) * (1 - (1 - w) ** n) / n
            sd = statistics.stdev(past) * math.sqrt(variance)
            if margin:
                scale = w / student.ppf(0.95, n - 1)
                sd += scale * (0.1289 + (0.2414 - 0.1826 * (1 - w) ** 4) * math.log(2))
        before = y if math.isnan(z) else z
        if math.isnan(y):
            found.append(None)
            continue
        z = w * y + (1 - w) * before
        if n < 7:
            found.append(None)
            continue
        bound = max(0.0, (mean + q * sd - (1 - w) * before) / w)
        found.append(((z - mean) / sd, bound))
        z = min(max(z, mean - q * sd), mean + q * sd)
    return found


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.3, 3.0, 40.0]),
    st.sampled_from([(0.4,), (0.4, 0.9)]),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_smoothing_is_that_of_the_definition(seed, level, weights, gaps):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(level, (45, 2)).astype(float)
    counts[30:33] *= 4
    if gaps:
        counts[rng.random(counts.shape) < 0.08] = np.nan
    found = ewma(counts, weights=weights)
    for s in range(2):
        slow = [slow_ewma(counts[:, s].tolist(), w) for w in weights]
        for t in range(45):
            days = [of_weight[t] for of_weight in slow]
            if days[0] is None:
                assert found.note[t, s] in (Note.MISSING, Note.HISTORY_TOO_SHORT)
                continue
            assert found.note[t, s] == Note.JUDGED
            assert found.score[t, s] == pytest.approx(max(d[0] for d in days), rel=1e-8)
            assert found.upper_bound[t, s] == pytest.approx(min(d[1] for d in days), rel=1e-8)


@given(st.integers(0, 2**32 - 1), st.sampled_from([21, 28, 30]), st.sampled_from([0, 2]))
@settings(max_examples=20, deadline=None)
def test_regression_is_that_of_least_squares(seed, size, gap):
    rng = np.random.default_rng(seed)
    weekday = np.array([30, 32, 31, 29, 28, 9, 7])[np.arange(60) % 7]
    counts = rng.poisson(weekday[:, None] + [0, 100], (60, 2)).astype(float)
    found = regression_switch(counts, baseline=size, gap=gap, min_fit=-9)
    for s in range(2):
        for t in range(60):
            first = max(0, t - gap - size)
            days = np.arange(first, t - gap)
            if len(days) < 11:
                assert found.extra["regression"][t, s] == 0 or found.note[t, s] != Note.JUDGED
                continue
            x = np.array([[d == i % 7 for d in range(7)] + [i] for i in [*days, t]], float)
            beta, *_ = np.linalg.lstsq(x[:-1], counts[days, s])
            left = counts[days, s] - x[:-1] @ beta
            freedom = len(days) - 8
            whole = ((counts[days, s] - counts[days, s].mean()) ** 2).sum()
            fit = 1 - (left @ left / freedom) / (whole / (len(days) - 1))
            error = 1 + x[-1] @ np.linalg.pinv(x[:-1].T @ x[:-1]) @ x[-1]
            spread = max(
                math.sqrt(left @ left / freedom * error), 0.01 / student.ppf(0.95, freedom)
            )
            expected = max(0, x[-1] @ beta)
            assert found.extra["adjusted_r2"][t, s] == pytest.approx(fit, rel=1e-6, abs=1e-9)
            assert found.expected[t, s] == pytest.approx(expected, rel=1e-6, abs=1e-6)
            score = (counts[t, s] - expected) / spread
            assert found.score[t, s] == pytest.approx(score, rel=1e-5, abs=1e-6)
            bound = expected + student.ppf(0.99, freedom) * spread
            assert found.upper_bound[t, s] == pytest.approx(bound, rel=1e-6)
            assert found.extra["p_value"][t, s] == pytest.approx(
                student.sf(found.score[t, s], freedom), abs=1e-12
            )


def test_the_switch_follows_the_fit():
    rng = np.random.default_rng(1)
    weekly = rng.poisson(np.array([60, 62, 58, 61, 59, 12, 9])[np.arange(90) % 7])
    flat = rng.poisson(2, 90)
    found = regression_switch(np.stack([weekly, flat], axis=1).astype(float))
    smoothed = ewma(flat.astype(float))
    decided = found.extra["regression"]
    assert decided[40:, 0].mean() > 0.95
    assert decided[40:, 1].mean() < 0.1
    left = (decided[:, 1] == 0) & (found.note[:, 1] == Note.JUDGED)
    np.testing.assert_array_equal(found.score[left, 1], smoothed.score[left, 0])


def test_weekends_do_not_hide_a_monday_outbreak():
    weekday = np.array([40.0, 41, 39, 40, 42, 5, 4])[np.arange(71) % 7]
    counts = weekday + np.random.default_rng(2).integers(0, 4, 71)
    counts[68] = 30
    assert np.arange(71)[68] % 7 == 5
    assert regression_switch(counts).alarm[68, 0]
    assert not shewhart(counts).alarm[68, 0]


def test_a_day_missing_from_the_baseline_is_left_to_the_smoothing():
    counts = np.random.default_rng(2).poisson(20, 60).astype(float)
    counts[50] = np.nan
    found = regression_switch(counts, min_fit=-9)
    assert (found.extra["regression"][40:50, 0] == 1).all()
    assert found.note[50, 0] == Note.MISSING
    assert (found.extra["regression"][53:, 0] == 0).all()
    assert (found.note[53:, 0] == Note.JUDGED).all()


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_shewhart_is_that_of_the_definition(seed, size, gap):
    counts = np.random.default_rng(seed).poisson(4, 30).astype(float)
    plain = shewhart(counts, baseline=size, gap=gap, min_sigma=0.5)
    chance = shewhart(counts, baseline=size, gap=gap, min_sigma=0, spread="poisson", limit=2)
    for t in range(30):
        past = counts[max(0, t - gap - size) : max(0, t - gap)].tolist()
        if len(past) < size:
            assert plain.note[t, 0] == Note.HISTORY_TOO_SHORT
            continue
        mean = statistics.mean(past)
        bound = mean + 3 * max(0.5, statistics.stdev(past))
        assert plain.upper_bound[t, 0] == pytest.approx(bound)
        assert plain.alarm[t, 0] == (counts[t] > plain.upper_bound[t, 0])
        assert chance.upper_bound[t, 0] == pytest.approx(mean + 2 * math.sqrt(mean))


@pytest.mark.parametrize("detect", DETECTORS)
def test_series_do_not_touch_each_other_and_a_part_is_like_the_whole(detect):
    counts = np.random.default_rng(6).poisson(5, (80, 4)).astype(float)
    counts[60, 2] = np.nan
    order = [2, 0, 3, 1]
    whole, part = detect(counts), detect(counts[:, order], judge=slice(50, 70))
    for field in ("upper_bound", "score", "expected", "alarm", "note"):
        np.testing.assert_allclose(
            np.asarray(getattr(whole, field)[50:70, order], float),
            np.asarray(getattr(part, field)[50:70], float),
            rtol=1e-9,
            atol=1e-12,
        )
    assert (part.note[:50] == Note.NOT_ASKED).all()
    assert (part.note[70:] == Note.NOT_ASKED).all()


@pytest.mark.parametrize("detect", DETECTORS)
def test_an_alarm_is_a_judged_count_above_its_bound(detect):
    rng = np.random.default_rng(16)
    counts = rng.poisson(rng.choice([0.2, 3, 50], (1, 6)), (200, 6)).astype(float)
    counts[100] *= 5
    found = detect(counts)
    judged = found.note == Note.JUDGED
    np.testing.assert_array_equal(found.alarm, judged & (counts > found.upper_bound))
    if detect is not shewhart:
        clear = judged & (np.abs(found.extra["p_value"] - 0.01) > 1e-9) & (counts > 0)
        np.testing.assert_array_equal(found.alarm[clear], found.extra["p_value"][clear] < 0.01)


def test_ten_times_the_cases_have_ten_times_the_bound():
    counts = np.random.default_rng(3).poisson(30, (60, 2)).astype(float)
    for detect, options in (
        (shewhart, {"min_sigma": 0}),
        (ewma, {"margin": False}),
        (regression_switch, {"margin": False}),
    ):
        once, more = detect(counts, **options), detect(10 * counts, **options)
        np.testing.assert_allclose(more.upper_bound, 10 * once.upper_bound, rtol=1e-8)


@pytest.mark.parametrize("detect", DETECTORS)
def test_zeros_large_counts_and_empty_input_are_harmless(detect):
    zeros = detect(np.zeros((60, 2)))
    assert not zeros.alarm.any()
    assert (zeros.note[40:] == Note.JUDGED).all()
    assert not detect(np.full((60, 1), 1e9)).alarm.any()
    assert detect(np.zeros((0, 2))).alarm.shape == (0, 2)
    assert detect(np.zeros((60, 0))).alarm.shape == (60, 0)
    assert (detect(np.ones(5)).note == Note.HISTORY_TOO_SHORT).all()


def test_without_margin_no_spread_is_said_and_the_margin_lowers_scores():
    counts = np.zeros(60)
    counts[50] = 1
    bare, usual = ewma(counts, margin=False), ewma(counts)
    assert bare.note[50, 0] == Note.NO_SPREAD
    assert not bare.alarm[:53].any()
    assert usual.alarm[50, 0]
    low = np.random.default_rng(4).poisson(1, (200, 5)).astype(float)
    assert ewma(low).alarm.sum() < ewma(low, margin=False).alarm.sum()


@pytest.mark.parametrize(
    ("detect", "options", "words"),
    [
        (shewhart, {"baseline": 1}, "baseline"),
        (shewhart, {"gap": -1}, "gap"),
        (shewhart, {"limit": 0}, "limit"),
        (shewhart, {"spread": "normal"}, "spread"),
        (shewhart, {"min_sigma": -1}, "min_sigma"),
        (shewhart, {"min_reported": 29}, "min_reported"),
        (ewma, {"baseline": 6}, "baseline"),
        (ewma, {"gap": -1}, "gap"),
        (ewma, {"alpha": 0}, "alpha"),
        (ewma, {"weights": ()}, "weights"),
        (ewma, {"weights": (0.4, 1)}, "weights"),
        (regression_switch, {"baseline": 10}, "a cycle"),
        (regression_switch, {"cycle": 0}, "a cycle"),
        (regression_switch, {"min_fit": 1.5}, "min_fit"),
    ],
)
def test_bad_options_are_refused_with_their_reason(detect, options, words):
    with pytest.raises(ValueError, match=words):
        detect(np.ones(60), **options)


@pytest.mark.parametrize("detect", DETECTORS)
def test_bad_counts_are_refused_with_series_and_time(detect):
    with pytest.raises(ValueError, match="series number 1, time 2: count -1 is negative"):
        detect([1, -1])
