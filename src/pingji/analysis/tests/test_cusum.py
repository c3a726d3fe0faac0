"""The CUSUM chart, its transformations and its seasonal reference."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize

from pingji.analysis.detect.cusum import cusum
from pingji.analysis.detect.harmonic import yearly_wave
from pingji.analysis.detect.result import Note
from pingji.analysis.detect.transformations import TRANSFORMATIONS, restore, transform
from tests.goldens import cusum as golden
from tests.goldens.rows import reference_data


def slow_z(name: str, x: float, m: float, alpha: float) -> float:
    """The published formulas, one count at a time."""
    if name == "standard":
        return (x - m) / math.sqrt(m)
    if name == "rossi":
        return (x - 3 * m + 2 * math.sqrt(x * m)) / (2 * math.sqrt(m))
    if name == "anscombe":
        return 3 / 2 * (x ** (2 / 3) - m ** (2 / 3)) / m ** (1 / 6)
    if name == "anscombe2nd":
        return (x ** (2 / 3) - (m ** (2 / 3) - m ** (-1 / 3) / 9)) / (2 / 3 * m ** (1 / 6))
    if name == "pearsonNegBin":
        return (x - m) / math.sqrt(m + alpha * m**2)
    if name == "anscombeNegBin":
        # With y = u^3 the integral of (y + alpha y^2)^(-1/3) has no pole at 0.
        area = quad(lambda u: 3 * u / (1 + alpha * u**3) ** (1 / 3), m ** (1 / 3), x ** (1 / 3))
        return area[0] / (m + alpha * m**2) ** (1 / 6)
    return x


@given(
    name=st.sampled_from(TRANSFORMATIONS),
    level=st.sampled_from([0.3, 2.0, 40.0]),
    k=st.sampled_from([0.25, 1.04]),
    h=st.sampled_from([1.0, 2.26, 6.0]),
    reset=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_the_sum_is_that_of_the_definition(name, level, k, h, reset, seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(level, (30, 2)).astype(float)
    counts[rng.random(counts.shape) < 0.05] = np.nan
    m = 1.1 * level
    found = cusum(counts, m=m, k=k, h=h, transformation=name, alpha=0.2, reset=reset)
    for s in range(2):
        total = 0.0
        for t in range(30):
            if reset and total >= h:
                total = 0.0
            if np.isnan(counts[t, s]):
                assert found.note[t, s] == Note.MISSING
                continue
            total = max(0.0, total + slow_z(name, counts[t, s], m, 0.2) - k)
            assert found.score[t, s] == pytest.approx(total, rel=1e-7, abs=1e-7)
            assert found.alarm[t, s] == (found.score[t, s] >= h)
            assert found.alarm[t, s] == (counts[t, s] > found.upper_bound[t, s])


@given(
    name=st.sampled_from(TRANSFORMATIONS),
    m=st.floats(0.01, 5000),
    x=st.floats(0, 20000),
    alpha=st.floats(0.01, 3),
)
@settings(max_examples=200, deadline=None)
def test_the_inverse_of_a_transformation_gives_the_count_back(name, m, x, alpha):
    z = transform(name, np.array([x]), np.array([m]), alpha, compat=False)
    assert restore(name, z, np.array([m]), alpha)[0] == pytest.approx(x, rel=1e-6, abs=1e-6)


def test_the_bound_is_the_largest_count_that_would_not_alarm():
    rng = np.random.default_rng(1)
    counts = rng.poisson(6, (120, 1)).astype(float)
    for name in TRANSFORMATIONS:
        options = {"transformation": name, "m": 6.0, "k": 0.5, "h": 3.0, "start": 0}
        whole = cusum(counts, **options)
        for t in (40, 80, 119):
            bound = whole.upper_bound[t, 0]
            changed = counts[: t + 1].copy()
            changed[t] = max(0, bound)
            assert cusum(changed, **options).alarm[t, 0] == (bound < 0)
            changed[t] = bound + 1
            assert cusum(changed, **options).alarm[t, 0]


def test_the_wave_is_the_fit_of_largest_likelihood():
    rng = np.random.default_rng(3)
    t = np.arange(150)
    mean = np.exp(1 + 0.8 * np.cos(2 * np.pi * t / 52) - 0.3 * np.sin(2 * np.pi * t / 52))
    counts = rng.poisson(mean[:104, None], (104, 3)).astype(float)
    counts[5, 1] = np.nan
    found = yearly_wave(counts, 52, 46)
    x = np.stack([np.ones(150), np.cos(2 * np.pi * t / 52), np.sin(2 * np.pi * t / 52)], axis=1)
    for s in range(3):
        seen = ~np.isnan(counts[:, s])
        y, rows = counts[seen, s], x[:104][seen]
        best = minimize(
            lambda b, y=y, rows=rows: np.exp(rows @ b).sum() - y @ rows @ b,
            np.zeros(3),
            jac=lambda b, y=y, rows=rows: rows.T @ (np.exp(rows @ b) - y),
            tol=1e-10,
        )
        np.testing.assert_allclose(found[:, s], np.exp(x[104:] @ best.x), rtol=1e-5)


def test_a_seasonal_reference_does_not_alarm_on_the_season():
    t = np.arange(312)
    season = np.rint(30 * np.exp(0.9 * np.cos(2 * np.pi * t / 52)))
    assert not cusum(season, m="glm").alarm.any()
    assert cusum(season, m=None).alarm.any()


def test_series_do_not_touch_each_other_and_a_part_is_like_the_whole():
    counts = np.random.default_rng(5).poisson(4, (200, 4)).astype(float)
    counts[30, 2] = np.nan
    order = [2, 0, 3, 1]
    for m in (None, "glm", 4.0):
        whole = cusum(counts, m=m, start=104)
        part = cusum(counts[:, order], m=m, start=104, judge=slice(150, 190))
        for field in ("upper_bound", "score", "expected", "alarm", "note"):
            np.testing.assert_allclose(
                np.asarray(getattr(whole, field)[150:190, order], float),
                np.asarray(getattr(part, field)[150:190], float),
                rtol=1e-9,
            )
        assert (part.note[190:] == Note.NOT_ASKED).all()
        assert (whole.note[31:104] == Note.HISTORY_TOO_SHORT).all()


def test_the_chart_begins_where_judging_begins_or_after_two_years():
    counts = np.random.default_rng(5).poisson(4, 200).astype(float)
    late = cusum(counts, judge=slice(-49, None))
    assert late.expected[-1, 0] == pytest.approx(counts[:-49].mean())
    assert late.note[-49, 0] == Note.JUDGED
    assert cusum(counts).expected[-1, 0] == pytest.approx(counts[:104].mean())
    assert cusum(counts, period="month").expected[-1, 0] == pytest.approx(counts[:24].mean())
    assert cusum(counts, m=4.0).note[0, 0] == Note.JUDGED


def test_standard_sums_do_not_change_when_counts_and_mean_are_scaled_by_a_square():
    counts = np.random.default_rng(8).poisson(9, (40, 2)).astype(float)
    once = cusum(counts, m=9.0)
    more = cusum(4 * counts, m=36.0, k=2 * 1.04, h=2 * 2.26)
    np.testing.assert_allclose(more.score, 2 * once.score, atol=1e-9)


def test_nothing_expected_and_no_history_are_said():
    zeros = np.zeros((120, 2))
    zeros[110, 0] = 1
    assert (cusum(zeros).note[104:] == Note.NO_SPREAD).all()
    assert not cusum(zeros).alarm.any()
    assert (cusum(np.ones(50)).note == Note.HISTORY_TOO_SHORT).all()
    unreported = np.full((120, 1), np.nan)
    unreported[104:] = 3
    assert (
        cusum(unreported).note == [[Note.MISSING]] * 104 + [[Note.HISTORY_TOO_SHORT]] * 16
    ).all()
    assert cusum(np.zeros((0, 2))).alarm.shape == (0, 2)
    assert cusum(np.zeros((120, 0)), m="glm").alarm.shape == (120, 0)
    assert cusum(np.full(120, 1e9)).score[-1, 0] == 0


def test_the_coarse_table_has_no_values_for_large_counts():
    counts = np.array([3.0, 1200, 3])
    exact = cusum(counts, m=5.0, transformation="anscombeNegBin")
    assert (exact.note == Note.JUDGED).all()
    table = cusum(counts, m=5.0, transformation="anscombeNegBin", compat=True)
    assert list(table.note[:, 0]) == [Note.JUDGED, Note.NO_FIT, Note.NO_FIT]


@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        ([1, -1], {}, "series number 1, time 2: count -1 is negative"),
        ([1, 2], {"k": 0}, "k must be above 0"),
        ([1, 2], {"h": -1}, "h must be above 0"),
        ([1, 2], {"alpha": 0}, "alpha must be above 0"),
        ([1, 2], {"transformation": "log"}, "transformation"),
        ([1, 2], {"m": -1}, "m must be 0 or more"),
        ([1, 2], {"m": [1, 2]}, "one number or 1"),
        ([1, 2], {"m": "mean"}, "'glm'"),
        ([1, 2], {"start": -1}, "start"),
        ([1, 2], {"period": "year"}, "period"),
    ],
)
def test_bad_input_is_refused_with_its_reason(counts, options, words):
    with pytest.raises(ValueError, match=words):
        cusum(counts, **options)


@pytest.mark.goldens
def test_agrees_with_the_reference():
    data = reference_data() / "detection"
    if not (data / "golden" / "cusum.csv.gz").exists():
        pytest.skip("reference data are not here")
    rows = golden.compare(data)
    assert rows
    assert [row for row in rows if row.falls_short] == []
