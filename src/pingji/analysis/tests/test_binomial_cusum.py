"""The cumulative sum on proportions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import binom

from pingji.analysis.detect.binomial_cusum import binomial_cusum
from pingji.analysis.detect.loglinear import harmonic_design
from pingji.analysis.detect.result import Note
from tests.goldens import binomial_cusum as golden
from tests.goldens.rows import reference_data


def example(seed, times=60, share=0.1):
    rng = np.random.default_rng(seed)
    tested = rng.integers(0, 80, times).astype(float)
    return rng.binomial(tested.astype(int), share).astype(float), tested


@given(st.sampled_from([2.0, 0.5]), st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_sum_is_that_of_the_definition(odds_ratio, seed):
    counts, tested = example(seed)
    found = binomial_cusum(counts, tested, proportion=np.full(60, 0.08), odds_ratio=odds_ratio, h=2)
    odds = odds_ratio * 0.08 / 0.92
    total = 0.0
    for t, (x, n) in enumerate(zip(counts, tested, strict=True)):
        before = total
        gain = binom.logpmf(x, n, odds / (1 + odds)) - binom.logpmf(x, n, 0.08)
        total = max(0.0, total + gain)
        assert found.score[t, 0] == pytest.approx(total, abs=1e-9)
        assert found.alarm[t, 0] == (total > 2)
        if odds_ratio > 1:
            alarms = [
                before + binom.logpmf(y, n, odds / (1 + odds)) - binom.logpmf(y, n, 0.08) > 2
                for y in range(int(n) + 1)
            ]
            assert found.upper_bound[t, 0] == (alarms.index(True) - 1 if any(alarms) else n)
        if found.alarm[t, 0]:
            total = 0.0


def test_the_curve_is_the_likeliest():
    counts, tested = example(1, times=140)
    found = binomial_cusum(counts, tested, training=104)
    design = harmonic_design(np.arange(1, 141), cycle=52, trend=True, origin=104)

    def loss(b):
        share = 1 / (1 + np.exp(-design[:104] @ b))
        return -binom.logpmf(counts[:104], tested[:104], share).sum()

    best = minimize(loss, np.array([-2.0, 0, 0, 0]), method="BFGS")
    share = 1 / (1 + np.exp(-design[104:] @ best.x))
    assert found.extra["proportion"][104:, 0] == pytest.approx(share, rel=1e-3)
    assert found.expected[104:, 0] == pytest.approx(share * tested[104:], rel=1e-3)
    assert (found.note[:104] == Note.HISTORY_TOO_SHORT).all()


def test_more_testing_alone_does_not_alarm_and_a_higher_share_does():
    tested, positives = np.full(150, 50.0), np.full(150, 5.0)
    tested[110:], positives[110:] = 500.0, 50.0
    assert not binomial_cusum(positives, tested, harmonics=0, trend=False).alarm.any()
    positives[120:] = 100.0
    assert binomial_cusum(positives, tested, harmonics=0, trend=False).alarm[120:].any()


def test_missing_figures_and_hopeless_fits_are_not_judged():
    counts, tested = example(2, times=120)
    counts[110], tested[112] = np.nan, np.nan
    counts[112] = np.nan
    found = binomial_cusum(counts, tested)
    assert (found.note[[110, 112], 0] == Note.MISSING).all()
    assert (found.note[[111, 113], 0] == Note.JUDGED).all()
    none = binomial_cusum(np.zeros(120), np.full(120, 9.0))
    assert (none.note[104:] == Note.NO_FIT).all()
    assert not none.alarm.any()


def test_more_positives_than_tested_are_refused_by_place():
    counts = np.ones((4, 2))
    counts[2, 1] = 7
    with pytest.raises(ValueError, match="series number 2, time 3: 7 positives of 5 tested"):
        binomial_cusum(counts, np.full((4, 2), 5.0))


@pytest.mark.parametrize(
    "options",
    [{"h": 0}, {"odds_ratio": 1}, {"proportion": np.ones(9)}, {"proportion": np.zeros(9)}],
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError):
        binomial_cusum(np.ones(9), np.full(9, 5.0), **options)


@pytest.mark.parametrize("shape", [(9,), (8, 1)])
def test_shapes_must_fit(shape):
    if shape == (9,):
        assert binomial_cusum(np.ones(9), np.full(shape, 5.0)).note.shape == (9, 1)
        return
    with pytest.raises(ValueError, match="shape"):
        binomial_cusum(np.ones(9), np.full(shape, 5.0))


@pytest.mark.goldens
def test_all_rows_of_the_reference_agree():
    data = reference_data() / "detection"
    if not data.is_dir():
        pytest.skip(f"{data} is not there")
    for row in golden.compare(data):
        assert row.agree == row.rows, row
