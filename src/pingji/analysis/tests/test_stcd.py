"""Live clusters among point events."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingji.analysis.detect.stcd import stcd
from tests.goldens import stcd as golden
from tests.goldens.rows import reference_data


def example(seed, events=30):
    rng = np.random.default_rng(seed)
    return np.sort(rng.uniform(0, 100, events)), rng.uniform(0, 10, (events, 2))


def slow_ratios(places, n, radius, epsilon):
    """Likelihood ratio of each cylinder after the first n events, by counting."""
    ratios = []
    for k in range(n):
        near = [i for i in range(n) if math.dist(places[i], places[k]) <= radius]
        inside = sum(i >= k for i in near)
        mu = len(near) * (n - k) / n
        ratios.append((1 + epsilon) ** inside * math.exp(-epsilon * mu))
    return ratios


@given(st.booleans(), st.sampled_from([0.2, 1.0]), st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_the_statistic_is_that_of_the_definition(cusum, epsilon, seed):
    times, places = example(seed)
    options = {"radius": 2.5, "epsilon": epsilon, "cusum": cusum}
    found = stcd(times, places, threshold=1e9, **options)
    slow = [slow_ratios(places, n + 1, 2.5, epsilon) for n in range(len(times))]
    values = [max(ratios) if cusum else sum(ratios) for ratios in slow]
    assert found.score == pytest.approx(values)
    assert not found.alarm.any()

    limit = sorted(values)[20]
    found = stcd(times, places, threshold=limit * (1 - 1e-12), **options)
    first = next(i for i, value in enumerate(values) if value >= limit * (1 - 1e-12))
    assert list(np.flatnonzero(found.alarm)) == [first]
    centre = int(np.argmax(slow[first]))
    assert (found.clusters[0].alarm, found.clusters[0].centre) == (first, centre)
    inside = [i for i in range(centre, first + 1) if math.dist(places[i], places[centre]) <= 2.5]
    assert list(found.clusters[0].members) == inside
    assert found.score == pytest.approx(values)


def test_watching_on_forgets_what_came_before():
    times, places = example(3, events=60)
    once = stcd(times, places, radius=3, threshold=8)
    on = stcd(times, places, radius=3, threshold=8, restart=True)
    after = int(np.flatnonzero(once.alarm)[0]) + 1
    assert on.alarm.sum() == len(on.clusters) > 1
    anew = stcd(times[after:], places[after:], radius=3, threshold=8, restart=True)
    assert on.score[after:] == pytest.approx(anew.score)
    assert on.clusters[1].centre == anew.clusters[0].centre + after


def test_the_compatible_sum_never_falls_and_has_the_same_first_alarm():
    times, places = example(5, events=80)
    options = {"radius": 2, "threshold": 2.0, "epsilon": 0.5, "cusum": True}
    ours, theirs = stcd(times, places, **options), stcd(times, places, compat=True, **options)
    assert (np.diff(theirs.score) >= 0).all()
    assert (np.diff(ours.score) < 0).any()
    assert (ours.alarm == theirs.alarm).all()


def test_scale_of_time_and_place_do_not_matter():
    times, places = example(6)
    found = stcd(times, places, radius=2, threshold=50)
    scaled = stcd(times * 24 + 7, places * 1000 - 5, radius=2000, threshold=50)
    assert found.score == pytest.approx(scaled.score)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"times": [1.0, 3.0, 2.0]}, "event 3 is not later than event 2"),
        ({"times": [1.0, 2.0, 2.0]}, "event 3 is not later than event 2"),
        ({"coordinates": [[0, 0], [0, np.nan], [1, 1]]}, "event 2"),
        ({"coordinates": [[0, 0], [1, 1]]}, "shape"),
        ({"radius": 0}, "above 0"),
        ({"threshold": 0}, "above 0"),
        ({"epsilon": 0}, "above 0"),
    ],
)
def test_bad_input_is_refused_by_event(change, words):
    good = {"times": [1.0, 2.0, 3.0], "coordinates": [[0, 0], [1, 1], [2, 2]]}
    with pytest.raises(ValueError, match=words):
        stcd(**({"radius": 1, "threshold": 9} | good | change))


@pytest.mark.goldens
def test_all_rows_of_the_reference_agree():
    data = reference_data() / "detection"
    if not data.is_dir():
        pytest.skip(f"{data} is not there")
    for row in golden.compare(data):
        assert row.agree == row.rows, row
