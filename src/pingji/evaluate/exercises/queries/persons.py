"""What a card says of a simulated resident beyond the register: school, class, work, guardian."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pingji.analysis.simulate.population import NOWHERE, Occupation, Stage
from pingji.ground.directory.models import Area, Organisation
from pingji.ground.directory.queries import Inhabited

GROWN_UP = 18
RETIRED_FROM = 65
# Organisations of a demonstration county, by the end of their code.
SCHOOL_CODES = {Stage.KINDERGARTEN: "school-3", Stage.PRIMARY: "school-2", Stage.JUNIOR: "school-1"}
STAGE_NAMES = {
    Stage.KINDERGARTEN: "幼儿园",
    Stage.PRIMARY: "小学",
    Stage.JUNIOR: "初级中学",
    Stage.SENIOR: "高级中学",
}
GRADES = {
    Stage.KINDERGARTEN: ("小班", "中班", "大班"),
    Stage.PRIMARY: ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级"),
    Stage.JUNIOR: ("初一", "初二", "初三"),
    Stage.SENIOR: ("高一", "高二", "高三"),
}
NUMBERS = "一二三四五六七八九十"
# What those who work do, one in so many each: the county's people are farmers for the most part.
WORK = ("worker", "migrant_worker", "commerce", "catering", "worker", "official", "commerce")
AT_HOME = ("farmer", "farmer", "farmer", "unemployed")


@dataclass(frozen=True)
class School:
    """A school of the simulation as the program knows it.

    Attributes:
        code: Its organisation's code, "" where it has none.
        name: Its name, where it has no organisation.
    """

    code: str
    name: str


class Persons:
    """The residents of an exercise, as those who report them know them."""

    def __init__(self, county: Inhabited) -> None:
        """Take the residents.

        Args:
            county: They and where they live.
        """
        self.county = county
        self.population = county.population

    def village(self, person: int) -> str:
        """Code of the village somebody lives in."""
        return self.county.villages[int(self.population.village[person])]

    @cached_property
    def schools(self) -> list[School]:
        """Every school: the first of its kind in a township has the organisation of that kind."""
        population = self.population
        names = dict(
            Area.objects.filter(code__in=self.county.townships).values_list("code", "name")
        )
        there = set(
            Organisation.objects.filter(
                kind=Organisation.Kind.SCHOOL, area__code__startswith=self._county
            ).values_list("code", flat=True)
        )
        stages = self.stages
        counted: dict[tuple[int, int], int] = defaultdict(int)
        seniors = 0
        found = []
        for school in range(population.schools):
            town, stage = int(population.school_township[school]), Stage(int(stages[school]))
            number = counted[town, stage]
            counted[town, stage] += 1
            place = self.county.townships[town]
            code = f"{place}-{SCHOOL_CODES[stage]}" if stage in SCHOOL_CODES else ""
            if stage == Stage.SENIOR:
                code, number, seniors = f"{self._county}-school-1", seniors, seniors + 1
            first = number == 0 and code in there
            rank = NUMBERS[number] if number < len(NUMBERS) else str(number + 1)
            name = f"{names[place]}第{rank}{STAGE_NAMES[stage]}"
            found.append(School(code if first else "", "" if first else name))
        return found

    @property
    def _county(self) -> str:
        return self.county.townships[0][:6]

    @cached_property
    def stages(self) -> NDArray[np.uint8]:
        """`Stage` of each school."""
        population = self.population
        stages = np.zeros(population.schools, np.uint8)
        stages[population.class_school] = population.class_stage
        return stages

    @cached_property
    def _class_numbers(self) -> NDArray[np.int64]:
        """Number of each class among those of its school and grade, from 1."""
        population = self.population
        counted: dict[tuple[int, int], int] = defaultdict(int)
        numbers = np.zeros(population.classes, np.int64)
        pairs = zip(population.class_school.tolist(), population.class_grade.tolist(), strict=True)
        for at, pair in enumerate(pairs):
            counted[pair] += 1
            numbers[at] = counted[pair]
        return numbers

    def school_of(self, person: int) -> int:
        """The school of a pupil or teacher; `NOWHERE` for others."""
        of_class = int(self.population.school_class[person])
        return NOWHERE if of_class == NOWHERE else int(self.population.class_school[of_class])

    def class_name(self, person: int) -> str:
        """Grade and class as a card says them: 三年级2班."""
        of_class = int(self.population.school_class[person])
        if of_class == NOWHERE:
            return ""
        stage = Stage(int(self.population.class_stage[of_class]))
        grade = GRADES[stage][int(self.population.class_grade[of_class])]
        return f"{grade}{self._class_numbers[of_class]}班"

    def occupation(self, person: int) -> str:
        """Occupation as printed on the card."""
        does, age = int(self.population.occupation[person]), int(self.population.age[person])
        if does == Occupation.PUPIL:
            stage = int(self.population.class_stage[self.population.school_class[person]])
            return "nursery_child" if stage == Stage.KINDERGARTEN else "student"
        known = {
            Occupation.TEACHER: "teacher",
            Occupation.CARE_RESIDENT: "retired",
            Occupation.CARE_STAFF: "other",
        }
        if does in known:
            return known[Occupation(does)]
        if does == Occupation.WORKER:
            return WORK[int(self.population.workplace[person]) % len(WORK)]
        if age < GROWN_UP:
            return "home_child" if age <= 6 else "other"
        if age >= RETIRED_FROM and person % 4 == 0:  # a quarter of the old draw a pension
            return "retired"
        return AT_HOME[person % len(AT_HOME)]

    def guardian(self, person: int) -> int | None:
        """A grown-up of a child's household, the one most likely a parent."""
        home = int(self.population.household[person])
        if home == NOWHERE:
            return None
        near = np.flatnonzero(self.population.household[max(0, person - 40) : person + 40] == home)
        near = near + max(0, person - 40)
        ages = self.population.age[near].astype(int)
        grown = near[ages >= GROWN_UP]
        if not len(grown):
            return None
        apart = np.abs(self.population.age[grown].astype(int) - int(self.population.age[person]))
        return int(grown[np.argmin(np.where(apart >= GROWN_UP, apart, 1000 + apart))])
