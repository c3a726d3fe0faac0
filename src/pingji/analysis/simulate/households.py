"""Households with the generations that live in them, and an age and sex for each person.

The ages of a whole county come out exactly as asked for. Each place in a household first gets the
age it would like from its generation: children 27 years younger than their parents, parents of
parents 26 years older, couples of like age. All places are then ranked by that wish, and the
county's true ages handed out in the same order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.simulate.demography import Array, Demography
from pingji.analysis.simulate.population import Sex

GROWN_UP, RETIRED = 18, 60  # where the middle generation begins and ends
MOST_PERSONS = 10

# Which generations live together, by household size: (children, middle, seniors): weight.
PATTERNS: dict[int, dict[tuple[int, int, int], float]] = {
    1: {(0, 1, 0): 1.0, (0, 0, 1): 1.0},
    2: {(0, 2, 0): 1.0, (0, 0, 2): 1.0, (1, 1, 0): 0.3, (1, 0, 1): 0.25, (0, 1, 1): 0.35},
    3: {(1, 2, 0): 1.0, (0, 3, 0): 0.5, (1, 0, 2): 0.35, (0, 2, 1): 0.3, (2, 1, 0): 0.15}
    | {(0, 1, 2): 0.25, (1, 1, 1): 0.15, (2, 0, 1): 0.1},
    4: {(2, 2, 0): 1.0, (1, 2, 1): 0.5, (2, 0, 2): 0.35, (1, 3, 0): 0.4, (0, 2, 2): 0.25}
    | {(1, 1, 2): 0.15},
    5: {(2, 2, 1): 1.0, (1, 2, 2): 0.8, (3, 2, 0): 0.5, (3, 0, 2): 0.15, (1, 3, 1): 0.2},
    6: {(2, 2, 2): 1.0, (3, 2, 1): 0.5, (2, 3, 1): 0.2, (1, 3, 2): 0.3},
    7: {(3, 2, 2): 1.0, (3, 3, 1): 0.4, (2, 3, 2): 0.4},
    8: {(3, 3, 2): 1.0, (4, 2, 2): 0.7, (2, 4, 2): 0.4},
    9: {(4, 3, 2): 1.0, (3, 4, 2): 0.7},
    10: {(4, 4, 2): 1.0, (5, 3, 2): 0.5},
}


@dataclass(frozen=True, eq=False)
class Homes:
    """Households one after the other, and the persons in them.

    Attributes:
        sizes: Persons in each household, int64, shape (households,).
        household: Household of each person, int32, shape (persons,), ascending.
        age: Age of each person, uint8, shape (persons,).
        sex: `Sex` of each person, uint8, shape (persons,).
    """

    sizes: NDArray[np.int64]
    household: NDArray[np.int32]
    age: NDArray[np.uint8]
    sex: NDArray[np.uint8]


def draw_sizes(
    rng: np.random.Generator, people: NDArray[np.int64], demography: Demography
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Household sizes for each place so that its people come out exactly.

    Args:
        rng: Source of chance.
        people: People in households of each place, shape (places,).
        demography: Sizes wanted.

    Returns:
        Size of each household, and its place; ascending by place.
    """
    total = int(people.sum())
    shares = demography.sizes()
    drawn = rng.choice(
        np.arange(1, len(shares) + 1),
        p=shares,
        size=int(total / demography.mean_household * 1.1) + 50,
    )
    while int(drawn.sum()) < total:
        drawn = np.concatenate([drawn, drawn])
    borders = np.cumsum(people)
    ends = np.cumsum(drawn)
    # A household that reaches over the border of its place is parted there.
    ends = np.union1d(ends[ends < total], borders[people > 0])
    sizes: NDArray[np.int64] = np.diff(ends, prepend=0)
    return sizes, np.searchsorted(borders, ends, side="left").astype(np.int32)


def generations(
    rng: np.random.Generator, sizes: NDArray[np.int64], children: float, seniors: float
) -> NDArray[np.int64]:
    """Children, middle generation and seniors of each household, near the wanted shares.

    Within each size the weights of `PATTERNS` are multiplied by exp(a · children + b · seniors);
    a and b are found so that both shares are met in the mean.

    Args:
        rng: Source of chance.
        sizes: Persons of each household, 1 to 10.
        children: Wanted share of persons below 18.
        seniors: Wanted share of persons of 60 and above.

    Returns:
        Numbers of the three generations, shape (households, 3).
    """
    counts = np.bincount(sizes, minlength=MOST_PERSONS + 1)
    tables = {size: np.array(list(PATTERNS[size])) for size in PATTERNS if counts[size]}
    tilt = _fitted_tilt(tables, counts, np.array([children, seniors]))
    drawn = np.zeros((len(sizes), 3), np.int64)
    for size, table in tables.items():
        here = np.flatnonzero(sizes == size)
        drawn[here] = table[rng.choice(len(table), p=_weights(size, table, tilt), size=len(here))]
    return drawn


