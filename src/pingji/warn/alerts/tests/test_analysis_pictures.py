"""Charts of analyses: their axes, and words that are never markup."""

import pytest

from pingji.warn.alerts.queries.analyses import pictures


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 4), (4, 4), (5, 8), (9, 12), (17, 20), (22, 24), (30, 32), (101, 120), (1999, 2000)],
)
def test_an_axis_ends_at_a_round_number_above_the_highest(highest, top):
    assert pictures.nice_top(highest) == top


def test_words_in_a_picture_are_escaped():
    drawn = pictures.pyramid(["<0>"], [1], [2], ("男&", "女"))
    assert "&lt;0&gt;" in drawn
    assert "男&amp;" in drawn
