import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pingji.analysis.detect import farrington_flexible, fit_flexible
from pingji.analysis.detect.farrington.explain import explain_flexible
from pingji.analysis.detect.result import Note
from pingji.analysis.tests import plain_farrington as plain
from tests.goldens import farrington_flexible as golden
from tests.goldens import farrington_flexible_trace as golden_trace
from tests.goldens import farrington_flexible_trace_scalars as golden_scalars
from tests.goldens.rows import reference_data

NOUFAILY = {"periods": 10, "past_weeks_not_included": 26, "p_threshold_trend": 1}


def weekly(seed, length=330, series=3, level=4.0, phi=1.5):
    """Seasonal overdispersed counts with a slight trend and one past outbreak."""
    rng = np.random.default_rng(seed)
    t = np.arange(length)[:, None]
    mean = level * np.exp(0.5 * np.cos(2 * np.pi * t / 52) + 0.001 * t) * np.ones(series)
    counts = rng.negative_binomial(mean / (phi - 1), 1 / phi).astype(float)
    counts[length // 2, :] += 6 * level
    return counts


# The definition -----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    level=st.sampled_from([0.3, 2.0, 40.0]),
    b=st.integers(1, 4),
    w=st.integers(0, 2),
    periods=st.integers(1, 5),
    past=st.sampled_from([None, 0, 4]),
    trend=st.booleans(),
    p_threshold_trend=st.sampled_from([0.05, 0.5, 1.0]),
    reweight=st.booleans(),
    weights_threshold=st.sampled_from([1.0, 2.58]),
    errors=st.sampled_from(["corrected", "compat"]),
    gaps=st.booleans(),
    people=st.booleans(),
)
def test_agrees_with_the_definition_written_out(
    seed, level, b, w, periods, past, trend, p_threshold_trend, reweight, weights_threshold,
    errors, gaps, people,
):  # fmt: skip
    rng = np.random.default_rng(seed)
    # Four cases in each month of the window keep the fit away from means of 0.
    y = rng.negative_binomial(level + 1, 0.4, size=(12 * b + 6, 2)) + rng.poisson(level)
    y = y + 1.0
    if gaps:
        y[rng.random(y.shape) < 0.1] = np.nan
    population = rng.uniform(1e3, 2e3, size=y.shape) if people else None

    fit = fit_flexible(
        y, b=b, w=w, periods=periods, past_weeks_not_included=past, trend=trend,
        p_threshold_trend=p_threshold_trend, reweight=reweight,
        weights_threshold=weights_threshold, population=population, period="month",
        standard_errors=errors, judge=slice(-2, None),
    )  # fmt: skip

    for j, time in enumerate(fit.times):
        for s in np.flatnonzero(fit.note[j] == Note.JUDGED):
            theirs = plain.fit_point(
                y[:, s], time, [time - 12 * k for k in range(b, 0, -1)], w=w, periods=periods,
                past=past, trend=trend, p_threshold_trend=p_threshold_trend, reweight=reweight,
                weights_threshold=weights_threshold, errors=errors,
                population=None if population is None else population[:, s],
            )  # fmt: skip
            ours = fit.mean[j, s], fit.dispersion[j, s], fit.se[j, s], fit.slope[j, s]
            expected = theirs.mean, theirs.phi, theirs.se, theirs.slope
            assert ours == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("errors", ["corrected", "compat"])
@pytest.mark.parametrize("threshold", ["delta", "nb_plugin", "muan"])
def test_the_bounds_are_those_of_the_formulas(threshold, errors):
    y = weekly(1)
    found = farrington_flexible(
        y,
        threshold=threshold,
        alpha=0.01,
        standard_errors=errors,
        judge=slice(-3, None),
        **NOUFAILY,
    )

    z = stats.norm.ppf(0.99)
    for time in range(len(y) - 3, len(y)):
        for s in range(y.shape[1]):
            fit = plain.fit_point(
                y[:, s], time, [time - 52 * k for k in range(5, 0, -1)], periods=10, past=26,
                p_threshold_trend=1, errors=errors,
            )  # fmt: skip
            tau = fit.phi + fit.se**2 * fit.mean
            bound = {
                "delta": (fit.mean ** (2 / 3) + z * np.sqrt(4 / 9 * fit.mean ** (1 / 3) * tau))
                ** 1.5,
                "nb_plugin": plain.count_quantile(0.99, fit.mean, fit.phi),
                "muan": plain.count_quantile(0.99, fit.mean * np.exp(z * fit.se), fit.phi),
            }[threshold]
            tail = stats.nbinom.sf(y[time, s] - 1, fit.mean / (fit.phi - 1), 1 / fit.phi)
            assert found.expected[time, s] == pytest.approx(fit.mean)
            assert found.upper_bound[time, s] == pytest.approx(bound)
            assert found.alarm[time, s] == (y[time, s] > bound)
            assert found.extra["pvalue"][time, s] == pytest.approx(tail)


