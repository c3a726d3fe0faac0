"""A whole county out of the people of its townships: villages, households, schools, work, care."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pingji.analysis.simulate.daytime import schools, works
from pingji.analysis.simulate.demography import NATIONAL, Array, Demography, quota
from pingji.analysis.simulate.households import draw_sizes, people_homes
from pingji.analysis.simulate.population import NOWHERE, Occupation, Population, Sex

OLD = 65  # from this age on some live in care homes
MOST_PEOPLE = 50_000_000
SMALLEST_CARE_HOME = 8


def make_county(
    people: ArrayLike,
    villages: ArrayLike,
    *,
    seed: int,
    demography: Demography = NATIONAL,
    distance_km: ArrayLike | None = None,
) -> Population:
    """Invent the residents of a county; the same arguments give the same residents.

    Args:
        people: Residents of each township, shape (townships,).
        villages: Villages of each township, at least one where somebody lives, shape (townships,).
        seed: Beginning of the chain of chance.
        demography: Ages, households, enrolment, work and care.
        distance_km: Distances between townships, shape (townships, townships); people then work
            rather in near ones. Without them only the size of a township counts.

    Returns:
        The residents, in the order of townships, villages and households.

    Source:
        Households, schools and workplaces out of marginal shares: Mistry et al. 2021,
        doi:10.1038/s41467-020-20544-y. Ages are ranked by generation here instead of drawn.

    Raises:
        ValueError: If shapes differ, a number is negative, nobody lives anywhere, or a township
            with people has no village.
    """
    number, places = _checked(people, villages)
    towns, homes, work = (np.random.default_rng([seed, stage]) for stage in range(3))
    of_village = np.repeat(np.arange(len(number), dtype=np.int16), places)
    living = _village_people(towns, number, places)

    ages = quota(int(number.sum()), demography.ages())
    cared, care_home_village = _care_places(living, of_village, int(ages[OLD:].sum()), demography)
    care_ages = _care_ages(homes, ages, int(cared.sum()))
    sizes, household_village = draw_sizes(homes, living - cared, demography)
    at_home = people_homes(homes, sizes, ages - care_ages, demography)
    in_care = homes.permutation(np.repeat(np.arange(len(ages), dtype=np.uint8), care_ages))

    # Those of a village's care home stand behind its households.
    village = np.concatenate(
        [household_village[at_home.household], np.repeat(np.arange(len(living)), cared)]
    ).astype(np.int32)
    order = np.argsort(village, kind="stable")
    nowhere = np.full(len(in_care), NOWHERE, np.int32)
    care_sex = np.where(homes.random(len(in_care)) < 0.5, Sex.MALE, Sex.FEMALE).astype(np.uint8)
    age = np.concatenate([at_home.age, in_care])[order]
    village = village[order]
    township = of_village[village]
    household = np.concatenate([at_home.household, nowhere])[order]

    occupation = np.where(household == NOWHERE, Occupation.CARE_RESIDENT, Occupation.NONE)
    occupation = occupation.astype(np.uint8)
    care_home = _care_home(village, household, care_home_village)
    day = schools(work, age, township, village, occupation, number, demography)
    jobs = works(
        work,
        age,
        township,
        occupation,
        care_home,
        of_village[care_home_village],
        _commuting(number, distance_km),
        demography,
    )
    return Population(
        age=age,
        sex=np.concatenate([at_home.sex, care_sex])[order],
        township=township,
        village=village,
        household=household,
        occupation=occupation,
        school_class=day.school_class,
        workplace=jobs.workplace,
        care_home=care_home,
        household_village=household_village,
        village_township=of_village,
        class_school=day.class_school,
        class_stage=day.class_stage,
        class_grade=day.class_grade,
        school_township=day.school_township,
        workplace_township=jobs.township,
        care_home_village=care_home_village,
        townships=len(number),
    )


def _checked(people: ArrayLike, villages: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    number, places = (np.asarray(value, np.int64) for value in (people, villages))
    if number.ndim != 1 or number.shape != places.shape:
        raise ValueError("people and villages must be one number for each township")
    if (number < 0).any() or (places < 0).any():
        raise ValueError("people and villages must not be negative")
    if not 0 < number.sum() <= MOST_PEOPLE:
        raise ValueError(f"a county has 1 to {MOST_PEOPLE} people, not {number.sum()}")
    without = (number > 0) & (places == 0)
    if without.any():
        raise ValueError(f"township {int(np.argmax(without)) + 1} has people but no village")
    return number, places


def _village_people(
    rng: np.random.Generator, number: NDArray[np.int64], places: NDArray[np.int64]
) -> NDArray[np.int64]:
    """People of each village: of uneven size, adding up to their township."""
    return np.concatenate(
        [
            quota(int(whole), rng.lognormal(0, 0.45, int(parts)))
            for whole, parts in zip(number, places, strict=True)
            if parts
        ]
    )


def _care_places(
    living: NDArray[np.int64], of_village: NDArray[np.int16], old: int, demography: Demography
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """How many live in the care home of each village, and which villages have one."""
    by_town = np.bincount(of_village, weights=living)
    wanted = quota(round(demography.in_care_homes * old), by_town.astype(np.float64))
    cared = np.zeros(len(living), np.int64)
    for town in np.flatnonzero(wanted >= SMALLEST_CARE_HOME):
        inside = np.flatnonzero(of_village == town)
        homes = min(max(1, round(wanted[town] / demography.care_home_size)), len(inside))
        largest = inside[np.argsort(-living[inside], kind="stable")[:homes]]
        cared[largest] = np.minimum(quota(int(wanted[town]), np.ones(homes)), living[largest] // 4)
    return cared, np.flatnonzero(cared).astype(np.int32)


def _care_ages(
    rng: np.random.Generator, ages: NDArray[np.int64], residents: int
) -> NDArray[np.int64]:
    """Ages of those in care homes: the older, the more."""
    old = np.repeat(np.arange(len(ages)), np.where(np.arange(len(ages)) >= OLD, ages, 0))
    # The largest of these keys are a sample without repetition, weighted by years above sixty.
    keys = np.log(rng.random(len(old))) / (old - 60.0) ** 2
    chosen = old[np.argsort(-keys, kind="stable")[:residents]]
    return np.bincount(chosen, minlength=len(ages))


def _care_home(
    village: NDArray[np.int32], household: NDArray[np.int32], homes: NDArray[np.int32]
) -> NDArray[np.int16]:
    care_home = np.full(len(village), NOWHERE, np.int16)
    residents = household == NOWHERE
    care_home[residents] = np.searchsorted(homes, village[residents])
    return care_home


def _commuting(number: NDArray[np.int64], distance_km: ArrayLike | None) -> Array:
    """Where those who work outside their township go, as shares, shape (townships, townships)."""
    towns = len(number)
    pull = np.tile(number.astype(np.float64), (towns, 1))
    if distance_km is not None:
        away = np.asarray(distance_km, np.float64)
        if away.shape != (towns, towns):
            raise ValueError(f"distance_km must have shape {(towns, towns)}, not {away.shape}")
        pull /= (5.0 + away) ** 2  # gravity; five kilometres keep near places finite
    np.fill_diagonal(pull, 0)
    sums = pull.sum(axis=1, keepdims=True)
    shares: Array = np.divide(pull, sums, out=np.eye(towns), where=sums > 0)
    return shares
