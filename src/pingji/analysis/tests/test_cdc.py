import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pingji.analysis.detect import cdc
from pingji.analysis.detect.result import Note
from tests.goldens import rki_bayes_cdc as golden
from tests.goldens.rows import reference_data


def weekly(seed, length=320, series=3):
    return np.random.default_rng(seed).poisson(4, size=(length, series)).astype(float)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    b=st.integers(1, 5),
    m=st.integers(0, 3),
    width=st.integers(1, 5),
    alpha=st.sampled_from([0.001, 0.025, 0.2]),
    gaps=st.booleans(),
)
def test_agrees_with_the_definition_written_out(seed, b, m, width, alpha, gaps):
    y = weekly(seed, length=52 * b + 40, series=2)
    if gaps:
        y[np.random.default_rng(seed).random(y.shape) < 0.02] = np.nan

    found = cdc(y, b=b, m=m, width=width, alpha=alpha)

    for t in range(len(y)):
        for s in range(2):
            now = sum(y[i, s] for i in range(max(0, t - width + 1), t + 1))
            ends = [t - 52 * k + width * j for k in range(1, b + 1) for j in range(-m, m + 1)]
            if min(ends) - width + 1 < 0:
                missing = np.isnan(y[t, s])
                assert found.note[t, s] == (Note.MISSING if missing else Note.HISTORY_TOO_SHORT)
                continue
            sums = [sum(y[i, s] for i in range(end - width + 1, end + 1)) for end in ends]
            sums = [value for value in sums if not np.isnan(value)]
            if np.isnan(now) or len(sums) < 2:
                assert found.note[t, s] in (Note.MISSING, Note.HISTORY_TOO_SHORT)
                continue
            error = np.std(sums, ddof=1) * np.sqrt(1 + 1 / len(sums))
            bound = np.mean(sums) + stats.norm.ppf(1 - alpha / 2) * error
            assert found.expected[t, s] == pytest.approx(np.mean(sums))
            assert found.upper_bound[t, s] == pytest.approx(bound)
            assert found.extra["four_week_sum"][t, s] == now
            if abs(now - bound) > 1e-6:
                assert found.alarm[t, s] == (now > bound)


def test_series_do_not_touch_each_other():
    y = weekly(1, series=4)
    order = np.array([2, 0, 3, 1])

    np.testing.assert_array_equal(cdc(y[:, order]).score, cdc(y).score[:, order])


def test_counting_in_another_unit_changes_neither_score_nor_alarm():
    y = weekly(2)

    once, tenfold = cdc(y), cdc(10 * y)

    np.testing.assert_allclose(tenfold.score, once.score)
    np.testing.assert_array_equal(tenfold.alarm, once.alarm)
    np.testing.assert_allclose(tenfold.upper_bound, 10 * once.upper_bound)


def test_older_years_than_the_baseline_change_nothing():
    y = weekly(3, length=400)

    np.testing.assert_allclose(cdc(y[52:]).upper_bound[-50:], cdc(y).upper_bound[-50:])


def test_dates_move_the_baseline_in_years_of_53_weeks():
    dates = np.datetime64("2004-01-05") + 7 * np.arange(330)
    # Five years earlier by date are 261 weeks, by index 260.
    now = 329
    judged = slice(now, now + 1)

    def expected(week, **options):
        y = np.zeros((330, 1))
        y[week] = 150
        return cdc(y, judge=judged, **options).expected[now, 0]

    assert expected(now - 261 - 7, dates=dates) == 10
    assert expected(now - 261 - 7) == 0
    assert expected(now - 260 + 4) == 10
    assert expected(now - 260 + 4, dates=dates) == 0


def test_a_constant_past_alarms_on_any_rise():
    y = np.full((320, 2), 3.0)
    y[-1, 1] = 4

    found = cdc(y, judge=slice(-1, None))

    assert found.alarm[-1].tolist() == [False, True]
    assert found.score[-1].tolist() == [0, np.inf]


def test_what_cannot_be_judged_is_said():
    y = weekly(4, length=300, series=3)
    y[-2, 1] = np.nan
    y[:-4, 2] = np.nan

    found = cdc(y)

    assert (found.note[:267, 0] == Note.HISTORY_TOO_SHORT).all()
    assert found.note[267, 0] == Note.JUDGED
    assert found.note[-1].tolist() == [Note.JUDGED, Note.MISSING, Note.HISTORY_TOO_SHORT]
    assert not found.alarm[found.note != Note.JUDGED].any()
    assert (cdc(y[:3, :2]).note == Note.HISTORY_TOO_SHORT).all()
    assert cdc(np.zeros((0, 2))).note.shape == (0, 2)


def test_huge_counts_stay_exact():
    y = np.full((320, 1), 9e8)
    y[-1] += 8

    assert cdc(y, judge=slice(-1, None)).alarm[-1, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"b": 0}, "b=0"),
        ({"m": -1}, "m=-1"),
        ({"m": 13}, "m=13"),
        ({"width": 0}, "width"),
        ({"alpha": 2}, "alpha"),
        ({"period": "year"}, "period"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        cdc(weekly(5), **options)


@pytest.mark.goldens
def test_agrees_with_the_reference_on_every_row():
    data = reference_data() / "detection"
    if not (data / "golden" / "rki_bayes_cdc.csv.gz").exists():
        pytest.skip(f"no reference data at {data}")

    rows = [row for row in golden.compare(data) if row.method.startswith("cdc")]

    assert rows
    assert not [row for row in rows if row.falls_short]
