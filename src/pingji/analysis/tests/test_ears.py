"""EARS C1, C2 and C3."""

import statistics
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pingji.analysis.detect.ears import ears_c1, ears_c2, ears_c3
from pingji.analysis.detect.result import Note
from tests.goldens import earsC
from tests.goldens.rows import reference_data

DETECTORS = [ears_c1, ears_c2, ears_c3]
counts_with_gaps = arrays(
    float,
    st.tuples(st.integers(1, 30), st.integers(1, 3)),
    elements=st.one_of(st.integers(0, 12).map(float), st.just(np.nan)),
)


def slow_c2(count: list[float], t: int, baseline: int, min_sigma: float, gap: int = 2) -> float:
    """The definition for one day: NaN where it cannot be computed."""
    past = count[max(0, t - gap - baseline) : max(0, t - gap)]
    if len(past) < baseline or np.isnan(past).any() or np.isnan(count[t]):
        return np.nan
    spread = max(statistics.stdev(past), min_sigma)
    return (count[t] - statistics.mean(past)) / spread if spread else np.nan


@given(counts_with_gaps, st.integers(3, 9), st.sampled_from([0.25, 1.0]))
@settings(max_examples=60, deadline=None)
def test_scores_are_those_of_the_definition(counts, baseline, min_sigma):
    options = {"baseline": baseline, "min_sigma": min_sigma}
    c1, c2, c3 = (detect(counts, **options) for detect in DETECTORS)
    for s in range(counts.shape[1]):
        column = [float(x) for x in counts[:, s]]
        for t in range(len(column)):
            single = slow_c2(column, t, baseline, min_sigma, gap=0)
            np.testing.assert_allclose(c1.score[t, s], single, rtol=1e-9, atol=1e-12)
            days = [slow_c2(column, i, baseline, min_sigma) if i >= 0 else np.nan
                    for i in (t - 2, t - 1, t)]  # fmt: skip
            np.testing.assert_allclose(c2.score[t, s], days[2], rtol=1e-9, atol=1e-12)
            total = sum(np.maximum(0, np.array(days) - 1))
            np.testing.assert_allclose(c3.score[t, s], total, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("detect", DETECTORS)
@given(counts=counts_with_gaps)
@settings(max_examples=40, deadline=None)
def test_an_alarm_is_a_judged_count_above_its_bound(detect, counts):
    found = detect(counts, min_sigma=0.5)
    judged = found.note == Note.JUDGED
    np.testing.assert_array_equal(found.alarm, judged & (counts > found.upper_bound))
    np.testing.assert_array_equal(np.isnan(found.upper_bound), ~judged)
    np.testing.assert_array_equal(found.note == Note.MISSING, np.isnan(counts))


@given(arrays(float, (20, 2), elements=st.integers(0, 12).map(float)))
@settings(max_examples=60, deadline=None)
def test_c3_alarms_exactly_where_its_sum_passes_the_limit(counts):
    found = ears_c3(counts, alpha=0.025, min_sigma=0.5)
    judged = found.note == Note.JUDGED
    clear = judged & (np.abs(found.score - 1.959963984540054) > 1e-9) & (counts > 0)
    np.testing.assert_array_equal(found.alarm[clear], found.score[clear] > 1.96)


@pytest.mark.parametrize("detect", DETECTORS)
@given(counts=counts_with_gaps, order=st.randoms())
@settings(max_examples=30, deadline=None)
def test_series_do_not_touch_each_other(detect, counts, order):
    columns = list(range(counts.shape[1]))
    order.shuffle(columns)
    whole, shuffled = detect(counts), detect(counts[:, columns])
    np.testing.assert_array_equal(whole.upper_bound[:, columns], shuffled.upper_bound)
    np.testing.assert_array_equal(whole.note[:, columns], shuffled.note)


@pytest.mark.parametrize("detect", DETECTORS)
@given(counts=counts_with_gaps, factor=st.integers(2, 50))
@settings(max_examples=30, deadline=None)
def test_ten_times_the_cases_have_ten_times_the_bound(detect, counts, factor):
    once, more = detect(counts), detect(counts * factor)
    np.testing.assert_allclose(more.upper_bound, once.upper_bound * factor, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("detect", DETECTORS)
@pytest.mark.parametrize("judge", [slice(25, 40), slice(-5, None), slice(0, 3), slice(30, 30)])
def test_judging_a_part_gives_the_same_as_judging_all(detect, judge):
    rng = np.random.default_rng(7)
    counts = rng.poisson(4, (40, 3)).astype(float)
    whole, part = detect(counts), detect(counts, judge=judge)
    for field in ("upper_bound", "score", "expected", "alarm", "note"):
        np.testing.assert_array_equal(getattr(whole, field)[judge], getattr(part, field)[judge])
    outside = np.setdiff1d(np.arange(40), np.arange(40)[judge])
    assert (part.note[outside] == Note.NOT_ASKED).all()


def test_the_first_days_are_not_judged():
    counts = np.arange(20.0)
    for detect, first in ((ears_c1, 7), (ears_c2, 9), (ears_c3, 11)):
        note = detect(counts).note[:, 0]
        assert (note[:first] == Note.HISTORY_TOO_SHORT).all()
        assert (note[first:] == Note.JUDGED).all()


def test_a_baseline_with_a_gap_is_judged_when_enough_days_are_reported():
    counts = np.array([2, 3, np.nan, 4, 2, 3, 1, 9])
    assert ears_c1(counts).note[-1, 0] == Note.HISTORY_TOO_SHORT
    found = ears_c1(counts, min_reported=6)
    past = [2, 3, 4, 2, 3, 1]
    expected = (9 - statistics.mean(past)) / statistics.stdev(past)
    assert found.score[-1, 0] == pytest.approx(expected)
    assert found.alarm[-1, 0]


def test_no_spread_is_said_by_c3_and_alarms_on_a_rise_in_c1():
    counts = np.array([2.0] * 12 + [3.0])
    assert ears_c1(counts).alarm[-1, 0]
    assert not ears_c1(counts).alarm[:-1].any()
    assert (ears_c3(counts).note[11:, 0] == Note.NO_SPREAD).all()
    assert not ears_c3(counts, min_sigma=0.5).alarm[-1, 0]


def test_a_jump_is_found_on_its_first_day_but_not_by_the_compatible_c3():
    counts = np.array([3, 5, 4, 3, 5, 4, 3, 4, 5, 4, 3, 30.0, 35.0])
    assert ears_c3(counts).alarm[11, 0]
    assert not ears_c3(counts, compat=True).alarm[11, 0]
    assert ears_c3(counts, compat=True).alarm[12, 0]


@pytest.mark.parametrize("detect", DETECTORS)
@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        ([[1, 2], [3, -1]], {}, "series number 2, time 2: count -1 is negative"),
        ([1, np.inf], {}, "infinite"),
        ([1, 2.5], {}, "whole"),
        (np.zeros((2, 2, 2)), {}, "shape"),
        ([1, 2], {"baseline": 2}, "baseline"),
        ([1, 2], {"alpha": 0}, "alpha"),
        ([1, 2], {"min_sigma": -1}, "min_sigma"),
        ([1, 2], {"min_reported": 8}, "min_reported"),
        ([1, 2], {"judge": slice(0, 2, 2)}, "judge"),
    ],
)
def test_bad_input_is_refused_with_its_reason(detect, counts, options, words):
    with pytest.raises(ValueError, match=words):
        detect(counts, **options)


@pytest.mark.parametrize("detect", DETECTORS)
def test_very_large_counts_and_no_series_are_harmless(detect):
    assert detect(np.full((20, 1), 1e9)).note[-1, 0] in (Note.JUDGED, Note.NO_SPREAD)
    assert detect(np.zeros((20, 0))).alarm.shape == (20, 0)
    assert detect(np.zeros((0, 2))).alarm.shape == (0, 2)


@pytest.mark.goldens
def test_agrees_with_the_reference():
    data = reference_data() / "detection"
    if not (data / "golden" / "earsC.csv.gz").exists():
        pytest.skip("reference data are not here")
    rows = earsC.compare(Path(data))
    assert rows
    assert [row for row in rows if row.falls_short] == []
