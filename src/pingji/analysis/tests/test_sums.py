"""Sums of last days: what chance gives, by plain loops and by known distributions."""

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from pingji.analysis.detect.recommended.sums import (
    chance_in_a_place,
    chance_of,
    rarest_sum,
)


def plainly(counts, expected, phi, lengths, drift):
    """The same by loops over the whole history, where expectations are known for every day."""
    best = []
    for t in range(len(counts)):
        found = []
        for length in lengths:
            total, mean = (
                counts[t - length + 1 : t + 1].sum(),
                expected[t - length + 1 : t + 1].sum(),
            )
            ratio = phi[t] + drift * mean
            chance = nbinom.sf(total - 1, mean / (ratio - 1), 1 / ratio) if total else 1.0
            found.append((chance, length, total))
        best.append(min(found) if t >= max(lengths) - 1 else None)
    return best


def test_the_rarest_sum_is_that_of_a_plain_loop():
    rng = np.random.default_rng(3)
    expected = np.exp(0.5 * np.cos(np.arange(60) * 2 * np.pi / 7))
    phi = np.full(60, 1.4)
    counts = rng.poisson(expected).astype(float)
    counts[50:55] += 4
    plain = plainly(counts, expected, phi, (3, 7, 14), 0.15)

    found = rarest_sum(counts[:, None], expected[20:, None], phi[20:, None], drift=0.15)

    for at in range(13, 40):  # from here on no day before the first expectation enters
        chance, length, total = plain[20 + at]
        assert found.p_value[at, 0] == pytest.approx(chance, rel=1e-9)
        assert (found.length[at, 0], found.total[at, 0]) == (length, total)


def test_days_before_the_first_expectation_are_like_those_a_week_later():
    week = np.array([5.0, 1, 1, 1, 1, 1, 1])
    expected = np.tile(week, 4)[:, None]
    counts = np.zeros((28, 1))

    found = rarest_sum(counts, expected[-7:], np.full((7, 1), 1.2), lengths=(3,))

    assert found.expected[:, 0].tolist() == [7, 7, 7, 3, 3, 3, 3]


def test_three_cases_in_three_days_stand_out_where_one_a_month_is_usual():
    counts = np.zeros((40, 1))
    counts[-3:] = 1

    found = rarest_sum(counts, np.full((7, 1), 1 / 30), np.full((7, 1), 1.0))

    assert found.p_value[-1, 0] < 3e-4
    assert found.p_value[0, 0] == 1
    assert found.upper_bound(0.001)[-1, 0] == 2


def test_where_nothing_is_expected_nothing_is_judged():
    nothing = np.full((7, 1), np.nan)

    assert np.isnan(rarest_sum(np.ones((30, 1)), nothing, nothing).p_value).all()


def test_a_missing_day_is_neither_a_case_nor_expected():
    counts = np.zeros((30, 1))
    counts[-2] = np.nan

    found = rarest_sum(counts, np.ones((7, 1)), np.full((7, 1), 1.5), lengths=(3,))

    assert found.expected[-1, 0] == 2


def test_chance_is_that_of_the_negative_binomial_and_next_to_poisson():
    assert chance_of(4, 2.0, 1.5) == pytest.approx(nbinom.sf(3, 4, 1 / 1.5))
    assert chance_of(4, 2.0, 1 + 1e-6) == pytest.approx(poisson.sf(3, 2), rel=1e-4)
    assert chance_of(0, 2.0, 1.5) == 1


def test_a_place_that_often_has_cases_needs_more_of_them_to_stand_out():
    calm, busy = (chance_in_a_place(3, 7, before, 56, 0.01) for before in (0, 8))

    assert calm < 0.001 < busy


def test_a_places_chance_is_that_of_cases_drawn_from_a_gamma_rate():
    rng = np.random.default_rng(8)
    rate = rng.gamma(1, 0.02, 2_000_000)
    before, after = rng.poisson(rate * 56), rng.poisson(rate * 7)
    given = before == 2

    assert chance_in_a_place(2, 7, 2, 56, 0.02) == pytest.approx(
        (after[given] >= 2).mean(), rel=0.03
    )
