"""The space-time permutation scan."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingji.analysis.detect.scan import scan, scan_points


def example(seed, days=12, areas=7):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.gamma(1, 0.6, areas), (days, areas)).astype(float)
    # A grid has many equal distances.
    return counts, rng.integers(0, 4, (areas, 2)).astype(float)


def slow_scan(counts, where, *, longest, radius, share, prospective):
    """Ratio of the strongest cylinder, by trying every circle and every run of days."""
    days, areas = counts.shape
    total, strongest = counts.sum(), 0.0
    for centre in range(areas):
        reach = [math.dist(where[centre], where[a]) for a in range(areas)]
        for limit in sorted(set(reach)):
            inside = [a for a in range(areas) if reach[a] <= limit]
            if limit > radius or counts[:, inside].sum() > share * total:
                break
            for stop in [days] if prospective else range(1, days + 1):
                for start in range(max(0, stop - longest), stop):
                    c = counts[start:stop, inside].sum()
                    mu = counts[:, inside].sum() * counts[start:stop].sum() / total
                    if c > mu:
                        rest = total - c
                        ratio = c * math.log(c / mu)
                        ratio += rest * math.log(rest / (total - mu)) if rest else 0.0
                        strongest = max(strongest, ratio)
    return strongest


@given(st.booleans(), st.sampled_from([1.5, 9.0]), st.sampled_from([0.5, 1.0]), st.integers(0, 999))
@settings(max_examples=25, deadline=None)
def test_the_strongest_cluster_is_that_of_the_definition(prospective, radius, share, seed):
    counts, where = example(seed)
    found = scan(
        counts,
        where,
        seed=1,
        replicates=3,
        max_length=5,
        max_radius=radius,
        max_share=share,
        prospective=prospective,
    )
    slow = slow_scan(counts, where, longest=5, radius=radius, share=share, prospective=prospective)
    strongest = max([cluster.log_ratio for cluster in found.clusters], default=0.0)
    assert strongest == pytest.approx(slow, abs=1e-9)
    for cluster in found.clusters:
        part = counts[cluster.start : cluster.stop, cluster.areas].sum()
        mu = counts[:, cluster.areas].sum() * counts[cluster.start : cluster.stop].sum()
        assert cluster.observed == part > cluster.expected
        assert cluster.expected == pytest.approx(mu / counts.sum())
    taken = np.concatenate([cluster.areas for cluster in found.clusters] or [np.zeros(0)])
    assert len(set(taken)) == len(taken)


def test_a_planted_outbreak_is_found_where_and_when_it_is():
    rng = np.random.default_rng(8)
    where = rng.uniform(0, 50, (40, 2))
    counts = rng.poisson(0.4, (60, 40)).astype(float)
    near = np.argsort(np.hypot(*(where - where[11]).T))[:4]
    counts[-6:, near] += 3
    best = scan(counts, where, seed=5, max_length=14).clusters[0]
    assert best.p_value == 0.001
    assert (best.start, best.stop) == (54, 60)
    assert set(best.areas) == set(near)


def test_a_busy_season_or_a_busy_place_alone_is_no_cluster():
    rng = np.random.default_rng(9)
    season, place = np.linspace(0.5, 3, 40), rng.gamma(1, 1, 20)
    counts = np.random.default_rng(10).poisson(np.outer(season, place)).astype(float)
    clusters = scan(counts, rng.uniform(0, 9, (20, 2)), seed=1, replicates=199).clusters
    assert min(cluster.p_value for cluster in clusters) > 0.05


def test_p_values_are_uniform_where_there_is_no_cluster():
    smallest = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        counts = rng.poisson(0.5, (14, 9)).astype(float)
        found = scan(counts, rng.uniform(0, 9, (9, 2)), seed=seed, replicates=39)
        smallest.append(min([c.p_value for c in found.clusters], default=1.0))
    assert 0.35 < np.mean(smallest) < 0.72
    assert np.mean(np.array(smallest) <= 0.1) < 0.25


def test_the_same_seed_gives_the_same_answer():
    counts, where = example(3)
    one, same = (scan(counts, where, seed=4, replicates=20) for _ in range(2))
    other = scan(counts, where, seed=5, replicates=20)
    assert np.array_equal(one.null, same.null)
    assert not np.array_equal(one.null, other.null)


def test_permuted_areas_give_the_same_cluster():
    counts, _ = example(6, areas=9)
    where = np.random.default_rng(6).uniform(0, 5, (9, 2))
    order = np.random.default_rng(7).permutation(9)
    one = scan(counts, where, seed=1, replicates=5).clusters[0]
    other = scan(counts[:, order], where[order], seed=1, replicates=5).clusters[0]
    assert one.log_ratio == pytest.approx(other.log_ratio)
    assert set(one.areas) == set(order[other.areas])


def test_the_globe_is_round():
    counts = np.zeros((10, 3))
    counts[:, 0], counts[-2:, 1], counts[:, 2] = 1, 5, 1
    where = [[113.0, 23.0], [113.5, 23.0], [114.0, 23.0]]
    found = scan(counts, where, seed=1, replicates=9, max_radius=60, distance="globe")
    best = found.clusters[0]
    assert list(best.areas) == [1]
    pairs = scan(counts[:, :2] + 1, [[113.0, 23.0], [113.5, 23.0]], seed=1, replicates=1,
                 max_share=1, distance="globe")  # fmt: skip
    assert all(c.radius in (0.0, pytest.approx(51.18, abs=0.05)) for c in pairs.clusters)


def test_cases_with_day_and_place_are_counted_first():
    counts, where = example(2)
    where = where + np.arange(7)[:, None] * 10
    day, area = (
        np.repeat(place.ravel(), counts.astype(int).ravel()) for place in np.indices(counts.shape)
    )
    found, places = scan_points(day + 100, where[area], seed=1, replicates=4)
    kept = counts[day.min() : day.max() + 1][:, counts.any(axis=0)]
    same = scan(kept, where[counts.any(axis=0)], seed=1, replicates=4)
    assert len(places) == kept.shape[1]
    assert found.clusters[0].log_ratio == pytest.approx(same.clusters[0].log_ratio)


def test_without_cases_there_is_no_cluster():
    assert scan(np.zeros((5, 3)), np.eye(3)[:, :2], seed=1, replicates=3).clusters == []


@pytest.mark.parametrize(
    "change",
    [
        {"counts": [[1, np.nan], [1, 1]]},
        {"coordinates": [[0, 0]]},
        {"coordinates": [[0, 0], [0, np.nan]]},
        {"replicates": 0},
        {"max_share": 0},
        {"max_length": 0},
        {"max_radius": -1},
        {"distance": "road"},
    ],
)
def test_bad_input_is_refused(change):
    good = {"counts": [[1, 1], [1, 1]], "coordinates": [[0, 0], [1, 1]], "seed": 1}
    with pytest.raises(ValueError):
        scan(**(good | change))


@pytest.mark.parametrize(
    ("days", "places"), [([1.5], [[0, 0]]), ([], np.zeros((0, 2))), ([1], [[0, 0], [1, 1]])]
)
def test_bad_cases_are_refused(days, places):
    with pytest.raises(ValueError):
        scan_points(days, places, seed=1)
