"""The outbreak of an exercise: what it comes to, and what the program's measures do to it."""

from datetime import timedelta

import numpy as np
import pytest

from pingji.analysis.simulate.interventions import Infect
from pingji.analysis.simulate.outbreak import Outbreak
from pingji.analysis.simulate.pathogen import known_pathogen
from pingji.evaluate.exercises.actions.beginning import begin
from pingji.evaluate.exercises.actions.world import World, rhythm
from pingji.evaluate.exercises.models import DayLived, Due, Exercise, Illness, Measure
from pingji.evaluate.exercises.tests.world_factories import (
    PEOPLE,
    STARTS,
    TOWN,
    begun,
    county,
    lived,
    scenario,
)
from pingji.ground import Refused
from pingji.ground.directory.models import Resident
from pingji.ground.directory.queries import inhabit_county
from pingji.ground.directory.tests.factories import ResidentFactory, UserFactory, system_user
from pingji.ground.record.models import Line

pytestmark = pytest.mark.django_db
DAYS = 14


def test_beginning_settles_the_people_and_puts_it_on_record(settings):
    exercise = begun(settings)

    assert Exercise.objects.present() == exercise
    assert Resident.objects.filter(pk__gte=exercise.first_resident).count() == PEOPLE
    assert (exercise.residents, exercise.moment) == (PEOPLE, STARTS)
    assert Line.objects.get(kind="exercise.begun").details["residents"] == PEOPLE


def test_an_installation_for_work_never_begins_one(settings):
    settings.EXERCISE = False
    county()

    with pytest.raises(Refused, match="folder of its own|单独"):
        begin(scenario=scenario(), by=system_user(), at=STARTS)


@pytest.mark.parametrize("real", [UserFactory, ResidentFactory])
def test_real_people_keep_exercises_out(settings, real):
    settings.EXERCISE = True
    county()
    real(demo=False)

    with pytest.raises(Refused, match="invented|虚构"):
        begin(scenario=scenario(), by=system_user(), at=STARTS)


def test_there_is_one_exercise_at_most(settings):
    begun(settings)

    with pytest.raises(Refused, match="already|已"):
        begin(scenario=scenario(), by=system_user(), at=STARTS)


def test_without_measures_it_is_the_plain_outbreak_of_the_same_seed(settings):
    exercise = begun(settings)
    world = lived(exercise, DAYS)

    people = inhabit_county(county_code=exercise.area_id, seed=3, people=PEOPLE).population
    seeded = Measure.objects.get().arguments["people"]
    plain = Outbreak(
        people,
        known_pathogen("influenza"),
        seed=3,
        r0=2.5,
        rhythm=rhythm(world.scenario, world.contacts.names),
    )
    for day in range(DAYS):
        plain.step(day, [Infect(seeded)] if day == 0 else [])
    rows = DayLived.objects.order_by("day")
    assert list(rows.values_list("infected", flat=True)) == plain.curve().tolist()
    assert list(rows.values_list("care", flat=True)) == plain.curve("care").tolist()
    assert plain.curve().sum() > 50
    assert world.without_measures()["infected"] == plain.curve().tolist()


def test_the_scenario_infects_pupils_of_one_grade_of_the_townships_school(settings):
    exercise = begun(settings)
    world = lived(exercise, 1)

    people = np.array(Measure.objects.get().arguments["people"])
    population = world.county.population
    classes = population.school_class[people]
    assert len(people) == 12
    assert set(population.age[people].tolist()) <= set(range(6, 12))
    assert len(set(population.class_school[classes].tolist())) == 1
    assert len(set(population.class_grade[classes].tolist())) == 1
    assert {world.persons.schools[world.persons.school_of(int(p))].code for p in people} == {
        f"{TOWN}-school-2"
    }


def test_who_saw_a_doctor_is_kept_and_reported_once_by_somebody_near(settings):
    exercise = begun(settings)
    lived(exercise, DAYS)

    seen = sum(DayLived.objects.values_list("care", flat=True))
    cards = Due.objects.filter(kind="report")
    assert Illness.objects.count() == seen > 10
    assert 0 < cards.count() < seen
    assert {row["by"] for row in cards.values_list("payload", flat=True)} <= {
        "hospital",
        "prevention",
        "township",
        "village",
    }


def test_a_world_made_again_goes_on_as_if_it_had_never_stopped(settings):
    exercise = begun(settings)
    lived(exercise, 6)
    exercise.refresh_from_db()

    again = World.of(exercise)
    for day in range(6, DAYS):
        again.live(at=again.scenario.day_begins(day))

    whole = World.of(Exercise.objects.get())
    assert again.outbreak.curve().tolist() == whole.outbreak.curve().tolist()
    rows = DayLived.objects.order_by("day").values_list("infected", flat=True)
    assert list(rows) == whole.outbreak.curve().tolist()


def test_a_day_that_did_not_last_is_lived_again(settings):
    exercise = begun(settings)
    world = lived(exercise, 3)
    Exercise.objects.update(days=2)
    DayLived.objects.filter(day=2).delete()
    Illness.objects.filter(care_on=2).delete()
    Due.objects.filter(kind__startswith="report").delete()

    world.live(at=world.scenario.day_begins(2))

    exercise.refresh_from_db()
    assert (exercise.days, world.outbreak.day) == (3, 3)
    assert DayLived.objects.get(day=2).infected == int(world.outbreak.curve()[2])


def test_somebody_kept_apart_infects_fewer(settings):
    exercise = begun(settings)
    seeded = lived(exercise, 1).outbreak.cases().person.tolist()
    free = World.of(Exercise.objects.get()).outbreak
    exercise.refresh_from_db()
    Measure.objects.create(
        area=exercise.area,
        day=1,
        kind=Measure.Kind.RESTRICT,
        arguments={"people": seeded, "start": 1, "end": 10, "at_home": 0.0, "elsewhere": 0.0},
        reason="隔离",
        reason_en="Kept apart",
        told_at=STARTS + timedelta(days=1),
    )
    world = World.of(exercise)
    for day in range(1, DAYS):
        free.step(day)
        world.live(at=world.scenario.day_begins(day))

    assert world.outbreak.curve().sum() < free.curve().sum() / 2


def test_seeding_of_a_later_day_and_of_an_inject_comes_on_its_day(settings):
    exercise = begun(
        settings,
        seeding=[{"day": 1, "township": TOWN, "people": 4}],
        injects=[
            {
                "day": 2,
                "time": "06:00",
                "kind": "infect",
                "township": "500242102",
                "people": 5,
                "ages": [20, 40],
            }
        ],
    )
    lived(exercise, 3)

    told = Measure.objects.order_by("day").values_list("day", "area_id")
    assert list(told) == [(1, TOWN), (2, "500242102")]
    assert list(DayLived.objects.values_list("infected", flat=True))[0] == 0
