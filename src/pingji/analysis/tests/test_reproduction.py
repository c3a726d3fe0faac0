"""Instantaneous reproduction number."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from pingji.analysis.estimate import (
    EstimateNote,
    UncertainSerialInterval,
    discretised_serial_interval,
    reproduction_number,
)
from pingji.analysis.estimate.gamma_quantile import standard_gamma_quantiles
from tests.goldens import epiestim
from tests.goldens.rows import reference_data

epidemics = arrays(
    float, st.tuples(st.integers(9, 25), st.integers(1, 3)), elements=st.integers(0, 30).map(float)
)
ROUGH = UncertainSerialInterval(
    mean=3.0,
    mean_sd=0.4,
    mean_min=2.0,
    mean_max=4.0,
    sd=1.5,
    sd_sd=0.2,
    sd_min=1.0,
    sd_max=2.0,
    draws=40,
    seed=3,
)


def slow_posterior(counts, w, start, end, prior_mean=5.0, prior_sd=5.0, imported=None):
    """Shape and scale straight from the definition, for one series and window."""
    shape, rate = (prior_mean / prior_sd) ** 2, prior_mean / prior_sd**2
    for t in range(start, end + 1):
        shape += counts[t] - (imported[t] if imported is not None else 0)
        rate += sum(w[k] * counts[t - k] for k in range(min(t + 1, len(w))))
    return shape, 1 / rate


@settings(max_examples=40, deadline=None)
@given(epidemics, st.floats(1.5, 6), st.floats(0.5, 3), st.integers(1, 7))
def test_agrees_with_the_definition_window_by_window(counts, mean, sd, window):
    result = reproduction_number(
        counts, si_mean=mean, si_sd=sd, window=window, keep_uninformed=True
    )
    w = discretised_serial_interval(mean, sd, len(counts))
    for i, (start, end) in enumerate(zip(result.start, result.end, strict=True)):
        for s in range(counts.shape[1]):
            if end + 1 <= w @ np.arange(len(w)):
                assert result.note[i, s] == EstimateNote.TOO_EARLY
                assert np.isnan(result.mean[i, s])
                continue
            shape, scale = slow_posterior(counts[:, s], w, start, end)
            posterior = stats.gamma(shape, scale=scale)
            assert result.mean[i, s] == pytest.approx(posterior.mean(), rel=1e-9)
            assert result.sd[i, s] == pytest.approx(posterior.std(), rel=1e-9)
            assert result.quantiles[:, i, s] == pytest.approx(
                posterior.ppf(result.probabilities), rel=1e-7, abs=1e-12
            )


@settings(max_examples=30, deadline=None)
@given(epidemics, st.randoms())
def test_permuted_series_give_permuted_estimates(counts, random):
    order = list(range(counts.shape[1]))
    random.shuffle(order)
    straight = reproduction_number(counts, si_mean=3.0, si_sd=1.5)
    permuted = reproduction_number(counts[:, order], si_mean=3.0, si_sd=1.5)
    np.testing.assert_array_equal(straight.quantiles[:, :, order], permuted.quantiles)
    np.testing.assert_array_equal(straight.note[:, order], permuted.note)


def test_a_vague_prior_makes_the_estimate_free_of_scale():
    counts = np.round(100 * np.exp(0.08 * np.arange(40)))
    small, large = (
        reproduction_number(factor * counts, si_mean=5.0, si_sd=2.0, prior_mean=1e3, prior_sd=1e6)
        for factor in (1, 1000)
    )
    np.testing.assert_allclose(small.mean, large.mean, rtol=1e-3)


def test_steady_growth_gives_the_reproduction_number_of_that_growth():
    weights = discretised_serial_interval(5.0, 2.0, 200)
    counts = np.round(1000 * np.exp(0.05 * np.arange(200)))
    truth = 1 / (weights @ np.exp(-0.05 * np.arange(200)))
    result = reproduction_number(counts, si_mean=5.0, si_sd=2.0)
    assert result.quantile(0.5)[-1, 0] == pytest.approx(truth, rel=1e-3)


def test_windows_of_our_own_agree_with_sliding_ones():
    counts = np.random.default_rng(1).poisson(8, (60, 3))
    sliding = reproduction_number(counts, si_mean=4.0, si_sd=2.0, window=7)
    chosen = np.array([40, 3, 17])
    own = reproduction_number(counts, si_mean=4.0, si_sd=2.0, windows=(chosen + 1, chosen + 7))
    np.testing.assert_allclose(own.quantiles, sliding.quantiles[:, chosen], rtol=1e-12)


def test_imported_cases_infect_but_were_not_infected_here():
    counts, imported = np.full(30, 10.0), np.zeros(30)
    imported[12:] = 4
    result = reproduction_number(
        counts, si_weights=[0, 0.5, 0.5], imported=imported, window=5, prior_mean=2, prior_sd=1
    )
    shape, scale = slow_posterior(counts, [0, 0.5, 0.5], 20, 24, 2, 1, imported)
    assert result.mean[19, 0] == pytest.approx(shape * scale)


def test_an_uncertain_serial_interval_is_the_mixture_of_its_draws():
    counts = np.random.default_rng(2).poisson(6, 20)
    result = reproduction_number(counts, si_uncertain=ROUGH, window=5)
    weights, means = ROUGH.sample(20)
    for i in (3, 9, 14):
        draws = [
            stats.gamma(a, scale=b)
            for a, b in (
                slow_posterior(counts, w, result.start[i], result.end[i])
                for w, m in zip(weights.T, means, strict=True)
                if result.end[i] + 1 > m
            )
        ]
        mean = np.mean([d.mean() for d in draws])
        square = np.mean([d.var() + d.mean() ** 2 for d in draws])
        assert result.mean[i, 0] == pytest.approx(mean)
        assert result.sd[i, 0] == pytest.approx(np.sqrt(square - mean**2))
        for p, q in zip(result.probabilities, result.quantiles[:, i, 0], strict=True):
            assert np.mean([d.cdf(q) for d in draws]) == pytest.approx(p, abs=1e-8)


def test_draws_given_as_columns_are_one_mixture():
    weights = np.stack([discretised_serial_interval(m, 1.5, 30) for m in (3.0, 3.5)], axis=1)
    counts = np.random.default_rng(3).poisson(9, 30)
    both = reproduction_number(counts, si_weights=weights)
    apart = [reproduction_number(counts, si_weights=w).mean for w in weights.T]
    np.testing.assert_allclose(both.mean[3:], np.mean(apart, axis=0)[3:], rtol=1e-12)


def test_nobody_to_infect_is_said_not_estimated():
    counts = np.zeros(30)
    result = reproduction_number(counts, si_mean=3.0, si_sd=1.0)
    assert set(result.note[:, 0]) == {EstimateNote.NO_INFECTORS}
    assert np.isnan(result.mean).all()
    kept = reproduction_number(counts, si_mean=3.0, si_sd=1.0, keep_uninformed=True)
    np.testing.assert_allclose(kept.mean, 5.0)


def test_missing_counts_leave_out_the_windows_that_lean_on_them():
    counts = np.full(40, 20.0)
    counts[20] = np.nan
    result = reproduction_number(counts, si_weights=[0, 0.5, 0.5], window=4)
    missing = result.note[:, 0] == EstimateNote.MISSING
    # Windows with the gap inside, and those up to two days later that it would have infected.
    assert list(np.flatnonzero(missing)) == [16, 17, 18, 19, 20, 21]
    assert np.isfinite(result.mean[~missing & (result.note[:, 0] == 0)]).all()


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        ([1, -2, 3, 4], {"window": 2}, "series number 1, time 2"),
        ([1, 2.5, 3, 4], {"window": 2}, "whole number"),
        ([1, 2, 3, 4], {"window": 4}, "at least 5 steps"),
        ([1, 2, 3, 4], {"window": 2, "prior_sd": 0}, "prior"),
        ([1, 2, 3, 4], {"windows": ([0], [2])}, "start at index 1"),
        ([1, 2, 3, 4], {"windows": ([1], [4])}, "end before"),
        ([1, 2, 3, 4], {"window": 2, "imported": [0, 3, 0, 0]}, "time 2: more imported"),
        ([1, 2, 3, 4], {"window": 2, "si_weights": [0, 1]}, "exactly one"),
        ([1, 2, 3, 4], {"window": 2, "probabilities": (0.5, 1.0)}, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused_with_its_place(counts, options, message):
    with pytest.raises(ValueError, match=message):
        reproduction_number(counts, si_mean=3.0, si_sd=1.0, **options)


@pytest.mark.parametrize(
    "weights", [[0.5, 0.5], [0, 0.4], [0, -1, 2], [[[0, 1]]], [1.0], [0, np.nan, 1]]
)
def test_serial_intervals_that_are_no_probabilities_are_refused(weights):
    with pytest.raises(ValueError):
        reproduction_number([1, 2, 3, 4], si_weights=weights, window=2)


@given(
    arrays(float, st.integers(1, 30), elements=st.integers(0, 2_000_000).map(float)),
    st.floats(0.05, 30),
)
@settings(max_examples=40, deadline=None)
def test_gamma_quantiles_agree_with_scipy_at_every_size(cases, offset):
    probabilities = (0.001, 0.025, 0.5, 0.975)
    ours = standard_gamma_quantiles(cases, offset, probabilities)
    theirs = stats.gamma.ppf(np.array(probabilities)[:, None], cases + offset)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-300)


@pytest.mark.goldens
def test_agrees_with_the_reference():
    data = reference_data() / "detection"
    if not (data / "golden" / "epiestim.csv.gz").exists():
        pytest.skip("reference data are not here")
    rows = epiestim.compare(Path(data))
    assert sum(row.agree for row in rows) > 0
    assert [row for row in rows if row.falls_short] == []
