"""The course of an infection in each person: onset, care, hospital, recovery or death."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.simulate.pathogen import LEVELS, Delay, Pathogen, Severity
from pingji.analysis.simulate.transmission import (
    CARE,
    DELAY,
    INCUBATION,
    NEVER,
    SEVERITY,
    STRENGTH,
    Array,
    counter_of,
    uniform,
)

EVENTS = ("onset", "care", "admitted", "critical", "died", "recovered")


@dataclass(frozen=True, eq=False)
class Course:
    """What becomes of infected people; each array holds one place per person of the county.

    Attributes:
        incubation: Days from infection to onset, also where there is none, int16.
        strength: Infectiousness, of the mean person with symptoms, float32.
        severity: A `Severity`, int8.
        onset: Day of the first symptoms, int16; -1 for none, as in the following.
        care: Day of the first visit to a doctor.
        admitted: Day of admission to a hospital.
        critical: Day intensive care begins.
        died: Day of death.
        recovered: Day of recovery.
    """

    incubation: NDArray[np.int16]
    strength: NDArray[np.float32]
    severity: NDArray[np.int8]
    onset: NDArray[np.int16]
    care: NDArray[np.int16]
    admitted: NDArray[np.int16]
    critical: NDArray[np.int16]
    died: NDArray[np.int16]
    recovered: NDArray[np.int16]

    @classmethod
    def of(cls, people: int) -> "Course":
        """The course of people none of whom is infected."""

        def never() -> NDArray[np.int16]:
            return np.full(people, NEVER, np.int16)

        days = {name: never() for name in EVENTS}
        strength = np.zeros(people, np.float32)
        return cls(never(), strength, np.full(people, NEVER, np.int8), **days)


class Sampler:
    """Draws the course of infections; the same for the same seed and person."""

    def __init__(self, pathogen: Pathogen, seed: int) -> None:
        """Prepare to draw.

        Args:
            pathogen: The pathogen.
            seed: The seed of the run.
        """
        self.pathogen, self.seed = pathogen, seed
        self.levels = pathogen.strength_levels()

    def draw(self, people: Array, day: int, age: Array, severity_left: Array, into: Course) -> None:
        """Write the course of people infected on a day.

        Args:
            people: Who.
            day: The day.
            age: Their ages.
            severity_left: What vaccination leaves of the chance of severe illness.
            into: Where it is written.
        """
        pathogen = self.pathogen
        incubation = self._days(pathogen.incubation, people, INCUBATION, least=1)
        incubation = np.minimum(incubation, pathogen.longest_incubation)
        level = (uniform(people, counter_of(STRENGTH), self.seed) * LEVELS).astype(np.intp)
        severity = self._severity(people, age, severity_left)
        shows = severity >= Severity.MILD
        into.incubation[people] = incubation
        into.strength[people] = self.levels[level] * np.where(shows, 1, pathogen.asymptomatic)
        into.severity[people] = severity
        began = day + incubation
        into.onset[people] = np.where(shows, began, NEVER)
        self._illness(people, began, severity, into)

    def _severity(self, people: Array, age: Array, severity_left: Array) -> NDArray[np.int8]:
        """One number per person against the shares of all grades: each holds the next."""
        u = uniform(people, counter_of(SEVERITY), self.seed)
        pathogen = self.pathogen
        grade = (u < pathogen.symptomatic.of(age)).astype(np.int8)
        for worse in (pathogen.admitted, pathogen.critical, pathogen.died):
            grade += u < worse.of(age) * severity_left
        return grade

    def _illness(self, people: Array, began: Array, severity: Array, into: Course) -> None:
        """Admission, intensive care, death or recovery, and the first visit."""
        pathogen = self.pathogen
        admitted = began + self._days(pathogen.admission, people, DELAY, repeat=0)
        critical = admitted + self._days(pathogen.critical_after, people, DELAY, repeat=1)
        died = critical + self._days(pathogen.death_after, people, DELAY, repeat=2)
        mild = began + self._days(pathogen.recovery_mild, people, DELAY, repeat=3, least=1)
        severe = began + self._days(pathogen.recovery_severe, people, DELAY, repeat=4, least=1)
        stays = np.maximum(np.where(severity >= Severity.CRITICAL, critical, admitted), severe - 1)
        recovered = np.where(severity >= Severity.SEVERE, stays + 1, mild)
        # A first visit falls within the illness, and nobody is admitted unseen.
        first = began + self._days(pathogen.care, people, DELAY, repeat=5)
        comes = uniform(people, counter_of(CARE), self.seed) < pathogen.care_share
        visit = np.where(severity >= Severity.SEVERE, np.minimum(first, admitted), first)
        goes = (severity >= Severity.SEVERE) | ((severity == Severity.MILD) & comes)
        into.care[people] = np.where(goes, np.minimum(visit, recovered), NEVER)
        into.admitted[people] = np.where(severity >= Severity.SEVERE, admitted, NEVER)
        into.critical[people] = np.where(severity >= Severity.CRITICAL, critical, NEVER)
        into.died[people] = np.where(severity == Severity.FATAL, died, NEVER)
        into.recovered[people] = np.where(severity == Severity.FATAL, NEVER, recovered)

    def _days(
        self, delay: Delay, people: Array, purpose: int, *, repeat: int = 0, least: int = 0
    ) -> NDArray[np.int16]:
        u = uniform(people, counter_of(purpose, repeat=repeat), self.seed)
        return delay.days(u, least=least)
