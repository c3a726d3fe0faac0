"""Nowcasts under reporting delay."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from pingji.analysis.estimate import EstimateNote, nowcast, reporting_triangle
from tests.goldens import nowcast as golden
from tests.goldens.rows import reference_data

DAY = np.datetime64("2024-03-01")
METHODS = ["bayes_notrunc_bnb", "bayes_trunc", "bayes_notrunc", "lawless"]


def outbreak(seed=1, days=60, growth=0.0, level=20.0):
    """A line list whose delays are geometric with mean 2, and the true daily numbers."""
    rng = np.random.default_rng(seed)
    truth = rng.poisson(level * np.exp(growth * np.arange(days)))
    event = DAY + np.repeat(np.arange(days), truth)
    delay = np.minimum(rng.geometric(1 / 3, len(event)) - 1, 10)
    return event, event + delay, truth


def triangle_of(seed=1, **options):
    event, report, truth = outbreak(seed, **options)
    return reporting_triangle(event, report, now=DAY + len(truth) - 1, max_delay=10), truth


def test_the_triangle_counts_each_case_by_event_and_delay():
    event, report, _ = outbreak(days=20)
    now = DAY + 19
    triangle = reporting_triangle(event, report, now=now, max_delay=5)
    for t in range(20):
        for d in range(6):
            days = (report - event).astype(int)
            wanted = (event == DAY + t) & (report <= now) & (days >= 5 if d == 5 else days == d)
            if t + d > 19:
                assert np.isnan(triangle.counts[t, d])
            else:
                assert triangle.counts[t, d] == wanted.sum()
    assert triangle.reported.sum() == (report <= now).sum()
    assert triangle.not_yet_reported == (report > now).sum()


@pytest.mark.parametrize(("period", "first"), [("week", "2024-02-26"), ("month", "2024-03-01")])
def test_weeks_begin_on_monday_and_months_on_the_first(period, first):
    event = np.array(["2024-03-01", "2024-03-03", "2024-04-30"], "datetime64[D]")
    report = event + 40
    triangle = reporting_triangle(event, report, now="2024-06-20", period=period, max_delay=1)
    assert str(triangle.dates[0]) == first
    assert triangle.counts[0].sum() == 2


def test_rows_already_summed_count_as_many_cases():
    event, report = np.array([DAY, DAY + 1]), np.array([DAY, DAY + 3])
    triangle = reporting_triangle(event, report, now=DAY + 3, max_delay=2, cases=[5, 7])
    assert triangle.reported.tolist() == [5, 7, 0, 0]


def test_a_report_before_its_event_is_refused_with_its_row():
    with pytest.raises(ValueError, match="row 2"):
        reporting_triangle([DAY, DAY + 5], [DAY, DAY + 4], now=DAY + 9, max_delay=1)


def test_unknown_dates_are_left_out_and_counted():
    event = np.array([DAY, np.datetime64("NaT"), DAY + 1])
    triangle = reporting_triangle(event, np.array([DAY, DAY, DAY + 1]), now=DAY + 4, max_delay=1)
    assert (triangle.without_dates, triangle.reported.sum()) == (1, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"now": DAY - 1}, "no case was reported"),
        ({"max_delay": 9}, "at least 10"),
        ({"max_delay": 0}, "max_delay"),
        ({"period": "year"}, "period"),
        ({"cases": [1]}, "cases"),
    ],
)
def test_impossible_triangles_are_refused(options, message):
    given = {"now": DAY + 3, "max_delay": 1} | options
    with pytest.raises(ValueError, match=message):
        reporting_triangle([DAY, DAY], [DAY, DAY], **given)


@pytest.mark.parametrize("method", METHODS)
def test_complete_days_are_what_they_are_and_recent_ones_scaled_up(method):
    triangle, truth = triangle_of()
    result = nowcast(triangle, method=method)
    assert (result.median[:-10] == truth[:-10]).all()
    assert (result.lower[:-10] == result.upper[:-10]).all()
    judged = result.note == 0
    assert (result.lower[judged] >= result.reported[judged]).all()
    assert (result.lower[judged] <= result.median[judged]).all()
    assert (result.median[judged] <= result.upper[judged]).all()
    assert result.median[-1] > 1.5 * result.reported[-1]
    assert (np.diff(result.reported_share[-10:]) < 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(method):
    inside = total = 0
    for seed in range(25):
        triangle, truth = triangle_of(seed, days=40)
        result = nowcast(triangle, method=method, level=0.9, samples=150, seed=seed)
        recent = slice(-9, -1)
        inside += ((result.lower <= truth) & (truth <= result.upper))[recent].sum()
        total += 8
    assert 0.84 <= inside / total <= 0.98


def test_the_exact_method_is_beta_negative_binomial():
    triangle, _ = triangle_of(days=30)
    result = nowcast(triangle, method="bayes_notrunc_bnb", level=0.8)
    for lag in (0, 3, 8):
        t = 29 - lag
        n = triangle.reported[t]
        at = np.nansum(triangle.counts, axis=0) + 0.1
        a, b = at[: lag + 1].sum(), at[lag + 1 :].sum()
        share = stats.beta(a, b).ppf((np.arange(4000) + 0.5) / 4000)
        for p, bound in ((0.1, result.lower[t]), (0.5, result.median[t]), (0.9, result.upper[t])):

            def exceed(total, n=n, share=share):
                return stats.nbinom.cdf(total - n, n + 1, share).mean()

            assert exceed(bound) > p - 1e-3
            assert exceed(bound - 1) <= p + 1e-3


def test_a_sampled_method_with_certain_delays_is_negative_binomial():
    event = DAY + np.repeat(np.arange(40), 1000)
    report = event + np.tile(np.arange(1000) % 4 // 3, 40)  # a quarter is a day late
    triangle = reporting_triangle(event, report, now=DAY + 39, max_delay=1)
    result = nowcast(
        triangle, method="bayes_trunc", prior=(800.0, 40_000.0), prior_kappa=1e-6, samples=4000
    )
    size = 800**2 / (40_000 - 800)
    q = 800 / (800 + size) * 0.25
    exact = stats.nbinom(size + 750, 1 - q).ppf([0.025, 0.5, 0.975]) + 750
    ours = [result.lower[-1], result.median[-1], result.upper[-1]]
    assert np.abs(ours - exact).max() <= 4


def test_truncation_biases_only_the_method_that_ignores_it():
    triangle, _ = triangle_of(3, days=25, growth=0.25, level=5.0)
    lean, sound = (nowcast(triangle, method=m) for m in ("bayes_notrunc", "bayes_trunc"))
    assert lean.reported_share[-1] > 1.2 * sound.reported_share[-1]


def test_the_interval_of_lawless_counts_the_uncertain_delays():
    triangle, _ = triangle_of(days=14, level=8.0)
    full, reference = (nowcast(triangle, method="lawless", reference=r) for r in (False, True))
    known = full.note == EstimateNote.ESTIMATED
    assert (full.upper - full.lower)[known].sum() > 1.2 * (reference.upper - reference.lower)[
        known
    ].sum()


def test_lawless_says_that_it_cannot_scale_up_nothing():
    event, report, truth = outbreak()
    keep = event != DAY + len(truth) - 1
    triangle = reporting_triangle(event[keep], report[keep], now=DAY + 59, max_delay=10)
    result = nowcast(triangle, method="lawless")
    assert result.note[-1] == EstimateNote.TOO_FEW_CASES
    assert np.isnan(result.median[-1])


def test_bounds_beyond_the_support_are_said_to_be():
    triangle, _ = triangle_of()
    result = nowcast(triangle, method="bayes_notrunc_bnb", support_max=30)
    outside = result.note == EstimateNote.OUTSIDE_SUPPORT
    assert outside[-1]
    assert np.isnan(result.upper[-1])
    assert not outside[:-10].any()


def test_only_the_window_teaches_the_delays():
    slow = np.array([[DAY + d, DAY + d + 4] for d in range(30)])
    fast = np.array([[DAY + d, DAY + d] for d in range(30, 60) for _ in range(5)])
    rows = np.concatenate([slow, fast])
    triangle = reporting_triangle(rows[:, 0], rows[:, 1], now=DAY + 59, max_delay=5)
    assert nowcast(triangle, window=20).reported_share[-1] > 0.98
    assert nowcast(triangle).reported_share[-1] < 0.9


def test_the_same_seed_gives_the_same_bounds():
    triangle, _ = triangle_of()
    first, second = (nowcast(triangle, seed=4, samples=50) for _ in range(2))
    np.testing.assert_array_equal(first.upper, second.upper)


@pytest.mark.parametrize(
    "options",
    [
        {"level": 1.2},
        {"window": 0},
        {"prior_kappa": 0},
        {"support_max": 0},
        {"method": "guess"},
        {"method": "bayes_trunc", "prior": (5.0, 4.0)},
        {"method": "bayes_trunc", "samples": 0},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(ValueError):
        nowcast(triangle_of(days=15)[0], **options)


@pytest.mark.goldens
def test_agrees_with_the_reference():
    data = reference_data() / "detection"
    if not (data / "golden" / "nowcast.csv.gz").exists():
        pytest.skip("reference data are not here")
    rows = golden.compare(Path(data))
    assert sum(row.agree for row in rows) > 0
    assert [row for row in rows if row.falls_short] == []
