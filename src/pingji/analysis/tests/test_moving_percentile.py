"""The moving percentile method."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingji.analysis.detect.moving_percentile import moving_percentile
from pingji.analysis.detect.result import Note

DAY = dt.timedelta(days=1)


def dates_from(first: str, times: int, step: str = "D") -> np.ndarray:
    start = np.datetime64(first, "D")
    if step == "M":
        months = start.astype("datetime64[M]") + np.arange(times)
        return months.astype("datetime64[D]")
    return start + np.arange(times) * (7 if step == "W" else 1)


def same_day(date: dt.date, years: int) -> dt.date:
    try:
        return date.replace(year=date.year - years)
    except ValueError:
        return dt.date(date.year - years, 3, 1)


def slow_daily(reported: dict[dt.date, float], date: dt.date, years: int, neighbours: int):
    """The definition for one day: count of the window, and the blocks of earlier years."""

    def week(end: dt.date) -> float:
        return sum(reported.get(end - k * DAY, np.nan) for k in range(7))

    blocks = [
        week(same_day(date, y) + 7 * k * DAY)
        for y in range(1, years + 1)
        for k in range(-neighbours, neighbours + 1)
    ]
    return week(date), blocks


@given(
    seed=st.integers(0, 2**32 - 1),
    first=st.dates(dt.date(1995, 1, 1), dt.date(2020, 12, 31)),
    neighbours=st.integers(0, 3),
    percentile=st.sampled_from([0, 45, 50, 80, 90, 99.5, 100]),
    gaps=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_daily_judgements_are_those_of_the_definition(seed, first, neighbours, percentile, gaps):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(2, (1200, 2)).astype(float)
    dates = dates_from(first.isoformat(), 1200)
    if gaps:
        keep = rng.random(1200) > 0.01
        keep[0] = True
        counts[rng.random(counts.shape) < 0.002] = np.nan
        counts, dates = counts[keep], dates[keep]
    options = {"years": 2, "neighbours": neighbours, "percentile": percentile, "min_blocks": 1}
    found = moving_percentile(counts, dates=dates, period="day", **options)
    reported = [dict(zip(dates.tolist(), counts[:, s], strict=True)) for s in range(2)]
    for t in rng.choice(np.arange(300, len(dates)), 40):
        for s in range(2):
            now, blocks = slow_daily(reported[s], dates[t].item(), 2, neighbours)
            known = [b for b in blocks if not np.isnan(b)]
            if not known:
                assert found.note[t, s] in (Note.HISTORY_TOO_SHORT, Note.MISSING)
                assert not found.alarm[t, s]
            elif np.isnan(now):
                assert found.note[t, s] == Note.MISSING
            else:
                bound = np.percentile(known, percentile)
                assert found.upper_bound[t, s] == pytest.approx(bound, rel=1e-12)
                assert found.expected[t, s] == pytest.approx(np.median(known), rel=1e-12)
                assert found.extra["window_count"][t, s] == now
                assert found.extra["blocks"][t, s] == len(known)
                rank = sum(b < now for b in known) + 0.5 * sum(b == now for b in known)
                assert found.score[t, s] == pytest.approx(100 * rank / len(known))
                assert found.alarm[t, s] == (now > found.upper_bound[t, s] and now >= 1)


def test_weeks_are_compared_with_the_weeks_nearest_to_the_same_date():
    dates = dates_from("2010-01-04", 530, "W")
    counts = np.arange(530.0)
    options = {"dates": dates, "period": "week", "years": 3, "neighbours": 0}
    newest = moving_percentile(counts, percentile=100, **options).upper_bound
    oldest = moving_percentile(counts, percentile=0, **options).upper_bound
    for t in (200, 364, 417, 470, 529):
        for years, found in ((1, newest), (3, oldest)):
            then = same_day(dates[t].item(), years)
            nearest = min(range(t), key=lambda i, then=then: abs(dates[i].item() - then))
            assert found[t, 0] == counts[nearest]


def test_months_are_compared_with_the_same_months():
    counts = np.array([float(m + 100 * y) for y in range(4) for m in range(12)])
    found = moving_percentile(
        counts, dates=dates_from("2019-01-01", 48, "M"), period="month", years=3, neighbours=0
    )
    assert (found.note[:36] == Note.HISTORY_TOO_SHORT).all()
    np.testing.assert_array_equal(found.expected[36:, 0], 100.0 + np.arange(12))
    np.testing.assert_allclose(found.upper_bound[36:, 0], 180.0 + np.arange(12))
    assert found.alarm[36:].all()


def test_each_series_may_have_its_own_percentile():
    rng = np.random.default_rng(5)
    counts = rng.poisson(5, (420, 3)).astype(float)
    dates = dates_from("2015-01-05", 420, "W")
    cuts = [50, 80, 95]
    found = moving_percentile(counts, dates=dates, period="week", percentile=cuts)
    for s, cut in enumerate(cuts):
        alone = moving_percentile(counts[:, s], dates=dates, period="week", percentile=cut)
        np.testing.assert_array_equal(found.upper_bound[:, s], alone.upper_bound[:, 0])
    assert (np.diff(found.alarm.sum(axis=0)) < 0).all()


@given(order=st.permutations(range(4)), factor=st.integers(2, 9), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_permuted_and_scaled_series_give_permuted_and_scaled_bounds(order, factor, seed):
    counts = np.random.default_rng(seed).poisson(3, (340, 4)).astype(float)
    dates = dates_from("2015-01-05", 340, "W")
    whole = moving_percentile(counts, dates=dates, period="week")
    other = moving_percentile(factor * counts[:, order], dates=dates, period="week")
    np.testing.assert_allclose(other.upper_bound, factor * whole.upper_bound[:, order])
    np.testing.assert_array_equal(other.score, whole.score[:, order])
    np.testing.assert_array_equal(other.note, whole.note[:, order])


def test_judging_a_part_gives_the_same_as_judging_all():
    counts = np.random.default_rng(3).poisson(3, (2000, 2)).astype(float)
    dates = dates_from("2018-03-01", 2000)
    whole = moving_percentile(counts, dates=dates, period="day")
    part = moving_percentile(counts, dates=dates, period="day", judge=slice(-49, None))
    for field in ("upper_bound", "score", "alarm", "note"):
        np.testing.assert_array_equal(getattr(whole, field)[-49:], getattr(part, field)[-49:])
    assert (part.note[:-49] == Note.NOT_ASKED).all()
    assert (whole.note[-49:] == Note.JUDGED).all()


def test_a_short_history_is_said_and_may_be_allowed():
    counts = np.ones(160)
    dates = dates_from("2020-01-06", 160, "W")
    strict = moving_percentile(counts, dates=dates, period="week")
    assert (strict.note == Note.HISTORY_TOO_SHORT).all()
    lenient = moving_percentile(counts, dates=dates, period="week", min_blocks=10)
    assert lenient.note[-1, 0] == Note.JUDGED
    assert lenient.extra["blocks"][-1, 0] == 15


def test_a_missing_day_of_the_window_is_said():
    counts = np.ones(2300)
    counts[2290] = np.nan
    found = moving_percentile(counts, dates=dates_from("2018-01-01", 2300), period="day")
    assert (found.note[2290:2297, 0] == Note.MISSING).all()
    assert (found.note[2297:, 0] == Note.JUDGED).all()


def test_fewer_than_the_smallest_number_of_cases_never_alarm():
    counts = np.zeros(300)
    counts[-2:] = 2, 3
    dates = dates_from("2018-01-01", 300, "W")
    found = moving_percentile(counts, dates=dates, period="week", min_cases=3)
    assert list(found.note[-3:, 0]) == [Note.JUDGED, Note.TOO_FEW_CASES, Note.JUDGED]
    assert list(found.alarm[-3:, 0]) == [False, False, True]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dates": dates_from("2020-01-01", 9)}, "10 counts but 9 dates"),
        ({"dates": dates_from("2020-01-01", 10)[::-1]}, "does not come after"),
        ({"dates": dates_from("2020-01-01", 10), "period": "week"}, "whole number of weeks"),
        ({"dates": dates_from("2020-01-01", 10), "period": "month"}, "month of the one before"),
        ({"dates": dates_from("2020-01-01", 10), "period": "year"}, "period"),
        ({"percentile": 101}, "between 0 and 100"),
        ({"percentile": [50, 60]}, "one number or 1"),
        ({"years": 0}, "years"),
        ({"neighbours": -1}, "neighbours"),
        ({"neighbours": 30}, "longer than a year"),
        ({"window": 0}, "window"),
        ({"min_blocks": 26}, "min_blocks"),
        ({"min_cases": -1}, "min_cases"),
    ],
)
def test_bad_input_is_refused_with_its_reason(options, words):
    given_ = {"dates": dates_from("2020-01-01", 10), "period": "day"} | options
    with pytest.raises(ValueError, match=words):
        moving_percentile(np.ones(10), **given_)


def test_nothing_in_gives_nothing_out():
    empty = np.array([], "datetime64[D]")
    assert moving_percentile(np.zeros((0, 2)), dates=empty, period="day").alarm.shape == (0, 2)
    ten = dates_from("2020-01-01", 10)
    assert moving_percentile(np.zeros((10, 0)), dates=ten, period="day").alarm.shape == (10, 0)
