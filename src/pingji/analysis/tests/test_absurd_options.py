"""Options beyond any series are answered at once: refused by name, or like the longest history."""

import numpy as np
import pytest

from pingji.analysis.detect import (
    bayes,
    boda,
    cdc,
    ewma,
    farrington,
    farrington_flexible,
    regression_switch,
    rki,
)
from pingji.analysis.detect.result import Note

ABSURD = 10**9
COUNTS = np.random.default_rng(3).poisson(4, size=(60, 2)).astype(float)


@pytest.mark.parametrize("method", [bayes, boda, cdc, farrington_flexible, farrington, rki])
def test_a_billion_earlier_years_are_refused_by_name(method):
    with pytest.raises(ValueError, match=rf"b must be at most \d+, not {ABSURD}"):
        method(COUNTS, b=ABSURD)


@pytest.mark.parametrize(
    ("method", "option"),
    [(cdc, "m"), (cdc, "width"), (boda, "periods"), (farrington_flexible, "periods")],
)
def test_more_than_a_year_holds_is_refused_by_name(method, option):
    with pytest.raises(ValueError, match=rf"{option} must be at most \d+, not {ABSURD}"):
        method(COUNTS, **{option: ABSURD})


@pytest.mark.parametrize("method", [bayes, boda, cdc, farrington_flexible, farrington, rki])
def test_years_no_series_holds_but_a_calendar_does_leave_the_history_too_short(method):
    found = method(COUNTS, b=150)

    assert not found.alarm.any()
    assert (found.note == Note.HISTORY_TOO_SHORT).sum() + (
        found.note == Note.TOO_FEW_CASES
    ).sum() == (COUNTS.size)


@pytest.mark.parametrize("method", [ewma, regression_switch])
@pytest.mark.parametrize("times", [0, 5, 60])
def test_a_baseline_longer_than_the_series_judges_like_one_of_its_length(method, times):
    counts = COUNTS[:times]
    wanted, found = method(counts, baseline=100), method(counts, baseline=ABSURD)

    np.testing.assert_array_equal(found.note, wanted.note)
    np.testing.assert_array_equal(found.alarm, wanted.alarm)
    for name in ("expected", "upper_bound", "score"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


@pytest.mark.parametrize("method", [ewma, regression_switch])
def test_a_gap_longer_than_the_series_leaves_the_history_too_short(method):
    assert (method(COUNTS, gap=ABSURD).note == Note.HISTORY_TOO_SHORT).all()
