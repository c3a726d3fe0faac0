"""A simulated year of a city with planted outbreaks, and what each way of warning makes of it.

Twenty counties of 21 townships, 14 diseases and syndromes, four years of history and one year that
is judged. Outbreaks run in one township; half of them in one school, and where a syndrome belongs to
the disease some of the sick also show there. Nothing arrives late, so a day's judgement as of that
day is the same whenever it is made, and all days of the year are judged in one pass.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from bench.city import COUNTIES, TOWNSHIPS, townships

FIRST = date(2021, 11, 22)
DAYS, JUDGED = 5 * 364, 364
DAY = timedelta(days=1)
SCHOOLS = 8  # in each township
# Cases a day in a township, swing and peak of the season, and whether it breaks out.
DISEASES: dict[str, tuple[str, float, float, int, bool]] = {
    "influenza_like_illness": ("syndrome", 2.5, 0.6, 10, False),
    "diarrhoea_syndrome": ("syndrome", 0.9, 0.4, 200, False),
    "influenza": ("case", 0.15, 0.9, 10, True),
    "hand_foot_mouth": ("case", 0.12, 0.8, 170, True),
    "other_infectious_diarrhoea": ("case", 0.10, 0.5, 220, True),
    "varicella": ("case", 0.06, 0.5, 340, True),
    "tuberculosis": ("case", 0.05, 0.1, 100, False),
    "mumps": ("case", 0.03, 0.4, 150, True),
    "norovirus": ("case", 0.02, 0.7, 20, True),
    "dysentery": ("case", 0.02, 0.6, 210, True),
    "pertussis": ("case", 0.02, 0.3, 190, True),
    "scarlet_fever": ("case", 0.015, 0.5, 160, True),
    "hepatitis_a": ("case", 0.003, 0.1, 100, True),
    "typhoid": ("case", 0.003, 0.3, 220, True),
}
SYNDROME_OF = {
    "influenza": "influenza_like_illness",
    "norovirus": "diarrhoea_syndrome",
    "other_infectious_diarrhoea": "diarrhoea_syndrome",
    "dysentery": "diarrhoea_syndrome",
    "typhoid": "diarrhoea_syndrome",
}


@dataclass
class Outbreak:
    """A planted outbreak; days count from the first of the simulation."""

    disease: str
    town: int
    first: int
    last: int
    cases: int
    school: bool


@dataclass
class Year:
    """The simulated city: counts of shape (day, township) by disease, and who is at which school."""

    counts: dict[str, np.ndarray]
    at_school: dict[tuple[str, int, int], dict[int, int]]
    outbreaks: list[Outbreak] = field(default_factory=list)

    def moved(self, counties: int) -> "Year":
        """The same year with every outbreak put down some counties further on, where none was."""
        towns = COUNTIES * TOWNSHIPS
        planted = [
            replace(one, town=(one.town + counties * TOWNSHIPS) % towns) for one in self.outbreaks
        ]
        return Year(self.counts, self.at_school, planted)


def simulate(outbreaks: int, seed: int) -> Year:
    """Draw a city's five years, and plant outbreaks into the last."""
    rng = np.random.default_rng(seed)
    towns = COUNTIES * TOWNSHIPS
    of_year = np.arange(DAYS) % 364
    size = rng.lognormal(0, 0.4, towns)
    year = Year({}, defaultdict(lambda: defaultdict(int)))
    for name, (channel, daily, swing, peak, _breaks) in DISEASES.items():
        season = np.exp(swing * np.cos(2 * np.pi * (of_year - peak) / 364))
        weekend = np.where(np.arange(DAYS) % 7 >= 5, 0.6, 1.16) if channel == "syndrome" else 1.0
        wave = np.repeat(rng.gamma(8, 1 / 8, (DAYS // 28, COUNTIES)), 28, axis=0)
        mean = daily * (season * weekend)[:, None] * size * np.repeat(wave, TOWNSHIPS, axis=1)
        year.counts[name] = rng.poisson(mean * rng.gamma(2, 1 / 2, mean.shape)).astype(float)
        if channel == "case":
            _to_school(year, rng, name, year.counts[name])
    breaking = [name for name, row in DISEASES.items() if row[4]]
    for _ in range(outbreaks):
        _plant(year, rng, str(rng.choice(breaking)))
    return year


def _to_school(year: Year, rng: np.random.Generator, name: str, counts: np.ndarray) -> None:
    """Half of the background's cases of the judged year go to some school of their township."""
    for day, town in np.argwhere(counts[-JUDGED - 14 :] > 0):
        at = int(day) + DAYS - JUDGED - 14
        for _ in range(rng.binomial(int(counts[at, town]), 0.5)):
            year.at_school[name, int(town), int(rng.integers(SCHOOLS))][at] += 1


def _plant(year: Year, rng: np.random.Generator, name: str) -> None:
    cases = int(np.clip(rng.lognormal(2.4, 0.6), 5, 60))
    days = np.sort(np.round(rng.lognormal(1.6, 0.5, cases)).astype(int))
    days = np.minimum(days - days[0], 27)
    first = int(rng.integers(DAYS - JUDGED + 14, DAYS - 30))
    town, school = int(rng.integers(COUNTIES * TOWNSHIPS)), int(rng.integers(SCHOOLS))
    in_school = bool(rng.random() < 0.5)
    for day in (first + days).tolist():
        year.counts[name][day, town] += 1
        if in_school:
            year.at_school[name, town, school][day] += 1
        if name in SYNDROME_OF and rng.random() < 0.6:
            year.counts[SYNDROME_OF[name]][day, town] += 1
    last = first + int(days[-1])
    year.outbreaks.append(Outbreak(name, town, first, last, cases, in_school))


@dataclass
class Warned:
    """One alert of any way of warning: where, of what, and the days on which it spoke of what area."""

    area: str
    disease: str
    days: list[int]
    told: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """How a way of warning did over the year.

    Attributes:
        alerts: How many alerts it raised.
        true: How many of them touch an outbreak.
        found: Share of the outbreaks it found before they were a week over.
        per_found: Alerts for each outbreak found.
        delay: Days from the first case to the first word, of the outbreaks found.
        delay_all: The same over all, one not found counting as its whole length and a week.
    """

    alerts: int
    true: int
    found: float
    per_found: float
    delay: float
    delay_all: float


AFTER = 7


def measure(year: Year, warned: list[Warned], kin: Any) -> Result:
    """Compare alerts with what was planted."""
    codes = townships()
    by_county: dict[str, list[Warned]] = defaultdict(list)
    for one in warned:
        by_county[one.area[:6]].append(one)
    delays, everything, true = [], [], set()
    for planted in year.outbreaks:
        code = codes[planted.town]
        soonest = None
        for one in by_county[code[:6]]:
            if not kin(one.disease, planted.disease):
                continue
            inside = [
                day
                for area, days in (one.told or {one.area: one.days}).items()
                if code.startswith(area) or area.startswith(code)
                for day in days
                if planted.first <= day <= planted.last + AFTER
            ]
            if inside:
                true.add(id(one))
                soonest = min(*inside, soonest if soonest is not None else inside[0])
        if soonest is None:
            everything.append(planted.last - planted.first + AFTER)
        else:
            delays.append(soonest - planted.first)
            everything.append(soonest - planted.first)
    return Result(
        alerts=len(warned),
        true=len(true),
        found=len(delays) / len(year.outbreaks),
        per_found=len(warned) / max(1, len(delays)),
        delay=float(np.mean(delays)) if delays else float("nan"),
        delay_all=float(np.mean(everything)),
    )


def episodes(alarm: np.ndarray, areas: list[str], disease: str, window: int) -> list[Warned]:
    """Alarms of shape (day, area) as alerts: repeats within the window extend the same one."""
    found = []
    for column, area in enumerate(areas):
        days = (np.flatnonzero(alarm[:, column]) + DAYS - JUDGED).tolist()
        for day in days:
            if found and found[-1].area == area and day - found[-1].days[-1] <= window:
                found[-1].days.append(day)
            else:
                found.append(Warned(area, disease, [day]))
    return found
