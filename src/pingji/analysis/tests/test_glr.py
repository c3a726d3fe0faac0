"""Likelihood ratio charts: the definition, laws, bad input, and the stored reference outputs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from pingji.analysis.detect.glr import glr
from pingji.analysis.detect.result import Note
from tests.goldens import glr as golden
from tests.goldens.rows import reference_data

seeds = st.integers(0, 2**32 - 1)
shapes = st.sampled_from([(0.0, 1), (0.0, -1), (0.3, 1), (0.3, -1)])


def log_pmf(x, mean, alpha):
    """Log probability up to a term that depends on the count alone."""
    if alpha == 0:
        return x * np.log(mean) - mean
    return x * np.log(mean) - (x + 1 / alpha) * np.log(1 + alpha * mean)


def largest_ratio(x, mean, changed, alpha, top):
    """sup over 0 <= size <= top of the log likelihood ratio, by a search that knows no formula."""

    def loss(size):
        return (log_pmf(x, mean, alpha) - log_pmf(x, changed(size), alpha)).sum()

    grid = np.linspace(0, top, 30)
    at = int(np.argmin([loss(size) for size in grid]))
    ends = grid[max(0, at - 1)], grid[min(29, at + 1)]
    found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-8})
    return max(0.0, -found.fun)


def slow_chart(x, mean, alpha, threshold, ratio, window=None, shortest=1):
    """The chart by its definition: every start of the change, at every time."""
    score, alarm, reset = [], [], 0
    for n in range(len(x)):
        earliest = reset if window is None else max(reset, n - window)
        starts = range(earliest, n - shortest + 2)
        score.append(max([ratio(k, n + 1) for k in starts], default=0.0))
        alarm.append(score[-1] >= threshold)
        if alarm[-1]:
            reset = n + 1
    return np.array(score), np.array(alarm)


def example(seed, times=24, series=1):
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(0.5, 0.8, (times, series)))
    return rng.poisson(mean * rng.choice([0.3, 1, 1, 3], (times, 1))).astype(float), mean


@given(shapes, st.sampled_from([None, 3]), st.sampled_from([1, 3]), seeds)
@settings(max_examples=12, deadline=None)
def test_the_chart_is_that_of_the_definition(shape, window, shortest, seed):
    alpha, sign = shape
    counts, mean = example(seed)
    x, m = counts[:, 0], mean[:, 0]

    def ratio(k, n):
        def changed(size):
            return m[k:n] * math.exp(sign * size)

        return largest_ratio(x[k:n], m[k:n], changed, alpha, 25.0)

    score, alarm = slow_chart(x, m, alpha, 3.0, ratio, window, shortest)
    found = glr(
        counts,
        mean=mean,
        alpha=alpha,
        threshold=3.0,
        direction="inc" if sign > 0 else "dec",
        window=window,
        shortest=shortest,
    )
    assert found.score[:, 0] == pytest.approx(score, abs=1e-6)
    assert (found.alarm[:, 0] == alarm).all()


@given(st.sampled_from([0.0, 0.3]), seeds)
@settings(max_examples=6, deadline=None)
def test_the_epidemic_chart_is_that_of_the_definition(alpha, seed):
    counts, mean = example(seed, times=16)
    x, m = counts[:, 0], mean[:, 0]
    before = np.concatenate([[0.0], x[:-1]])

    def ratio(k, n):
        def changed(rate):
            return m[k:n] + rate * before[k:n]

        return largest_ratio(x[k:n], m[k:n], changed, alpha, 30.0)

    score, alarm = slow_chart(x, m, alpha, 3.0, ratio)
    found = glr(counts, mean=mean, alpha=alpha, threshold=3.0, change="epi")
    assert found.score[:, 0] == pytest.approx(score, abs=1e-5)
    assert (found.alarm[:, 0] == alarm).all()


@given(st.sampled_from([0.0, 0.3]), st.sampled_from([0.7, -0.7]), seeds)
@settings(max_examples=20, deadline=None)
def test_with_theta_given_it_is_a_cumulative_sum(alpha, theta, seed):
    counts, mean = example(seed, times=60)
    found = glr(counts, mean=mean, alpha=alpha, threshold=4.0, theta=theta, ret="cases")
    total = 0.0
    for t, (x, m) in enumerate(zip(counts[:, 0], mean[:, 0], strict=True)):
        before = total
        total = max(0.0, total + log_pmf(x, m * math.exp(theta), alpha) - log_pmf(x, m, alpha))
        assert found.score[t, 0] == pytest.approx(total, abs=1e-9)
        needed = found.extra["cases"][t, 0]
        assert np.isnan(needed) == (theta < 0)
        if theta > 0:
            # The log likelihood ratio is a straight line in the count.
            per_case = theta if alpha == 0 else log_ratio_slope(m, theta, alpha)
            charge = log_pmf(0, m * math.exp(theta), alpha) - log_pmf(0, m, alpha)
            assert before + per_case * needed + charge == pytest.approx(4.0)
            assert found.alarm[t, 0] == (x >= needed - 1e-9)
        if found.alarm[t, 0]:
            total = 0.0


def log_ratio_slope(mean, theta, alpha):
    def ratio(x):
        return log_pmf(x, mean * math.exp(theta), alpha) - log_pmf(x, mean, alpha)

    return ratio(1) - ratio(0)


@given(st.sampled_from([0.0, 0.2]), st.sampled_from([None, 5]), seeds)
@settings(max_examples=15, deadline=None)
def test_the_number_of_cases_is_the_smallest_that_alarms(alpha, window, seed):
    counts, mean = example(seed, times=20)
    options = {"mean": mean, "alpha": alpha, "window": window}
    found = glr(counts, ret="cases", **options)
    for t in range(0, 20, 4):
        needed = found.extra["cases"][t, 0]
        assert found.upper_bound[t, 0] == needed - 1
        for count, alarms in ((needed, True), (needed - 1, False)):
            if count >= 0:
                other = counts.copy()
                other[t] = count
                assert glr(other, **options).alarm[t, 0] == alarms


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_permuted_series_give_permuted_results(seed):
    counts, _ = example(seed, times=70, series=5)
    order = np.random.default_rng(seed).permutation(5)
    options = {"training": 52, "alpha": None}
    straight, permuted = glr(counts, **options), glr(counts[:, order], **options)
    assert np.array_equal(straight.score[:, order], permuted.score, equal_nan=True)
    assert np.array_equal(straight.alarm[:, order], permuted.alarm)


def test_a_steep_rise_is_found_by_default_and_lost_as_in_the_reference():
    counts, mean = np.array([0, 2.0, 1, 2, 1]), np.full(5, 0.03)
    assert glr(counts, mean=mean, alpha=0.2).alarm.any()
    assert not glr(counts, mean=mean, alpha=0.2, compat=True).alarm.any()


def test_a_stretch_without_cases_counts_towards_a_fall():
    options = {"mean": np.full(8, 3.0), "direction": "dec"}
    assert glr(np.zeros(8), **options).score[:2, 0] == pytest.approx([3.0, 0.0 + 6.0])
    assert glr(np.zeros(8), compat=True, **options).score.max() == 0


def test_the_chart_passes_over_a_missing_count():
    counts, mean = example(3, times=40)
    holed, gap = counts.copy(), np.ones(40, bool)
    holed[10], gap[10] = np.nan, False
    found, without = glr(holed, mean=mean), glr(counts[gap], mean=mean[gap])
    assert found.note[10, 0] == Note.MISSING
    assert not found.alarm[10, 0]
    assert found.score[gap, 0] == pytest.approx(without.score[:, 0])


def test_a_series_without_a_case_in_training_is_not_judged():
    counts = np.zeros((120, 2))
    counts[:, 1] = 2
    counts[110, 0] = 5
    found = glr(counts)
    assert (found.note[:104] == Note.HISTORY_TOO_SHORT).all()
    assert (found.note[104:, 0] == Note.NO_FIT).all()
    assert (found.note[104:, 1] == Note.JUDGED).all()
    assert not found.alarm[:, 0].any()


def test_judging_a_range_gives_the_same_figures_there():
    counts, _ = example(5, times=160, series=3)
    whole, part = glr(counts), glr(counts, judge=slice(-7, None))
    assert np.array_equal(whole.score[-7:], part.score[-7:])
    assert (part.note[:-7] == Note.NOT_ASKED).all()


def test_refitting_learns_from_the_time_since():
    counts = np.full((150, 1), 4.0)
    counts[110:] = 12.0
    once, anew = glr(counts, harmonics=0), glr(counts, harmonics=0, refit=True)
    assert anew.expected[149, 0] > once.expected[149, 0] == pytest.approx(4.0)
    alarms = np.flatnonzero(anew.alarm[:, 0])
    after = alarms[0] + 1
    assert anew.expected[after, 0] == pytest.approx(counts[:after].mean())


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 0},
        {"alpha": -1.0},
        {"window": 0},
        {"shortest": 0},
        {"change": "trend"},
        {"direction": "up"},
        {"theta": 0.0},
        {"change": "epi", "direction": "dec"},
        {"change": "epi", "ret": "cases"},
        {"mean": np.zeros(120)},
        {"mean": np.ones(120), "alpha": None},
        {"harmonics": -1},
    ],
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError):
        glr(np.ones(120), **options)


@pytest.mark.goldens
def test_all_rows_of_the_reference_agree():
    data = reference_data() / "detection"
    if not data.is_dir():
        pytest.skip(f"{data} is not there")
    for row in golden.compare(data):
        assert row.agree == row.rows, row
