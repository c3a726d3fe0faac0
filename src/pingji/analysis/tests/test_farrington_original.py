import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pingji.analysis.detect import farrington
from pingji.analysis.detect.result import Note
from pingji.analysis.tests import plain_farrington as plain
from tests.goldens import farrington as golden
from tests.goldens.rows import reference_data

EXPONENT = {"2/3": 2 / 3, "1/2": 1 / 2, "none": 1.0}


def weekly(seed, length=300, series=2, mean=6.0):
    rng = np.random.default_rng(seed)
    return rng.negative_binomial(mean, 0.5, size=(length, series)).astype(float)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    b=st.integers(1, 4),
    w=st.integers(1, 2),
    trend=st.booleans(),
    reweight=st.booleans(),
    power=st.sampled_from(sorted(EXPONENT)),
    alpha=st.sampled_from([0.001, 0.05]),
)
def test_agrees_with_the_definition_written_out(seed, b, w, trend, reweight, power, alpha):
    y = np.random.default_rng(seed).negative_binomial(4, 0.3, size=(12 * b + 8, 2)) + 1.0
    time = len(y) - 1

    found = farrington(
        y, b=b, w=w, trend=trend, reweight=reweight, power=power, alpha=alpha, period="month",
        limit54=(0, 4), judge=slice(time, None),
    )  # fmt: skip

    for s in np.flatnonzero(found.note[time] == Note.JUDGED):
        fit = plain.fit_point(
            y[:, s], time, [time - 12 * k for k in range(b, 0, -1)], w=w, trend=trend,
            reweight=reweight, weights_threshold=1.0, errors="original",
        )  # fmt: skip
        e = EXPONENT[power]
        sd = e * fit.mean ** (e - 0.5) * np.sqrt(fit.phi + fit.se**2 * fit.mean)
        bound = (fit.mean**e + stats.norm.ppf(1 - alpha / 2) * sd) ** (1 / e)
        below = stats.norm.cdf((y[time, s] ** e - fit.mean**e) / sd)
        assert found.upper_bound[time, s] == pytest.approx(bound)
        assert found.alarm[time, s] == (y[time, s] > bound)
        assert found.extra["probability"][time, s] == pytest.approx(below)
        score = (y[time, s] - fit.mean) / (bound - fit.mean)
        assert found.score[time, s] == pytest.approx(score)


def test_months_count_alike_for_the_trend():
    y = np.linspace(90, 30, 72)[:, None]
    y = np.floor(y)
    dates = np.arange("2000-01", "2006-01", dtype="datetime64[M]").astype("datetime64[D]")

    dated = farrington(y, w=1, period="month", dates=dates, judge=slice(-1, None))
    plain_index = farrington(y, w=1, period="month", judge=slice(-1, None))

    assert dated.extra["trend"][-1, 0] == 1
    np.testing.assert_array_equal(dated.upper_bound, plain_index.upper_bound)


def test_series_do_not_touch_each_other():
    y = weekly(1, series=5)
    order = np.array([4, 2, 0, 3, 1])

    straight = farrington(y, judge=slice(-3, None))
    permuted = farrington(y[:, order], judge=slice(-3, None))

    np.testing.assert_array_equal(permuted.upper_bound, straight.upper_bound[:, order])


def test_older_years_and_recent_weeks_change_nothing():
    y = weekly(2, length=340)
    changed = y[52:].copy()
    changed[-40:-4] += 50

    whole = farrington(y, judge=slice(-1, None))
    later = farrington(changed, judge=slice(-1, None))

    np.testing.assert_allclose(later.upper_bound[-1], whole.upper_bound[-1], rtol=1e-12)


def test_cases_in_the_oldest_year_alone_leave_no_bound_to_speak_of():
    y = np.zeros((300, 1))
    y[30:50] = 3
    y[-1] = 1

    found = farrington(y, limit54=(0, 4), judge=slice(-1, None))

    assert 0 <= found.upper_bound[-1, 0] < 0.01
    assert found.alarm[-1, 0]


def test_what_cannot_be_judged_is_said():
    y = weekly(3, length=280, series=3)
    y[-4:, 1] = [1, 1, 1, 1]
    y[-1, 2] = np.nan

    found = farrington(y)

    assert (found.note[:260] == Note.HISTORY_TOO_SHORT).all()
    assert found.note[-1].tolist() == [Note.JUDGED, Note.TOO_FEW_CASES, Note.MISSING]
    assert np.isnan(found.upper_bound[-1, 1:]).all()


def test_an_empty_baseline_has_a_bound_of_0():
    y = np.zeros((300, 1))
    y[-1] = 5

    assert farrington(y, judge=slice(-1, None)).upper_bound[-1, 0] == 0
    compat = farrington(y, empty_baseline="compat", judge=slice(-1, None))
    assert 0 < compat.upper_bound[-1, 0] < 0.01


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"b": 0}, "b=0"),
        ({"w": -1}, "w=-1"),
        ({"alpha": 1.0}, "alpha"),
        ({"power": "1"}, "power"),
        ({"limit54": (-1, 4)}, "limit54"),
        ({"weights_threshold": -1}, "weights_threshold"),
        ({"population": np.ones((300, 9))}, "population"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        farrington(weekly(4), **options)


@pytest.mark.goldens
def test_agrees_with_the_reference_on_every_row():
    data = reference_data() / "detection"
    if not (data / "golden" / "farrington.csv.gz").exists():
        pytest.skip(f"no reference data at {data}")

    rows = golden.compare(data)

    assert rows
    assert not [row for row in rows if row.falls_short]
