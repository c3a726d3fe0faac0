"""Serial intervals and delays in whole days."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from pingji.analysis.estimate import (
    UncertainSerialInterval,
    discretised_delay,
    discretised_serial_interval,
)
from tests.goldens import discr_si, epiestim_si
from tests.goldens.rows import reference_data


def slow_weight(k: int, mean: float, sd: float, shift: float) -> float:
    """The definition: a gamma density seen through a triangle of half-width 1 around k."""
    density = stats.gamma((mean - shift) ** 2 / sd**2, shift, sd**2 / (mean - shift)).pdf
    left, _ = integrate.quad(
        lambda u: density(u) * (1 - abs(u - k)), max(shift, k - 1), max(shift, k)
    )
    right, _ = integrate.quad(
        lambda u: density(u) * (1 - abs(u - k)), max(shift, k), max(shift, k + 1)
    )
    return left + right


@pytest.mark.parametrize(("mean", "sd"), [(2.6, 1.5), (8.4, 3.8), (14.9, 3.9)])
def test_each_probability_is_the_integral_of_its_definition(mean, sd):
    ours = discretised_serial_interval(mean, sd, 25)
    assert ours == pytest.approx([slow_weight(k, mean, sd, 1) for k in range(25)], abs=1e-8)
    delay = discretised_delay(mean, sd, 25)
    assert delay == pytest.approx([slow_weight(k, mean, sd, 0) for k in range(25)], abs=1e-8)


@given(st.floats(1.2, 30), st.floats(0.3, 15))
def test_a_long_enough_interval_sums_to_one_and_keeps_its_mean(mean, sd):
    size = int(mean + 60 * sd + 60 * sd**2 / (mean - 1)) + 10
    for weights in (discretised_serial_interval(mean, sd, size), discretised_delay(mean, sd, size)):
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1, abs=1e-8)
        assert weights @ np.arange(size) == pytest.approx(mean, rel=1e-6)


def test_nobody_infects_on_the_day_of_his_own_onset():
    assert discretised_serial_interval(2.0, 1.0, 5)[0] == 0


@pytest.mark.parametrize(("mean", "sd"), [(1.0, 1.0), (0.5, 1.0), (3.0, 0.0), (np.nan, 1.0)])
def test_impossible_intervals_are_refused(mean, sd):
    with pytest.raises(ValueError, match="interval|sd"):
        discretised_serial_interval(mean, sd, 10)


def rough(**changes) -> UncertainSerialInterval:
    given = {
        "mean": 4.0,
        "mean_sd": 1.0,
        "mean_min": 2.0,
        "mean_max": 6.0,
        "sd": 2.0,
        "sd_sd": 0.5,
        "sd_min": 1.0,
        "sd_max": 3.0,
    }
    return UncertainSerialInterval(**given | changes)


def test_drawn_intervals_stay_within_their_limits_and_repeat_with_the_seed():
    weights, means = rough(draws=2000, seed=7).sample(40)
    again, _ = rough(draws=2000, seed=7).sample(40)
    other, _ = rough(draws=2000, seed=8).sample(40)

    assert means.min() >= 2
    assert means.max() <= 6
    assert means.mean() == pytest.approx(4, abs=0.1)
    assert (weights == again).all()
    assert (weights != other).any()


@pytest.mark.parametrize(
    "change", [{"mean_min": 1.0}, {"mean_max": 3.0}, {"sd_min": 0.0}, {"mean_sd": 0}, {"draws": 0}]
)
def test_limits_out_of_order_are_refused(change):
    with pytest.raises(ValueError):
        rough(**change)


@pytest.mark.goldens
@pytest.mark.parametrize("file", [discr_si, epiestim_si])
def test_agrees_with_the_reference(file):
    data = reference_data() / "detection"
    if not (data / "golden" / f"{file.FILE}.csv.gz").exists():
        pytest.skip("reference data are not here")
    rows = file.compare(Path(data))
    assert sum(row.agree for row in rows) > 0
    assert [row for row in rows if row.falls_short] == []
