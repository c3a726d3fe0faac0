"""Pingji's default detector against a slow reading of its definition, and its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import nbinom, norm, poisson

from pingji.analysis.detect import farrington_flexible, recommended
from pingji.analysis.detect.recommended import evidence
from pingji.analysis.detect.recommended.detector import ALPHA, MEMORY, SPANS
from pingji.analysis.detect.result import Note

LAST = slice(-6, None)


def seasonal_counts(weeks=300, series=5, seed=1, mean=8.0, period=52):
    """Counts with a yearly wave, each series with its own level."""
    rng = np.random.default_rng(seed)
    wave = np.exp(0.5 * np.cos(2 * np.pi * np.arange(weeks) / period))
    level = mean * np.linspace(0.2, 2.0, series)
    return rng.poisson(wave[:, None] * level).astype(float)


# The definition, in plain loops over one series -------------------------------------------------


def tail(count, mean, phi):
    """P(Y >= count)."""
    if phi <= evidence.NEARLY_POISSON:
        return poisson.sf(count - 1, mean)
    return nbinom.sf(count - 1, mean / (phi - 1), 1 / phi)


def plain_score(count, mean, phi):
    if np.isnan(count):
        return 0.0
    return norm.isf((tail(count, mean, phi) + tail(count + 1, mean, phi)) / 2)


def plain_residual(y, mean, phi):
    return 1.5 * (y ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean)) / np.sqrt(phi)


def trust(residual):
    return np.minimum(1, (2.3 / np.maximum(abs(residual), 1e-9)) ** 3)


def plain_fit(y, x, age, prior):
    """Weighted penalised quasi-likelihood by Newton steps, weights renewed four times."""
    known = ~np.isnan(y)
    y, x, age = y[known], x[known], age[known]
    centre = np.zeros(x.shape[1])
    centre[0] = np.log((np.sum(age * y) + 0.5) / age.sum())
    beta, phi, weight = centre.copy(), 1.0, age
    freedom = age.sum() * (1 - min(x.shape[1] * np.sum(age**2) / age.sum() ** 2, 0.5))
    u = np.linspace(-9, 9, 3601)
    left = np.average(trust(u) * u**2, weights=norm.pdf(u))
    for turn in range(5):
        penalty = np.diag(phi / prior**2)
        for _ in range(25):
            mean = np.exp(x @ beta)
            information = x.T @ (x * (weight * mean)[:, None]) + penalty
            slope = x.T @ (weight * (y - mean)) - penalty @ (beta - centre)
            beta = beta + np.linalg.solve(information, slope)
        mean = np.exp(x @ beta)
        phi = np.sum(weight * (y - mean) ** 2 / mean) / freedom / (left if turn else 1)
        phi = max(1.0, phi)
        residual = plain_residual(y, mean, phi)
        if turn < 4:
            weight = age * trust(residual)
    return beta, phi, np.linalg.inv(information) * phi, known, residual


def plain_autocorrelation(known, residual):
    full = np.full(len(known), np.nan)
    full[known] = residual
    full[~(abs(full) < 2.3)] = np.nan
    full = full - np.nanmean(full)
    products = [a * b for a, b in zip(full[1:], full[:-1], strict=True) if not np.isnan(a * b)]
    rho = sum(products) / (len(products) + 20) / np.nanmean(full**2)
    return min(max(rho, 0), 0.9)


def plain_judgement(y, t, mode):
    """p-value, expected count and bound of week t, from the definition."""
    start = t - t % SPANS["week"].refit
    stop = start - SPANS["week"].gap
    past = np.arange(max(0, stop - 12 * 52), stop)
    years = np.arange(len(y)) / 52
    columns, prior = [np.ones(len(y)), years - years[stop - 1]], [3.0, 0.5]
    for j in (1, 2, 3):
        columns += [np.cos(2 * np.pi * j * years), np.sin(2 * np.pi * j * years)]
        prior += [1 / j, 1 / j]
    x = np.stack(columns, axis=1)
    age = 0.5 ** ((years[stop - 1] - years[past]) / 6)
    beta, phi, covariance, known, residual = plain_fit(y[past], x[past], age, np.array(prior))

    memory, alpha = MEMORY[mode]["week"], ALPHA[mode]
    mean = np.exp(x @ beta)
    ratio = [phi + min(x[i] @ covariance @ x[i], 1) * mean[i] for i in range(len(y))]
    near = range(t - evidence.periods_remembered(memory), t + 1)
    z = {i: plain_score(y[i], mean[i], ratio[i]) for i in near}
    rho = plain_autocorrelation(known, residual) if memory else 0.0

    def total(last):
        carried = 0.0
        for i in range(t - evidence.periods_remembered(memory) + 1, t):
            fresh = (z[i] - rho * z[i - 1]) / np.sqrt(1 - rho**2)
            carried = memory * max(fresh + carried, 0)
        return (last - rho * z[t - 1]) / np.sqrt(1 - rho**2) + carried

    recent = np.nansum(y[t - 3 : t])
    bound = max(-1, int(mean[t]) - 1)  # never an alarm below the expected count
    while True:
        count = bound + 1
        p = evidence.p_value(np.array(total(plain_score(count, mean[t], ratio[t]))), memory)
        if p < alpha and count > mean[t] and count + recent >= 2:
            break
        bound = count
    return evidence.p_value(np.array(total(z[t])), memory), mean[t], bound, rho


@pytest.mark.parametrize("mode", ["overall", "early"])
@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    mean=st.sampled_from([0.1, 1.0, 12.0, 150.0]),
    week=st.integers(-5, -1),
    missing=st.sampled_from([0.0, 0.1]),
)
def test_agrees_with_a_plain_reading_of_the_definition(mode, seed, mean, week, missing):
    rng = np.random.default_rng(seed)
    counts = seasonal_counts(220, 1, seed, mean)
    counts[150:153] += rng.poisson(5 * np.sqrt(mean))
    counts[-3:-1] += rng.poisson(2 * np.sqrt(mean), (2, 1))
    counts[rng.random(counts.shape) < missing] = np.nan
    t = len(counts) + week
    counts[t] = np.nan_to_num(counts[t])

    found = recommended(counts, mode=mode)
    p, expected, bound, rho = plain_judgement(counts[:, 0], t, mode)

    assert found.extra["model"][t, 0] == 3
    assert found.expected[t, 0] == pytest.approx(expected, rel=1e-4)
    # As normal scores: far out in the tail a p-value magnifies the last digits of the mean.
    assert ndtri(found.score[t, 0]) == pytest.approx(ndtri(p), abs=2e-3)
    assert found.upper_bound[t, 0] == bound
    assert found.alarm[t, 0] == (counts[t, 0] > bound)
    if mode == "overall":
        assert found.extra["autocorrelation"][t, 0] == pytest.approx(rho, abs=1e-4)


# Parts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.5, 0.9])
def test_p_values_of_the_evidence_are_uniform_without_an_outbreak(memory):
    length = evidence.periods_remembered(memory) + 1
    z = np.random.default_rng(3).standard_normal((length, 60_000))
    carry, spread = evidence.carried_over(z, memory, np.zeros(60_000))
    p = evidence.p_value(z[-len(carry) :] / spread + carry, memory)
    for level in (0.5, 0.1, 0.01):
        assert np.mean(p < level) == pytest.approx(level, rel=0.1)


def test_p_values_stay_uniform_where_neighbours_are_correlated():
    rng = np.random.default_rng(4)
    rho, z = 0.4, rng.standard_normal((30, 60_000))
    for t in range(1, len(z)):
        z[t] = rho * z[t - 1] + np.sqrt(1 - rho**2) * z[t]
    carry, spread = evidence.carried_over(z[-10:], 0.5, np.full(60_000, rho))
    p = evidence.p_value(z[-len(carry) :] / spread + carry, 0.5)
    assert np.mean(p < 0.01) == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_critical_sum_undoes_the_p_value(memory):
    for alpha in (0.2, 0.01, 1e-4):
        limit = np.array(evidence.critical_sum(alpha, memory))
        assert evidence.p_value(limit, memory) == pytest.approx(alpha, rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    mean=st.floats(1e-4, 1e5),
    phi=st.sampled_from([1.0, 1.2, 3.0, 20.0]),
    limit=st.floats(-3, 8),
)
def test_largest_count_below_a_limit_is_the_last_one_below(mean, phi, limit):
    mean, phi, limit = (np.array([value]) for value in (mean, phi, limit))
    count = evidence.largest_below(limit, mean, phi)
    if count[0] >= 0:
        assert evidence.normal_score(count, mean, phi)[0] < limit[0]
    assert evidence.normal_score(count + 1, mean, phi)[0] >= limit[0]


# Properties -------------------------------------------------------------------------------------


def test_permuted_series_give_permuted_results():
    counts = seasonal_counts(series=8)
    order = np.random.default_rng(2).permutation(8)
    straight, permuted = recommended(counts), recommended(counts[:, order])
    np.testing.assert_array_equal(permuted.alarm, straight.alarm[:, order])
    np.testing.assert_array_equal(permuted.note, straight.note[:, order])
    np.testing.assert_allclose(permuted.score, straight.score[:, order], rtol=1e-6)


def test_a_range_is_judged_as_in_the_whole():
    counts = seasonal_counts()
    whole, part = recommended(counts), recommended(counts, judge=slice(270, 283))
    np.testing.assert_allclose(part.score[270:283], whole.score[270:283], rtol=1e-9)
    np.testing.assert_array_equal(part.upper_bound[270:283], whole.upper_bound[270:283])
    assert (part.note[:270] == Note.NOT_ASKED).all()
    assert (part.note[283:] == Note.NOT_ASKED).all()


def test_later_counts_do_not_change_an_earlier_judgement():
    counts = seasonal_counts()
    changed = counts.copy()
    changed[280:] = 500
    np.testing.assert_array_equal(recommended(changed).alarm[:280], recommended(counts).alarm[:280])


def test_counts_alarm_exactly_above_the_bound_and_with_little_probability():
    counts = seasonal_counts(seed=5)
    counts[-4:] += 12
    found = recommended(counts)
    judged = found.note == Note.JUDGED
    np.testing.assert_array_equal(found.alarm[judged], (counts > found.upper_bound)[judged])
    assert (found.score[found.alarm] < ALPHA["overall"]).all()
    assert found.alarm[-4:].any()


def test_a_missing_count_is_noted_and_alarms_nothing():
    counts = seasonal_counts()
    counts[-2, 1] = np.nan
    counts[200:220, 2] = np.nan
    found = recommended(counts, judge=LAST)
    assert found.note[-2, 1] == Note.MISSING
    assert np.isnan(found.upper_bound[-2, 1])
    others = np.delete(found.note[LAST].ravel(), 4 * 5 + 1)
    assert (others == Note.JUDGED).all()


def test_short_histories_get_a_simpler_model_and_say_so():
    counts = seasonal_counts(200, 3)
    model = recommended(counts).extra["model"][:, 0]
    note = recommended(counts).note[:, 0]
    assert (note[:14] == Note.HISTORY_TOO_SHORT).all()
    assert (note[16:] == Note.JUDGED).all()
    assert set(model[16:80]) == {1.0}
    assert set(model[96:156]) == {2.0}
    assert set(model[172:]) == {3.0}


def test_nothing_is_judged_without_history():
    assert (recommended(np.full((5, 2), 3.0)).note == Note.HISTORY_TOO_SHORT).all()
    assert recommended(np.zeros((0, 2))).alarm.shape == (0, 2)
    assert recommended(np.zeros((30, 0))).alarm.shape == (30, 0)


def test_a_silent_series_does_not_alarm_on_one_case_but_on_three():
    counts = np.zeros((300, 2))
    counts[-1] = [1, 3]
    np.testing.assert_array_equal(recommended(counts).alarm[-1], [False, True])


def test_a_steep_outbreak_in_the_past_hardly_raises_the_bound():
    counts = seasonal_counts(series=1, mean=60)
    disturbed = counts.copy()
    disturbed[[150, 151, 202, 203, 254]] += 60
    calm, after = (recommended(c, judge=LAST).upper_bound[LAST] for c in (counts, disturbed))
    assert (after <= calm + 2).all()


def test_population_counts_as_exposure():
    rng = np.random.default_rng(6)
    people = np.repeat([1000.0, 4000.0], [250, 50])
    counts = rng.poisson(0.01 * people)[:, None].astype(float)
    with_people = recommended(counts, population=people, judge=slice(-40, None))
    without = recommended(counts, judge=slice(-40, None))
    assert with_people.alarm.sum() <= 2
    assert without.alarm.sum() >= 10


def test_a_point_of_unknown_population_is_not_judged():
    people = np.full(300, 100.0)
    people[-1] = np.nan
    found = recommended(seasonal_counts(), population=people, judge=LAST)
    assert (found.note[-1] == Note.NO_FIT).all()
    assert (found.note[-2] == Note.JUDGED).all()


def test_days_follow_the_week():
    rng = np.random.default_rng(7)
    dates = np.datetime64("2022-01-03") + np.arange(700)
    busy = np.where(dates.astype(int) % 7 == 3, 3.0, 1.0)
    counts = rng.poisson(10 * busy)[:, None].astype(float)
    found = recommended(counts, dates=dates, period="day", judge=slice(-56, None))
    assert found.alarm.sum() <= 3
    ratio = found.expected[-56:, 0] / (10 * busy[-56:])
    np.testing.assert_allclose(ratio, 1.0, atol=0.2)


def test_months_are_judged_by_their_own_year():
    counts = seasonal_counts(144, 3, mean=30, period=12)
    counts[-1] *= 3
    dates = np.arange("2010-01", "2022-01", dtype="datetime64[M]").astype("datetime64[D]")
    found = recommended(counts, dates=dates, period="month", judge=LAST)
    assert found.alarm[-1].all()
    assert (found.extra["model"][LAST] == 3).all()


def test_a_run_of_mild_excesses_alarms_in_overall_mode_only():
    counts = np.tile(np.array([8.0, 10, 12, 9, 11, 10, 10, 9, 12, 9]), 30)[:, None]
    counts[-3:] = 17
    assert recommended(counts, mode="overall").alarm[-1, 0]
    assert not recommended(counts, mode="early").alarm[-1, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "fast"}, "mode must be"),
        ({"alpha": 0.0}, "alpha must lie"),
        ({"memory": 1.0}, "memory must lie"),
        ({"period": "year"}, "period must be"),
        ({"population": np.full(299, 1.0)}, "population has shape"),
        ({"dates": np.datetime64("2020-01-06") + 14 * np.arange(300)}, "no row between"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        recommended(seasonal_counts(), **options)


def test_a_negative_count_is_refused_by_name_and_time():
    counts = seasonal_counts()
    counts[7, 1] = -1
    with pytest.raises(ValueError, match="series b, time 8"):
        recommended(counts, names=list("abcde"))


# Quality ----------------------------------------------------------------------------------------


def outbreaks(series=500, seed=11):
    """Overdispersed seasonal counts with past outbreaks; a current one in the last 30 weeks."""
    rng = np.random.default_rng(seed)
    weeks = 500
    mean = np.exp(0.4 * np.cos(2 * np.pi * np.arange(weeks) / 52))[:, None]
    mean = mean * rng.choice([1.0, 4.0, 15.0, 60.0], series)
    phi = rng.choice([1.2, 2.0, 4.0], series)
    counts = rng.poisson(rng.gamma(mean / (phi - 1)) * (phi - 1)).astype(float)
    sd = np.sqrt(phi * mean)
    column = np.arange(series)
    for _ in range(4):
        start = rng.integers(250, 440, series)
        for later, share in enumerate((0.5, 0.4, 0.1)):
            counts[start + later, column] += rng.poisson(7 * share * sd[start, column])
    start, size = rng.integers(470, 497, series), rng.integers(2, 9, series)
    outbreak = np.zeros(counts.shape, np.bool_)
    for later, share in enumerate((0.5, 0.4, 0.1)):
        counts[start + later, column] += rng.poisson(size * share * sd[start, column])
        outbreak[start + later, column] = True
    return counts, outbreak, (start, column)


def power(evidence_, outbreak, first):
    """Outbreaks found, and found in the first week, at 1 % false alarms."""
    limit = np.quantile(evidence_[~outbreak], 0.01)
    alarm = evidence_ < limit
    return np.mean((alarm & outbreak).any(axis=0)), np.mean(alarm[first])


def test_finds_more_outbreaks_than_the_flexible_farrington_method_at_equal_false_alarms():
    counts, outbreak, (start, column) = outbreaks()
    judge = slice(470, 500)
    outbreak, first = outbreak[judge], (start - 470, column)
    flexible = farrington_flexible(
        counts, periods=10, past_weeks_not_included=26, p_threshold_trend=1.0,
        threshold="nb_plugin", alpha=0.01, limit54=(0, 4), judge=judge,
    )  # fmt: skip
    theirs, their_first = power(flexible.extra["pvalue"][judge], outbreak, first)
    early = recommended(counts, mode="early", judge=judge)
    overall = recommended(counts, mode="overall", judge=judge)

    assert power(early.score[judge], outbreak, first)[1] > their_first + 0.01
    assert power(overall.score[judge], outbreak, first)[0] > theirs + 0.04
    for found in (early, overall):
        assert 0.003 < found.alarm[judge][~outbreak].mean() < 0.015
