"""Seasonal negative binomial detection, with and without reporting delay."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import nbinom, poisson

from pingji.analysis.detect.boda import LARGEST, _mixture, _quantile, boda, boda_delay
from pingji.analysis.detect.result import Note
from tests.goldens import bodaDelay
from tests.goldens.r_random import normal_numbers
from tests.goldens.rows import reference_data

DELAYS = np.array([0.25, 0.35, 0.2, 0.15, 0.05])


def example(seed, weeks=230, series=1, shape=4.0):
    rng = np.random.default_rng(seed)
    mean = np.exp(2.5 + 0.6 * np.sin(2 * np.pi * np.arange(weeks) / 52))[:, None]
    return rng.negative_binomial(shape, shape / (shape + mean), (weeks, series)).astype(float)


def triangle(counts, seed, delays=DELAYS):
    rng = np.random.default_rng(seed)
    return np.array([[rng.multinomial(int(n), delays) for n in row] for row in counts]).transpose(
        0, 2, 1
    ).astype(float)  # fmt: skip


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_the_fit_is_the_likeliest_and_the_bound_its_mixed_quantile(seed):
    counts = example(seed)
    found = boda(counts, b=3, trend=False, alpha=0.02, limit54=(0, 4), judge=slice(-1, None))
    now = len(counts) - 1
    rows = [t for k in (3, 2, 1) for t in range(now - 52 * k - 3, now - 52 * k + 4)]
    base = counts[rows, 0]

    def loss(b):
        size = np.exp(-b[1])
        return -nbinom.logpmf(base, size, size / (size + np.exp(b[0]))).sum()

    # One level: its mean is the mean of the baseline, whatever the dispersion.
    best = minimize(lambda a: loss([math.log(base.mean()), a[0]]), [-1.0], method="Nelder-Mead")
    assert found.expected[now, 0] == pytest.approx(base.mean())
    a = math.exp(best.x[0])
    if a < 1e-4:
        return
    assert found.extra["dispersion"][now, 0] == pytest.approx(a, rel=1e-3)
    se = math.sqrt((1 / base.mean() + a) / len(base))
    assert found.extra["se"][now, 0] == pytest.approx(se, rel=1e-3)
    # Without error of the dispersion, by plain sampling: a little lower, the same within noise.
    rng = np.random.default_rng(1)
    means = base.mean() * np.exp(se * rng.normal(size=200_000))
    sampled = np.quantile(rng.negative_binomial(1 / a, 1 / (1 + a * means)), 0.98)
    assert sampled - 2 <= found.upper_bound[now, 0] <= 1.3 * sampled + 3


def test_false_alarms_come_as_often_as_asked():
    counts = example(11, weeks=300, series=30)
    options = {"b": 3, "periods": 10, "past_weeks_not_included": 26, "trend": False}
    found = boda(counts, alpha=0.05, judge=slice(-20, None), **options)
    assert 0.02 < found.alarm[-20:].mean() < 0.08


def test_given_draws_make_means_and_sizes_together():
    counts = example(3)
    draws = normal_numbers(1, 400)
    found = boda(counts, b=3, alpha=0.05, draws=draws, judge=slice(-1, None))
    mean = math.log(found.expected[-1, 0])
    a, se = found.extra["dispersion"][-1, 0], found.extra["se"][-1, 0]
    bound = found.upper_bound[-1, 0]
    # The error of the size is not among the results; without it the bound is about the same.
    size = np.full(400, 1 / a)
    means = np.exp(mean + se * draws)
    below = [nbinom.cdf(y, size, size / (size + means)).mean() for y in (1.3 * bound, bound / 1.3)]
    assert below[0] > 0.95 > below[1]


def test_r_draws_these_normal_numbers():
    ours = normal_numbers(1, 5)
    theirs = [-0.626453810742, 0.183643324222, -0.835628612410, 1.595280802138, 0.329507771815]
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_a_trend_is_followed_and_a_population_of_series_is_judged_apart():
    weeks = np.arange(230)
    counts = np.round(np.exp(2 + 0.005 * weeks))[:, None]
    flat, rising = (boda(counts, b=3, trend=t, judge=slice(-1, None)) for t in (False, True))
    assert rising.expected[-1, 0] == pytest.approx(counts[-1, 0], rel=0.05)
    assert flat.expected[-1, 0] < 0.8 * counts[-1, 0]
    both = boda(np.hstack([counts, counts[:, ::-1] * 2]), b=3, judge=slice(-1, None))
    assert both.upper_bound[-1, 0] == rising.upper_bound[-1, 0]


def test_poisson_counts_get_poisson_bounds():
    counts = np.full((230, 1), 9.0)
    found = boda(counts, b=3, alpha=0.01, trend=False, judge=slice(-1, None))
    assert found.extra["dispersion"][-1, 0] == 0
    plain = poisson.ppf(0.99, 9.0)
    assert plain <= found.upper_bound[-1, 0] <= plain + 2


def test_points_that_cannot_be_judged_say_why():
    counts = example(5, series=3)
    counts[:, 1] = 0
    counts[-1, 2] = np.nan
    found = boda(counts, b=3)
    assert (found.note[: 3 * 52] == Note.HISTORY_TOO_SHORT).all()
    assert (found.note[200:, 1] == Note.TOO_FEW_CASES).all()
    assert found.note[-1, 2] == Note.MISSING
    counts[-1, 1] = 9
    assert boda(counts, b=3).note[-1, 1] == Note.NO_FIT
    assert not boda(counts, b=3).alarm[-1, 1]


def test_a_trend_that_runs_away_is_no_judgement():
    # Cases in the newest season of the baseline only: the slope has no end, nor has the mean.
    outcomes = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        counts = np.zeros(400)
        counts[257 + rng.integers(0, 7, 3)] = rng.integers(1, 30, 3)
        counts[309:] = 3
        found = boda(counts, judge=slice(300, 330))
        outcomes |= set(found.note[300:330, 0].tolist())
        judged = found.note[300:330, 0] == Note.JUDGED
        assert (found.upper_bound[300:330, 0][judged] <= LARGEST).all()
    assert outcomes >= {Note.JUDGED, Note.NO_FIT}


@pytest.mark.parametrize(("log_mean", "se"), [(20.0, 30.0), (-5.0, 400.0)])
def test_the_search_for_a_bound_ends_whatever_the_error(log_mean, se):
    for dispersion in (0.0, 2.0):
        bound = _quantile(0.95, *_mixture(log_mean, se, dispersion, 0.1 * dispersion, None))
        assert np.isnan(bound) or bound <= LARGEST


def slow_reported(cells, t, lag, window):
    """Share reported within the lag by the product of chances, each cell by itself."""
    share = 1.0
    for d in range(lag + 1, cells.shape[1]):
        rows = [i for i in range(t + lag - d - window + 1, t + lag - d + 1) if i >= 0]
        late = sum(cells[i, d] for i in rows)
        share *= 1 - late / sum(cells[i, e] for i in rows for e in range(d + 1))
    return share


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_the_share_reported_is_learnt_from_what_was_known(lag):
    counts = example(7)
    cells = triangle(counts, 8)
    found = boda_delay(cells, lag=lag, b=3, delay_window=20, judge=slice(210, 214))
    for t in range(210, 214):
        slow = slow_reported(cells[..., 0], t, lag, 20)
        assert found.extra["reported"][t, 0] == pytest.approx(slow)
        assert found.observed[t, 0] == cells[t, : lag + 1].sum()
        assert found.expected[t, 0] == pytest.approx(slow * found.extra["final"][t, 0])
    assert found.extra["reported"][210, 0] == pytest.approx(DELAYS[: lag + 1].sum(), abs=0.1)


def test_nothing_that_came_later_changes_a_judgement():
    counts = example(9)
    cells = triangle(counts, 10)
    found = boda_delay(cells, lag=1, b=3, judge=slice(205, 206))
    later = cells.copy()
    known = np.arange(230)[:, None] + np.arange(5) <= 206
    later[~known] += 50
    same = boda_delay(later, lag=1, b=3, judge=slice(205, 206))
    for name in ("observed", "expected", "upper_bound", "score"):
        assert getattr(found, name)[205] == pytest.approx(getattr(same, name)[205])
    cut = boda_delay(cells[:207], lag=1, b=3, judge=slice(205, 206))
    assert found.upper_bound[205] == pytest.approx(cut.upper_bound[205])


def test_when_all_reports_are_in_it_is_the_detector_without_delay():
    counts = example(12)
    cells = triangle(counts, 13)
    options = {"b": 3, "judge": slice(215, 220)}
    with_delay, without = boda_delay(cells, lag=4, **options), boda(counts, **options)
    assert with_delay.upper_bound[215:220] == pytest.approx(without.upper_bound[215:220])


def test_an_outbreak_shows_before_its_reports_are_in():
    counts = example(14)
    counts[-1] = 6 * counts[-60:-1].mean()
    cells = triangle(counts, 15)
    first = cells[-1, 0, 0]
    found = boda_delay(cells, b=3, alpha=0.01, judge=slice(-1, None))
    assert found.alarm[-1, 0]
    assert not boda(np.append(counts[:-1, 0], first), b=3, alpha=0.01).alarm[-1, 0]


def test_permuted_series_give_permuted_results():
    counts = example(16, series=3)
    cells = triangle(counts, 17)
    order = [2, 0, 1]
    options = {"b": 3, "judge": slice(-2, None)}
    for detect, data in ((boda, counts), (boda_delay, cells)):
        straight, permuted = detect(data, **options), detect(data[..., order], **options)
        assert np.array_equal(straight.upper_bound[:, order], permuted.upper_bound, equal_nan=True)


@pytest.mark.parametrize(
    "options",
    [
        {"b": 0},
        {"w": -1},
        {"periods": 0},
        {"alpha": 1},
        {"limit54": (-1, 4)},
        {"limit54": (5, 0)},
        {"past_weeks_not_included": -1},
        {"period": "year"},
    ],
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError):
        boda(np.ones(300), **options)


def test_bad_triangles_are_refused_by_place():
    cells = np.ones((10, 3))
    cells[9, 1:] = cells[8, 2] = np.nan
    assert boda_delay(cells, b=1).note.shape == (10, 1)
    cells[4, 1] = np.nan
    with pytest.raises(ValueError, match="series number 1, time 5: cases of delay 1 are missing"):
        boda_delay(cells, b=1)
    cells[4, 1] = -2
    with pytest.raises(ValueError, match="number 1, delay 1, time 5: count -2 is negative"):
        boda_delay(cells, b=1)
    with pytest.raises(ValueError, match="shape"):
        boda_delay(np.ones(10))
    with pytest.raises(ValueError, match="lag"):
        boda_delay(np.ones((10, 3)), lag=-1)


@pytest.mark.goldens
def test_all_rows_of_the_reference_agree():
    data = reference_data() / "detection"
    if not data.is_dir():
        pytest.skip(f"{data} is not there")
    for row in bodaDelay.compare(data):
        assert row.agree == row.rows, row
