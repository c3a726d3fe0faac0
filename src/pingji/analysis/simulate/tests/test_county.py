"""The people of a synthetic county: sums, households, classes, work, the same for the same seed."""

from dataclasses import fields

import numpy as np
import pytest

from pingji.analysis.simulate.county import make_county
from pingji.analysis.simulate.demography import Demography, quota, spread_population
from pingji.analysis.simulate.population import (
    NOWHERE,
    Occupation,
    Population,
    Sex,
    Stage,
    members_of,
)

PEOPLE = [9_000, 4_500, 0, 2_500, 14_000]
VILLAGES = [7, 5, 0, 1, 9]
# The county whose plan names it: shares of the census of 2020 for ages, of a neighbour for homes.
DEMOGRAPHY = Demography(broad_ages=(23.82, 55.57, 3.67, 16.94), mean_household=2.96)


@pytest.fixture(scope="module")
def county() -> Population:
    return make_county(PEOPLE, VILLAGES, seed=11, demography=DEMOGRAPHY)


def test_every_township_has_its_people_and_villages(county: Population):
    assert np.bincount(county.township, minlength=5).tolist() == PEOPLE
    assert np.bincount(county.village_township, minlength=5).tolist() == VILLAGES
    assert (county.village_township[county.village] == county.township).all()
    assert np.bincount(county.village).min() > 0


def test_ages_are_those_of_the_census(county: Population):
    expected = quota(len(county), DEMOGRAPHY.ages())
    assert np.bincount(county.age, minlength=101).tolist() == expected.tolist()
    assert (county.age < 15).mean() == pytest.approx(0.2382, abs=0.001)
    assert (county.age >= 65).mean() == pytest.approx(0.1694, abs=0.001)


def test_households_have_the_mean_size_and_stand_together(county: Population):
    homes = members_of(county.household, county.households)
    assert homes.sizes.min() >= 1
    assert homes.sizes.mean() == pytest.approx(2.96, rel=0.02)
    assert homes.sizes.max() <= 10
    at_home = county.household[county.household > NOWHERE]
    assert (np.diff(at_home) >= 0).all()
    inside = county.household > NOWHERE
    assert (county.household_village[county.household[inside]] == county.village[inside]).all()


def test_one_person_households_are_as_frequent_as_nationally():
    made = make_county([200_000], [60], seed=2)
    sizes = members_of(made.household, made.households).sizes
    assert (sizes == 1).mean() == pytest.approx(0.2539, abs=0.01)
    assert sizes.mean() == pytest.approx(2.62, rel=0.01)


def test_no_child_lives_without_somebody_grown_up(county: Population):
    inside = county.household > NOWHERE
    grown = np.bincount(
        county.household[inside], weights=county.age[inside] >= 18, minlength=county.households
    )
    children = inside & (county.age < 15)
    assert children.sum() > 5_000
    assert (grown[county.household[children]] > 0).all()


def test_parents_and_children_are_a_generation_apart(county: Population):
    """Children with one or two of the middle generation and nobody else of it: a family."""
    middle = (county.age >= 22) & (county.age < 60) & (county.household > NOWHERE)
    oldest = np.zeros(county.households, int)
    np.maximum.at(oldest, county.household[middle], county.age[middle])
    child = np.flatnonzero((county.age < 15) & (county.household > NOWHERE))
    child = child[oldest[county.household[child]] > 0]
    gap = oldest[county.household[child]] - county.age[child].astype(int)
    assert 24 <= np.median(gap) <= 34
    assert (gap >= 16).mean() > 0.97


def test_couples_are_of_both_sexes_and_like_age(county: Population):
    homes = members_of(county.household, county.households)
    pairs = homes.members[homes.offsets[:-1][homes.sizes == 2][:, None] + np.arange(2)]
    pairs = pairs[(county.age[pairs] >= 60).all(axis=1)]
    assert len(pairs) > 300
    assert (county.sex[pairs[:, 0]] != county.sex[pairs[:, 1]]).mean() > 0.9
    assert np.median(np.abs(np.diff(county.age[pairs].astype(int), axis=1))) <= 5


def test_more_boys_than_girls_are_born(county: Population):
    children = county.age < 18
    assert (county.sex[children] == Sex.MALE).mean() == pytest.approx(0.527, abs=0.02)


def test_every_pupil_sits_in_a_class_of_the_own_township_and_year(county: Population):
    pupils = np.flatnonzero(county.occupation == Occupation.PUPIL)
    of = county.school_class[pupils]
    assert (of > NOWHERE).all()
    stage = county.class_stage[of]
    own = county.school_township[county.class_school[of]] == county.township[pupils]
    assert own[stage != Stage.SENIOR].all()
    first = np.array([3, 6, 12, 15])
    assert (county.age[pupils] == first[stage] + county.class_grade[of]).all()
    compulsory = (county.age >= 6) & (county.age <= 14)
    assert (county.occupation[compulsory] == Occupation.PUPIL).all()


def test_senior_schools_stand_in_the_largest_townships():
    made = make_county(PEOPLE, VILLAGES, seed=4, demography=Demography(senior_townships=2))
    senior = made.class_school[made.class_stage == Stage.SENIOR]
    assert set(made.school_township[senior].tolist()) == {0, 4}
    there = made.township[made.school_class == np.flatnonzero(made.class_stage == Stage.SENIOR)[0]]
    assert len(there) > 10


