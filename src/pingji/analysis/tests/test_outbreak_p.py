"""The outbreak-P statistic."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pingji.analysis.detect.outbreak_p import outbreak_p
from pingji.analysis.detect.result import Note
from tests.goldens import outbreakP
from tests.goldens.rows import reference_data

counts_with_gaps = arrays(
    float,
    st.tuples(st.integers(1, 14), st.integers(1, 3)),
    elements=st.one_of(st.integers(0, 15).map(float), st.just(np.nan)),
)


def slow_log_statistic(past: list[float]) -> float:
    """From the definition: the rising mean by the max-min formula of isotonic regression."""
    n, mean = len(past), sum(past) / len(past)
    log = 0.0
    for j, count in enumerate(past):
        rising = max(
            min(sum(past[i : m + 1]) / (m + 1 - i) for m in range(j, n)) for i in range(j + 1)
        )
        if count:
            log += count * math.log(rising / mean)
    return log


@given(counts_with_gaps, st.sampled_from([2.5, 30.0]))
@settings(max_examples=60, deadline=None)
def test_statistic_and_bound_are_those_of_the_definition(counts, k):
    found = outbreak_p(counts, k=k, max_cases=200)
    for s in range(counts.shape[1]):
        past: list[float] = []
        for t, count in enumerate(counts[:, s]):
            if np.isnan(count):
                assert found.note[t, s] == Note.MISSING
                continue
            log = slow_log_statistic([*past, count])
            assert found.extra["log_statistic"][t, s] == pytest.approx(log, abs=1e-9)
            assert found.score[t, s] == pytest.approx(math.exp(log), rel=1e-9)
            assert found.expected[t, s] == pytest.approx(np.mean([*past, count]))
            assert found.alarm[t, s] == (log > math.log(k) + 1e-9)
            tried = [c for c in range(200) if slow_log_statistic([*past, c]) > math.log(k) + 1e-9]
            if tried and not np.isnan(found.upper_bound[t, s]):
                assert found.upper_bound[t, s] == tried[0] - 1
            past.append(float(count))


@given(counts_with_gaps)
@settings(max_examples=60, deadline=None)
def test_the_alarm_is_a_count_above_the_bound(counts):
    found = outbreak_p(counts, k=5.0)
    judged = (found.note == Note.JUDGED) & ~np.isnan(found.upper_bound)
    np.testing.assert_array_equal(found.alarm[judged], (counts > found.upper_bound)[judged])


@given(counts_with_gaps)
@settings(max_examples=40, deadline=None)
def test_the_product_is_the_same_where_it_stays_in_range(counts):
    plain, product = outbreak_p(counts), outbreak_p(counts, compat=True)
    np.testing.assert_allclose(plain.score, product.score, rtol=1e-9)
    tie = np.abs(plain.extra["log_statistic"] - math.log(100)) < 1e-6
    np.testing.assert_array_equal(plain.alarm[~tie], product.alarm[~tie])


def test_doubling_all_counts_squares_the_statistic():
    counts = np.random.default_rng(4).poisson(np.linspace(2, 6, 20)[:, None], (20, 3))
    once, twice = outbreak_p(counts.astype(float)), outbreak_p(2.0 * counts)
    np.testing.assert_allclose(
        twice.extra["log_statistic"], 2 * once.extra["log_statistic"], atol=1e-9
    )


def test_a_long_rise_is_found_by_logarithms_where_the_product_is_lost():
    counts = np.concatenate([np.full(400, 20.0), np.full(400, 60.0)])
    assert outbreak_p(counts).alarm[-1, 0]
    assert outbreak_p(counts).score[-1, 0] == np.inf
    assert not outbreak_p(counts, compat=True).alarm[-1, 0]


def test_a_fall_is_no_outbreak():
    counts = np.array([90.0, 60, 40, 30, 20, 10, 5, 0])
    found = outbreak_p(counts)
    assert not found.alarm.any()
    np.testing.assert_allclose(found.score[:, 0], 1, rtol=1e-9)


def test_series_do_not_touch_each_other_and_a_part_is_like_the_whole():
    counts = np.random.default_rng(9).poisson(3, (60, 4)).astype(float)
    counts[10, 1] = np.nan
    order = [1, 3, 0, 2]
    whole = outbreak_p(counts, start=8)
    part = outbreak_p(counts[:, order], start=8, judge=slice(30, 50))
    for field in ("upper_bound", "score", "expected", "alarm", "note"):
        np.testing.assert_array_equal(
            getattr(whole, field)[30:50, order], getattr(part, field)[30:50]
        )
    assert (whole.note[:8] == Note.HISTORY_TOO_SHORT).all()
    np.testing.assert_array_equal(whole.score[8:], outbreak_p(counts[8:]).score)


def test_extreme_input_is_harmless():
    assert not outbreak_p(np.zeros((30, 2))).alarm.any()
    assert not outbreak_p(np.full((30, 1), 1e9)).alarm.any()
    assert outbreak_p(np.zeros((0, 2))).alarm.shape == (0, 2)
    assert outbreak_p(np.zeros((5, 0))).alarm.shape == (5, 0)
    assert (outbreak_p(np.ones(5), start=9).note == Note.HISTORY_TOO_SHORT).all()


@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        ([1, -1], {}, "series number 1, time 2: count -1 is negative"),
        ([1, 2], {"k": 0}, "k must be above 0"),
        ([1, 2], {"max_cases": 0}, "max_cases"),
        ([1, 2], {"start": -1}, "start"),
    ],
)
def test_bad_input_is_refused_with_its_reason(counts, options, words):
    with pytest.raises(ValueError, match=words):
        outbreak_p(counts, **options)


@pytest.mark.goldens
def test_agrees_with_the_reference():
    data = reference_data() / "detection"
    if not (data / "golden" / "outbreakP.csv.gz").exists():
        pytest.skip("reference data are not here")
    rows = outbreakP.compare(data)
    assert rows
    assert [row for row in rows if row.falls_short] == []
