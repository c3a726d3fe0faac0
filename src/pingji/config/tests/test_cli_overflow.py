"""Counts no disease makes are refused by every detector of series, before any arithmetic."""

import numpy as np
import pytest

from pingji.analysis.detect.checks import MOST_CASES
from pingji.config.cli.methods import detectors
from pingji.config.cli.tables import values

WEEKS = 120


def run(detector, counts):
    given = {
        "dates": np.datetime64("2024-01-01") + 7 * np.arange(WEEKS),
        "period": "week",
        "population": np.full(counts.shape, MOST_CASES),
    }
    wanted = detector.takes & given.keys()
    return detector.function(counts, **{name: given[name] for name in wanted})


@pytest.mark.parametrize("detector", detectors().values(), ids=detectors())
@pytest.mark.parametrize("count", [MOST_CASES + 1, 2.0**53, 1e300, np.inf])
def test_overflow_is_refused_with_series_and_time(detector, count):
    counts = np.full((WEEKS, 3), 4.0)
    counts[99, 1] = count
    with pytest.raises(ValueError, match=r"series number 2, time 100: .* too large"):
        run(detector, counts)


def test_the_command_line_refuses_the_same_counts():
    assert values.MOST_CASES == MOST_CASES
