"""A pathogen as data: how fast, how long and to whom it spreads, and how ill it makes people.

The pathogens that come along lie in `pathogens/` as TOML, each table with the source of its
figures; a scenario may bring its own in the same form.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
LEVELS = 4096  # equally likely values that stand for a distribution over people
TAIL = 0.9999  # incubation periods longer than all but this share are cut to it
TABLES = (
    "reproduction",
    "incubation",
    "infectiousness",
    "susceptibility",
    "symptomatic",
    "admitted",
    "critical",
    "died",
    "care",
    "course",
    "symptoms",
    "tests",
)


class Severity(IntEnum):
    """How ill somebody becomes; each goes through those before it."""

    ASYMPTOMATIC = 0
    MILD = 1
    SEVERE = 2  # admitted to a hospital
    CRITICAL = 3  # intensive care
    FATAL = 4


@dataclass(frozen=True)
class ByAge:
    """A figure that depends on age.

    Attributes:
        from_age: First year of each group, beginning with 0.
        value: The figure in each group.
    """

    from_age: tuple[int, ...]
    value: tuple[float, ...]

    def of(self, age: ArrayLike) -> Array:
        """The figure for each age."""
        row = np.searchsorted(self.from_age, np.asarray(age), side="right") - 1
        values: Array = np.asarray(self.value, dtype=np.float64)[row]
        return values


@dataclass(frozen=True)
class Delay:
    """A lognormal time in days.

    Attributes:
        median: Median.
        dispersion: Exponential of the standard deviation of the logarithm, at least 1.
    """

    median: float
    dispersion: float

    def days(self, u: ArrayLike, *, least: int = 0) -> NDArray[np.int16]:
        """Whole days of those who stand at the shares u of the distribution."""
        from scipy.special import ndtri

        exact = self.median * self.dispersion ** ndtri(np.asarray(u))
        days: NDArray[np.int16] = np.clip(np.rint(exact), least, 10_000).astype(np.int16)
        return days


@dataclass(frozen=True)
class LaboratoryTest:
    """A test.

    Attributes:
        sensitivity: Chance of a positive result by day since infection, from day 0; none after.
        specificity: Chance of a negative result without infection.
    """

    sensitivity: tuple[float, ...]
    specificity: float


@dataclass(frozen=True)
class Pathogen:
    """What the model must know of a pathogen.

    Attributes:
        code: Code of the disease.
        r0: People whom one infects where everybody is susceptible and nothing is done.
        dispersion: Shape of the gamma distribution of infectiousness over people; small: a few
            infect most; infinite: all alike.
        incubation: From infection to onset; counted for the asymptomatic too.
        first_day: Day of the first weight, from onset; negative before it.
        weights: Infectiousness by day from there; only the proportions matter.
        asymptomatic: Infectiousness of somebody without symptoms, of one with.
        susceptibility: By age; only the proportions matter unless everybody's is below 1.
        immune: Share who cannot be infected from the start, by age.
        symptomatic: Share of infected, by age.
        admitted: Likewise who need a hospital.
        critical: Likewise who need intensive care.
        died: Likewise who die.
        care_share: Share of those with mild symptoms who see a doctor.
        care: From onset to the first visit.
        admission: From onset to admission.
        critical_after: From admission to intensive care.
        death_after: From intensive care to death.
        recovery_mild: From onset to recovery without admission.
        recovery_severe: Likewise with it.
        symptoms: Share of the symptomatic with each symptom, by code.
        tests: Laboratory tests by name.
        sources: Where the figures of each table come from.
    """

    code: str
    r0: float
    dispersion: float
    incubation: Delay
    first_day: int
    weights: tuple[float, ...]
    asymptomatic: float
    susceptibility: ByAge
    immune: ByAge
    symptomatic: ByAge
    admitted: ByAge
    critical: ByAge
    died: ByAge
    care_share: float
    care: Delay
    admission: Delay
    critical_after: Delay
    death_after: Delay
    recovery_mild: Delay
    recovery_severe: Delay
    symptoms: Mapping[str, float]
    tests: Mapping[str, LaboratoryTest]
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def longest_incubation(self) -> int:
        """Longest incubation period that occurs, in days."""
        return max(1, int(self.incubation.days(TAIL)))

    @cached_property
    def profile(self) -> Array:
        """Infectiousness by day since infection, shape (incubation period, day).

        Each row but the first (nobody falls ill on the day of infection) adds up to 1; what lies
        before the day after infection is left out, and the rest takes its place.
        """
        longest = self.longest_incubation
        width = max(2, longest + self.first_day + len(self.weights))
        table = np.zeros((longest + 1, width))
        for incubation in range(1, longest + 1):
            for n, weight in enumerate(self.weights):
                day = incubation + self.first_day + n
                if day >= 1:
                    table[incubation, day] = weight
        total = table.sum(axis=1, keepdims=True)
        shares: Array = np.divide(table, total, out=table, where=total > 0)
        return shares

    def incubation_weights(self) -> Array:
        """Probability of an incubation period of 0, 1, 2 ... days."""
        from scipy.special import ndtr

        edges = np.arange(1, self.longest_incubation) + 0.5
        spread = max(float(np.log(self.incubation.dispersion)), 1e-9)
        below = ndtr(np.log(edges / self.incubation.median) / spread)
        return np.concatenate([[0.0], np.diff(np.concatenate([[0.0], below, [1.0]]))])

    def generation_time(self) -> Array:
        """Probability that somebody is infected 0, 1, 2 ... days after the infector."""
        weights: Array = self.incubation_weights() @ self.profile
        return weights

    def strength_levels(self) -> Array:
        """Infectiousness of one in 4096 people each, mean 1, rising."""
        if not np.isfinite(self.dispersion):
            return np.ones(LEVELS)
        from scipy.special import gammaincinv

        u = (np.arange(LEVELS) + 0.5) / LEVELS
        levels: Array = gammaincinv(self.dispersion, u)
        levels /= levels.mean()
        return levels


def known_pathogens() -> list[str]:
    """Codes of the pathogens that come along, in order."""
    folder = resources.files(__package__) / "pathogens"
    return sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml"))


def known_pathogen(code: str) -> Pathogen:
    """One of the pathogens that come along.

    Args:
        code: Its code.

    Returns:
        The pathogen.

    Raises:
        ValueError: If there is none of that code.

    Source: named in the tables of its file, figure by figure.
    """
    if code not in known_pathogens():
        raise ValueError(f"no pathogen {code}; there are {', '.join(known_pathogens())}")
    folder = resources.files(__package__) / "pathogens"
    return read_pathogen((folder / f"{code}.toml").read_text("utf-8"))


def read_pathogen(text: str) -> Pathogen:
    """Make a pathogen of the text of a TOML file.

    Args:
        text: The file; the pathogens that come along show its form.

    Returns:
        The pathogen.

    Raises:
        ValueError: If it is no TOML, or a figure is missing or makes no sense; names the figure.

    Source: none; the file must give one in each table.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"no TOML: {error}") from None
    return pathogen_of(tables)


