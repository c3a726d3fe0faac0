"""Fill a county with residents who do not exist: as many as live there, in households and villages.

Every one of them is marked as demonstration data, has an identity number of a division that the
country does not have and a telephone number that rings nowhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import psycopg.errors
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.analysis.simulate.demography import Demography
from pingji.analysis.simulate.population import NOWHERE, Population, Sex
from pingji.ground import Refused
from pingji.ground.directory import rules
from pingji.ground.directory.actions.demo import invented
from pingji.ground.directory.models import Area, User
from pingji.ground.directory.models.identity import seal, sealed_hash
from pingji.ground.directory.queries import Inhabited, inhabit_county
from pingji.ground.record.actions import note

# No division of the country begins with 99; the county's own four digits follow.
NOBODYS_DIVISIONS = "99"
PHONE_FROM = 12  # years of age
BLOCK = 5_000  # rows sent at a time
COLUMNS = (
    "id, area_id, name, sex, born_on, identity_encrypted, identity_hash, phone, address,"
    " registered_at, demo"
)


@dataclass(frozen=True, eq=False)
class Settled(Inhabited):
    """A county's synthetic residents in the register.

    Attributes:
        first: Number of the first in the register: resident i is `Resident` number `first + i`.
    """

    first: int


@transaction.atomic
def settle_county(
    *,
    county_code: str,
    seed: int,
    by: User,
    at: datetime,
    people: int | None = None,
    demography: Demography | None = None,
) -> Settled:
    """Register synthetic residents in every village of a county.

    Args:
        county_code: The county; its townships and villages must be loaded.
        seed: Beginning of the chain of chance; the same seed gives the same residents.
        by: An administrator, or the machine's own user.
        at: When; ages are of that day.
        people: How many, in all; None for as many as the census counted, where that is known.
            Townships share them as their known populations say.
        demography: Ages and households; None for those of the county, or else of the country.

    Returns:
        The residents with their places in the register.

    Raises:
        Refused: The user may not, real people are registered here, the county has no townships or
            such residents already, nobody says how many people, or they cannot be settled.
    """
    with connection.cursor() as cursor:
        # Nobody registers in between: numbers are taken as one block, and real people are looked
        # for only once.
        cursor.execute("lock table directory_resident in share row exclusive mode")
    rules.check_can_settle(by, county_code)
    invented_people = inhabit_county(
        county_code=county_code, seed=seed, people=people, demography=demography
    )
    population, codes = invented_people.population, invented_people.villages
    number = len(population)
    named = Area.objects.in_bulk(codes)
    places = [(code, _escaped(named[code].name)) for code in codes]
    with connection.cursor() as cursor:
        cursor.execute(
            "select setval(s, nextval(s) + %s - 1) - %s + 1"
            " from (select pg_get_serial_sequence('directory_resident', 'id')::regclass) q(s)",
            [number, number],
        )
        first = cursor.fetchone()[0]
        _write(cursor, _lines(population, places, first, county_code, seed, at))
    note(
        "county.settled",
        subject=None,
        by=by,
        at=at,
        area=county_code,
        residents=len(population),
        households=population.households,
        seed=seed,
    )
    return Settled(population, codes, invented_people.townships, first)


def _write(cursor: Any, lines: Iterator[str]) -> None:
    try:
        with cursor.copy(f"copy directory_resident ({COLUMNS}) from stdin") as copy:
            block: list[str] = []
            for line in lines:
                block.append(line)
                if len(block) == BLOCK:
                    copy.write("".join(block))
                    block.clear()
            copy.write("".join(block))
    except psycopg.errors.UniqueViolation as problem:
        raise Refused(_("This county has its synthetic residents already.")) from problem


def _lines(
    population: Population,
    places: list[tuple[str, str]],
    first: int,
    county: str,
    seed: int,
    at: datetime,
) -> Iterator[str]:
    """A line of text for each resident, as COPY reads it; asks the database nothing meanwhile."""
    rng = np.random.default_rng([seed, 99])
    born = _births(rng, population, at)
    numbers = _numbers(population, born, NOBODYS_DIVISIONS + county[2:6].ljust(4, "0"))
    names = _names(rng, population)
    phones = rng.integers(0, 10**8, len(population))
    begins = np.searchsorted(population.household_village, np.arange(len(places)))
    registered = at.isoformat()
    rows = zip(
        names,
        population.sex.tolist(),
        born.astype(str).tolist(),
        numbers,
        phones.tolist(),
        population.age.tolist(),
        population.village.tolist(),
        population.household.tolist(),
        strict=True,
    )
    for at_row, (name, sex, born_on, number, phone, age, village, household) in enumerate(rows):
        code, place = places[village]
        door = "养老院" if household == NOWHERE else f"{household - begins[village] + 1}号"
        rings = f"{invented.NOBODYS_PHONE}{phone:08d}" if age >= PHONE_FROM else ""
        yield (
            f"{first + at_row}\t{code}\t{name}\t{'M' if sex == Sex.MALE else 'F'}\t{born_on}\t"
            f"\\\\x{seal(number).hex()}\t{sealed_hash(number)}\t{rings}\t{place}{door}\t"
            f"{registered}\tt\n"
        )


def _escaped(text: str) -> str:
    """A name as COPY's text form wants it."""
    return text.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")


def _births(rng: np.random.Generator, population: Population, at: datetime) -> Any:
    """Days of birth that make everybody as old as they are on the day of `at`."""
    today = np.datetime64(timezone.localtime(at).date(), "D")
    last_birthday: Any = today - rng.integers(0, 365, len(population))
    month = last_birthday.astype("datetime64[M]")
    day = last_birthday - month.astype("datetime64[D]")
    return (month - 12 * population.age.astype(np.int64)).astype("datetime64[D]") + day


def _numbers(population: Population, born: Any, division: str) -> list[str]:
    """Identity numbers with the right date, sex and check character; no two the same."""
    month = born.astype("datetime64[M]")
    months = month.astype(np.int64)
    day = (born - month.astype("datetime64[D]")).astype(np.int64) + 1
    written = (months // 12 + 1970) * 10_000 + (months % 12 + 1) * 100 + day
    alike = written * 2 + (population.sex == Sex.MALE)
    order = np.argsort(alike, kind="stable")
    sizes = np.unique(alike[order], return_counts=True)[1]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    sequence = 2 * rank + np.where(population.sex == Sex.MALE, 1, 2)
    if len(sequence) and int(sequence.max()) > 999:
        raise Refused(_("So many people cannot be settled."), field="people")
    whole = int(division) * 10**11 + written * 1000 + sequence
    digits = whole[:, None] // 10 ** np.arange(16, -1, -1) % 10
    checks = np.array(list(rules.IDENTITY_CHECKS))[digits @ np.array(rules.IDENTITY_WEIGHTS) % 11]
    return [f"{number}{check}" for number, check in zip(whole.tolist(), checks, strict=True)]


def _names(rng: np.random.Generator, population: Population) -> list[str]:
    """Names: those of a household below thirty, and its first, have one surname."""
    surnames = np.array(list(invented.SURNAMES))
    given = np.array(invented.GIVEN)
    own = rng.integers(0, len(surnames), len(population))
    of_home = rng.integers(0, len(surnames), max(1, population.households))
    home = population.household
    first = np.diff(home, prepend=NOWHERE - 1) != 0
    shared = (home > NOWHERE) & (first | (population.age < 30))
    surname = np.where(shared, of_home[np.maximum(home, 0)], own)
    second = given[rng.integers(0, len(given), len(population))]
    return np.char.add(surnames[surname], second).tolist()  # type: ignore[no-any-return]
