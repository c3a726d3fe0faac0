"""The methods of the Robert Koch Institute and the Bayesian subsystem."""

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from pingji.analysis.detect.bayes import bayes, bayes_1, bayes_2, bayes_3
from pingji.analysis.detect.result import Note
from pingji.analysis.detect.rki import CROW_GARDNER, rki, rki_1, rki_2, rki_3
from tests.goldens import rki_bayes_cdc
from tests.goldens.rows import reference_data

PRESETS = [rki_1, rki_2, rki_3, bayes_1, bayes_2, bayes_3]


def slow_baseline(column: list[float], t: int, b: int, w: int, *, this_year: bool, year: int = 12):
    """The counts a month is compared with, or None where the series is too short."""
    if t - b * year - w < 0:
        return None
    past = column[t - w : t] if this_year else []
    for k in range(1, b + 1):
        past = past + column[t - k * year - w : t - k * year + w + 1]
    return past


options = st.tuples(st.integers(0, 3), st.integers(1, 5), st.booleans()).filter(
    lambda o: o[0] > 0 or (o[2] and o[1] > 1)
)


@given(options, st.sampled_from([0.5, 4, 19, 24, 300]), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_rki_bounds_are_those_of_the_definition(chosen, level, seed):
    b, w, this_year = chosen
    counts = np.random.default_rng(seed).poisson(level, (60, 2)).astype(float)
    found = rki(counts, b=b, w=w, this_year=this_year, period="month")
    for s in range(2):
        column = [float(x) for x in counts[:, s]]
        for t in range(60):
            past = slow_baseline(column, t, b, w, this_year=this_year)
            if past is None:
                assert found.note[t, s] == Note.HISTORY_TOO_SHORT
                continue
            mean = statistics.mean(past)
            limit = mean + 2 * statistics.stdev(past) if mean > 20 else CROW_GARDNER[int(mean)]
            assert found.upper_bound[t, s] == pytest.approx(limit, rel=1e-12)
            assert found.expected[t, s] == pytest.approx(mean, rel=1e-12)
            assert found.alarm[t, s] == (column[t] > found.upper_bound[t, s])


@given(
    options,
    st.sampled_from([0.05, 2, 30, 5000]),
    st.sampled_from([0.001, 0.05, 0.5]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, deadline=None)
def test_bayes_bounds_are_quantiles_of_the_predictive_distribution(
    chosen, level, alpha, gaps, seed
):
    b, w, this_year = chosen
    rng = np.random.default_rng(seed)
    counts = rng.poisson(level, (50, 2)).astype(float)
    if gaps:
        counts[rng.random(counts.shape) < 0.1] = np.nan
    found = bayes(counts, b=b, w=w, this_year=this_year, alpha=alpha, period="month")
    for s in range(2):
        column = [float(x) for x in counts[:, s]]
        for t in range(0, 50, 3):
            past = slow_baseline(column, t, b, w, this_year=this_year)
            past = [x for x in past or [] if not np.isnan(x)]
            if np.isnan(column[t]):
                assert found.note[t, s] == Note.MISSING
            elif not past:
                assert found.note[t, s] == Note.HISTORY_TOO_SHORT
            else:
                predicted = nbinom(sum(past) + 0.5, len(past) / (len(past) + 1))
                assert found.upper_bound[t, s] == predicted.ppf(1 - alpha)
                assert found.extra["p_value"][t, s] == pytest.approx(
                    predicted.sf(column[t] - 1), rel=1e-8
                )
                assert found.alarm[t, s] == (column[t] > found.upper_bound[t, s])


@pytest.mark.parametrize("detect", PRESETS)
def test_series_do_not_touch_each_other_and_a_part_is_like_the_whole(detect):
    counts = np.random.default_rng(11).poisson(6, (160, 5)).astype(float)
    counts[20, 1] = counts[130, 2] = np.nan
    order = [3, 0, 4, 2, 1]
    whole, other = detect(counts), detect(counts[:, order], judge=slice(-30, None))
    for field in ("upper_bound", "score", "expected", "alarm", "note"):
        np.testing.assert_array_equal(
            getattr(whole, field)[-30:, order], getattr(other, field)[-30:]
        )
    assert (other.note[:-30] == Note.NOT_ASKED).all()
    assert whole.note[130, 2] == Note.MISSING


@pytest.mark.parametrize("detect", [rki_1, rki_2, rki_3])
def test_large_counts_scale(detect):
    counts = np.random.default_rng(2).poisson(60, (160, 2)).astype(float)
    once, more = detect(counts), detect(10 * counts)
    np.testing.assert_allclose(more.upper_bound, 10 * once.upper_bound)
    np.testing.assert_array_equal(more.alarm, once.alarm)


def test_more_cases_in_the_baseline_never_lower_the_bayes_bound():
    counts = np.tile(np.arange(200.0), (8, 1))
    bound = bayes_1(counts).upper_bound[-1]
    assert (np.diff(bound) >= 0).all()


@pytest.mark.parametrize("detect", PRESETS)
def test_zeros_large_counts_and_empty_input_are_harmless(detect):
    zeros = detect(np.zeros((130, 2)))
    assert not zeros.alarm.any()
    judged = zeros.note == Note.JUDGED
    assert (zeros.score[judged & (zeros.expected == 0)] == 0).all()
    assert not detect(np.full((130, 1), 1e9)).alarm.any()
    assert detect(np.zeros((0, 2))).alarm.shape == (0, 2)
    assert detect(np.zeros((130, 0))).alarm.shape == (130, 0)


def test_a_gap_in_the_rki_baseline_is_judged_only_on_demand():
    counts = np.array([3.0, np.nan, 4, 5, 3, 4, 30])
    assert rki_1(counts).note[-1, 0] == Note.HISTORY_TOO_SHORT
    lenient = rki(counts, b=0, w=6, this_year=True, min_reported=5)
    assert lenient.alarm[-1, 0]
    assert lenient.expected[-1, 0] == pytest.approx(3.8)


@pytest.mark.parametrize("detect", [rki, bayes])
@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        ([1, -1], {}, "series number 1, time 2: count -1 is negative"),
        ([1, 2], {"b": -1}, "b and w"),
        ([1, 2], {"w": 52}, "less than a year"),
        ([1, 2], {"b": 0, "this_year": False}, "no baseline"),
        ([1, 2], {"min_reported": 99}, "min_reported"),
        ([1, 2], {"period": "year"}, "period"),
    ],
)
def test_bad_input_is_refused_with_its_reason(detect, counts, options, words):
    with pytest.raises(ValueError, match=words):
        detect(counts, **options)


def test_an_impossible_alpha_is_refused():
    with pytest.raises(ValueError, match="alpha"):
        bayes([1, 2], alpha=1)


@pytest.mark.goldens
def test_agrees_with_the_reference():
    data = reference_data() / "detection"
    if not (data / "golden" / "rki_bayes_cdc.csv.gz").exists():
        pytest.skip("reference data are not here")
    rows = rki_bayes_cdc.compare(data)
    assert rows
    assert [row for row in rows if row.falls_short] == []
