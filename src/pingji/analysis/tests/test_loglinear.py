"""Log-linear fits: the maximum of the likelihood, and what happens where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import digamma, polygamma
from scipy.stats import nbinom, poisson

from pingji.analysis.detect import loglinear
from pingji.analysis.detect.loglinear import fit_log_linear, harmonic_design


def example(seed, alpha=0.4, times=80):
    rng = np.random.default_rng(seed)
    design = harmonic_design(np.arange(1, times + 1), cycle=20, trend=True, origin=times)
    mean = np.exp(design @ np.array([1.2, 0.5, 0.4, -0.3]))
    return design, rng.negative_binomial(1 / alpha, 1 / (1 + alpha * mean)).astype(float)


def log_likelihood(counts, mean, alpha):
    if alpha == 0:
        return poisson.logpmf(counts, mean).sum()
    return nbinom.logpmf(counts, 1 / alpha, 1 / (1 + alpha * mean)).sum()


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.5]))
@settings(max_examples=10, deadline=None)
def test_the_fit_has_the_largest_likelihood(seed, alpha):
    design, counts = example(seed)
    fit = fit_log_linear(counts[:, None], design, alpha=alpha)

    def loss(b):
        return -log_likelihood(counts, np.exp(design @ b), alpha)

    best = minimize(loss, fit.coefficients[:, 0], method="BFGS", options={"gtol": 1e-6})
    assert loss(fit.coefficients[:, 0]) <= best.fun + 1e-9


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_dispersion_and_means_together_have_the_largest_likelihood(seed):
    design, counts = example(seed)
    fit = fit_log_linear(counts[:, None], design, alpha=None)
    b, alpha = fit.coefficients[:, 0], fit.alpha[0]
    there = log_likelihood(counts, np.exp(design @ b), alpha)
    for step in (0.99, 1.01):
        nearby = fit_log_linear(counts[:, None], design, alpha=alpha * step)
        mean = np.exp(design @ nearby.coefficients[:, 0])
        assert log_likelihood(counts, mean, alpha * step) < there


@pytest.mark.parametrize("pattern", [[5.0, 5.0], [4.0, 6.0]])
def test_counts_no_more_varied_than_poisson_have_no_dispersion(pattern):
    design = harmonic_design(np.arange(1, 53), cycle=52)
    counts = np.tile(pattern, 26)[:, None]
    fit = fit_log_linear(counts, design, alpha=None)
    assert fit.alpha[0] == 0
    assert fit.coefficients[:, 0] == pytest.approx([np.log(5), 0, 0], abs=1e-3)
    # R's search for the dispersion ends somewhere near 0.
    assert 0 <= fit_log_linear(counts, design, alpha=None, compat=True).alpha[0] < 0.01


def test_missing_counts_are_left_out():
    design, counts = example(1)
    holed = counts.copy()
    holed[[3, 40]] = np.nan
    kept = ~np.isnan(holed)
    found = fit_log_linear(holed[:, None], design)
    expected = fit_log_linear(counts[kept, None], design[kept])
    assert found.coefficients == pytest.approx(expected.coefficients)


def test_the_covariance_is_the_inverse_information():
    design, counts = example(2)
    fit = fit_log_linear(counts[:, None], design, alpha=0.4)
    mean = np.exp(design @ fit.coefficients[:, 0])
    information = design.T @ (design * (mean / (1 + 0.4 * mean))[:, None])
    assert fit.covariance[0] @ information == pytest.approx(np.eye(4), abs=1e-6)


def test_no_case_or_too_few_time_points_mean_no_fit():
    design = harmonic_design(np.arange(1, 53), cycle=52)
    assert np.isnan(fit_log_linear(np.zeros((52, 1)), design).coefficients).all()
    assert np.isnan(fit_log_linear(np.ones((2, 1)), design[:2]).coefficients).all()


def test_cases_at_one_season_only_put_the_other_seasons_at_no_cases():
    design = harmonic_design(np.arange(1, 105), cycle=52, harmonics=2)
    counts = np.zeros((104, 1))
    counts[50] = 1
    for compat in (False, True):
        fit = fit_log_linear(counts, design, alpha=0.0, compat=compat)
        mean = np.exp(design @ fit.coefficients[:, 0])
        assert np.isfinite(mean).all()
        assert mean.sum() == pytest.approx(1, rel=1e-2)
        assert mean[:26].sum() < 1e-3


def test_a_column_told_by_the_others_is_left_out():
    design = harmonic_design(np.arange(1, 53), cycle=52)
    counts = np.random.default_rng(1).poisson(4.0, (52, 1)).astype(float)
    twice = fit_log_linear(counts, np.column_stack([design, design[:, 0] * 2]))
    once = fit_log_linear(counts, design)
    assert twice.coefficients[:3] == pytest.approx(once.coefficients)
    assert twice.coefficients[3] == 0


@pytest.mark.parametrize("x", [0.01, 0.5, 3.0, 9.99, 10.0, 250.0, 1e5])
def test_digamma_and_trigamma_agree_with_scipy(x):
    assert loglinear._digamma(x) == pytest.approx(digamma(x), rel=1e-13)
    assert loglinear._trigamma(x) == pytest.approx(polygamma(1, x), rel=1e-13)
