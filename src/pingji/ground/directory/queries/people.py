"""What the censuses say of the people of a county, as a synthetic county needs it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pingji.analysis.simulate.demography import NATIONAL, Demography

PEOPLE = Path(__file__).parents[1] / "data" / "people.toml"


@dataclass(frozen=True)
class CountyPeople:
    """How many live in a county, and what they are like.

    Attributes:
        people: Residents.
        demography: Their ages and households; the country's where the county has no figure.
        source: Where the figures come from, in Chinese.
        source_en: The same in English.
    """

    people: int
    demography: Demography
    source: str
    source_en: str


def people_of(county_code: str) -> CountyPeople | None:
    """The people of a county or prefecture; None where no figure is known."""
    return _known().get(county_code)


@cache
def _known() -> dict[str, CountyPeople]:
    with PEOPLE.open("rb") as file:
        rows = tomllib.load(file)["county"]
    return {row["code"]: _read(row) for row in rows}


def _read(row: dict[str, Any]) -> CountyPeople:
    return CountyPeople(
        row["people"],
        Demography(
            broad_ages=tuple(row["broad_ages"]),
            five_year_ages=tuple(row.get("five_year_ages", NATIONAL.five_year_ages)),
            mean_household=row.get("mean_household", NATIONAL.mean_household),
        ),
        row["source"],
        row["source_en"],
    )
