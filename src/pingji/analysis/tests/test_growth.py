"""Growth rate and doubling time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from pingji.analysis.estimate import (
    EstimateNote,
    discretised_serial_interval,
    growth_rate,
    reproduction_from_growth,
)


def slow_fit(y):
    """Poisson log-linear fit by plain iterated weighted least squares; rate and standard error."""
    seen = ~np.isnan(y)
    y, x = y[seen], np.arange(len(y))[seen].astype(float)
    design = np.column_stack([np.ones_like(x), x - x.mean()])
    eta = np.log(y + 0.5)
    for _ in range(200):
        mu = np.exp(eta)
        z = eta + (y - mu) / mu
        information = design.T @ (mu[:, None] * design)
        beta = np.linalg.solve(information, design.T @ (mu * z))
        eta = design @ beta
    mu = np.exp(eta)
    phi = max(1.0, ((y - mu) ** 2 / mu).sum() / (len(y) - 2))
    information = design.T @ (mu[:, None] * design)
    return beta[1], np.sqrt(phi * np.linalg.inv(information)[1, 1]), len(y) - 2


counts_with_gaps = arrays(
    float,
    st.tuples(st.just(9), st.integers(1, 3)),
    elements=st.one_of(st.integers(1, 40).map(float), st.just(np.nan)),
)


@settings(max_examples=40, deadline=None)
@given(counts_with_gaps)
def test_agrees_with_iterated_least_squares(counts):
    result = growth_rate(counts, window=7)
    for i in range(len(result.start)):
        for s in range(counts.shape[1]):
            y = counts[i : i + 7, s]
            if result.note[i, s] != 0:
                assert np.isnan(result.rate[i, s])
                assert (~np.isnan(y)).sum() < 4 or np.nansum(y) < 5
                continue
            rate, sd, freedom = slow_fit(y)
            assert result.rate[i, s] == pytest.approx(rate, abs=1e-7)
            assert result.sd[i, s] == pytest.approx(sd, rel=1e-6)
            half = stats.t.ppf(0.975, freedom) * sd
            assert result.upper[i, s] - result.lower[i, s] == pytest.approx(2 * half, rel=1e-6)


def test_exact_growth_is_found_with_its_doubling_time():
    counts = np.round(1e6 * 2 ** (np.arange(30) / 5))
    result = growth_rate(counts, window=14)
    np.testing.assert_allclose(result.rate, np.log(2) / 5, rtol=1e-6)
    np.testing.assert_allclose(result.doubling_time, 5, rtol=1e-6)
    assert (result.doubling_lower <= result.doubling_time).all()
    assert (result.doubling_time <= result.doubling_upper).all()


def test_falling_cases_have_a_halving_time():
    result = growth_rate(np.round(1e6 * 2 ** (-np.arange(20) / 4)), window=10)
    np.testing.assert_allclose(result.doubling_time, -4, rtol=1e-4)
    assert (result.upper < 0).all()


def test_no_doubling_bounds_while_growth_or_decline_is_open():
    result = growth_rate([5, 6, 5, 6, 5, 6, 5, 6], window=8)
    assert np.isfinite(result.doubling_time).all()
    assert np.isnan(result.doubling_lower).all()
    assert np.isnan(result.doubling_upper).all()


def test_time_turned_round_turns_the_sign():
    counts = np.random.default_rng(1).poisson(9, (12, 4)).astype(float)
    there, back = growth_rate(counts, window=12), growth_rate(counts[::-1], window=12)
    np.testing.assert_allclose(there.rate, -back.rate, atol=1e-10)
    np.testing.assert_allclose(there.lower, -back.upper, atol=1e-10)


def test_more_spread_than_poisson_widens_the_interval():
    counts = [1, 30, 2, 40, 1, 50, 3, 60]
    quasi, poisson = (growth_rate(counts, window=8, dispersion=d) for d in ("quasi", "poisson"))
    assert quasi.sd > 2 * poisson.sd
    assert quasi.rate == poisson.rate


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ([0, 0, 0, 0, 0, 0], EstimateNote.TOO_FEW_CASES),
        ([0, 0, 0, 0, 0, 9], EstimateNote.UNBOUNDED),
        ([9, 0, 0, 0, 0, 0], EstimateNote.UNBOUNDED),
        ([9, np.nan, np.nan, np.nan, 8, 9], EstimateNote.MISSING),
    ],
)
def test_what_cannot_be_fitted_says_why(counts, note):
    result = growth_rate(counts, window=6)
    assert result.note[0, 0] == note
    assert np.isnan([result.rate[0, 0], result.lower[0, 0], result.doubling_time[0, 0]]).all()


def test_one_case_beside_many_at_the_edge_is_a_steep_but_finite_rate():
    result = growth_rate([0, 0, 0, 0, 1, 100000], window=6)
    assert result.rate[0, 0] == pytest.approx(np.log(100000), rel=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        {"window": 3},
        {"window": 7},
        {"window": 6, "level": 1.0},
        {"window": 6, "min_observed": 2},
        {"window": 6, "dispersion": "none"},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(ValueError):
        growth_rate([1, 2, 3, 4, 5, 6], **options)


def test_reproduction_from_growth_inverts_the_euler_lotka_equation():
    weights = discretised_serial_interval(5.0, 2.0, 60)
    r = np.array([-0.1, 0.0, 0.1])
    values = reproduction_from_growth(r, weights)
    for rate, value in zip(r, values, strict=True):
        assert value * sum(w * np.exp(-rate * k) for k, w in enumerate(weights)) == pytest.approx(1)
    assert values[1] == pytest.approx(1)
