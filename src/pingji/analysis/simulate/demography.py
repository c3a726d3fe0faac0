"""What is known of a county's people: their ages, their households, how many work and learn.

Defaults are of mainland China as a whole, counted on 1 November 2020. The four broad age bands,
persons per household (1,292.81 million in 494.16 million), the share of one-person households
(25.39 %) and the sex ratio at birth (111.3) are from the communiqués and the yearbook of the
Seventh National Population Census. The five-year ages within the bands and the sizes of larger
households follow the same census as commonly quoted, and enrolment and class sizes those of the
Ministry of Education; neither has been compared with the printed tables. Shares of work and care
homes are assumptions. A county with figures of its own gives those.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Percent of all people, in groups of five years, the last open: 0-4, 5-9 ... 80-84, 85 and above.
FIVE_YEAR_AGES = (
    *(5.52, 6.39, 6.04, 5.16, 5.30, 6.51, 8.81, 7.03, 6.60),
    *(8.13, 8.60, 7.19, 5.20, 5.25, 3.52, 2.21, 1.44, 1.08),
)
# Percent of people aged 0-14, 15-59, 60-64, 65 and above.
BROAD_AGES = (17.95, 63.35, 5.20, 13.50)
BROAD_FROM = (0, 15, 60, 65)
OLDEST = 100
# Of those aged 85 and above, how many live on from one year of age to the next.
LIVING_ON = 0.82
# Percent of households with one, two ... ten persons.
HOUSEHOLD_SIZES = (25.39, 29.68, 20.99, 13.17, 6.17, 3.06, 0.96, 0.32, 0.14, 0.12)
MEAN_HOUSEHOLD = 2.62


@dataclass(frozen=True)
class Demography:
    """The make-up of a county's people.

    Attributes:
        broad_ages: Parts aged 0-14, 15-59, 60-64 and 65 or above, in any unit.
        five_year_ages: Parts by groups of five years, 18 of them; only their shape within a broad
            band counts.
        household_sizes: Parts of households with one, two ... persons, in any unit.
        mean_household: Mean persons per household; the sizes are tilted to it.
        boys_per_girl: Sex ratio at birth, and of children.
        kindergarten: Share of those aged 3 to 5 who attend.
        senior: Share of those aged 15 to 17 who attend.
        class_size: Most pupils in a class of kindergarten, primary, junior and senior school.
        school_size: Usual pupils of a school of each stage; a township has one at least.
        senior_townships: How many townships, the largest, have a senior school.
        teachers: Teachers to a class of each stage.
        employed: Share of those aged 18 to 59, beside teachers and care staff, who go to a place
            of work among others; farmers on their own land do not.
        commuting: Share of those who work outside their own township.
        mean_workplace: Mean staff of a place of work.
        in_care_homes: Share of those aged 65 or above who live in a care home.
        care_home_size: Usual residents of a care home.
        care_residents_per_staff: Residents to one person of its staff.
    """

    broad_ages: tuple[float, float, float, float] = BROAD_AGES
    five_year_ages: tuple[float, ...] = FIVE_YEAR_AGES
    household_sizes: tuple[float, ...] = HOUSEHOLD_SIZES
    mean_household: float = MEAN_HOUSEHOLD
    boys_per_girl: float = 1.113
    kindergarten: float = 0.852
    senior: float = 0.912
    class_size: tuple[int, int, int, int] = (30, 45, 50, 55)
    school_size: tuple[int, int, int, int] = (180, 600, 900, 1800)
    senior_townships: int = 4
    teachers: tuple[float, float, float, float] = (2.0, 2.4, 3.6, 4.0)
    employed: float = 0.45
    commuting: float = 0.15
    mean_workplace: float = 12.0
    in_care_homes: float = 0.012
    care_home_size: int = 60
    care_residents_per_staff: float = 5.0

    def __post_init__(self) -> None:
        for name in ("broad_ages", "five_year_ages", "household_sizes"):
            parts = np.asarray(getattr(self, name))
            if not (parts >= 0).all() or parts.sum() <= 0:
                raise ValueError(f"{name} must be parts of a whole, none of them negative")
        if len(self.five_year_ages) != len(FIVE_YEAR_AGES):
            raise ValueError(f"five_year_ages must be {len(FIVE_YEAR_AGES)} parts")
        for name in ("kindergarten", "senior", "employed", "commuting", "in_care_homes"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)}")
        if not 1 < self.mean_household < len(self.household_sizes):
            largest = len(self.household_sizes)
            raise ValueError(
                f"mean_household must be between 1 and {largest}, not {self.mean_household}"
            )

    def ages(self) -> Array:
        """Share of each single year of age, 0 to 100, shape (101,)."""
        years = np.arange(OLDEST + 1)
        group = np.minimum(years // 5, len(FIVE_YEAR_AGES) - 1)
        living = np.where(years >= 85, LIVING_ON ** np.maximum(years - 85, 0), 1.0)
        shares = np.asarray(self.five_year_ages)[group] * living
        shares /= np.bincount(group, weights=living)[group]
        band = np.searchsorted(BROAD_FROM, years, side="right") - 1
        wanted = np.asarray(self.broad_ages) / np.sum(self.broad_ages)
        scaled: Array = shares * (wanted / np.bincount(band, weights=shares))[band]
        return scaled

    def sizes(self) -> Array:
        """Share of households of one, two ... persons, tilted to the mean, shape (sizes,)."""
        persons = np.arange(1, len(self.household_sizes) + 1)
        parts = np.asarray(self.household_sizes, np.float64)

        def tilted(by: float) -> Array:
            weights = parts * np.exp(by * (persons - 1))
            shares: Array = weights / weights.sum()
            return shares

        low, high = -3.0, 3.0
        for _step in range(60):
            middle = (low + high) / 2
            if float(tilted(middle) @ persons) < self.mean_household:
                low = middle
            else:
                high = middle
        return tilted(low)


NATIONAL = Demography()


def quota(total: int, shares: Array) -> NDArray[np.int64]:
    """Whole numbers in given shares that add up to the total, by largest remainder.

    Args:
        total: What they add up to.
        shares: Shares, in any unit.

    Returns:
        The numbers, of the shape of `shares`.
    """
    exact = total * shares / shares.sum()
    numbers: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    rest = total - int(numbers.sum())
    numbers[np.argsort(numbers - exact, kind="stable")[:rest]] += 1
    return numbers


def spread_population(known: list[int | None], total: int) -> NDArray[np.int64]:
    """People of each township where only some are known, and not of the same year as the total.

    Those without a figure share what is left of the total, evenly; if nothing is left, each counts
    as large as the mean of the others. All are then scaled to the total.

    Args:
        known: People of each township, None where unknown.
        total: People of the county.

    Returns:
        People of each township, adding up to the total.
    """
    given = np.array([float(number or 0) for number in known])
    unknown = np.array([not number for number in known])
    if unknown.any():
        others = float(given[~unknown].mean()) if (~unknown).any() else 1.0
        left = (total - given.sum()) / unknown.sum()
        given[unknown] = left if left > 0 else others
    return quota(total, given)