@pytest.mark.parametrize(("power", "exponent"), [("1/2", 0.5), ("none", 1.0)])
def test_other_powers_of_the_count_may_be_taken_as_normal(power, exponent):
    y = weekly(2)
    fit = fit_flexible(y, judge=slice(-1, None))

    found = farrington_flexible(y, power=power, judge=slice(-1, None))

    tau = fit.dispersion + fit.se**2 * fit.mean
    sd = exponent * fit.mean ** (exponent - 0.5) * np.sqrt(tau)
    bound = (fit.mean**exponent + stats.norm.ppf(0.95) * sd) ** (1 / exponent)
    np.testing.assert_allclose(found.upper_bound[-1:], bound)


def test_weeks_of_earlier_years_are_those_that_start_nearest_to_the_same_date():
    dates = np.datetime64("2008-01-07") + 7 * np.arange(420)
    y = weekly(3, length=420, series=1)
    for time in (300, 353, 419):
        day = dates[time].astype(object)
        references = []
        for years in range(5, 0, -1):
            try:
                same = np.datetime64(day.replace(year=day.year - years))
            except ValueError:
                same = np.datetime64(day.replace(year=day.year - years, month=3, day=1))
            references.append(int(np.argmin(np.abs((dates - same).astype(int)))))
        theirs = plain.fit_point(y[:, 0], time, references, periods=10, past=26)

        ours = fit_flexible(
            y, dates=dates, periods=10, past_weeks_not_included=26, judge=slice(time, time + 1)
        )

        assert ours.mean[0, 0] == pytest.approx(theirs.mean)


def test_months_are_as_long_as_they_are():
    dates = np.arange("2000-02", "2009-08", dtype="datetime64[M]").astype("datetime64[D]")
    y = weekly(4, length=len(dates), series=1, level=30.0)
    time = len(dates) - 1
    theirs = plain.fit_point(
        y[:, 0], time, [time - 12 * k for k in range(5, 0, -1)], w=1, periods=4, past=2,
        p_threshold_trend=1, position=(dates - dates[0]).astype(float) / 29,
    )  # fmt: skip

    ours = fit_flexible(
        y, w=1, periods=4, past_weeks_not_included=2, p_threshold_trend=1, dates=dates,
        period="month", judge=slice(time, None),
    )  # fmt: skip

    assert (ours.mean[0, 0], ours.slope[0, 0]) == pytest.approx((theirs.mean, theirs.slope))


def test_the_explanation_of_a_point_ends_at_its_fit():
    y = weekly(5, series=1)
    y[200] = np.nan

    told = explain_flexible(y, 329, periods=10, past_weeks_not_included=26)

    fit = fit_flexible(y, judge=slice(329, None), **NOUFAILY)
    assert told.linear_predictor == pytest.approx(fit.linear_predictor[0, 0])
    assert (told.se, told.slope) == pytest.approx((fit.se[0, 0], fit.slope[0, 0]))
    # Points 66 to 302, less the missing one.
    assert len(told.rows) == fit.rows[0, 0] == 236
    assert (told.weight < 0.5).any()
    assert told.weight.sum() == pytest.approx(len(told.rows))


# Laws ---------------------------------------------------------------------------------------------


def test_series_do_not_touch_each_other():
    y = weekly(6, series=7)
    order = np.array([3, 0, 6, 1, 5, 2, 4])

    straight = farrington_flexible(y, threshold="nb_plugin", judge=slice(-4, None), **NOUFAILY)
    permuted = farrington_flexible(
        y[:, order], threshold="nb_plugin", judge=slice(-4, None), **NOUFAILY
    )

    np.testing.assert_array_equal(permuted.upper_bound, straight.upper_bound[:, order])
    np.testing.assert_array_equal(permuted.extra["pvalue"], straight.extra["pvalue"][:, order])