def _weights(size: int, table: NDArray[np.int64], tilt: Array) -> Array:
    logs = np.log(np.array(list(PATTERNS[size].values()))) + table[:, [0, 2]] @ tilt
    weights = np.exp(logs - logs.max())
    shares: Array = weights / weights.sum()
    return shares


def _fitted_tilt(
    tables: dict[int, NDArray[np.int64]], counts: NDArray[np.int64], wanted: Array
) -> Array:
    """Newton's steps on the two shares; the derivative is the covariance within the sizes."""
    persons = float(sum(counts[size] * size for size in tables))
    tilt = np.zeros(2)
    for _step in range(60):
        mean, slope = np.zeros(2), np.eye(2) * 1e-9
        for size, table in tables.items():
            shares, who = _weights(size, table, tilt), table[:, [0, 2]].astype(np.float64)
            centre = shares @ who
            away = who - centre
            mean += counts[size] / persons * centre
            slope += counts[size] / persons * (away.T * shares) @ away
        step = np.linalg.solve(slope, wanted - mean)
        tilt += np.clip(step, -0.5, 0.5)
        if np.abs(wanted - mean).max() < 1e-6:
            break
    # An impossible wish (more children than households can hold) ends at the bound.
    return np.clip(tilt, -12, 12)


def people_homes(
    rng: np.random.Generator,
    sizes: NDArray[np.int64],
    ages: NDArray[np.int64],
    demography: Demography,
) -> Homes:
    """Give every person of every household an age and a sex.

    Args:
        rng: Source of chance.
        sizes: Persons of each household.
        ages: How many persons of each year of age there are, shape (101,); they add up to the
            persons of all households.
        demography: Sex ratio of children.

    Returns:
        The households with their persons: seniors first, then the middle generation, then children.
    """
    total = int(sizes.sum())
    parts = generations(rng, sizes, ages[:GROWN_UP].sum() / total, ages[RETIRED:].sum() / total)
    household = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    place = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    seniors, middle = parts[household, 2], parts[household, 1]
    is_senior = place < seniors
    is_child = place >= seniors + middle

    wish = _wished_ages(rng, parts, household, place, is_senior, is_child)
    order = np.argsort(wish, kind="stable")
    age = np.empty(total, np.uint8)
    age[order] = np.repeat(np.arange(len(ages), dtype=np.uint8), ages)
    first_of_pair = np.where(is_senior, 0, seniors)
    paired = np.where(is_senior, seniors, middle) >= 2
    second = ~is_child & paired & (place == first_of_pair + 1)
    return Homes(sizes, household, age, _sexes(rng, is_child, second, demography))


def _wished_ages(
    rng: np.random.Generator,
    parts: NDArray[np.int64],
    household: NDArray[np.int32],
    place: NDArray[np.int64],
    is_senior: NDArray[np.bool_],
    is_child: NDArray[np.bool_],
) -> Array:
    """Ages that fit the generations; whole generations stand apart, so that ranks keep them."""
    homes = len(parts)
    children, middle, seniors = parts.T
    alone = rng.uniform(GROWN_UP, RETIRED, homes)
    parent = np.clip(rng.normal(36, 7.5, homes), 21, 58)
    grown = rng.uniform(46, 59.5, homes)  # the middle of a household whose children have grown up
    centre = np.where(children > 0, parent, np.where(middle >= 3, grown, alone))
    senior_alone = RETIRED + rng.gamma(2.0, 6.0, homes)
    senior = np.where(middle > 0, centre + 26, senior_alone)
    senior = np.where((middle == 0) & (children > 0), rng.normal(64, 5, homes), senior)
    youngest = np.where(middle > 0, parent - 27, senior - 54)

    noise = rng.normal(0, 1, len(household))
    wish: Array = np.empty(len(household))
    wish[is_senior] = np.clip(senior[household] + 2.0 * noise, RETIRED, None)[is_senior] + 2000
    wish[is_child] = np.clip(youngest[household] + 4.0 * noise, 0, 17.99)[is_child]
    rest = ~is_senior & ~is_child
    nth = place - seniors[household]
    grown_child = rest & (nth >= 2)
    wish[rest] = np.clip(centre[household] + 2.5 * noise, GROWN_UP, 59.99)[rest] + 1000
    fresh = np.clip(centre[household] - 27 + 3.5 * noise, GROWN_UP, 40)
    wish[grown_child] = fresh[grown_child] + 1000
    return wish


def _sexes(
    rng: np.random.Generator,
    is_child: NDArray[np.bool_],
    second: NDArray[np.bool_],
    demography: Demography,
) -> NDArray[np.uint8]:
    """Children by the ratio at birth, couples of both sexes, others by chance."""
    boys = demography.boys_per_girl / (1 + demography.boys_per_girl)
    chance = rng.random(len(is_child))
    sex = np.where(chance < np.where(is_child, boys, 0.5), Sex.MALE, Sex.FEMALE).astype(np.uint8)
    partner = np.flatnonzero(second)
    couple = rng.random(len(partner)) < 0.92
    other = sex[partner - 1]
    sex[partner] = np.where(couple, 1 - other, sex[partner])
    return sex
