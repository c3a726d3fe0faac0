"""The people of an exercise and the outbreak among them, one day at a time.

All that the world comes to is in the database; what is in memory is made again from it by playing
the same measures on the same days.
"""

from datetime import datetime
from typing import Self

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from pingji.analysis.simulate.contacts import contacts_of
from pingji.analysis.simulate.holidays import school_holiday, working_day
from pingji.analysis.simulate.interventions import (
    FOR_GOOD,
    Close,
    Infect,
    Intervention,
    ReduceContacts,
    Restrict,
)
from pingji.analysis.simulate.outbreak import Outbreak
from pingji.analysis.simulate.pathogen import known_pathogen
from pingji.analysis.simulate.population import Occupation
from pingji.evaluate.exercises.models import DayLived, Exercise, Illness, Measure
from pingji.evaluate.exercises.queries.persons import Persons
from pingji.evaluate.exercises.rules import scenario as scenarios
from pingji.evaluate.exercises.rules.conduct import drawn
from pingji.evaluate.exercises.rules.reporting import shipped_reporting
from pingji.evaluate.exercises.rules.scenario import Scenario
from pingji.ground.directory.queries import Inhabited, inhabit_county

Kind = Measure.Kind
EVENTS = ("infected", "onset", "care", "admitted", "critical", "died", "recovered")
CLASSES = ("class", "school")


