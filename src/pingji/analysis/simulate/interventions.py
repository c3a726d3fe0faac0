"""What is done about an outbreak, as the model is told of it from one day to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
FOR_GOOD = float("inf")


@dataclass(frozen=True, eq=False)
class Infect:
    """People who are infected from outside the county on this day.

    Attributes:
        people: Who; whoever is immune or already infected is passed over.
    """

    people: ArrayLike


@dataclass(frozen=True, eq=False)
class Restrict:
    """People who meet fewer others: isolated at home, in an isolation site, in a hospital.

    It holds both ways: they infect fewer and are infected less. The newest order about somebody
    ends those before it at its start.

    Attributes:
        people: Who.
        start: From when on, in days; 3.5 is noon of day 3.
        end: Until when.
        at_home: Share of the contacts left with those one lives with.
        elsewhere: Share of all other contacts left; 1 less the efficacy.
    """

    people: ArrayLike
    start: float
    end: float = FOR_GOOD
    at_home: float = 1.0
    elsewhere: float = 0.0


@dataclass(frozen=True, eq=False)
class Release:
    """People whose restriction ends.

    Attributes:
        people: Who.
        start: When, in days.
    """

    people: ArrayLike
    start: float


@dataclass(frozen=True, eq=False)
class Close:
    """Groups that meet no more, or less: a class, a school with its classes, a place of work.

    The newest order about a group ends those before it; `remaining=1` opens it again.

    Attributes:
        layer: Name of the layer: "class", "school", "workplace" ...
        groups: Which, by their numbers in the population.
        start: From when on, in days.
        end: Until when.
        remaining: Share of contacts left.
    """

    layer: str
    groups: ArrayLike
    start: float
    end: float = FOR_GOOD
    remaining: float = 0.0


@dataclass(frozen=True, eq=False)
class ReduceContacts:
    """Areas whose people meet fewer others in the community.

    Between two people of one area the share is left; between areas the geometric mean of both.

    Attributes:
        areas: Which townships.
        remaining: Share of contacts left.
        start: From when on, in days.
        end: Until when.
    """

    areas: ArrayLike
    remaining: float
    start: float
    end: float = FOR_GOOD


@dataclass(frozen=True)
class Vaccine:
    """What a vaccination does, once it takes effect.

    Attributes:
        infection: Share by which the chance to be infected falls.
        infectiousness: Share by which the vaccinated infect fewer.
        severity: Share by which the chance of a hospital, intensive care and death falls.
        days: Days until it takes effect.
    """

    infection: float
    infectiousness: float = 0.0
    severity: float = 0.0
    days: int = 14


@dataclass(frozen=True, eq=False)
class Vaccinate:
    """People who are vaccinated on this day; of several vaccinations the best effect counts.

    Attributes:
        people: Who.
        vaccine: With what.
    """

    people: ArrayLike
    vaccine: Vaccine


Intervention = Infect | Restrict | Release | Close | ReduceContacts | Vaccinate


def share(name: str, value: float) -> float:
    """The value, if it is a share.

    Raises:
        ValueError: If it is none.
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be from 0 to 1, not {value}")
    return float(value)


class Orders:
    """Orders about numbered things (people, groups, areas), each with what it leaves and when."""

    def __init__(self, width: int) -> None:
        """Begin without any order.

        Args:
            width: Shares that an order leaves.
        """
        self.who: NDArray[np.int64] = np.zeros(0, np.int64)
        self.start: NDArray[np.float64] = np.zeros(0)
        self.end: NDArray[np.float64] = np.zeros(0)
        self.left: NDArray[np.float64] = np.zeros((0, width))

    def add(self, who: Array, left: ArrayLike, *, start: float, end: float, day: int) -> None:
        """Take an order; it ends those before it about the same things.

        Args:
            who: The things.
            left: Shares left, shape (width,).
            start: From when on; what lies before the day has passed.
            end: Until when.
            day: The day.

        Raises:
            ValueError: If it ends before it begins.
        """
        if not start <= end or not np.isfinite(start):
            raise ValueError(f"an order cannot run from day {start} to day {end}")
        start = max(start, float(day))
        new = np.unique(np.asarray(who)).astype(np.int64)
        told = np.isin(self.who, new)
        self.end[told] = np.minimum(self.end[told], start)
        self.who = np.concatenate([self.who, new])
        self.start = np.concatenate([self.start, np.full(len(new), start)])
        self.end = np.concatenate([self.end, np.full(len(new), max(end, start))])
        rows = np.broadcast_to(np.asarray(left, np.float64), (len(new), self.left.shape[1]))
        self.left = np.concatenate([self.left, rows])
        self._keep((self.end > day) & (self.end > self.start))

    def today(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The things under orders on a day, and the shares left over the whole day.

        Args:
            day: The day; orders that ended before it are forgotten.

        Returns:
            The things, in order, and their shares, shape (things, width).
        """
        self._keep(self.end > day)
        part = np.clip(np.minimum(self.end, day + 1) - np.maximum(self.start, day), 0, 1)
        holds = part > 0
        things, of = np.unique(self.who[holds], return_inverse=True)
        left = np.ones((len(things), self.left.shape[1]))
        np.add.at(left, of, part[holds, None] * (self.left[holds] - 1))
        return things, np.clip(left, 0, 1)

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        self.who, self.start = self.who[kept], self.start[kept]
        self.end, self.left = self.end[kept], self.left[kept]

    def state(self, name: str) -> dict[str, Array]:
        """The orders as named arrays."""
        arrays = {"who": self.who, "start": self.start, "end": self.end, "left": self.left}
        return {f"{name}_{key}": value.copy() for key, value in arrays.items()}

    def restore(self, name: str, state: Mapping[str, Array]) -> None:
        """Take the orders from named arrays."""
        self.who, self.start = state[f"{name}_who"].copy(), state[f"{name}_start"].copy()
        self.end, self.left = state[f"{name}_end"].copy(), state[f"{name}_left"].copy()
