"""What a caller imports, and the input and output checks that every detector shares."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pingji.analysis import detect, estimate
from pingji.analysis.detect.checks import MOST_CASES, as_counts

ALONE = """
import sys

class NoDjango:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("django", "psycopg", "pydantic"):
            raise ImportError(name)

sys.meta_path.insert(0, NoDjango())
from pingji.analysis.detect import *
from pingji.analysis.estimate import *
found = recommended([3, 2, 4] * 60)
assert found.note[-1, 0] == Note.JUDGED and isinstance(found, Detection)
beside = [m for m in sys.modules if m.startswith("pingji.") and not m.startswith("pingji.analysis")]
assert not beside, beside
"""
elements = st.one_of(
    st.integers(-2, 5).map(float),
    st.sampled_from([np.nan, np.inf, -np.inf, 0.5, MOST_CASES, MOST_CASES + 1, -0.0]),
)


def sound(count):
    return np.isnan(count) or (0 <= count <= MOST_CASES and float(count).is_integer())


def test_the_library_works_where_django_is_not_installed():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("part", [detect, estimate])
def test_each_public_name_is_there_once(part):
    assert len(set(part.__all__)) == len(part.__all__)
    assert [name for name in part.__all__ if not hasattr(part, name)] == []


@given(
    counts=arrays(float, st.tuples(st.integers(0, 6), st.integers(0, 3)), elements=elements),
)
def test_counts_are_taken_just_when_each_is_sound(counts):
    if all(sound(count) for count in counts.flat):
        np.testing.assert_array_equal(as_counts(counts), counts)
        return
    with pytest.raises(ValueError, match=r"series \w+( \d+)?, time \d+: count") as refused:
        as_counts(counts)
    named = str(refused.value)
    wrong = [
        f"series number {s + 1}, time {t + 1}:"
        for t, s in np.ndindex(counts.shape)
        if not sound(counts[t, s])
    ]
    assert any(named.startswith(place) for place in wrong), named


def test_a_point_that_was_not_judged_cannot_alarm():
    found = detect.ears_c1([2, 3, 2, 3, 2, 3, 2, 30])
    parts = {
        name: getattr(found, name) for name in ("observed", "expected", "upper_bound", "score")
    }
    with pytest.raises(ValueError, match="not judged cannot alarm"):
        detect.Detection(**parts, alarm=~found.alarm, note=found.note, extra={})
    with pytest.raises(ValueError, match="alarm has shape"):
        detect.Detection(**parts, alarm=found.alarm[1:], note=found.note, extra={})
