"""What an outbreak has come to: the events of a day, and the list of cases."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

People = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Day:
    """Who came to what on one day: numbers of people, in order.

    Attributes:
        day: The day, from 0.
        infected: Infected on it.
        onset: With first symptoms.
        care: Who see a doctor for the first time.
        admitted: Admitted to a hospital.
        critical: Who come to need intensive care.
        died: Who die.
        recovered: Who recover.
    """

    day: int
    infected: People
    onset: People
    care: People
    admitted: People
    critical: People
    died: People
    recovered: People


@dataclass(frozen=True, eq=False)
class Cases:
    """Everybody infected so far, in order of infection; one place per case in each array.

    The course is drawn at infection, so days may lie ahead; -1 stands for never.

    Attributes:
        person: Who.
        infected: Day of infection.
        infector: By whom; -1 for nobody in the county.
        layer: In which layer, by its place; -1 likewise.
        severity: A `Severity`.
        onset: Day of the first symptoms.
        care: Day of the first visit to a doctor.
        admitted: Day of admission.
        critical: Day intensive care begins.
        died: Day of death.
        recovered: Day of recovery.
    """

    person: People
    infected: NDArray[np.int16]
    infector: People
    layer: NDArray[np.int8]
    severity: NDArray[np.int8]
    onset: NDArray[np.int16]
    care: NDArray[np.int16]
    admitted: NDArray[np.int16]
    critical: NDArray[np.int16]
    died: NDArray[np.int16]
    recovered: NDArray[np.int16]
