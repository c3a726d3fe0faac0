"""What every detector gives back, and the reasons it may have for not judging."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Note(IntEnum):
    """Why a point was not judged; 0 where it was."""

    JUDGED = 0
    HISTORY_TOO_SHORT = 1
    TOO_FEW_CASES = 2
    MISSING = 3
    NOT_ASKED = 4
    NO_SPREAD = 5
    NO_FIT = 6


@dataclass(frozen=True, slots=True)
class Detection:
    """A detector's judgement of every point; all arrays have shape (time, series).

    Attributes:
        observed: Counts as given; NaN where none was reported.
        expected: Expected count; NaN where the method has none.
        upper_bound: Largest count that is not an alarm; NaN where not judged or not defined.
        score: The method's own statistic (its docstring says which); NaN where not judged.
        alarm: True where the count is out of the ordinary; never True where not judged.
        note: A `Note` per point: why it was not judged.
        extra: Further columns by name, each of the same shape (p-value, dispersion ...).
    """

    observed: Array
    expected: Array
    upper_bound: Array
    score: Array
    alarm: NDArray[np.bool_]
    note: NDArray[np.int8]
    extra: dict[str, Array]

    def __post_init__(self) -> None:
        """Check that all arrays have one shape and that nothing unjudged alarms.

        Raises:
            ValueError: If shapes differ or an unjudged point alarms.
        """
        shape = self.observed.shape
        for field in fields(self):
            value = getattr(self, field.name)
            for array in value.values() if field.name == "extra" else [value]:
                if array.shape != shape:
                    raise ValueError(f"{field.name} has shape {array.shape}, not {shape}")
        # A plain number: comparing with an enum's member costs as much as all the rest here.
        if (self.alarm & (self.note != int(Note.JUDGED))).any():
            raise ValueError("a point that was not judged cannot alarm")

    def since(self, row: int) -> "Detection":
        """The judgement from one time index on."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        extra = {name: values[row:] for name, values in parts.pop("extra").items()}
        return Detection(**{name: values[row:] for name, values in parts.items()}, extra=extra)