def pathogen_of(tables: Mapping[str, Any]) -> Pathogen:
    """Make a pathogen of tables, as a TOML file holds them.

    Args:
        tables: The tables by name.

    Returns:
        The pathogen.

    Raises:
        ValueError: If a figure is missing or makes no sense; names the figure.

    Source: none; each table must give one.
    """
    for name in TABLES:
        if not isinstance(tables.get(name), Mapping):
            raise ValueError(f"pathogen: table [{name}] is missing")
    reproduction, infectiousness = tables["reproduction"], tables["infectiousness"]
    care, course = tables["care"], tables["course"]
    made = Pathogen(
        code=_text(tables, "code"),
        r0=_number(reproduction, "reproduction.r0", most=100),
        dispersion=_dispersion(reproduction),
        incubation=_delay(tables["incubation"], "incubation"),
        first_day=_whole(infectiousness, "infectiousness.first_day"),
        weights=_numbers(infectiousness, "infectiousness.weights", most=1e6),
        asymptomatic=_number(infectiousness, "infectiousness.asymptomatic"),
        susceptibility=_by_age(tables, "susceptibility"),
        immune=_by_age(tables, "immune") if "immune" in tables else ByAge((0,), (0.0,)),
        symptomatic=_by_age(tables, "symptomatic"),
        admitted=_by_age(tables, "admitted"),
        critical=_by_age(tables, "critical"),
        died=_by_age(tables, "died"),
        care_share=_number(care, "care.share"),
        care=_delay(care, "care"),
        admission=_delay(course.get("admission"), "course.admission"),
        critical_after=_delay(course.get("critical"), "course.critical"),
        death_after=_delay(course.get("death"), "course.death"),
        recovery_mild=_delay(course.get("recovery_mild"), "course.recovery_mild"),
        recovery_severe=_delay(course.get("recovery_severe"), "course.recovery_severe"),
        symptoms=_shares(tables["symptoms"], "symptoms"),
        tests=_tests(tables["tests"]),
        sources=_sources(tables),
    )
    _check_whole(made)
    return made


