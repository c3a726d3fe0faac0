"""Poisson cumulative sums: run lengths, designs, and the sum for a changing mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from pingji.analysis.detect.result import Note
from pingji.analysis.detect.rogerson import find_h, find_k, poisson_cusum_arl, rogerson
from tests.goldens import poisson_cusum_arl as golden_arl
from tests.goldens import poisson_cusum_findH as golden_find_h
from tests.goldens import rogerson as golden_rogerson
from tests.goldens.rows import reference_data


def stepped_through(h10, k10, theta, start):
    """Average run length by following the shares of sums, in tenths, until none is left."""
    move = np.zeros((h10, h10))
    for x, p in enumerate(poisson.pmf(np.arange(40), theta)):
        for here in range(h10):
            there = max(0, here + 10 * x - k10)
            if there < h10:
                move[here, there] += p
    share, total = np.zeros(h10), 0.0
    share[start] = 1.0
    while share.sum() > 1e-12:
        total += share.sum()
        share = share @ move
    return total


@given(st.integers(5, 40), st.integers(3, 40), st.sampled_from([0.3, 1.0, 2.5]))
@settings(max_examples=20, deadline=None)
def test_the_run_length_is_that_of_the_chain_stepped_through(h10, k10, theta):
    arl, fast_start = poisson_cusum_arl(h10 / 10, k10 / 10, theta)
    if arl < 2000:
        assert arl == pytest.approx(stepped_through(h10, k10, theta, 0), rel=1e-6)
        unit = int(np.gcd.reduce([10, h10, k10]))
        half = h10 // unit // 2 * unit
        assert fast_start == pytest.approx(stepped_through(h10, k10, theta, half), rel=1e-6)


def test_simulated_charts_run_as_long_as_worked_out():
    rng = np.random.default_rng(1)
    h, k, theta = 4.0, 1.5, 1.0
    runs = []
    for _ in range(3000):
        total, steps = 0.0, 0
        while total < h:
            total = max(0.0, total + rng.poisson(theta) - k)
            steps += 1
        runs.append(steps)
    error = np.std(runs) / np.sqrt(len(runs))
    assert abs(np.mean(runs) - poisson_cusum_arl(h, k, theta)[0]) < 4 * error


@given(st.floats(0.1, 60), st.sampled_from([0.5, 1.0, 2.0]))
@settings(max_examples=40, deadline=None)
def test_the_reference_value_lies_between_the_means_and_off_the_halves(theta0, s):
    raised = theta0 + s * np.sqrt(theta0)
    exact, rounded = find_k(theta0, s=s, digits=None), find_k(theta0, s=s)
    assert theta0 < exact < raised
    assert abs(rounded - exact) <= 0.1 + 1e-9
    assert rounded % 0.5 != 0


@given(st.sampled_from([100.0, 300.0, 1000.0]), st.floats(0.2, 30))
@settings(max_examples=15, deadline=None)
def test_a_design_runs_about_as_long_as_asked_or_longer(arl0, theta0):
    found = find_h(arl0, theta0)
    assert found.arl == pytest.approx(poisson_cusum_arl(found.h, found.k, theta0)[0])
    assert found.gap == pytest.approx(abs(found.arl - arl0) / arl0)
    assert found.gap < 0.03 or found.arl > arl0


def test_the_sum_is_that_of_the_definition():
    rng = np.random.default_rng(4)
    mean = np.tile(np.array([0.5, 1.2, 3.0, 1.2]), 15)
    counts = rng.poisson(mean * 1.4).astype(float)
    counts[20] = np.nan
    for limit in (None, 0.5):
        found = rogerson(counts, theta0=mean, arl0=50, limit=limit)
        common = find_h(50, 1.2, rel_tol=0.02).h
        total = 0.0
        for t, x in enumerate(counts):
            design = find_h(50, mean[t], rel_tol=0.02)
            if limit is not None and total >= common:
                total = min(total, limit * common)
            smallest = found.extra["cases"][t, 0]
            before = total
            if np.isnan(x):
                assert found.note[t, 0] == Note.MISSING
                continue
            scale = common / design.h
            total = max(0.0, total + scale * (x - design.k))
            assert found.score[t, 0] == pytest.approx(total)
            assert found.alarm[t, 0] == (total >= common)
            assert found.upper_bound[t, 0] == smallest - 1
            assert before + scale * (smallest - design.k) >= common - 1e-9


def test_permuted_series_give_permuted_results():
    rng = np.random.default_rng(2)
    counts = rng.poisson([1.0, 3.0, 0.4], (130, 3)).astype(float)
    order = [2, 0, 1]
    straight, permuted = rogerson(counts), rogerson(counts[:, order])
    assert np.array_equal(straight.score[:, order], permuted.score, equal_nan=True)
    assert (straight.note[:104] == Note.HISTORY_TOO_SHORT).all()


def test_a_series_without_a_case_in_training_is_not_judged():
    counts = np.zeros((110, 1))
    counts[109] = 9
    found = rogerson(counts)
    assert (found.note[104:] == Note.NO_FIT).all()
    assert not found.alarm.any()


@pytest.mark.parametrize(
    "options",
    [{"arl0": 1}, {"s": 0}, {"limit": 2}, {"theta0": np.zeros(120)}, {"rel_tol": 0}],
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError):
        rogerson(np.ones(120), **options)


@pytest.mark.parametrize("arguments", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (0.01, 1, 1)])
def test_a_chain_needs_positive_arguments(arguments):
    with pytest.raises(ValueError):
        poisson_cusum_arl(*arguments)


@pytest.mark.goldens
@pytest.mark.parametrize("golden", [golden_arl, golden_find_h, golden_rogerson])
def test_all_rows_of_the_reference_agree(golden):
    data = reference_data() / "detection"
    if not data.is_dir():
        pytest.skip(f"{data} is not there")
    for row in golden.compare(data):
        assert row.agree == row.rows, row