def test_older_years_than_the_baseline_change_nothing():
    y = weekly(7, length=400)

    whole = farrington_flexible(y, judge=slice(-10, None))
    later = farrington_flexible(y[52:], judge=slice(-10, None))

    np.testing.assert_allclose(later.upper_bound[-10:], whole.upper_bound[-10:], rtol=1e-12)


def test_judging_a_range_is_judging_all_and_taking_the_range():
    y = weekly(8, length=300)

    whole = farrington_flexible(y)
    part = farrington_flexible(y, judge=slice(280, 290))

    np.testing.assert_allclose(part.upper_bound[280:290], whole.upper_bound[280:290])
    assert (part.note[:280] == Note.NOT_ASKED).all()
    assert (part.note[290:] == Note.NOT_ASKED).all()


def test_the_unit_of_the_population_does_not_matter():
    y = weekly(9)
    people = np.linspace(1e5, 2e5, len(y))

    ones = fit_flexible(y, population=people, judge=slice(-2, None))
    thousands = fit_flexible(y, population=people / 1000, judge=slice(-2, None))

    np.testing.assert_allclose(thousands.mean, ones.mean, rtol=1e-9)


def test_a_growing_population_lets_expect_more():
    y = np.full((330, 1), 10.0)
    people = np.where(np.arange(330) < 329, 1000.0, 2000.0)

    fit = fit_flexible(y, population=people, trend=False, judge=slice(-1, None))

    assert fit.mean[0, 0] == pytest.approx(20)


def test_a_trend_needs_three_years():
    falling = np.arange(60, 0, -1.0)

    kept = {
        b: fit_flexible(falling, b=b, w=2, period="month", judge=slice(-1, None)).trend[0, 0]
        for b in (2, 3, 4)
    }

    assert kept == {2: False, 3: True, 4: True}


def test_a_trend_that_leads_beyond_all_earlier_counts_is_not_kept():
    rising = np.arange(1.0, 61.0)

    fit = fit_flexible(rising, b=4, w=2, period="month", judge=slice(-1, None))

    assert not fit.trend[0, 0]
    assert fit.slope[0, 0] == 0


def test_compat_standard_errors_are_too_small_after_reweighting():
    y = weekly(10, level=50.0, phi=3.0)

    right = fit_flexible(y, judge=slice(-5, None), **NOUFAILY)
    compat = fit_flexible(y, judge=slice(-5, None), standard_errors="compat", **NOUFAILY)

    np.testing.assert_allclose(compat.mean, right.mean)
    assert (compat.se < right.se / 3).all()


# What cannot be judged ------------------------------------------------------------------------------


def test_a_baseline_without_cases_has_mean_and_bound_0():
    y = np.zeros((330, 1))
    y[-1] = 1

    for threshold in ("delta", "nb_plugin", "muan"):
        found = farrington_flexible(y, threshold=threshold, limit54=(0, 4), judge=slice(-1, None))
        assert found.expected[-1, 0] == found.upper_bound[-1, 0] == 0
        assert found.alarm[-1, 0]
    compat = farrington_flexible(y, limit54=(0, 4), empty_baseline="compat", judge=slice(-1, None))
    assert 0 < compat.upper_bound[-1, 0] < 0.01


def test_a_season_without_cases_has_no_bound_by_muan():
    y = np.zeros((330, 1))
    y[::52] = 9
    y[-30] = 9
    y[-1] = 1

    found = farrington_flexible(
        y, threshold="muan", limit54=(0, 4), judge=slice(-1, None), **NOUFAILY
    )

    assert found.note[-1, 0] == Note.NO_FIT
    assert not found.alarm.any()


def test_too_few_cases_of_late_are_not_judged():
    y = np.zeros((330, 1))
    y[-1] = 4
    y[-5] = 1

    found = farrington_flexible(y, judge=slice(-1, None))
    wider = farrington_flexible(y, limit54=(5, 5), judge=slice(-1, None))

    assert found.note[-1, 0] == Note.TOO_FEW_CASES
    assert np.isnan(found.upper_bound[-1, 0])
    assert not found.alarm.any()
    assert wider.alarm[-1, 0]


