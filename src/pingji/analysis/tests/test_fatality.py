"""Case fatality with delay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from pingji.analysis.estimate import EstimateNote, case_fatality, discretised_delay


@settings(max_examples=40, deadline=None)
@given(
    arrays(float, (12, 2), elements=st.integers(0, 50).map(float)),
    arrays(float, (12, 2), elements=st.integers(0, 2).map(float)),
)
def test_agrees_with_the_definition_day_by_day(cases, deaths):
    weights = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
    result = case_fatality(cases, deaths, delay_weights=weights)
    cdf = np.cumsum(np.append(weights, np.zeros(20)))
    for s in range(2):
        for t in range(12):
            resolved = sum(cases[i, s] * cdf[t - i] for i in range(t + 1))
            died = deaths[: t + 1, s].sum()
            assert result.resolved[t, s] == pytest.approx(resolved)
            if resolved < 1:
                assert result.note[t, s] == EstimateNote.TOO_FEW_CASES
            elif died > resolved + 1e-9:
                assert result.note[t, s] == EstimateNote.INCONSISTENT
                assert np.isnan(result.ratio[t, s])
            elif died < resolved - 1e-9:
                assert result.ratio[t, s] == pytest.approx(died / resolved)
                upper = stats.beta.ppf(0.975, died + 1, resolved - died)
                assert result.upper[t, s] == pytest.approx(upper, rel=1e-6)
                lower = stats.beta.ppf(0.025, died, resolved - died + 1) if died else 0.0
                assert result.lower[t, s] == pytest.approx(lower, rel=1e-6, abs=1e-12)


def test_an_instant_outcome_gives_the_interval_of_clopper_and_pearson():
    result = case_fatality([10, 20, 70], [1, 2, 4], delay_weights=[1.0])
    exact = stats.binomtest(7, 100).proportion_ci(0.95, method="exact")
    assert (result.lower[-1, 0], result.upper[-1, 0]) == pytest.approx((exact.low, exact.high))
    assert result.ratio[-1, 0] == result.crude[-1, 0] == pytest.approx(0.07)


def test_the_crude_ratio_is_too_low_while_cases_grow_and_the_corrected_one_is_not():
    cases = np.round(1000 * np.exp(0.1 * np.arange(60)))
    delay = discretised_delay(15.0, 5.0, 60)
    deaths = np.round(0.03 * np.convolve(cases, delay)[:60])
    result = case_fatality(cases, deaths, delay_mean=15.0, delay_sd=5.0)
    assert result.crude[-1, 0] < 0.012
    assert result.ratio[-1, 0] == pytest.approx(0.03, rel=0.01)
    assert result.lower[-1, 0] < 0.03 < result.upper[-1, 0]


def test_from_a_missing_count_on_nothing_is_estimated():
    result = case_fatality([50, 50, np.nan, 50], [1, 1, 1, 1], delay_weights=[1.0])
    assert list(result.note[:, 0]) == [0, 0, EstimateNote.MISSING, EstimateNote.MISSING]
    assert np.isnan(result.crude[2:]).all()


def test_permuted_series_give_permuted_estimates():
    rng = np.random.default_rng(6)
    cases, deaths = rng.poisson(50, (9, 3)), rng.poisson(1, (9, 3))
    straight = case_fatality(cases, deaths, delay_mean=2.0, delay_sd=1.0)
    permuted = case_fatality(
        cases[:, [1, 2, 0]], deaths[:, [1, 2, 0]], delay_mean=2.0, delay_sd=1.0
    )
    np.testing.assert_array_equal(straight.upper[:, [1, 2, 0]], permuted.upper)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"delay_mean": 3.0},
        {"delay_mean": 3.0, "delay_sd": 1.0, "delay_weights": [1.0]},
        {"delay_weights": [0.5]},
        {"delay_weights": [-1.0, 2.0]},
        {"delay_mean": 0.0, "delay_sd": 1.0},
        {"delay_weights": [1.0], "level": 0.0},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(ValueError):
        case_fatality([1, 2], [0, 0], **options)


def test_cases_and_deaths_must_have_one_shape():
    with pytest.raises(ValueError, match="shape"):
        case_fatality([1, 2, 3], [0, 0], delay_weights=[1.0])