def _check_whole(made: Pathogen) -> None:
    if sum(made.weights) <= 0:
        raise ValueError("infectiousness.weights: somebody must be infectious on some day")
    if made.first_day + len(made.weights) < 1:
        raise ValueError("infectiousness.first_day: infectiousness ends before onset")
    if not made.profile[1:].any(axis=1).all():
        raise ValueError("infectiousness.weights: none after infection if incubation is short")
    ages = np.arange(130)
    kept = [made.died, made.critical, made.admitted, made.symptomatic]
    names = ["died", "critical", "admitted", "symptomatic"]
    for n in range(3):
        over = np.flatnonzero(kept[n].of(ages) > kept[n + 1].of(ages) + 1e-12)
        if len(over):
            raise ValueError(f"{names[n]}: more than {names[n + 1]} at age {over[0]}")


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text")
    return value


def _sound(value: object, key: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{key} must be a number from 0 to {most:g}, not {value!r}")
    return float(value)


def _number(table: Mapping[str, Any], key: str, *, most: float = 1) -> float:
    return _sound(table.get(key.rpartition(".")[2]), key, most)


def _whole(table: Mapping[str, Any], key: str) -> int:
    value = table.get(key.rpartition(".")[2])
    if not isinstance(value, int) or isinstance(value, bool) or not -30 <= value <= 30:
        raise ValueError(f"{key} must be whole days from -30 to 30, not {value!r}")
    return value


def _numbers(table: Mapping[str, Any], key: str, *, most: float = 1) -> tuple[float, ...]:
    values = table.get(key.rpartition(".")[2])
    if not isinstance(values, list) or not 0 < len(values) <= 200:
        raise ValueError(f"{key} must be a list of 1 to 200 numbers")
    return tuple(_sound(value, f"{key}[{n}]", most) for n, value in enumerate(values))


def _dispersion(table: Mapping[str, Any]) -> float:
    if "dispersion" not in table:
        return float("inf")
    value = _number(table, "reproduction.dispersion", most=1e6)
    if value < 0.01:
        raise ValueError(f"reproduction.dispersion must be at least 0.01, not {value}")
    return value


def _delay(table: object, key: str) -> Delay:
    if not isinstance(table, Mapping):
        raise ValueError(f"{key} must give median and dispersion, or mean and sd")
    if "median" in table:
        median = _number(table, f"{key}.median", most=1000)
        dispersion = _number(table, f"{key}.dispersion", most=20)
    else:
        mean = _number(table, f"{key}.mean", most=1000)
        sd = _number(table, f"{key}.sd", most=1000)
        spread = np.log1p((sd / mean) ** 2) if mean > 0 else 0.0
        median, dispersion = mean * np.exp(-spread / 2), np.exp(np.sqrt(spread))
    if median <= 0 or dispersion < 1:
        raise ValueError(f"{key}: the time must be above 0 and its dispersion at least 1")
    return Delay(float(median), float(dispersion))


def _by_age(tables: Mapping[str, Any], key: str) -> ByAge:
    table = tables[key]
    if not isinstance(table, Mapping):
        raise ValueError(f"{key} must be a table")
    value = _numbers(table, f"{key}.value")
    ages = table.get("from_age")
    if (
        not isinstance(ages, list)
        or len(ages) != len(value)
        or any(not isinstance(age, int) or isinstance(age, bool) for age in ages)
        or ages[0] != 0
        or sorted(set(ages)) != ages
    ):
        raise ValueError(f"{key}.from_age must rise from 0, one age for each value")
    return ByAge(tuple(ages), value)


def _shares(table: Mapping[str, Any], key: str) -> dict[str, float]:
    return {name: _number(table, f"{key}.{name}") for name in table if name != "source"}


def _tests(table: Mapping[str, Any]) -> dict[str, LaboratoryTest]:
    if not all(isinstance(test, Mapping) for test in table.values()):
        raise ValueError("tests: one table for each test")
    return {
        name: LaboratoryTest(
            _numbers(test, f"tests.{name}.sensitivity"), _number(test, f"tests.{name}.specificity")
        )
        for name, test in table.items()
    }


def _sources(tables: Mapping[str, Any]) -> dict[str, str]:
    named = {name: table for name, table in tables.items() if isinstance(table, Mapping)}
    named |= {f"tests.{name}": test for name, test in named.pop("tests").items()}
    for name, table in named.items():
        if not isinstance(table.get("source"), str) or not table["source"].strip():
            raise ValueError(f"{name}.source: where do the figures come from?")
    return {name: str(table["source"]) for name, table in named.items()}