def test_history_must_reach_back_to_the_oldest_year():
    y = weekly(11, length=270, series=2)

    found = farrington_flexible(y)

    assert (found.note[:260] == Note.HISTORY_TOO_SHORT).all()
    assert (found.note[260:] == Note.JUDGED).all()
    short = farrington_flexible(y[:100])
    assert (short.note == Note.HISTORY_TOO_SHORT).all()
    assert farrington_flexible(np.zeros((0, 3))).note.shape == (0, 3)
    assert farrington_flexible(np.zeros((400, 0))).note.shape == (400, 0)


def test_missing_counts_are_left_out_and_not_judged():
    y = weekly(12, length=300, series=2)
    y[-1, 0] = np.nan
    y[:-1, 1] = np.nan

    found = farrington_flexible(y, judge=slice(-1, None), limit54=(0, 4))

    assert found.note[-1].tolist() == [Note.MISSING, Note.NO_FIT]
    assert np.isnan(found.upper_bound[-1]).all()


def test_a_point_without_population_is_not_judged():
    y = weekly(13, length=300, series=3)
    y[100] = 0
    people = np.full(y.shape, 5000.0)
    people[-1, 0] = np.nan
    people[100] = 0

    found = farrington_flexible(y, population=people, judge=slice(-1, None))

    assert found.note[-1].tolist() == [Note.MISSING, Note.JUDGED, Note.JUDGED]


def test_huge_counts_have_sensible_bounds():
    rng = np.random.default_rng(14)
    y = np.floor(rng.normal(9e8, 9e6, size=(330, 2)))

    for threshold in ("delta", "nb_plugin", "muan"):
        found = farrington_flexible(y, threshold=threshold, judge=slice(-1, None), **NOUFAILY)
        ratio = found.upper_bound[-1] / 9e8
        assert (found.note[-1] == Note.JUDGED).all()
        assert (ratio > 1.005).all()
        assert (ratio < 1.1).all()


def test_constant_huge_counts_converge():
    found = farrington_flexible(np.full((330, 1), 1e9), judge=slice(-1, None))

    assert found.expected[-1, 0] == pytest.approx(1e9)
    assert not found.alarm.any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"b": 0}, "b=0"),
        ({"w": 2.5}, "w=2.5"),
        ({"w": 26}, "overlap"),
        ({"periods": 60}, "periods=60"),
        ({"past_weeks_not_included": -1}, "past_weeks_not_included"),
        ({"p_threshold_trend": 1.5}, "p_threshold_trend"),
        ({"weights_threshold": 0}, "weights_threshold"),
        ({"standard_errors": "hc3"}, "standard_errors"),
        ({"empty_baseline": "one"}, "empty_baseline"),
        ({"threshold": "nbPlugin"}, "threshold"),
        ({"alpha": 0}, "alpha"),
        ({"power": "3/4"}, "power"),
        ({"limit54": (5, 0)}, "limit54"),
        ({"period": "year"}, "period"),
        ({"population": np.ones(7)}, "population"),
        ({"population": np.full(330, -1.0)}, "series number 1, time 1: population -1"),
        ({"population": np.zeros(330), "names": ["A"]}, "series A, time 1: population 0 has cases"),
        ({"dates": np.arange(330) + np.datetime64("2000-01-01")}, "weeks"),
        ({"dates": 14 * np.arange(330) + np.datetime64("2000-01-01")}, "time 2: no row between"),
        ({"dates": ["2000-01-03"]}, "1 dates for 330"),
        ({"judge": slice(0, 9, 2)}, "judge"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        farrington_flexible(np.ones((330, 1)), **options)


def test_bad_counts_are_refused_by_series_and_time():
    y = weekly(15)
    y[7, 1] = -2

    with pytest.raises(ValueError, match="series North, time 8"):
        farrington_flexible(y, names=["South", "North", "East"])


def test_a_point_without_history_cannot_be_explained():
    with pytest.raises(ValueError, match="time 100: its history"):
        explain_flexible(np.ones(300), 99)
    with pytest.raises(ValueError, match="no model"):
        explain_flexible(np.full(300, np.nan), 299)


# The reference ------------------------------------------------------------------------------------


@pytest.mark.goldens
@pytest.mark.parametrize("adapter", [golden, golden_trace, golden_scalars])
def test_agrees_with_the_reference_on_every_row(adapter):
    data = reference_data() / "detection"
    if not (data / "golden").is_dir():
        pytest.skip(f"no reference data at {data}")

    rows = adapter.compare(data)

    assert rows
    assert not [row for row in rows if row.falls_short]
