"""The synthetic residents of a county: who they would be, whether or not they are registered."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pingji.analysis.simulate.county import make_county
from pingji.analysis.simulate.demography import NATIONAL, Demography, spread_population
from pingji.analysis.simulate.population import Population
from pingji.ground.directory import rules
from pingji.ground.directory.models import Area
from pingji.ground.directory.queries.people import people_of

KM_PER_DEGREE = 111.2


@dataclass(frozen=True, eq=False)
class Inhabited:
    """A county with synthetic residents.

    Attributes:
        population: The residents.
        villages: Code of each village of the population.
        townships: Code of each township.
    """

    population: Population
    villages: list[str]
    townships: list[str]


def inhabit_county(
    *,
    county_code: str,
    seed: int,
    people: int | None = None,
    demography: Demography | None = None,
) -> Inhabited:
    """Invent the residents of a county; the same arguments and areas give the same residents.

    Nothing is registered; `settle_county` registers the same ones.

    Args:
        county_code: The county; its townships and villages must be loaded.
        seed: Beginning of the chain of chance.
        people: How many, in all; None for as many as the census counted, where that is known.
        demography: Ages and households; None for those of the county, or else of the country.

    Raises:
        Refused: The county has no townships, or nobody says how many people.
    """
    townships, known, villages = _places(county_code)
    counted = people_of(county_code)
    number = rules.check_people_to_settle(
        people if people is not None or counted is None else counted.people, len(townships)
    )
    population = make_county(
        spread_population(known, number),
        [len(inside) for inside in villages],
        seed=seed,
        demography=demography or (counted.demography if counted else NATIONAL),
        distance_km=_distances(townships),
    )
    codes = [code for inside in villages for code in inside]
    return Inhabited(population, codes, [town.code for town in townships])


def _places(county_code: str) -> tuple[list[Area], list[int | None], list[list[str]]]:
    """Townships with their known people and their villages; without villages, the township."""
    areas = Area.objects.under(county_code).order_by("code")
    townships = list(areas.of_level("township"))
    inside: dict[str, list[str]] = {town.code: [] for town in townships}
    for code in areas.of_level("village").values_list("code", flat=True):
        if code[:9] in inside:
            inside[code[:9]].append(code)
    villages = [inside[town.code] or [town.code] for town in townships]
    return townships, [town.population for town in townships], villages


def _distances(townships: list[Area]) -> Any:
    """Kilometres between townships; None where a position is not known."""
    if any(town.longitude is None or town.latitude is None for town in townships):
        return None
    north = np.array([town.latitude for town in townships]) * KM_PER_DEGREE
    across = np.cos(np.radians(north.mean() / KM_PER_DEGREE)) * KM_PER_DEGREE
    east = np.array([town.longitude for town in townships]) * across
    return np.hypot(north[:, None] - north, east[:, None] - east)