def test_classes_are_no_larger_than_allowed_and_have_teachers(county: Population):
    pupil = county.occupation == Occupation.PUPIL
    sizes = members_of(np.where(pupil, county.school_class, NOWHERE), county.classes).sizes
    most = np.array(DEMOGRAPHY.class_size)[county.class_stage]
    assert (sizes >= 1).all()
    assert (sizes <= most).all()
    assert sizes.mean() > 15

    teacher = np.flatnonzero(county.occupation == Occupation.TEACHER)
    assert np.bincount(county.school_class[teacher], minlength=county.classes).min() >= 2
    where = county.school_township[county.class_school[county.school_class[teacher]]]
    assert (where == county.township[teacher]).all()
    assert county.age[teacher].min() >= 22


def test_schools_are_of_usual_size():
    made = make_county([120_000], [40], seed=5)
    pupil = made.occupation == Occupation.PUPIL
    of = made.class_school[made.school_class[pupil]]
    primary = made.class_stage[made.school_class[pupil]] == Stage.PRIMARY
    sizes = np.bincount(of[primary])
    assert sizes[sizes > 0].mean() == pytest.approx(600, rel=0.1)


def test_workers_are_grown_up_and_mostly_work_at_home(county: Population):
    workers = np.flatnonzero(county.occupation == Occupation.WORKER)
    assert (county.workplace[workers] > NOWHERE).all()
    assert (county.workplace[county.occupation != Occupation.WORKER] == NOWHERE).all()
    assert county.age[workers].min() >= 18
    assert county.age[workers].max() <= 59
    own = county.workplace_township[county.workplace[workers]] == county.township[workers]
    assert own.mean() == pytest.approx(0.85, abs=0.03)
    staff = members_of(county.workplace, county.workplaces).sizes
    assert staff.min() >= 1
    assert staff.mean() == pytest.approx(12, rel=0.35)


def test_people_rather_work_in_near_townships():
    people = [10_000, 10_000, 10_000]
    near = np.array([[0, 5, 80], [5, 0, 80], [80, 80, 0]])
    made = make_county(people, [3, 3, 3], seed=6, distance_km=near)
    workers = np.flatnonzero((made.workplace > NOWHERE) & (made.township == 0))
    where = np.bincount(made.workplace_township[made.workplace[workers]], minlength=3)
    assert where[1] > 10 * where[2]


def test_care_homes_hold_the_old_of_their_village_and_staff_of_their_township(
    county: Population,
):
    residents = np.flatnonzero(county.occupation == Occupation.CARE_RESIDENT)
    old = int((county.age >= 65).sum())
    assert len(residents) == pytest.approx(0.012 * old, abs=10)
    assert county.age[residents].min() >= 65
    assert (county.household[residents] == NOWHERE).all()
    of = county.care_home[residents]
    assert (county.care_home_village[of] == county.village[residents]).all()
    staff = np.flatnonzero(county.occupation == Occupation.CARE_STAFF)
    where = county.village_township[county.care_home_village[county.care_home[staff]]]
    assert (where == county.township[staff]).all()
    assert len(staff) >= len(residents) / 5


def test_the_same_seed_gives_the_same_county_and_another_seed_another():
    one, same, other = (make_county([3_000, 800], [3, 1], seed=seed) for seed in (1, 1, 2))
    for field in fields(Population):
        assert np.array_equal(getattr(one, field.name), getattr(same, field.name))
    assert not np.array_equal(one.age, other.age)


def test_arrays_cannot_be_changed_by_accident(county: Population):
    with pytest.raises(ValueError, match="read-only"):
        county.age[0] = 7


def test_a_hamlet_of_one_is_a_county_too():
    made = make_county([1], [1], seed=1)
    assert len(made) == 1
    assert made.households == 1
    assert made.care_homes == 0


@pytest.mark.parametrize(
    ("people", "villages", "words"),
    [
        ([10, 20], [1], "one number for each township"),
        ([10, -1], [1, 1], "negative"),
        ([0, 0], [1, 1], "1 to"),
        ([10, 5], [1, 0], "township 2 has people but no village"),
    ],
)
def test_impossible_counties_are_refused(people: list[int], villages: list[int], words: str):
    with pytest.raises(ValueError, match=words):
        make_county(people, villages, seed=1)


def test_distances_of_another_county_are_refused():
    with pytest.raises(ValueError, match="distance_km"):
        make_county([10, 20], [1, 1], seed=1, distance_km=np.zeros((3, 3)))


@pytest.mark.parametrize(
    "wrong",
    [{"employed": 1.2}, {"mean_household": 0.5}, {"broad_ages": (1, -1, 1, 1)}]
    + [{"five_year_ages": (1.0, 2.0)}],
)
def test_impossible_demographies_are_refused(wrong: dict):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Demography(**wrong)


def test_quota_adds_up_and_is_never_off_by_one():
    shares = np.array([0.2, 0.5, 0.3, 0.0])
    assert quota(10, shares).tolist() == [2, 5, 3, 0]
    numbers = quota(7, np.array([1.0, 1.0, 1.0]))
    assert numbers.sum() == 7
    assert np.abs(numbers - 7 / 3).max() < 1


def test_townships_without_a_figure_share_what_is_left():
    assert spread_population([3_000, None, 5_000, None], 10_000).tolist() == [
        *(3_000, 1_000, 5_000, 1_000)
    ]
    scaled = spread_population([3_000, None, 6_000], 8_100)
    assert scaled.sum() == 8_100
    assert scaled.tolist() == [1_800, 2_700, 3_600]


def test_members_of_groups_are_found_and_strays_refused():
    groups = members_of(np.array([1, NOWHERE, 0, 1]), 3)
    assert groups.members.tolist() == [2, 0, 3]
    assert groups.offsets.tolist() == [0, 1, 3, 3]
    with pytest.raises(ValueError, match="group 5"):
        members_of(np.array([0, 5]), 3)
