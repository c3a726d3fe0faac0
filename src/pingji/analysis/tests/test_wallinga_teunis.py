"""Case reproduction number by Wallinga and Teunis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pingji.analysis.estimate import EstimateNote, discretised_serial_interval, wallinga_teunis

W = np.array([0, 0.3, 0.4, 0.2, 0.1])


def slow_mean(counts, w, start, end):
    """Average number infected per case of the window, case by case."""
    onsets = [t for t, n in enumerate(counts) for _ in range(int(n))]
    infected = 0.0
    for t in onsets:
        pressure = [w[t - j] if 0 < t - j < len(w) else 0.0 for j in onsets]
        if sum(pressure) > 0:
            infected += sum(
                p for p, j in zip(pressure, onsets, strict=True) if start <= j <= end
            ) / sum(pressure)
    cases = sum(start <= j <= end for j in onsets)
    return infected / cases if cases else np.nan


@settings(max_examples=30, deadline=None)
@given(arrays(float, st.integers(6, 14), elements=st.integers(0, 5).map(float)), st.integers(1, 4))
def test_agrees_with_counting_case_by_case(counts, window):
    result = wallinga_teunis(counts, si_weights=W, window=window, correct_recent=False)
    for i, (start, end) in enumerate(zip(result.start, result.end, strict=True)):
        expected = slow_mean(counts, W, start, end)
        assert result.mean[i, 0] == pytest.approx(expected, nan_ok=True)
        empty = counts[start : end + 1].sum() == 0
        assert (result.note[i, 0] == EstimateNote.TOO_FEW_CASES) == empty


def test_intervals_are_those_of_drawn_ancestries():
    rng = np.random.default_rng(5)
    counts = rng.poisson(6, 15)
    result = wallinga_teunis(counts, si_weights=W, window=4, correct_recent=False)
    i = 5
    onsets = np.repeat(np.arange(15), counts)
    infected = np.zeros(20_000)
    for t in onsets:
        pressure = np.array([W[t - j] * counts[j] if 0 < t - j < len(W) else 0 for j in range(15)])
        if pressure.sum() > 0:
            inside = pressure[result.start[i] : result.end[i] + 1].sum() / pressure.sum()
            infected += rng.random(20_000) < inside
    cases = counts[result.start[i] : result.end[i] + 1].sum()
    assert result.mean[i, 0] * cases == pytest.approx(infected.mean(), abs=0.1)
    assert result.sd[i, 0] * cases == pytest.approx(infected.std(), rel=0.03)
    drawn = np.quantile(infected, result.probabilities)
    assert np.abs(result.quantiles[:, i, 0] * cases - drawn).max() <= 1


def test_recent_cases_are_scaled_up_with_a_wider_interval():
    counts = np.full(40, 30)
    weights = discretised_serial_interval(5.0, 2.0, 40)
    plain = wallinga_teunis(counts, si_weights=weights, correct_recent=False)
    mended = wallinga_teunis(counts, si_weights=weights)
    last = np.flatnonzero(mended.note[:, 0] == 0)[-1]

    assert plain.mean[last, 0] < 0.8
    assert mended.mean[last, 0] == pytest.approx(1, abs=0.1)
    width = mended.quantiles[-1, :, 0] - mended.quantiles[0, :, 0]
    assert width[last] > width[last - 10]
    assert mended.note[-1, 0] == EstimateNote.TOO_RECENT
    np.testing.assert_allclose(mended.mean[15, 0], plain.mean[15, 0], rtol=1e-3)


def test_the_first_cases_have_no_infector_but_infect():
    result = wallinga_teunis([5, 0, 10, 0, 0, 0], si_weights=W, windows=([1], [2]))
    assert result.mean[0, 0] == 0


def test_imported_cases_were_infected_by_nobody_here():
    counts = [0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]
    imported = [0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4]
    result = wallinga_teunis(
        counts, si_weights=W, imported=imported, window=1, correct_recent=False
    )
    assert result.mean[5, 0] == 0
    assert result.mean[0, 0] > 0


def test_permuted_series_give_permuted_estimates():
    counts = np.random.default_rng(4).poisson(5, (20, 3))
    straight = wallinga_teunis(counts, si_weights=W)
    permuted = wallinga_teunis(counts[:, [2, 0, 1]], si_weights=W)
    np.testing.assert_array_equal(straight.quantiles[:, :, [2, 0, 1]], permuted.quantiles)


def test_a_missing_count_is_refused_with_its_place():
    with pytest.raises(ValueError, match="series 永和, time 3"):
        wallinga_teunis([1, 2, np.nan, 4], si_weights=W, window=2, names=["永和"])


def test_several_draws_are_refused():
    with pytest.raises(ValueError, match="one serial interval"):
        wallinga_teunis(np.ones(9), si_weights=np.stack([W, W], axis=1), window=2)
