"""The reasons an estimate may have for being absent."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Notes = NDArray[np.int8]


class EstimateNote(IntEnum):
    """Why a point was not estimated; 0 where it was."""

    ESTIMATED = 0
    TOO_EARLY = 1
    MISSING = 2
    TOO_FEW_CASES = 3
    NO_INFECTORS = 4
    TOO_RECENT = 5
    UNBOUNDED = 6
    OUTSIDE_SUPPORT = 7
    INCONSISTENT = 8


# Intervals and medians of every estimate, as published by Cori et al. 2013.
PROBABILITIES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)


def check_probability(name: str, value: float) -> float:
    """Give a probability back, or refuse it.

    Args:
        name: What the probability is called, for the error.
        value: The probability.

    Returns:
        The probability as a float.

    Raises:
        ValueError: If it is not strictly between 0 and 1.
    """
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {value}")
    return float(value)