class World:
    """The people, the pathogen among them, and how far it has come."""

    def __init__(self, exercise: Exercise, county: Inhabited) -> None:
        """Take the people as they are before anybody is infected.

        Args:
            exercise: The exercise.
            county: Its residents, as registered.
        """
        self.exercise = exercise
        self.scenario = Scenario.model_validate(exercise.scenario)
        self.county = county
        self.persons = Persons(county)
        self.contacts = contacts_of(county.population)
        self.outbreak = self._untouched()

    @classmethod
    def of(cls, exercise: Exercise) -> Self:
        """The world of an exercise as it stands: every day lived played again."""
        made = cls.untouched(exercise)
        made._play()
        return made

    @classmethod
    def untouched(cls, exercise: Exercise) -> Self:
        """The world of an exercise before its first day."""
        county = inhabit_county(
            county_code=exercise.area_id, seed=exercise.seed, people=exercise.residents
        )
        return cls(exercise, county)

    def _untouched(self) -> Outbreak:
        return Outbreak(
            self.contacts,
            known_pathogen(self.scenario.pathogen),
            seed=self.exercise.seed,
            r0=self.scenario.r0,
            rhythm=rhythm(self.scenario, self.contacts.names),
        )

    def _play(self) -> None:
        """Play every day lived again, in a fresh outbreak."""
        self.outbreak = self._untouched()
        told: dict[int, list[Measure]] = {}
        for measure in Measure.objects.filter(day__lt=self.exercise.days).order_by("day", "id"):
            told.setdefault(measure.day, []).append(measure)
        for day in range(self.exercise.days):
            self.outbreak.step(day, [intervention(one) for one in told.get(day, [])])

    @transaction.atomic
    def live(self, *, at: datetime) -> None:
        """Live through the next day of the outbreak.

        Args:
            at: The moment of the exercise.
        """
        from pingji.evaluate.exercises.actions import measures, reports

        self.exercise = Exercise.objects.select_for_update().get(pk=self.exercise.pk)
        day = self.exercise.days
        if self.outbreak.day != day:  # what was lived last did not last
            self._play()
        self._seed(day, at)
        measures.follow(self, day=day, at=at)
        told = Measure.objects.filter(day=day).order_by("id")
        happened = self.outbreak.step(day, [intervention(one) for one in told])

        counts = {name: len(getattr(happened, name)) for name in EVENTS}
        DayLived.objects.create(area_id=self.exercise.area_id, day=day, **counts)
        self._keep_illnesses(happened.care, day)
        reports.plan(self, happened, at=at)
        self.exercise.days = day + 1
        self.exercise.save(update_fields=["days"])

    def _keep_illnesses(self, people: NDArray[np.int32], day: int) -> None:
        cases = self.outbreak.cases()
        infected = dict(zip(cases.person.tolist(), cases.infected.tolist(), strict=True))
        Illness.objects.bulk_create(
            Illness(
                area_id=self.persons.village(person),
                person=person,
                infected_on=infected[person],
                care_on=day,
            )
            for person in people.tolist()
        )

    # -- infections from outside ---------------------------------------------------------------

    def _seed(self, day: int, at: datetime) -> None:
        """Tell the outbreak whom the scenario infects on this day."""
        brought: list[tuple[str, int, scenarios.Seeding | scenarios.Infect]] = [
            ("seeding", n, one) for n, one in enumerate(self.scenario.seeding)
        ]
        brought += [
            ("inject", n, one)
            for n, one in enumerate(self.scenario.injects)
            if isinstance(one, scenarios.Infect)
        ]
        for kind, number, one in brought:
            if one.day != day:
                continue
            people = self.chosen(one, f"{kind}-{number}")
            Measure.objects.create(
                area_id=one.township,
                day=day,
                kind=Kind.INFECT,
                arguments={"people": people},
                reason=f"想定：外来感染 {len(people)} 人",
                reason_en=f"Scenario: {len(people)} infected from outside",
                told_at=at,
            )

    def chosen(self, seeding: scenarios.Seeding | scenarios.Infect, key: str) -> list[int]:
        """Whom a scenario infects: of one school's grade, or of a township, of the ages it says."""
        population = self.county.population
        town = self.county.townships.index(seeding.township)
        inside = np.ones(len(population), bool)
        if seeding.ages:
            youngest, oldest = seeding.ages
            inside = (population.age >= youngest) & (population.age <= oldest)
        here = np.flatnonzero(inside & (population.township == town))
        if seeding.school:
            here = self._of_a_school(np.flatnonzero(inside), town, seeding.people, key)
        able = here[self.outbreak.can_be_infected(here)] if len(here) else here
        order = sorted(able.tolist(), key=lambda who: drawn(self.exercise.seed, key, str(who)))
        return sorted(order[: seeding.people])

    def _of_a_school(
        self, inside: NDArray[np.int64], town: int, people: int, key: str
    ) -> NDArray[np.int64]:
        """Pupils of one grade of the township's school that most of them go to; more if needed."""
        population = self.county.population
        pupils = inside[population.occupation[inside] == Occupation.PUPIL]
        of_class = population.school_class[pupils]
        schools = population.class_school[of_class]
        pupils = pupils[population.school_township[schools] == town]
        if not len(pupils):
            return pupils
        schools = population.class_school[population.school_class[pupils]]
        known = [n for n in np.unique(schools).tolist() if self.persons.schools[n].code]
        school = max(known or np.unique(schools).tolist(), key=lambda n: (schools == n).sum())
        mates = pupils[schools == school]
        grades = population.class_grade[population.school_class[mates]]
        there = np.unique(grades)
        chosen = there[int(drawn(self.exercise.seed, "grade", key) * len(there))]
        grade = mates[grades == chosen]
        return grade if len(grade) >= people else mates

    # -- what others ask -----------------------------------------------------------------------

    def absent_pupils(self, day: int) -> dict[int, int]:
        """How many pupils of each school are ill and at home on a day."""
        usual, cases = shipped_reporting(), self.outbreak.cases()
        ill = (cases.onset >= 0) & (cases.onset <= day) & (cases.onset > day - usual.absent_days)
        found: dict[int, int] = {}
        for person in cases.person[ill].tolist():
            pupil = self.county.population.occupation[person] == Occupation.PUPIL
            if pupil and drawn(self.exercise.seed, "absent", str(person)) < usual.absent_share:
                school = self.persons.school_of(person)
                found[school] = found.get(school, 0) + 1
        return found

    def without_measures(self) -> dict[str, list[int]]:
        """What each day would have come to had the program done nothing: the same chance, and only
        the infections that came from outside.
        """
        alone = self._untouched()
        told: dict[int, list[Measure]] = {}
        for measure in Measure.objects.filter(kind=Kind.INFECT).order_by("day", "id"):
            told.setdefault(measure.day, []).append(measure)
        for day in range(self.exercise.days):
            alone.step(day, [intervention(one) for one in told.get(day, [])])
        return {name: alone.curve(name).tolist() for name in EVENTS}


def rhythm(scenario: Scenario, layers: list[str]) -> NDArray[np.float64]:
    """Share of contacts kept on each day: no school on days off, little work."""
    usual = shipped_reporting()
    first = np.datetime64(timezone.localdate(scenario.starts_at))
    days = first + np.arange(scenario.days)
    works = working_day(days)
    shares = np.ones((scenario.days, len(layers)))
    for name in CLASSES:
        shares[~(works & ~school_holiday(days)), layers.index(name)] = 0
    shares[~works, layers.index("workplace")] = usual.work_on_days_off
    return shares


def intervention(measure: Measure) -> Intervention:
    """What the outbreak is told by a measure."""
    given = dict(measure.arguments)
    if "end" in given and given["end"] is None:
        given["end"] = FOR_GOOD
    match measure.kind:
        case Kind.INFECT:
            return Infect(**given)
        case Kind.RESTRICT:
            return Restrict(**given)
        case Kind.CLOSE:
            return Close(**given)
        case Kind.REDUCE:
            return ReduceContacts(**given)
    raise ValueError(f"no measure {measure.kind}")
