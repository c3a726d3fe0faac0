import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pingji.analysis.detect import farrington_flexible
from pingji.analysis.detect.blocks import in_blocks
from pingji.analysis.detect.farrington.thresholds import count_quantile, count_tail, delta_bound

means = st.floats(-8, 12).map(np.exp)
dispersions = st.one_of(st.just(1.0), st.floats(-8, 6).map(lambda x: 1 + np.exp(x)))


def reference(mean, phi):
    return stats.poisson(mean) if phi == 1 else stats.nbinom(mean / (phi - 1), 1 / phi)


@settings(max_examples=300, deadline=None)
@given(mean=means, phi=dispersions, p=st.sampled_from([0.005, 0.5, 0.9, 0.95, 0.99, 0.9999]))
def test_quantiles_are_those_of_the_distribution(mean, phi, p):
    ours = count_quantile(p, np.array([mean]), np.array([phi]))[0]

    count = reference(mean, phi)
    assert count.cdf(ours) >= p * (1 - 1e-9)
    assert ours == 0 or count.cdf(ours - 1) < p * (1 + 1e-9)


@settings(max_examples=300, deadline=None)
@given(mean=means, phi=dispersions, z=st.floats(-4, 8))
def test_tails_are_those_of_the_distribution(mean, phi, z):
    y = max(0.0, np.floor(mean + z * np.sqrt(mean * phi)))

    ours = count_tail(np.array([y]), np.array([mean]), np.array([phi]))[0]

    assert ours == pytest.approx(reference(mean, phi).sf(y - 1), rel=1e-7, abs=1e-250)


@pytest.mark.parametrize(
    ("mean", "phi"), [(1e8, 1.0), (1e10, 2.0), (1e12, 1e3), (1e13, 1e12), (5e14, 1e6)]
)
def test_huge_means_are_approximated_closely(mean, phi):
    ours = count_quantile(0.99, np.array([mean]), np.array([phi]))[0]
    tail = count_tail(np.array([ours]), np.array([mean]), np.array([phi]))[0]

    assert ours == pytest.approx(reference(mean, phi).ppf(0.99), rel=1e-6 if phi < 1e12 else 0.01)
    assert tail == pytest.approx(0.01, rel=0.01 if phi < 1e12 else 0.2)


def test_no_mean_gives_no_cases_and_nan_stays_nan():
    mean, phi = np.array([[0.0, np.nan, np.inf]]), np.ones((1, 3))

    np.testing.assert_array_equal(count_quantile(0.99, mean, phi), [[0, np.nan, np.inf]])
    tails = count_tail(np.array([[1.0, 1.0, np.nan]]), mean, phi)
    np.testing.assert_array_equal(tails, [[0, np.nan, np.nan]])
    assert delta_bound(2.0, np.zeros(1), np.ones(1), np.ones(1), "2/3")[0] == 0


def test_the_bound_grows_with_every_source_of_doubt():
    mean, phi, se = np.array([5.0]), np.array([1.5]), np.array([0.2])
    for power in ("2/3", "1/2", "none"):
        bound = delta_bound(2.0, mean, phi, se, power)
        assert delta_bound(3.0, mean, phi, se, power) > bound
        assert delta_bound(2.0, mean, phi + 1, se, power) > bound
        assert delta_bound(2.0, mean, phi, se + 1, power) > bound


def test_blocks_of_series_are_the_whole_in_parts():
    y = np.random.default_rng(1).poisson(5, size=(300, 7)).astype(np.int16)
    people = np.random.default_rng(2).uniform(1e3, 2e3, size=y.shape)
    names = [f"S{s}" for s in range(7)]

    whole = farrington_flexible(y, population=people, judge=slice(-2, None))
    parts = list(
        in_blocks(
            farrington_flexible, y, size=3, population=people, names=names, judge=slice(-2, None)
        )
    )

    assert [part for part, _ in parts] == [slice(0, 3), slice(3, 6), slice(6, 7)]
    together = np.concatenate([found.upper_bound for _, found in parts], axis=1)
    np.testing.assert_array_equal(together, whole.upper_bound)
    with pytest.raises(ValueError, match="size"):
        list(in_blocks(farrington_flexible, y, size=0))
    with pytest.raises(ValueError, match="series S5"):
        list(
            in_blocks(farrington_flexible, np.where(np.arange(7) == 5, -1, y), size=3, names=names)
        )
    (_, one), *rest = in_blocks(farrington_flexible, y[:, 0])
    assert not rest
    assert one.observed.shape == (300, 1)


SCRIPT = """
import json, sys
if sys.argv[1] == "without numba":
    sys.modules["numba"] = None
import numpy as np
from pingji.analysis.detect import farrington_flexible
y = np.random.default_rng(5).negative_binomial(4, 0.4, size=(280, 1))
options = dict(periods=10, past_weeks_not_included=26, judge=slice(-1, None))
bounds = [
    float(farrington_flexible(y, threshold=t, **options).upper_bound[-1, 0])
    for t in ("delta", "nb_plugin", "muan")
]
print(json.dumps(bounds))
"""


def bounds(how, **environment):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how],
        env=os.environ | environment,
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


def test_without_the_compiler_the_numbers_are_the_same():
    y = np.random.default_rng(5).negative_binomial(4, 0.4, size=(280, 1))
    options = {"periods": 10, "past_weeks_not_included": 26, "judge": slice(-1, None)}
    compiled = [
        farrington_flexible(y, threshold=t, **options).upper_bound[-1, 0]
        for t in ("delta", "nb_plugin", "muan")
    ]

    assert bounds("without numba") == pytest.approx(compiled, rel=1e-12)


def test_code_that_cannot_be_kept_on_disk_is_compiled_all_the_same(monkeypatch):
    import numba

    from pingji.analysis.detect.compiled import compiled

    def refuse(*args, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return numba.core.decorators.njit(*args, **options)

    monkeypatch.setattr(numba, "njit", refuse)

    @compiled
    def double(x):
        return 2 * x

    assert double(21) == 42
